resource "aws_sqs_queue" "queuered" {
  name = "red-jobs"
}

resource "aws_sqs_queue" "queueblue" {
  name = "blue-jobs"
}

resource "aws_ssm_parameter" "directory" {
  name = "/teams"
  type = "String"
  value = jsonencode({
    teams = ["red", "blue"]
    count = 2
  })
}

