# Orders wait here until a worker takes them; one that fails three times is put aside.
variable "environment" {
  description = "Name of the deployment, part of every name."
  type        = string
  default     = "dev"
}

locals {
  tags = {
    service     = "orders"
    environment = var.environment
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "orders-${var.environment}-dead-letters"
  message_retention_seconds = 1209600
  tags                      = local.tags
}

resource "aws_sqs_queue" "orders" {
  name                       = "orders-${var.environment}"
  visibility_timeout_seconds = 45
  receive_wait_time_seconds  = 5

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 3
  })

  tags = local.tags
}

output "orders_url" {
  value = aws_sqs_queue.orders.url
}
