# Platforms, migrations, catalogues and other rare kinds of resource.

resource "aws_elastic_beanstalk_application" "shop" {
  name = "shop"

  appversion_lifecycle {
    service_role          = "arn:aws:iam::123456789012:role/lifecycle"
    max_count             = 5
    delete_source_from_s3 = true
  }
}

resource "aws_elastic_beanstalk_application_version" "shop_version" {
  name        = "platforms-shop-version-3bdd9ccd"
  application = aws_elastic_beanstalk_application.shop.name
  bucket      = aws_s3_bucket.bundles.id
  key         = "shop.zip"
}

resource "aws_s3_bucket" "bundles" {
  bucket_prefix = "bundles-"
}

resource "aws_elastic_beanstalk_configuration_template" "shop_template" {
  name                = "platforms-shop-template-3bdd9ccd"
  application         = aws_elastic_beanstalk_application.shop.name
  solution_stack_name = "64bit Amazon Linux 2023 v6.1.0 running Node.js 20"

  setting {
    namespace = "aws:autoscaling:asg"
    name      = "MinSize"
    value     = "2"
  }
}

resource "aws_elastic_beanstalk_environment" "shop_environment" {
  name          = "platforms-shop-environment-3bdd9ccd"
  application   = aws_elastic_beanstalk_application.shop.name
  template_name = aws_elastic_beanstalk_configuration_template.shop_template.name
  version_label = aws_elastic_beanstalk_application_version.shop_version.name
  cname_prefix  = "shop"
  tier          = "WebServer"
}

resource "aws_dms_replication_subnet_group" "migration_subnets" {
  replication_subnet_group_id          = "platforms-migration-subnets-3bdd9ccd"
  replication_subnet_group_description = "two"
  subnet_ids                           = ["subnet-11111111", "subnet-22222222"]
}

resource "aws_dms_replication_instance" "migrator" {
  replication_instance_id     = "platforms-migrator-3bdd9ccd"
  replication_instance_class  = "dms.t3.medium"
  replication_subnet_group_id = aws_dms_replication_subnet_group.migration_subnets.id
  multi_az                    = false
}

resource "aws_dms_endpoint" "from" {
  endpoint_id                     = "platforms-from-3bdd9ccd"
  endpoint_type                   = "source"
  engine_name                     = "mysql"
  secrets_manager_access_role_arn = "arn:aws:iam::123456789012:role/dms"
  secrets_manager_arn             = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
}

resource "aws_dms_endpoint" "to" {
  endpoint_id   = "lake"
  endpoint_type = "target"
  engine_name   = "s3"

  s3_settings {
    bucket_name             = aws_s3_bucket.bundles.id
    service_access_role_arn = "arn:aws:iam::123456789012:role/dms"
  }
}

resource "aws_dms_replication_task" "migration" {
  replication_task_id      = "platforms-migration-3bdd9ccd"
  migration_type           = "full-load"
  replication_instance_arn = aws_dms_replication_instance.migrator.replication_instance_arn
  source_endpoint_arn      = aws_dms_endpoint.from.endpoint_arn
  target_endpoint_arn      = aws_dms_endpoint.to.endpoint_arn
  table_mappings = jsonencode({
    rules = [{
      rule-type = "selection"
      rule-id   = "1"
    }]
  })
}

resource "aws_opsworks_stack" "stack" {
  name                          = "old"
  service_role_arn              = "arn:aws:iam::123456789012:role/opsworks"
  default_instance_profile_arn  = "arn:aws:iam::123456789012:instance-profile/opsworks"
  configuration_manager_name    = "Chef"
  configuration_manager_version = "12"
  region                        = "us-east-1"
}

resource "aws_opsworks_php_app_layer" "layer" {
  stack_id                = aws_opsworks_stack.stack.id
  name                    = "php"
  auto_healing            = true
  auto_assign_elastic_ips = false
  auto_assign_public_ips  = true
  custom_setup_recipes    = ["app::setup"]
}

resource "aws_opsworks_application" "application" {
  stack_id   = aws_opsworks_stack.stack.id
  name       = "site"
  short_name = "site"
  type       = "php"

  app_source {
    type = "other"
  }
}

resource "aws_servicecatalog_portfolio" "portfolio" {
  name          = "tools"
  provider_name = "us"
}

