data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

resource "aws_sqs_queue" "inbox" {}

resource "aws_lambda_function" "reader" {
  function_name    = "serverless-reader-185fb574"
  filename         = "${path.module}/src/reader/package.zip"
  source_code_hash = filebase64sha256("${path.module}/src/reader/package.zip")
  handler          = "app.handler"
  runtime          = "nodejs20.x"
  role             = aws_iam_role.reader_role.arn
  tags = {
    "lambda:createdBy" = "SAM"
  }
}

resource "aws_iam_role" "reader_role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Action = ["sts:AssumeRole"]
      Effect = "Allow"
      Principal = {
        Service = ["lambda.amazonaws.com"]
      }
    }]
  })
  tags = {
    "lambda:createdBy" = "SAM"
  }
}

resource "aws_iam_role_policy" "reader_role_policy0" {
  name = "ReaderRolePolicy0"
  role = aws_iam_role.reader_role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Action = [
        "sqs:ChangeMessageVisibility",
        "sqs:ChangeMessageVisibilityBatch",
        "sqs:DeleteMessage",
        "sqs:DeleteMessageBatch",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
      ]
      Effect   = "Allow"
      Resource = "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${aws_sqs_queue.inbox.name}"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "reader_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.reader_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_role_policy_attachment" "reader_role_aws_lambda_sqs_queue_execution_role" {
  role       = aws_iam_role.reader_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
}

resource "aws_lambda_event_source_mapping" "reader_message" {
  batch_size       = 5
  event_source_arn = aws_sqs_queue.inbox.arn
  function_name    = aws_lambda_function.reader.function_name
}

resource "aws_dynamodb_table" "items" {
  name         = "serverless-items-185fb574"
  hash_key     = "id"
  billing_mode = "PAY_PER_REQUEST"

  attribute {
    name = "id"
    type = "S"
  }
}

# note[policy-version]: A policy of ReaderRole says no version; 2012-10-17 means the same here.
# note[lambda-stub]: The code of Reader (src/reader/) is not at hand; a stub stands in.
