resource "aws_lambda_function" "worker" {
  filename         = "${path.module}/lambda/worker.zip"
  source_code_hash = filebase64sha256("${path.module}/lambda/worker.zip")
  function_name    = "thumbnails"
  handler          = "index.handler"
  runtime          = "python3.12"
  role             = "arn:aws:iam::000000000000:role/stand-in"
}

resource "aws_lambda_permission" "permission" {
  function_name = aws_lambda_function.worker.function_name
  action        = "lambda:InvokeFunction"
  principal     = "s3.amazonaws.com"
  source_arn    = "arn:aws:s3:::photos-of-the-shop"
}

resource "aws_s3_bucket" "photos" {
  bucket = "photos-of-the-shop"

  depends_on = [aws_lambda_permission.permission]
}

resource "aws_s3_bucket_notification" "photos" {
  bucket = aws_s3_bucket.photos.id

  lambda_function {
    lambda_function_arn = aws_lambda_function.worker.arn
    events              = ["s3:ObjectCreated:*"]
  }

  depends_on = [aws_lambda_permission.permission]
}

resource "aws_s3_bucket_lifecycle_configuration" "photos" {
  bucket = aws_s3_bucket.photos.id

  rule {
    id     = "old"
    status = "Enabled"

    filter {}

    expiration {
      days = 30
    }
  }
}

resource "aws_s3_bucket_versioning" "photos" {
  bucket = aws_s3_bucket.photos.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "photos" {
  bucket = aws_s3_bucket.photos.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# note[stand-in]: Parameter RoleArn is set to 'arn:aws:iam::000000000000:role/stand-in': it has no default.
