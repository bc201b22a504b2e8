resource "aws_cloudwatch_event_bus" "orders" {
  name = "orders"
}

resource "aws_sns_topic" "paid" {}

resource "aws_cloudwatch_event_rule" "rule" {
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  event_pattern = jsonencode({
    source      = ["shop"]
    detail-type = ["paid"]
  })
}

resource "aws_cloudwatch_event_target" "rule" {
  rule           = aws_cloudwatch_event_rule.rule.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "topic"
  arn            = aws_sns_topic.paid.arn
  input_path     = "$.detail"
}

resource "aws_cloudwatch_event_rule" "nightly" {
  schedule_expression = "cron(0 3 * * ? *)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule      = aws_cloudwatch_event_rule.nightly.name
  target_id = "topic"
  arn       = aws_sns_topic.paid.arn
  input = jsonencode({
    kind = "nightly"
  })
}

resource "aws_sns_topic_policy" "topic_policy" {
  arn = aws_sns_topic.paid.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "events.amazonaws.com"
      }
      Action   = "sns:Publish"
      Resource = aws_sns_topic.paid.arn
    }]
  })
}

