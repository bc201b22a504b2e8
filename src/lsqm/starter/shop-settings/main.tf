# What the shop needs to know at start: plain settings in parameters, credentials in a secret.
variable "settings" {
  type = map(string)
  default = {
    currency = "EUR"
    language = "en"
    theme    = "plain"
  }
}

resource "aws_ssm_parameter" "setting" {
  for_each = var.settings
  name     = "/shop/${each.key}"
  type     = "String"
  value    = each.value
}

resource "aws_secretsmanager_secret" "payment" {
  name                    = "shop/payment-gateway"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "payment" {
  secret_id     = aws_secretsmanager_secret.payment.id
  secret_string = jsonencode({ user = "shop", password = "not-a-real-password" })
}
