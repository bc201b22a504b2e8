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

resource "aws_ses_receipt_rule" "rule" {
  rule_set_name = "setup"
  name          = "someone-example.com-rule"
  enabled       = true
}

resource "aws_lb" "balancer" {
  subnets = [data.aws_subnet.default_a.id, data.aws_subnet.default_b.id]
  name    = "a-name-that-is-longer-than-thirt"
}

# note[stand-in]: Parameter Recipient is set to 'someone@example.com': it has no default.
# note[stand-in]: Parameter Subnets is set to the default subnet of us-east-1a and the default subnet of us-east-1b: it has no default.
# warning[custom-resource]: Custom::Setup: what it does is known only to its Lambda function
# note[stand-in]: Setup.Rules (Custom::Setup) is set to 'setup'.
# note[stand-in]: Rule.Name of Rule: the service does not take such a name; 'someone-example.com-rule' stands in.
# note[stand-in]: Name of Balancer: the service does not take such a name; 'a-name-that-is-longer-than-thirt' stands in.
