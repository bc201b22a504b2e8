# What stands between the internet and the servers

data "aws_ami" "amazon_linux" {
  most_recent = true
  owners      = ["137112412989"]

  filter {
    name   = "name"
    values = ["amzn2-ami-hvm-2.0.*-x86_64-gp2"]
  }
}

data "aws_availability_zones" "available" {
  state = "available"
}

# Stands in for a hosted zone that lies outside the template.
resource "aws_route53_zone" "stand_in" {
  name = "elsewhere.example"
}

resource "aws_vpc" "vpc" {
  cidr_block                       = "10.0.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

resource "aws_vpc_ipv4_cidr_block_association" "more" {
  vpc_id     = aws_vpc.vpc.id
  cidr_block = "10.1.0.0/16"
}

resource "aws_subnet" "subnet" {
  vpc_id            = aws_vpc.vpc.id
  cidr_block        = "10.0.1.0/24"
  availability_zone = data.aws_availability_zones.available.names[0]
}

resource "aws_subnet" "other" {
  vpc_id            = aws_vpc.vpc.id
  cidr_block        = "10.0.2.0/24"
  availability_zone = data.aws_availability_zones.available.names[1]
}

resource "aws_route_table" "table" {
  vpc_id = aws_vpc.vpc.id
}

resource "aws_route_table" "second" {
  vpc_id = aws_vpc.vpc.id
}

resource "aws_instance" "nat" {
  ami           = data.aws_ami.amazon_linux.id
  instance_type = "t3.nano"
  subnet_id     = aws_subnet.subnet.id
}

resource "aws_route" "default" {
  network_interface_id   = aws_instance.nat.primary_network_interface_id
  route_table_id         = aws_route_table.table.id
  destination_cidr_block = "0.0.0.0/0"
}

resource "aws_vpn_gateway" "vpn" {}

resource "aws_vpn_gateway_attachment" "vpn_attachment" {
  vpc_id         = aws_vpc.vpc.id
  vpn_gateway_id = aws_vpn_gateway.vpn.id
}

resource "aws_vpn_gateway_route_propagation" "propagation" {
  route_table_id = aws_route_table.table.id
  vpn_gateway_id = aws_vpn_gateway.vpn.id

  depends_on = [aws_vpn_gateway_attachment.vpn_attachment]
}

resource "aws_vpn_gateway_route_propagation" "propagation_2" {
  route_table_id = aws_route_table.second.id
  vpn_gateway_id = aws_vpn_gateway.vpn.id

  depends_on = [aws_vpn_gateway_attachment.vpn_attachment]
}

resource "aws_eip" "address" {
  domain = "vpc"
}

resource "aws_eip_association" "association" {
  instance_id   = aws_instance.nat.id
  allocation_id = aws_eip.address.id
}

resource "aws_security_group" "front" {
  name_prefix = "front-"
  description = "the balancer's"
  vpc_id      = aws_vpc.vpc.id

  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
    description = "the web"
  }

  ingress {
    from_port        = 443
    to_port          = 443
    protocol         = "tcp"
    ipv6_cidr_blocks = ["::/0"]
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "back" {
  description = "the servers'"
  name        = "servers"
  vpc_id      = aws_vpc.vpc.id
}

resource "aws_vpc_security_group_ingress_rule" "back_ingress" {
  security_group_id            = aws_security_group.back.id
  ip_protocol                  = "-1"
  referenced_security_group_id = aws_security_group.front.id
}

resource "aws_vpc_security_group_egress_rule" "back_egress" {
  security_group_id = aws_security_group.back.id
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
  cidr_ipv4         = "10.0.0.0/16"
}

resource "aws_vpc_security_group_ingress_rule" "inside" {
  security_group_id            = aws_security_group.back.id
  ip_protocol                  = "tcp"
  from_port                    = 22
  to_port                      = 22
  referenced_security_group_id = aws_security_group.back.id
}

resource "aws_vpc_security_group_egress_rule" "out" {
  security_group_id = aws_security_group.back.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_flow_log" "flow" {
  vpc_id          = aws_vpc.vpc.id
  log_destination = aws_cloudwatch_log_group.flow_group.arn
  traffic_type    = "REJECT"
  iam_role_arn    = aws_iam_role.flow_role.arn
}

resource "aws_cloudwatch_log_group" "flow_group" {}

resource "aws_iam_role" "flow_role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "vpc-flow-logs.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "aws_lb" "balancer" {
  idle_timeout               = 120
  enable_deletion_protection = false
  subnets                    = [aws_subnet.subnet.id, aws_subnet.other.id]
  security_groups            = [aws_security_group.front.id]

  access_logs {
    enabled = true
    bucket  = aws_s3_bucket.logs.id
  }
}

resource "aws_s3_bucket" "logs" {
  bucket_prefix = "logs-"
}

resource "aws_lb_target_group" "servers" {
  deregistration_delay = 30
  vpc_id               = aws_vpc.vpc.id
  port                 = 80
  protocol             = "HTTP"
  target_type          = "instance"

  stickiness {
    enabled         = true
    cookie_duration = 600
    type            = "lb_cookie"
  }

  health_check {
    path    = "/health"
    matcher = "200-299"
  }
}

resource "aws_lb_target_group_attachment" "servers_1" {
  target_group_arn = aws_lb_target_group.servers.arn
  target_id        = aws_instance.nat.id
  port             = 8080
}

resource "aws_lb_target_group" "canary" {
  vpc_id   = aws_vpc.vpc.id
  port     = 80
  protocol = "HTTP"
}

resource "aws_lb_listener" "plain" {
  load_balancer_arn = aws_lb.balancer.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "secure" {
  certificate_arn   = aws_acm_certificate.certificate.arn
  load_balancer_arn = aws_lb.balancer.arn
  port              = 443
  protocol          = "HTTPS"

  default_action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_lb_target_group.servers.arn
        weight = 9
      }

      target_group {
        arn    = aws_lb_target_group.canary.arn
        weight = 1
      }

      stickiness {
        enabled  = true
        duration = 60
      }
    }
  }
}

