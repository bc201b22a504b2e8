resource "aws_iam_role" "role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "states.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "aws_sns_topic" "done" {}

resource "aws_sfn_state_machine" "flow" {
  definition = jsonencode({
    StartAt = "Tell"
    States = {
      Tell = {
        Type     = "Task"
        Resource = "arn:aws:states:::sns:publish"
        Parameters = {
          TopicArn = aws_sns_topic.done.arn
          Message  = "done"
        }
        End = true
      }
    }
  })
  role_arn = aws_iam_role.role.arn
}

# note[policy-version]: A policy of Role says no version; 2012-10-17 means the same here.
