# Buckets with everything a bucket can have, tables likewise

resource "aws_iam_role" "role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "s3.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "aws_s3_bucket" "copy" {
  bucket_prefix = "copy-"
}

resource "aws_s3_bucket_versioning" "copy" {
  bucket = aws_s3_bucket.copy.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_sqs_queue" "queue" {}

resource "aws_sns_topic" "topic" {}

resource "aws_lambda_function" "function" {
  function_name    = "vault-function-ea3c42f0"
  filename         = "${path.module}/lambda/function.zip"
  source_code_hash = filebase64sha256("${path.module}/lambda/function.zip")
  runtime          = "nodejs20.x"
  handler          = "index.handler"
  role             = aws_iam_role.role.arn
}

resource "aws_lambda_permission" "allowed" {
  function_name = aws_lambda_function.function.function_name
  action        = "lambda:InvokeFunction"
  principal     = "s3.amazonaws.com"
}

resource "aws_s3_bucket" "files" {
  bucket_prefix = "files-"

  depends_on = [aws_lambda_permission.allowed]
}

resource "aws_s3_bucket_acl" "files" {
  bucket = aws_s3_bucket.files.id
  acl    = "log-delivery-write"
}

resource "aws_s3_bucket_notification" "files" {
  bucket      = aws_s3_bucket.files.id
  eventbridge = true

  lambda_function {
    lambda_function_arn = aws_lambda_function.function.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "in/"
    filter_suffix       = ".json"
  }

  queue {
    queue_arn = aws_sqs_queue.queue.arn
    events    = ["s3:ObjectRemoved:*"]
  }

  topic {
    topic_arn = aws_sns_topic.topic.arn
    events    = ["s3:ReducedRedundancyLostObject"]
  }

  depends_on = [aws_lambda_permission.allowed]
}

resource "aws_s3_bucket_lifecycle_configuration" "files" {
  bucket = aws_s3_bucket.files.id

  rule {
    id     = "cool"
    status = "Enabled"

    filter {
      and {
        prefix = "logs/"
        tags = {
          keep = "no"
        }
      }
    }

    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }

    transition {
      days          = 90
      storage_class = "GLACIER"
    }

    noncurrent_version_expiration {
      noncurrent_days           = 365
      newer_noncurrent_versions = 3
    }

    noncurrent_version_transition {
      noncurrent_days = 30
      storage_class   = "GLACIER"
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 3
    }
  }

  rule {
    id     = "rule-2"
    status = "Enabled"

    filter {
      object_size_greater_than = 1024
    }

    expiration {
      days = 400
    }
  }

  rule {
    id     = "rule-3"
    status = "Disabled"

    filter {}

    expiration {
      expired_object_delete_marker = true
    }

    noncurrent_version_expiration {
      noncurrent_days = 7
    }
  }
}

resource "aws_s3_bucket_replication_configuration" "files" {
  bucket = aws_s3_bucket.files.id
  role   = aws_iam_role.role.arn

  rule {
    id       = "all"
    status   = "Enabled"
    priority = 1

    delete_marker_replication {
      status = "Enabled"
    }

    filter {
      prefix = ""
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket        = aws_s3_bucket.copy.arn
      storage_class = "STANDARD_IA"

      encryption_configuration {
        replica_kms_key_id = "alias/aws/s3"
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.files]
}

resource "aws_s3_bucket_versioning" "files" {
  bucket = aws_s3_bucket.files.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "files" {
  bucket                  = aws_s3_bucket.files.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "files" {
  bucket = aws_s3_bucket.files.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = "alias/aws/s3"
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "files" {
  bucket = aws_s3_bucket.files.id

  rule {
    object_ownership = "ObjectWriter"
  }
}

resource "aws_s3_bucket_cors_configuration" "files" {
  bucket = aws_s3_bucket.files.id

  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
    allowed_headers = ["*"]
    max_age_seconds = 300
    id              = "all"
  }
}

resource "aws_s3_bucket_website_configuration" "files" {
  bucket = aws_s3_bucket.files.id

  index_document {
    suffix = "index.html"
  }

  error_document {
    key = "error.html"
  }
}

resource "aws_dynamodb_table" "visits" {
  hash_key         = "who"
  range_key        = "at"
  stream_enabled   = true
  name             = "visits"
  billing_mode     = "PAY_PER_REQUEST"
  stream_view_type = "NEW_IMAGE"

  attribute {
    name = "who"
    type = "S"
  }

  attribute {
    name = "at"
    type = "N"
  }

  attribute {
    name = "where"
    type = "S"
  }

  global_secondary_index {
    name               = "by-place"
    projection_type    = "INCLUDE"
    non_key_attributes = ["who"]
    hash_key           = "where"
  }

  local_secondary_index {
    name            = "by-where"
    projection_type = "ALL"
    range_key       = "where"
  }

  server_side_encryption {
    enabled = true
  }

  ttl {
    attribute_name = "until"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_dynamodb_kinesis_streaming_destination" "visits" {
  stream_arn = aws_kinesis_stream.stream.arn
  table_name = aws_dynamodb_table.visits.name
}

resource "aws_dynamodb_resource_policy" "visits" {
  resource_arn = aws_dynamodb_table.visits.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        AWS = aws_iam_role.role.arn
      }
      Action   = "dynamodb:GetItem"
      Resource = "*"
    }]
  })
}

resource "aws_kinesis_stream" "stream" {
  name = "vault-stream-ea3c42f0"

  stream_mode_details {
    stream_mode = "ON_DEMAND"
  }
}

resource "aws_dynamodb_table" "everywhere" {
  name             = "vault-everywhere-ea3c42f0"
  hash_key         = "id"
  stream_enabled   = true
  billing_mode     = "PAY_PER_REQUEST"
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "id"
    type = "S"
  }

  replica {
    region_name = "eu-west-1"
  }
}

resource "aws_dynamodb_table" "simple" {
  name         = "vault-simple-ea3c42f0"
  hash_key     = "id"
  billing_mode = "PAY_PER_REQUEST"

  attribute {
    name = "id"
    type = "S"
  }
}

# warning[property-dropped]: AccessControl: BucketOwnerFullControl is no access list of a bucket
# warning[property-dropped]: ProvisionedThroughput: the table is billed by request
# note[property-dropped]: SSESpecification.SSEType: the provider has only KMS here