resource "aws_lb_listener_certificate" "secure_2" {
  listener_arn    = aws_lb_listener.secure.arn
  certificate_arn = aws_acm_certificate.spare.arn
}

resource "aws_lb_listener_rule" "rule" {
  listener_arn = aws_lb_listener.secure.arn
  priority     = 10

  condition {
    path_pattern {
      values = ["/api/*"]
    }
  }

  condition {
    host_header {
      values = ["api.example.com"]
    }
  }

  condition {
    query_string {
      key   = "version"
      value = "2"
    }
  }

  action {
    type = "fixed-response"

    fixed_response {
      status_code  = "503"
      content_type = "text/plain"
      message_body = "soon"
    }
  }
}

resource "aws_lb_listener_certificate" "extra" {
  listener_arn    = aws_lb_listener.secure.arn
  certificate_arn = aws_acm_certificate.spare.arn
}

resource "aws_elb" "classic" {
  subnets = [aws_subnet.subnet.id]

  listener {
    lb_port           = 80
    instance_port     = 8080
    lb_protocol       = "http"
    instance_protocol = "http"
  }

  health_check {
    healthy_threshold   = 2
    unhealthy_threshold = 2
    interval            = 10
    timeout             = 5
    target              = "HTTP:8080/health"
  }
}

resource "aws_lb_cookie_stickiness_policy" "classic_80" {
  name          = "sticky"
  load_balancer = aws_elb.classic.name
  lb_port       = 80
}

resource "aws_acm_certificate" "certificate" {
  domain_name       = "example.com"
  validation_method = "DNS"
}

resource "aws_acm_certificate" "spare" {
  validation_method = "EMAIL"
  domain_name       = "www.example.com"

  validation_option {
    domain_name       = "www.example.com"
    validation_domain = "example.com"
  }

  options {
    certificate_transparency_logging_preference = "ENABLED"
  }
}

resource "aws_route53_zone" "zone" {
  name = "example.com"
}

resource "aws_route53_record" "alias" {
  zone_id = aws_route53_zone.zone.zone_id
  name    = "www.example.com"
  type    = "A"

  alias {
    name                   = aws_lb.balancer.dns_name
    zone_id                = aws_lb.balancer.zone_id
    evaluate_target_health = false
  }
}

resource "aws_route53_record" "records" {
  zone_id        = aws_route53_zone.zone.id
  name           = "a.example.com"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.1"]
  set_identifier = "one"

  weighted_routing_policy {
    weight = 1
  }
}

resource "aws_route53_record" "records_2" {
  zone_id        = aws_route53_zone.zone.id
  name           = "a.example.com"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.2"]
  set_identifier = "two"

  weighted_routing_policy {
    weight = 2
  }
}

