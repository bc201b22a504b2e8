# Who may do what, and what they must not tell

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_secretsmanager_random_password" "made" {
  password_length            = 20
  exclude_characters         = "\"@/\\"
  include_space              = false
  require_each_included_type = true
}

resource "aws_iam_group" "readers" {
  name = "people-readers-ccdc0c92"
}

resource "aws_iam_group_policy" "readers_list" {
  name  = "list"
  group = aws_iam_group.readers.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:ListAllMyBuckets"
      Resource = "*"
    }]
  })
}

resource "aws_iam_group_policy_attachment" "readers_read_only_access" {
  group      = aws_iam_group.readers.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_user" "ann" {
  name = "people-ann-ccdc0c92"
}

resource "aws_iam_user_policy_attachment" "ann_managed" {
  user       = aws_iam_user.ann.name
  policy_arn = aws_iam_policy.managed.arn
}

resource "aws_iam_user_policy_attachment" "ann_billing" {
  user       = aws_iam_user.ann.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/job-function/Billing"
}

resource "aws_iam_user_group_membership" "ann" {
  user   = aws_iam_user.ann.name
  groups = [aws_iam_group.readers.name]
}

resource "aws_iam_user_login_profile" "ann" {
  user                    = aws_iam_user.ann.name
  password_reset_required = false
}

resource "aws_iam_policy" "managed" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "sqs:*"
      Resource = "*"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "managed_1" {
  role       = aws_iam_role.role.name
  policy_arn = aws_iam_policy.managed.arn
}

resource "aws_iam_role_policy_attachment" "managed_2" {
  role       = aws_iam_role.other.name
  policy_arn = aws_iam_policy.managed.arn
}

resource "aws_iam_group_policy_attachment" "managed" {
  group      = aws_iam_group.readers.name
  policy_arn = aws_iam_policy.managed.arn
}

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

resource "aws_iam_role" "other" {
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

resource "aws_iam_role_policy" "inline" {
  name = "inline"
  role = aws_iam_role.role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = "iam:*"
      Resource = "*"
    }]
  })
}

resource "aws_iam_user_policy" "inline" {
  name = "inline"
  user = aws_iam_user.ann.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = "iam:*"
      Resource = "*"
    }]
  })
}

resource "aws_iam_role_policy" "nobodys" {
  name = "nobodys"
  role = "people-nobodys-ccdc0c92"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = "iam:*"
      Resource = "*"
    }]
  })
}

resource "aws_iam_access_key" "access_key" {
  user = aws_iam_user.ann.name
}

resource "aws_secretsmanager_secret" "plain" {}

resource "aws_secretsmanager_secret_version" "plain" {
  secret_id     = aws_secretsmanager_secret.plain.id
  secret_string = "{\"user\": \"ann\", \"region\": \"${data.aws_region.current.name}\"}"
}

resource "aws_secretsmanager_secret" "made" {}

resource "aws_secretsmanager_secret_version" "made" {
  secret_id     = aws_secretsmanager_secret.made.id
  secret_string = data.aws_secretsmanager_random_password.made.random_password

  lifecycle {
    ignore_changes = [secret_string]
  }
}

resource "aws_db_instance" "database" {
  engine              = "mysql"
  instance_class      = "db.t3.micro"
  allocated_storage   = 20
  username            = "admin1"
  password            = aws_secretsmanager_secret_version.made.secret_string
  skip_final_snapshot = true
}

resource "aws_secretsmanager_secret_version" "attachment" {
  secret_id = aws_secretsmanager_secret.made.arn
  secret_string = jsonencode({
    host   = aws_db_instance.database.address
    target = "AWS::RDS::DBInstance"
  })
  version_stages = ["ATTACHED"]
}

resource "aws_secretsmanager_secret_rotation" "rotation" {
  rotation_lambda_arn = "arn:aws:lambda:us-east-1:000000000000:function:rotation"
  secret_id           = aws_secretsmanager_secret.made.arn

  rotation_rules {
    automatically_after_days = 30
  }
}

resource "aws_ssm_document" "runbook" {
  name = "people-runbook-ccdc0c92"
  content = jsonencode({
    schemaVersion = "2.2"
    description   = "says hello"
    mainSteps = [{
      action = "aws:runShellScript"
      name   = "hello"
      inputs = {
        runCommand = ["echo hello"]
      }
    }]
  })
  document_format = "JSON"
  document_type   = "Command"
}

resource "aws_ssm_document" "text" {
  name = "people-text-ccdc0c92"
  content = jsonencode({
    schemaVersion = "2.2"
    mainSteps     = []
  })
  document_format = "JSON"
  document_type   = "Command"
}

resource "aws_ssm_association" "association" {
  parameters = {
    commands = "ls,pwd"
  }
  name = aws_ssm_document.runbook.name

  targets {
    key    = "InstanceIds"
    values = ["i-0123456789abcdef0"]
  }
}

resource "aws_cognito_user_pool" "pool" {
  name                     = "people"
  auto_verified_attributes = ["email"]

  username_configuration {
    case_sensitive = false
  }

  password_policy {
    minimum_length  = 12
    require_symbols = false
  }

  schema {
    name                = "email"
    attribute_data_type = "String"
    required            = true
    mutable             = true
  }

  schema {
    name                = "team"
    attribute_data_type = "String"

    string_attribute_constraints {
      max_length = "64"
    }
  }

  lambda_config {
    pre_sign_up = "arn:aws:lambda:us-east-1:${data.aws_caller_identity.current.account_id}:function:check"
  }
}

resource "aws_cognito_user_pool_client" "client" {
  name                = "people-client-ccdc0c92"
  user_pool_id        = aws_cognito_user_pool.pool.id
  explicit_auth_flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
}

resource "aws_cognito_identity_pool" "identities" {
  identity_pool_name               = "people-identities-ccdc0c92"
  allow_unauthenticated_identities = false

  cognito_identity_providers {
    client_id     = aws_cognito_user_pool_client.client.id
    provider_name = aws_cognito_user_pool.pool.endpoint
  }
}

resource "aws_cognito_identity_pool_roles_attachment" "roles" {
  roles = {
    authenticated = aws_iam_role.role.arn
  }
  identity_pool_id = aws_cognito_identity_pool.identities.id

  role_mapping {
    identity_provider         = "cognito-idp.us-east-1.amazonaws.com/${aws_cognito_user_pool.pool.id}:${aws_cognito_user_pool_client.client.id}"
    type                      = "Rules"
    ambiguous_role_resolution = "Deny"

    mapping_rule {
      claim      = "team"
      match_type = "Equals"
      role_arn   = aws_iam_role.other.arn
      value      = "ops"
    }
  }
}

# note[stand-in]: The password of Ann is left to the provider to make.
# note[stand-in]: Nobodys names no role; 'people-nobodys-ccdc0c92' is used.
# warning[secret-attachment]: Secrets Manager writes the database's address into the secret itself
# warning[property-dropped]: HostedRotationLambda: AWS makes that function through a macro
