# A small decision: amounts up to the limit are approved at once, larger ones go to a person.
resource "aws_cloudwatch_log_group" "decisions" {
  name              = "/loans/decisions"
  retention_in_days = 14
}

resource "aws_iam_role" "decisions" {
  name = "loan-decisions"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "states.amazonaws.com" }
    }]
  })
}

resource "aws_sfn_state_machine" "decisions" {
  name     = "loan-decisions"
  role_arn = aws_iam_role.decisions.arn
  definition = templatefile("${path.module}/decision.json.tftpl", {
    limit = 5000
  })
}
