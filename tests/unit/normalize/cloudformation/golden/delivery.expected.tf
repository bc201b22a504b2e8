# A pipeline that builds and deploys, a data catalogue, a rule for things, a certificate authority, a directory

data "aws_subnet" "default_a" {
  filter {
    name   = "availability-zone"
    values = ["us-east-1a"]
  }

  filter {
    name   = "default-for-az"
    values = ["true"]
  }
}

data "aws_subnet" "default_b" {
  filter {
    name   = "availability-zone"
    values = ["us-east-1b"]
  }

  filter {
    name   = "default-for-az"
    values = ["true"]
  }
}

data "aws_vpc" "default" {
  filter {
    name   = "is-default"
    values = ["true"]
  }
}

resource "aws_iam_role" "role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = ["codebuild.amazonaws.com", "codepipeline.amazonaws.com", "glue.amazonaws.com", "iot.amazonaws.com"]
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "aws_s3_bucket" "artifacts" {
  bucket_prefix = "artifacts-"
}

resource "aws_codecommit_repository" "code" {
  repository_name = "web"
}

resource "aws_codebuild_project" "build" {
  name         = "build"
  service_role = aws_iam_role.role.arn

  source {
    type     = "GITHUB"
    location = "https://example.com/web.git"
    buildspec = jsonencode({
      version = 0.2
      phases = {
        build = {
          commands = ["make"]
        }
      }
    })
  }

  environment {
    type         = "LINUX_CONTAINER"
    compute_type = "BUILD_GENERAL1_SMALL"
    image        = "aws/codebuild/standard:7.0"

    environment_variable {
      name  = "STAGE"
      value = "test"
      type  = "PLAINTEXT"
    }
  }

  cache {
    type     = "S3"
    location = "${aws_s3_bucket.artifacts.id}/cache"
  }

  artifacts {
    type = "NO_ARTIFACTS"
  }
}

resource "aws_codebuild_webhook" "build" {
  project_name = aws_codebuild_project.build.name

  filter_group {
    filter {
      type    = "EVENT"
      pattern = "PUSH"
    }

    filter {
      type                    = "HEAD_REF"
      pattern                 = "^refs/heads/main$"
      exclude_matched_pattern = false
    }
  }
}

resource "aws_codepipeline" "pipeline" {
  name     = "release"
  role_arn = aws_iam_role.role.arn

  artifact_store {
    type     = "S3"
    location = aws_s3_bucket.artifacts.id
  }

  stage {
    name = "Source"

    action {
      provider = "CodeCommit"
      name     = "Fetch"
      category = "Source"
      owner    = "AWS"
      version  = "1"
      configuration = {
        RepositoryName = aws_codecommit_repository.code.repository_name
        BranchName     = "main"
      }
      output_artifacts = ["source"]
    }
  }

  stage {
    name = "Build"

    action {
      provider  = "CodeBuild"
      name      = "Make"
      category  = "Build"
      owner     = "AWS"
      version   = "1"
      run_order = 1
      configuration = {
        ProjectName = aws_codebuild_project.build.name
        EnvironmentVariables = jsonencode([{
          name  = "COLOUR"
          value = "blue"
        }])
      }
      input_artifacts  = ["source"]
      output_artifacts = ["made"]
    }
  }
}

resource "aws_codedeploy_app" "application" {
  name             = "web"
  compute_platform = "Server"
}

resource "aws_codedeploy_deployment_group" "deployment" {
  app_name              = aws_codedeploy_app.application.name
  deployment_group_name = "fleet"
  service_role_arn      = aws_iam_role.role.arn

  ec2_tag_filter {
    key   = "role"
    value = "web"
    type  = "KEY_AND_VALUE"
  }

  alarm_configuration {
    enabled = true
    alarms  = ["too-many-errors"]
  }
}

resource "aws_glue_catalog_database" "catalogue" {
  name = "facts"
}

resource "aws_glue_catalog_table" "table" {
  database_name = aws_glue_catalog_database.catalogue.name
  name          = "visits"
  table_type    = "EXTERNAL_TABLE"
  parameters = {
    classification = "json"
  }

  partition_keys {
    name = "day"
    type = "string"
  }

  storage_descriptor {
    location = "s3://${aws_s3_bucket.artifacts.id}/visits/"

    columns {
      name = "who"
      type = "string"
    }

    columns {
      name    = "when"
      type    = "timestamp"
      comment = "in UTC"
    }

    ser_de_info {
      serialization_library = "org.openx.data.jsonserde.JsonSerDe"
    }
  }
}

resource "aws_glue_crawler" "crawler" {
  name          = "delivery-crawler-759f9bf7"
  schedule      = "cron(15 2 * * ? *)"
  role          = aws_iam_role.role.arn
  database_name = aws_glue_catalog_database.catalogue.name

  s3_target {
    path = "s3://${aws_s3_bucket.artifacts.id}/visits/"
  }

  dynamodb_target {
    path = "visits"
  }
}

resource "aws_iot_topic_rule" "rule" {
  enabled     = true
  sql         = "SELECT * FROM 'rooms/+' WHERE temperature > 30"
  sql_version = "2015-10-08"
  description = "tells when a room is too hot"
  name        = "too_hot"

  sns {
    role_arn       = aws_iam_role.role.arn
    target_arn     = aws_sns_topic.alarm.arn
    message_format = "RAW"
  }

  republish {
    role_arn = aws_iam_role.role.arn
    topic    = "alarms"
  }
}

resource "aws_sns_topic" "alarm" {}

resource "aws_acmpca_certificate_authority" "authority" {
  type = "ROOT"

  certificate_authority_configuration {
    key_algorithm     = "RSA_2048"
    signing_algorithm = "SHA256WITHRSA"

    subject {
      common_name  = "example.com"
      organization = "Example"
    }
  }
}

resource "aws_directory_service_directory" "directory" {
  type     = "MicrosoftAD"
  name     = "corp.example.com"
  password = "Not-A-Secret-1"

  vpc_settings {
    vpc_id     = data.aws_vpc.default.id
    subnet_ids = [data.aws_subnet.default_a.id, data.aws_subnet.default_b.id]
  }
}

# warning[property-dropped]: Source.Auth: credentials are a resource of their own
# warning[property-dropped]: RestartExecutionOnUpdate: Terraform does not start pipelines
# warning[property-dropped]: Stages.Blockers: they are manual here