resource "aws_servicecatalog_product" "product" {
  name  = "tool"
  owner = "us"
  type  = "CLOUD_FORMATION_TEMPLATE"

  provisioning_artifact_parameters {
    name         = "v1"
    template_url = "https://example.com/tool.yaml"
    type         = "CLOUD_FORMATION_TEMPLATE"
  }
}

resource "aws_servicecatalog_product_portfolio_association" "offer" {
  portfolio_id = aws_servicecatalog_portfolio.portfolio.id
  product_id   = aws_servicecatalog_product.product.id
}

resource "aws_servicecatalog_constraint" "launch" {
  parameters = jsonencode({
    RoleArn = "arn:aws:iam::123456789012:role/l"
  })
  portfolio_id = aws_servicecatalog_portfolio.portfolio.id
  product_id   = aws_servicecatalog_product.product.id
  type         = "LAUNCH"
}

resource "aws_cloudwatch_event_bus" "bus" {
  name = "bus"
}

resource "aws_schemas_discoverer" "finder" {
  source_arn = aws_cloudwatch_event_bus.bus.arn
}

resource "aws_schemas_registry" "registry" {
  name        = "platforms-registry-3bdd9ccd"
  description = "ours"
}

resource "aws_schemas_schema" "schema" {
  registry_name = aws_schemas_registry.registry.name
  name          = "order"
  type          = "JSONSchemaDraft4"
  content = jsonencode({
    type = "object"
  })
}

resource "aws_s3_directory_bucket" "fast" {
  bucket          = "platforms-fast-3bdd9ccd--use1-az5--x-s3"
  data_redundancy = "SingleAvailabilityZone"

  location {
    name = "use1-az5"
  }
}

resource "aws_s3control_object_lambda_access_point" "reader" {
  name = "reader"

  configuration {
    supporting_access_point = "arn:aws:s3:us-east-1:123456789012:accesspoint/plain"

    transformation_configuration {
      actions = ["GetObject"]

      content_transformation {
        aws_lambda {
          function_arn     = aws_lambda_function.code.arn
          function_payload = "small"
        }
      }
    }
  }
}

resource "aws_lambda_function" "code" {
  function_name    = "platforms-code-3bdd9ccd"
  filename         = "${path.module}/lambda/code.zip"
  source_code_hash = filebase64sha256("${path.module}/lambda/code.zip")
  runtime          = "python3.12"
  handler          = "index.handler"
  role             = "arn:aws:iam::123456789012:role/code"
  publish          = true

  logging_config {
    log_group  = "/code"
    log_format = "Text"
  }
}

resource "aws_lambda_runtime_management_config" "code" {
  function_name     = aws_lambda_function.code.function_name
  update_runtime_on = "FunctionUpdate"
}

resource "aws_lambda_function_recursion_config" "code" {
  function_name  = aws_lambda_function.code.function_name
  recursive_loop = "Allow"
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.code.function_name
  function_version = aws_lambda_function.code.version
}

resource "aws_lambda_provisioned_concurrency_config" "live" {
  function_name                     = aws_lambda_alias.live.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = 2
}

resource "aws_lambda_event_source_mapping" "jobs" {
  function_name     = aws_lambda_function.code.function_name
  event_source_arn  = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
  starting_position = "LATEST"

  destination_config {
    on_failure {
      destination_arn = "arn:aws:sqs:us-east-1:123456789012:dead"
    }
  }
}

resource "aws_cloudformation_stack_set" "everywhere" {
  name             = "everywhere"
  permission_model = "SERVICE_MANAGED"
  template_url     = "https://example.com/t.yaml"
  parameters = {
    Name = "a"
  }

  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }
}

resource "aws_cloudformation_stack_set_instance" "everywhere_1" {
  stack_set_name = aws_cloudformation_stack_set.everywhere.name
  region         = "us-east-1"

  deployment_targets {
    organizational_unit_ids = ["ou-abcd-12345678"]
  }
}

resource "aws_cloudformation_stack_set_instance" "everywhere_2" {
  stack_set_name = aws_cloudformation_stack_set.everywhere.name
  region         = "eu-west-1"

  deployment_targets {
    organizational_unit_ids = ["ou-abcd-12345678"]
  }
}