resource "aws_route53_record" "records_3" {
  zone_id        = aws_route53_zone.zone.id
  name           = "b.example.com"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.3"]
  set_identifier = "main"

  failover_routing_policy {
    type = "PRIMARY"
  }
}

resource "aws_route53_record" "foreign" {
  zone_id = aws_route53_zone.stand_in.zone_id
  name    = "x.elsewhere.example"
  type    = "CNAME"
  ttl     = 300
  records = ["example.com"]
}

resource "aws_cloudfront_distribution" "distribution" {
  enabled             = true
  aliases             = ["cdn.example.com"]
  is_ipv6_enabled     = true
  default_root_object = "index.html"
  web_acl_id          = aws_wafv2_web_acl.acl.arn

  origin {
    origin_id   = "web"
    domain_name = aws_lb.balancer.dns_name

    custom_origin_config {
      origin_protocol_policy = "https-only"
      http_port              = 80
      https_port             = 443
      origin_ssl_protocols   = ["TLSv1.2"]
    }

    custom_header {
      name  = "x-from"
      value = "cdn"
    }
  }

  origin {
    origin_id   = "files"
    domain_name = aws_s3_bucket.logs.bucket_regional_domain_name

    s3_origin_config {
      origin_access_identity = ""
    }
  }

  default_cache_behavior {
    target_origin_id       = "web"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]

    forwarded_values {
      query_string = false

      cookies {
        forward = "none"
      }
    }
  }

  ordered_cache_behavior {
    path_pattern           = "files/*"
    target_origin_id       = "files"
    viewer_protocol_policy = "allow-all"
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
  }

  custom_error_response {
    error_code            = 404
    response_code         = 200
    response_page_path    = "/index.html"
    error_caching_min_ttl = 10
  }

  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate.certificate.arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  logging_config {
    bucket = aws_s3_bucket.logs.bucket_domain_name
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
}

resource "aws_wafv2_web_acl" "acl" {
  name  = "edge-acl-e904508d"
  scope = "CLOUDFRONT"

  custom_response_body {
    key          = "slow"
    content      = "slow down"
    content_type = "TEXT_PLAIN"
  }

  default_action {
    allow {}
  }

  visibility_config {
    sampled_requests_enabled   = true
    cloudwatch_metrics_enabled = true
    metric_name                = "all"
  }

  rule {
    name     = "common"
    priority = 0

    override_action {
      none {}
    }

    visibility_config {
      sampled_requests_enabled   = true
      cloudwatch_metrics_enabled = true
      metric_name                = "common"
    }

    statement {
      managed_rule_group_statement {
        vendor_name = "AWS"
        name        = "AWSManagedRulesCommonRuleSet"

        rule_action_override {
          name = "SizeRestrictions_BODY"

          action_to_use {
            count {}
          }
        }
      }
    }
  }

  rule {
    name     = "rate"
    priority = 1

    action {
      block {}
    }

    visibility_config {
      sampled_requests_enabled   = true
      cloudwatch_metrics_enabled = false
      metric_name                = "rate"
    }

    statement {
      rate_based_statement {
        limit              = 1000
        aggregate_key_type = "IP"

        scope_down_statement {
          and_statement {
            statement {
              ip_set_reference_statement {
                arn = aws_wafv2_ip_set.addresses.arn
              }
            }

            statement {
              byte_match_statement {
                positional_constraint = "CONTAINS"
                search_string         = "badbot"

                field_to_match {
                  json_body {
                    match_scope               = "ALL"
                    invalid_fallback_behavior = "MATCH"

                    match_pattern {
                      all {}
                    }
                  }
                }

                text_transformation {
                  priority = 0
                  type     = "LOWERCASE"
                }
              }
            }
          }
        }
      }
    }
  }
}

resource "aws_wafv2_ip_set" "addresses" {
  name               = "edge-addresses-e904508d"
  scope              = "CLOUDFRONT"
  ip_address_version = "IPV4"
  addresses          = ["192.0.2.0/24"]
}

# warning[property-dropped]: Type: Terraform has no argument for it
# warning[property-dropped]: LoadBalancerAttributes.routing.http.unheard_of: Terraform has no argument for it
# warning[property-dropped]: DomainValidationOptions.HostedZoneId: the validation records are resources of their own
# note[stand-in]: The hosted zone elsewhere.example is made for Foreign.
# note[stand-in]: The hosted zone elsewhere.example. lies outside the template.
# note[stand-in]: TLSv1.3_2025 is newer than the provider; TLSv1.2_2021 stands in.
