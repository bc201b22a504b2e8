# Settings that depend on the stage.

# Conditions of the template, as its parameters decide them.
locals {
  is_prod = false
}

resource "aws_sqs_queue" "failed" {
  count = local.is_prod ? 1 : 0
}

resource "aws_sqs_queue" "jobs" {
  visibility_timeout_seconds = local.is_prod ? 300 : 30
  tags = {
    stage = "dev"
  }
  redrive_policy = local.is_prod ? jsonencode({
    deadLetterTargetArn = aws_sqs_queue.failed[0].arn
    maxReceiveCount     = 5
  }) : null
}

