# Services that few templates use

data "aws_caller_identity" "current" {}

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

resource "aws_iam_role" "role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = ["eks.amazonaws.com", "elasticmapreduce.amazonaws.com"]
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_instance_profile" "profile" {
  role = aws_iam_role.role.name
}

resource "aws_sns_topic" "topic" {}

resource "aws_s3_bucket" "bucket" {
  bucket_prefix = "bucket-"
}

resource "aws_eks_cluster" "cluster" {
  name                      = "rare-cluster-aae4576b"
  enabled_cluster_log_types = ["api", "audit"]
  role_arn                  = aws_iam_role.role.arn

  vpc_config {
    subnet_ids = [data.aws_subnet.default_a.id, data.aws_subnet.default_b.id]
  }
}

resource "aws_fsx_windows_file_system" "windows" {
  storage_capacity    = 32
  subnet_ids          = [data.aws_subnet.default_a.id]
  throughput_capacity = 8
  active_directory_id = "d-0123456789"
}

resource "aws_fsx_lustre_file_system" "lustre" {
  storage_capacity = 1200
  subnet_ids       = [data.aws_subnet.default_a.id]
  deployment_type  = "SCRATCH_2"
}

resource "aws_ses_receipt_rule_set" "rules" {
  rule_set_name = "inbox"
}

resource "aws_ses_receipt_rule" "rule" {
  rule_set_name = aws_ses_receipt_rule_set.rules.rule_set_name
  name          = "keep"
  enabled       = true
  recipients    = ["example.com"]

  s3_action {
    position          = 1
    bucket_name       = aws_s3_bucket.bucket.id
    object_key_prefix = "mail/"
  }

  sns_action {
    position  = 2
    topic_arn = aws_sns_topic.topic.arn
    encoding  = "UTF-8"
  }
}

resource "aws_ram_resource_share" "share" {
  name                      = "subnets"
  allow_external_principals = false
}

resource "aws_ram_resource_association" "share_1" {
  resource_share_arn = aws_ram_resource_share.share.arn
  resource_arn       = "arn:aws:ec2:us-east-1:${data.aws_caller_identity.current.account_id}:subnet/subnet-0123456789abcdef0"
}

resource "aws_ram_principal_association" "share_1" {
  resource_share_arn = aws_ram_resource_share.share.arn
  principal          = "111122223333"
}

resource "aws_synthetics_canary" "canary" {
  handler              = "pageLoad.handler"
  zip_file             = "${path.module}/canary/canary.zip"
  name                 = "front-page"
  artifact_s3_location = "s3://${aws_s3_bucket.bucket.id}"
  execution_role_arn   = aws_iam_role.role.arn
  runtime_version      = "syn-nodejs-puppeteer-6.2"
  start_canary         = false

  schedule {
    expression = "rate(5 minutes)"
  }
}

resource "aws_emr_cluster" "hadoop" {
  applications = ["Spark"]
  configurations_json = jsonencode([{
    Classification = "spark"
    Properties = {
      maximizeResourceAllocation = "true"
    }
  }])
  name                   = "nightly"
  release_label          = "emr-6.15.0"
  service_role           = aws_iam_role.role.name
  termination_protection = false

  ec2_attributes {
    subnet_id        = data.aws_subnet.default_a.id
    instance_profile = aws_iam_instance_profile.profile.name
  }

  master_instance_group {
    instance_count = 1
    instance_type  = "m5.xlarge"
    name           = "main"
  }

  core_instance_group {
    instance_count = 2
    instance_type  = "m5.xlarge"
  }
}

resource "aws_budgets_budget" "budget" {
  name         = "month"
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = "100"
  limit_unit   = "USD"

  notification {
    threshold_type             = "PERCENTAGE"
    comparison_operator        = "GREATER_THAN"
    notification_type          = "ACTUAL"
    threshold                  = 80
    subscriber_email_addresses = ["someone@example.com"]
    subscriber_sns_topic_arns  = [aws_sns_topic.topic.arn]
  }
}

resource "aws_resourcegroups_group" "group" {
  name = "all"

  resource_query {
    query = jsonencode({
      ResourceTypeFilters = ["AWS::AllSupported"]
      TagFilters = [{
        Key    = "aws:cloudformation:stack-name"
        Values = ["rare"]
      }]
    })
  }
}

resource "aws_vpc_endpoint_service" "service" {
  network_load_balancer_arns = [aws_lb.balancer.arn]
  acceptance_required        = false
}

resource "aws_lb" "balancer" {
  load_balancer_type = "network"
  subnets            = [data.aws_subnet.default_a.id, data.aws_subnet.default_b.id]
}

resource "aws_vpc_endpoint_service_allowed_principal" "friends" {
  vpc_endpoint_service_id = aws_vpc_endpoint_service.service.id
  principal_arn           = "arn:aws:iam::111122223333:root"
}

resource "aws_vpc_endpoint_service_allowed_principal" "friends_2" {
  vpc_endpoint_service_id = aws_vpc_endpoint_service.service.id
  principal_arn           = "arn:aws:iam::444455556666:root"
}

# note[stand-in]: Parameter Subnets is set to the default subnet of us-east-1a and the default subnet of us-east-1b: it has no default.
# warning[property-dropped]: Schedule.RetryConfig: Terraform has no argument for it
# note[stand-in]: Group groups by a tag, because there is no stack.
