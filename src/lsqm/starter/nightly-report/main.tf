# Every night a function counts what the day brought and writes the number to a parameter.
data "archive_file" "report" {
  type        = "zip"
  source_dir  = "${path.module}/src"
  output_path = "${path.module}/report.zip"
}

resource "aws_ssm_parameter" "last_report" {
  name  = "/reports/last"
  type  = "String"
  value = "never"

  lifecycle {
    ignore_changes = [value]
  }
}

resource "aws_iam_role" "report" {
  name = "nightly-report"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "report" {
  name = "write-report"
  role = aws_iam_role.report.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["ssm:GetParameter", "ssm:PutParameter"]
      Resource = aws_ssm_parameter.last_report.arn
    }]
  })
}

resource "aws_lambda_function" "report" {
  function_name    = "nightly-report"
  role             = aws_iam_role.report.arn
  runtime          = "python3.12"
  handler          = "report.handler"
  filename         = data.archive_file.report.output_path
  source_code_hash = data.archive_file.report.output_base64sha256
  timeout          = 20

  environment {
    variables = {
      PARAMETER = aws_ssm_parameter.last_report.name
    }
  }
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "nightly-report"
  schedule_expression = "cron(0 2 * * ? *)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule = aws_cloudwatch_event_rule.nightly.name
  arn  = aws_lambda_function.report.arn
}

resource "aws_lambda_permission" "nightly" {
  statement_id  = "AllowEventBridge"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.report.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.nightly.arn
}
