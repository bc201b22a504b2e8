# Runs on Lightsail, which LocalStack does not emulate: it is skipped, with that reason.
resource "aws_lightsail_instance" "status" {
  name              = "status-page"
  availability_zone = "us-east-1a"
  blueprint_id      = "nginx"
  bundle_id         = "nano_3_0"
}

resource "aws_lightsail_static_ip" "status" {
  name = "status-page"
}

resource "aws_lightsail_static_ip_attachment" "status" {
  static_ip_name = aws_lightsail_static_ip.status.name
  instance_name  = aws_lightsail_instance.status.name
}
