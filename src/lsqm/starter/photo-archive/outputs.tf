output "bucket" {
  description = "Where originals are put."
  value       = aws_s3_bucket.photos.bucket
}
