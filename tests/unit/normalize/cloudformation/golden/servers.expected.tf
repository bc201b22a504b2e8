# Instances, a group of them that scales, containers, and a queue of batch jobs

data "aws_ami" "amazon_linux" {
  most_recent = true
  owners      = ["137112412989"]

  filter {
    name   = "name"
    values = ["amzn2-ami-hvm-2.0.*-x86_64-gp2"]
  }
}

data "aws_region" "current" {}

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

resource "aws_sns_topic" "topic" {}

resource "aws_iam_instance_profile" "profile" {
  role = aws_iam_role.role.name
}

resource "aws_iam_role" "role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "aws_ebs_volume" "volume" {
  availability_zone = "us-east-1a"
  size              = 10
}

resource "aws_security_group" "group" {
  name_prefix = "group-"
  description = "the bastion's"

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "bastion" {
  subnet_id                   = data.aws_subnet.default_a.id
  vpc_security_group_ids      = [aws_security_group.group.id]
  associate_public_ip_address = true
  ami                         = data.aws_ami.amazon_linux.id
  instance_type               = "t3.micro"
  key_name                    = aws_key_pair.key.key_name
  iam_instance_profile        = aws_iam_instance_profile.profile.name
  user_data                   = <<-EOT
    #!/bin/bash
    echo servers > /etc/motd
  EOT

  root_block_device {
    volume_size           = 20
    volume_type           = "gp3"
    delete_on_termination = true
  }

  ebs_block_device {
    device_name = "/dev/sdb"
    volume_size = 5
    encrypted   = true
  }

  ephemeral_block_device {
    device_name  = "/dev/sdc"
    virtual_name = "ephemeral0"
  }

  ephemeral_block_device {
    device_name = "/dev/sdd"
    no_device   = true
  }
}

resource "aws_volume_attachment" "bastion_1" {
  device_name = "/dev/sdf"
  volume_id   = aws_ebs_volume.volume.id
  instance_id = aws_instance.bastion.id
}

resource "aws_instance" "second" {
  ami           = data.aws_ami.amazon_linux.id
  instance_type = "m1.small"

  network_interface {
    network_interface_id = aws_network_interface.interface.id
    device_index         = 0
  }
}

resource "aws_network_interface" "interface" {
  subnet_id = data.aws_subnet.default_a.id
}

resource "aws_key_pair" "key" {
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtleXRoYXRub2JvZHlob2xkc3RoZXByaXZhdGVwYXJ0 stand-in"
  key_name   = "bastion"
}

resource "aws_launch_configuration" "configuration" {
  instance_type = "t3.small"
  image_id      = data.aws_ami.amazon_linux.id

  root_block_device {
    volume_size = 30
  }
}

resource "aws_launch_template" "template" {
  image_id = data.aws_ami.amazon_linux.id
  tags = {
    team = "web"
  }

  instance_requirements {
    vcpu_count {
      min = 2
      max = 4
    }

    memory_mib {
      min = 2048
    }

    memory_gib_per_vcpu {
      min = 1
    }
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = 8
      encrypted   = "true"
    }
  }
}

resource "aws_autoscaling_group" "fleet" {
  metrics_granularity = "1Minute"
  enabled_metrics     = ["GroupMinSize", "GroupMaxSize"]
  min_size            = 1
  max_size            = 3
  vpc_zone_identifier = [data.aws_subnet.default_a.id, data.aws_subnet.default_b.id]

  tag {
    key                 = "Name"
    value               = "web"
    propagate_at_launch = true
  }

  launch_template {
    id      = aws_launch_template.template.id
    version = aws_launch_template.template.latest_version
  }
}

resource "aws_autoscaling_notification" "fleet_1" {
  group_names   = [aws_autoscaling_group.fleet.name]
  notifications = ["autoscaling:EC2_INSTANCE_LAUNCH"]
  topic_arn     = aws_sns_topic.topic.arn
}

resource "aws_ecs_cluster" "cluster" {
  name = "servers-cluster-e1c31beb"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "cluster" {
  cluster_name       = aws_ecs_cluster.cluster.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
    base              = 1
  }
}

resource "aws_ecr_repository" "repository" {
  name = "servers-repository-e1c31beb"

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecs_task_definition" "task" {
  family = "web"
  container_definitions = jsonencode([{
    name      = "web"
    image     = "${aws_ecr_repository.repository.repository_url}:latest"
    essential = true
    cpu       = 128
    portMappings = [{
      containerPort = 80
      hostPort      = 80
      protocol      = "tcp"
    }]
    environment = [{
      name  = "WORKERS"
      value = "4"
    }]
    dockerLabels = {
      Team = "web"
    }
    healthCheck = {
      command  = ["CMD-SHELL", "curl -f http://localhost/"]
      interval = 30
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-region = data.aws_region.current.name
        awslogs-group  = "web"
      }
    }
    mountPoints = [{
      sourceVolume  = "data"
      containerPath = "/data"
      readOnly      = false
    }]
  }])
  cpu                      = "256"
  memory                   = "512"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.role.arn

  volume {
    name = "data"
  }
}

resource "aws_ecs_service" "service" {
  name            = "servers-service-e1c31beb"
  cluster         = aws_ecs_cluster.cluster.name
  task_definition = aws_ecs_task_definition.task.arn
  desired_count   = 1
  launch_type     = "FARGATE"

  network_configuration {
    subnets          = [data.aws_subnet.default_a.id, data.aws_subnet.default_b.id]
    assign_public_ip = true
  }
}

resource "aws_appautoscaling_target" "target" {
  min_capacity       = 1
  max_capacity       = 4
  resource_id        = "service/${aws_ecs_cluster.cluster.name}/${aws_ecs_service.service.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
  role_arn           = aws_iam_role.role.arn
}

resource "aws_appautoscaling_scheduled_action" "target_1" {
  name               = "night"
  service_namespace  = aws_appautoscaling_target.target.service_namespace
  resource_id        = aws_appautoscaling_target.target.resource_id
  scalable_dimension = aws_appautoscaling_target.target.scalable_dimension
  schedule           = "cron(0 22 * * ? *)"

  scalable_target_action {
    min_capacity = 0
    max_capacity = 1
  }
}

resource "aws_appautoscaling_policy" "policy" {
  resource_id        = aws_appautoscaling_target.target.resource_id
  scalable_dimension = aws_appautoscaling_target.target.scalable_dimension
  service_namespace  = aws_appautoscaling_target.target.service_namespace
  name               = "busy"
  policy_type        = "TargetTrackingScaling"

  target_tracking_scaling_policy_configuration {
    target_value = 60

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_batch_job_definition" "job" {
  name = "servers-job-e1c31beb"
  container_properties = jsonencode({
    image   = "busybox"
    vcpus   = 1
    memory  = 64
    command = ["echo", "hello"]
  })
  type = "container"
}

output "address" {
  value = aws_instance.bastion.public_ip
}

# note[stand-in]: Parameter Image is set to the newest Amazon Linux 2: its value lives in the parameter store.
# note[stand-in]: Parameter Subnets is set to the default subnet of us-east-1a and the default subnet of us-east-1b: it has no default.
# warning[property-dropped]: NetworkInterfaces: a further interface without an id
# note[stand-in]: Second has no image; a stand-in is used.
# note[stand-in]: The public key of Key is a stand-in.
# warning[property-dropped]: KeyType: the public key says it
# warning[property-dropped]: AvailabilityZones: the subnets say it, and Terraform takes only one of the two
# warning[attribute-dropped]: UpdatePolicy: Terraform updates in its own way
