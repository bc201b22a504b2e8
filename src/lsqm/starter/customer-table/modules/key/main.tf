variable "description" {
  type = string
}

variable "alias" {
  type = string
}

resource "aws_kms_key" "this" {
  description             = var.description
  deletion_window_in_days = 7
}

resource "aws_kms_alias" "this" {
  name          = var.alias
  target_key_id = aws_kms_key.this.key_id
}

output "arn" {
  value = aws_kms_key.this.arn
}