resource "aws_config_aggregate_authorization" "allow" {
  account_id = "123456789012"
  region     = "us-east-1"
}

resource "aws_ssm_maintenance_window" "window" {
  name                       = "nightly"
  schedule                   = "cron(0 2 * * ? *)"
  duration                   = 2
  cutoff                     = 1
  allow_unassociated_targets = false
}

resource "aws_ssm_maintenance_window_task" "patch" {
  window_id = aws_ssm_maintenance_window.window.id
  task_arn  = "AWS-RunPatchBaseline"
  task_type = "RUN_COMMAND"
  priority  = 1

  targets {
    key    = "InstanceIds"
    values = ["i-1234567890abcdef0"]
  }

  task_invocation_parameters {
    run_command_parameters {
      timeout_seconds = 600

      parameter {
        name   = "Operation"
        values = ["Install"]
      }
    }
  }
}

resource "aws_kinesis_stream" "stream" {
  name        = "platforms-stream-3bdd9ccd"
  shard_count = 1
}

resource "aws_cloudfront_realtime_log_config" "edge" {
  name          = "edge"
  sampling_rate = 100
  fields        = ["timestamp", "c-ip"]

  endpoint {
    stream_type = "Kinesis"

    kinesis_stream_config {
      stream_arn = aws_kinesis_stream.stream.arn
      role_arn   = "arn:aws:iam::123456789012:role/edge"
    }
  }
}

resource "aws_kinesis_analytics_application" "count" {
  name = "platforms-count-3bdd9ccd"
  code = "SELECT 1"

  inputs {
    name_prefix = "in"

    kinesis_stream {
      resource_arn = aws_kinesis_stream.stream.arn
      role_arn     = "arn:aws:iam::123456789012:role/k"
    }

    schema {
      record_columns {
        name     = "ip"
        sql_type = "VARCHAR(16)"
        mapping  = "$.ip"
      }

      record_format {
        mapping_parameters {
          json {
            record_row_path = "$"
          }
        }
      }
    }
  }
}

resource "aws_msk_cluster" "kafka" {
  cluster_name           = "kafka"
  kafka_version          = "3.6.0"
  number_of_broker_nodes = 2

  broker_node_group_info {
    instance_type   = "kafka.t3.small"
    client_subnets  = ["subnet-11111111", "subnet-22222222"]
    security_groups = []
  }

  client_authentication {
    unauthenticated = false

    sasl {
      iam   = true
      scram = false
    }
  }
}

resource "aws_elb" "balancer" {
  availability_zones = ["us-east-1a"]

  listener {
    lb_port           = 80
    instance_port     = 80
    lb_protocol       = "http"
    instance_protocol = "http"
  }
}

resource "aws_lb_cookie_stickiness_policy" "balancer_80" {
  name                     = "sticky"
  load_balancer            = aws_elb.balancer.name
  lb_port                  = 80
  cookie_expiration_period = 180
}

resource "aws_api_gateway_usage_plan" "plan" {
  name = "platforms-plan-3bdd9ccd"

  api_stages {
    api_id = "abc123"
    stage  = "live"

    throttle {
      path        = "/a/GET"
      burst_limit = 10
      rate_limit  = 5
    }
  }
}

resource "aws_cloudwatch_event_rule" "nightly" {
  schedule_expression = "rate(1 day)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule      = aws_cloudwatch_event_rule.nightly.name
  target_id = "batch"
  arn       = "arn:aws:batch:us-east-1:123456789012:job-queue/q"
  role_arn  = "arn:aws:iam::123456789012:role/events"

  batch_target {
    job_definition = "job"
    job_name       = "job"
    job_attempts   = 2
    array_size     = 3
  }
}

# note[property-dropped]: ResourceLifecycleConfig.VersionLifecycleConfig.MaxCountRule.Enabled: a count that is said counts
# note[property-dropped]: Tier.Type: the tier's name says it
# warning[property-dropped]: Shortname: the kind of layer says it
# note[property-dropped]: Inputs.InputSchema.RecordFormat.RecordFormatType: the mapping parameters say it
# warning[required-missing]: Terraform needs broker_node_group_info.security_groups for aws_msk_cluster, and the template does not say it
