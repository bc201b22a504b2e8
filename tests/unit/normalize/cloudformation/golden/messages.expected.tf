# Queues, topics, a bus, streams that end in buckets

data "aws_caller_identity" "current" {}

resource "aws_sqs_queue" "dead" {
  name       = "messages-dead-7f8ff4c3.fifo"
  fifo_queue = true
}

resource "aws_sqs_queue" "orders" {
  name                        = "messages-orders-7f8ff4c3.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 3
  })
  tags = {
    team = "shop"
  }
}

resource "aws_sqs_queue" "plain" {
  name                       = "plain"
  visibility_timeout_seconds = 30
}

resource "aws_sqs_queue_policy" "queue_policy" {
  queue_url = aws_sqs_queue.orders.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "sns.amazonaws.com"
      }
      Action   = "sqs:SendMessage"
      Resource = "*"
    }]
  })
}

resource "aws_sqs_queue_policy" "queue_policy_2" {
  queue_url = aws_sqs_queue.plain.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "sns.amazonaws.com"
      }
      Action   = "sqs:SendMessage"
      Resource = "*"
    }]
  })
}

resource "aws_sns_topic" "news" {
  sqs_success_feedback_role_arn    = aws_iam_role.role.arn
  sqs_success_feedback_sample_rate = 100
  display_name                     = "News"
}

resource "aws_sns_topic_subscription" "news_subscription_1" {
  topic_arn = aws_sns_topic.news.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.plain.arn
}

resource "aws_sns_topic_subscription" "news_subscription_2" {
  topic_arn = aws_sns_topic.news.arn
  protocol  = "email"
  endpoint  = "someone@example.com"
}

resource "aws_sns_topic" "ordered" {
  name                        = "messages-ordered-7f8ff4c3.fifo"
  fifo_topic                  = true
  content_based_deduplication = true
}

resource "aws_sns_topic_policy" "topic_policy" {
  arn = aws_sns_topic.news.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "events.amazonaws.com"
      }
      Action   = "sns:Publish"
      Resource = "*"
    }]
  })
}

resource "aws_sns_topic_policy" "topic_policy_2" {
  arn = aws_sns_topic.ordered.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "events.amazonaws.com"
      }
      Action   = "sns:Publish"
      Resource = "*"
    }]
  })
}

resource "aws_sns_topic_subscription" "filtered" {
  topic_arn            = aws_sns_topic.news.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.plain.arn
  raw_message_delivery = true
  filter_policy = jsonencode({
    kind = [
      "order",
      {
        prefix = "return"
      },
    ]
  })
}

resource "aws_iam_role" "role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = ["sns.amazonaws.com", "firehose.amazonaws.com", "events.amazonaws.com"]
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "aws_cloudwatch_event_bus" "bus" {
  name = "shop"
}

resource "aws_cloudwatch_event_bus_policy" "bus_policy" {
  event_bus_name = aws_cloudwatch_event_bus.bus.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "friends"
      Effect = "Allow"
      Principal = {
        AWS = "111122223333"
      }
      Action   = "events:PutEvents"
      Resource = "*"
    }]
  })
}

resource "aws_cloudwatch_event_rule" "placed" {
  event_bus_name = aws_cloudwatch_event_bus.bus.name
  event_pattern = jsonencode({
    source      = ["shop"]
    detail-type = ["placed"]
  })
}

resource "aws_cloudwatch_event_target" "placed_1" {
  rule           = aws_cloudwatch_event_rule.placed.name
  event_bus_name = aws_cloudwatch_event_bus.bus.name
  target_id      = "queue"
  arn            = aws_sqs_queue.plain.arn

  input_transformer {
    input_paths = {
      who = "$.detail.who"
    }
    input_template = "{\"who\": <who>}"
  }

  dead_letter_config {
    arn = aws_sqs_queue.dead.arn
  }

  retry_policy {
    maximum_retry_attempts       = 2
    maximum_event_age_in_seconds = 3600
  }
}

resource "aws_cloudwatch_event_target" "placed_2" {
  rule           = aws_cloudwatch_event_rule.placed.name
  event_bus_name = aws_cloudwatch_event_bus.bus.name
  target_id      = "stream"
  arn            = aws_kinesis_stream.stream.arn
  role_arn       = aws_iam_role.role.arn

  kinesis_target {
    partition_key_path = "$.detail.who"
  }
}

resource "aws_cloudwatch_event_rule" "nightly" {
  schedule_expression = "rate(1 day)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule      = aws_cloudwatch_event_rule.nightly.name
  target_id = "topic"
  arn       = aws_sns_topic.news.arn
  input = jsonencode({
    hello = "world"
  })
}

resource "aws_cloudwatch_event_rule" "silent" {
  event_pattern = jsonencode({
    source = ["messages"]
  })
  state = "DISABLED"
}

resource "aws_kinesis_stream" "stream" {
  name            = "messages-stream-7f8ff4c3"
  shard_count     = 1
  encryption_type = "KMS"
  kms_key_id      = "alias/aws/kinesis"
}

resource "aws_s3_bucket" "bucket" {
  bucket_prefix = "bucket-"
}

resource "aws_kms_key" "key" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"
      }
      Action   = "kms:*"
      Resource = "*"
    }]
  })
}

resource "aws_kinesis_firehose_delivery_stream" "delivery" {
  name        = "messages-delivery-7f8ff4c3"
  destination = "extended_s3"

  extended_s3_configuration {
    bucket_arn          = aws_s3_bucket.bucket.arn
    role_arn            = aws_iam_role.role.arn
    buffering_interval  = 60
    buffering_size      = 64
    compression_format  = "GZIP"
    prefix              = "year=!{timestamp:yyyy}/"
    error_output_prefix = "errors/"
    kms_key_arn         = aws_kms_key.key.arn

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = "firehose"
      log_stream_name = "s3"
    }

    dynamic_partitioning_configuration {
      enabled        = true
      retry_duration = 300
    }

    data_format_conversion_configuration {
      enabled = true

      input_format_configuration {
        deserializer {
          open_x_json_ser_de {}
        }
      }

      output_format_configuration {
        serializer {
          parquet_ser_de {}
        }
      }

      schema_configuration {
        database_name = "facts"
        table_name    = "visits"
        role_arn      = aws_iam_role.role.arn
        region        = "us-east-1"
      }
    }
  }

  kinesis_source_configuration {
    kinesis_stream_arn = aws_kinesis_stream.stream.arn
    role_arn           = aws_iam_role.role.arn
  }
}

resource "aws_kinesis_firehose_delivery_stream" "pushed" {
  destination = "http_endpoint"
  name        = "pushed"

  http_endpoint_configuration {
    role_arn       = aws_iam_role.role.arn
    url            = "https://example.com/in"
    name           = "elsewhere"
    retry_duration = 10

    s3_configuration {
      bucket_arn = aws_s3_bucket.bucket.arn
      role_arn   = aws_iam_role.role.arn
    }
  }

  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = aws_kms_key.key.arn
  }
}

