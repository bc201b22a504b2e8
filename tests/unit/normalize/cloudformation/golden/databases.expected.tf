# A database, a cluster of them, caches, a search domain, a warehouse

data "aws_secretsmanager_random_password" "secret" {
  exclude_punctuation = true
}

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

resource "aws_db_subnet_group" "group" {
  name        = "main-group"
  description = "where databases live"
  subnet_ids  = [data.aws_subnet.default_a.id, data.aws_subnet.default_b.id]
}

resource "aws_db_parameter_group" "parameters" {
  family      = "postgres16"
  description = "louder"

  parameter {
    name         = "log_min_duration_statement"
    value        = "500"
    apply_method = "pending-reboot"
  }

  parameter {
    name         = "rds.force_ssl"
    value        = "1"
    apply_method = "pending-reboot"
  }
}

resource "aws_iam_role" "imports" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "rds.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "aws_db_instance" "database" {
  allocated_storage    = 20
  instance_class       = "db.t4g.micro"
  engine               = "postgres"
  username             = "admin1"
  password             = "Stand-in-Passw0rd"
  db_subnet_group_name = aws_db_subnet_group.group.name
  parameter_group_name = aws_db_parameter_group.parameters.name
  skip_final_snapshot  = true
}

resource "aws_db_instance_role_association" "database_1" {
  db_instance_identifier = aws_db_instance.database.identifier
  feature_name           = "s3Import"
  role_arn               = aws_iam_role.imports.arn
}

resource "aws_rds_cluster" "cluster" {
  engine                          = "aurora-postgresql"
  master_username                 = "admin1"
  master_password                 = "Stand-in-Passw0rd"
  db_subnet_group_name            = aws_db_subnet_group.group.name
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.cluster_parameters.name
  skip_final_snapshot             = true
}

resource "aws_rds_cluster_parameter_group" "cluster_parameters" {
  family      = "aurora-postgresql16"
  description = "for the cluster"

  parameter {
    name         = "timezone"
    value        = "UTC"
    apply_method = "pending-reboot"
  }
}

resource "aws_rds_cluster_instance" "writer" {
  cluster_identifier      = aws_rds_cluster.cluster.cluster_identifier
  instance_class          = "db.r6g.large"
  engine                  = "aurora-postgresql"
  db_parameter_group_name = aws_db_parameter_group.parameters.name
}

resource "aws_db_proxy" "proxy" {
  name           = "front"
  engine_family  = "POSTGRESQL"
  role_arn       = aws_iam_role.imports.arn
  vpc_subnet_ids = [data.aws_subnet.default_a.id, data.aws_subnet.default_b.id]

  auth {
    auth_scheme = "SECRETS"
    iam_auth    = "DISABLED"
    secret_arn  = aws_secretsmanager_secret.secret.arn
  }
}

resource "aws_secretsmanager_secret" "secret" {}

resource "aws_secretsmanager_secret_version" "secret" {
  secret_id = aws_secretsmanager_secret.secret.id
  secret_string = jsonencode({
    username = "admin1"
    password = data.aws_secretsmanager_random_password.secret.random_password
  })

  lifecycle {
    ignore_changes = [secret_string]
  }
}

resource "aws_db_proxy_default_target_group" "targets" {
  db_proxy_name = aws_db_proxy.proxy.name

  connection_pool_config {
    max_connections_percent = 80
  }
}

resource "aws_db_proxy_target" "targets_1" {
  db_proxy_name          = aws_db_proxy.proxy.name
  target_group_name      = aws_db_proxy_default_target_group.targets.name
  db_instance_identifier = aws_db_instance.database.identifier
}

resource "aws_db_proxy_target" "targets_1_2" {
  db_proxy_name         = aws_db_proxy.proxy.name
  target_group_name     = aws_db_proxy_default_target_group.targets.name
  db_cluster_identifier = aws_rds_cluster.cluster.cluster_identifier
}

resource "aws_elasticache_subnet_group" "cache_group" {
  name        = "databases-cache-group-5f621a8c"
  description = "where caches live"
  subnet_ids  = [data.aws_subnet.default_a.id, data.aws_subnet.default_b.id]
}

resource "aws_elasticache_parameter_group" "cache_parameters" {
  name        = "databases-cache-parameters-5f621a8c"
  family      = "redis7"
  description = "evicts"

  parameter {
    name  = "maxmemory-policy"
    value = "allkeys-lru"
  }
}

resource "aws_elasticache_cluster" "memcached" {
  cluster_id      = "databases-memcached-5f621a8c"
  node_type       = "cache.t3.micro"
  engine          = "memcached"
  num_cache_nodes = 1
}

resource "aws_elasticache_replication_group" "redis" {
  num_node_groups         = 2
  replicas_per_node_group = 1
  replication_group_id    = "sessions"
  description             = "sessions"
  node_type               = "cache.t3.micro"
  subnet_group_name       = aws_elasticache_subnet_group.cache_group.name
  parameter_group_name    = aws_elasticache_parameter_group.cache_parameters.name
  engine                  = "redis"
}

resource "aws_cloudwatch_log_group" "log" {
  retention_in_days = 7
}

resource "aws_opensearch_domain" "search" {
  domain_name    = "databases-search-5f621a8c"
  engine_version = "OpenSearch_2.11"

  log_publishing_options {
    log_type                 = "ES_APPLICATION_LOGS"
    cloudwatch_log_group_arn = aws_cloudwatch_log_group.log.arn
    enabled                  = true
  }

  cluster_config {
    instance_type  = "t3.small.search"
    instance_count = 1
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-2019-07"
  }

  node_to_node_encryption {
    enabled = true
  }

  encrypt_at_rest {
    enabled = true
  }

  advanced_security_options {
    enabled                        = true
    internal_user_database_enabled = false

    master_user_options {
      master_user_arn = aws_iam_role.imports.arn
    }
  }

  ebs_options {
    ebs_enabled = true
    volume_size = 10
    volume_type = "gp3"
  }

  vpc_options {
    subnet_ids = [data.aws_subnet.default_a.id]
  }
}

resource "aws_redshift_cluster" "warehouse" {
  cluster_identifier  = "databases-warehouse-5f621a8c"
  cluster_type        = "single-node"
  node_type           = "ra3.xlplus"
  database_name       = "facts"
  master_username     = "admin1"
  master_password     = "Stand-in-Passw0rd"
  skip_final_snapshot = true
}

resource "aws_redshift_logging" "warehouse" {
  cluster_identifier = aws_redshift_cluster.warehouse.cluster_identifier
  bucket_name        = aws_s3_bucket.bucket.id
  s3_key_prefix      = "redshift/"
}

resource "aws_s3_bucket" "bucket" {
  bucket_prefix = "bucket-"
}

output "endpoint" {
  value = "${aws_rds_cluster_instance.writer.endpoint}:${aws_db_instance.database.port}"
}

# note[stand-in]: Parameter Password is set to '********': it has no default.
# note[stand-in]: Parameter Subnets is set to the default subnet of us-east-1a and the default subnet of us-east-1b: it has no default.
# note[attribute-dropped]: DeletionPolicy: Terraform deletes what it destroys, and Snapshot has no counterpart
# warning[property-dropped]: StorageEncrypted: the cluster says it
