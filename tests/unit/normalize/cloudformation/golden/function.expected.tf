# What the provider does not know or Lambda and EC2 no longer have, and what stands in for it.
locals {
  runtimes = {
    "python3.99" = "python3.13"
  }
}

data "aws_partition" "current" {}

resource "aws_iam_role" "role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "lambda.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "role_read" {
  name = "read"
  role = aws_iam_role.role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem"]
      Resource = aws_dynamodb_table.visits.arn
    }]
  })
}

resource "aws_iam_role_policy_attachment" "role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.role.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_dynamodb_table" "visits" {
  name         = "function-visits-269196e5"
  hash_key     = "page"
  billing_mode = "PAY_PER_REQUEST"

  attribute {
    name = "page"
    type = "S"
  }

  attribute {
    name = "day"
    type = "S"
  }

  global_secondary_index {
    name            = "by-day"
    projection_type = "ALL"
    hash_key        = "day"
  }
}

resource "aws_lambda_function" "counter" {
  function_name    = "function-counter-269196e5"
  filename         = "${path.module}/lambda/counter.zip"
  source_code_hash = filebase64sha256("${path.module}/lambda/counter.zip")
  handler          = "index.handler"
  runtime          = local.runtimes["python3.99"]
  role             = aws_iam_role.role.arn

  environment {
    variables = {
      TABLE = aws_dynamodb_table.visits.name
    }
  }
}

output "arn" {
  description = "Where to call"
  value       = aws_lambda_function.counter.arn
}

# note[attribute-dropped]: DeletionPolicy: Terraform deletes what it destroys, and Retain has no counterpart
# note[runtime]: Runtime python3.99 is none that the provider knows; python3.13 stands in.
