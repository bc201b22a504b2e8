resource "aws_ses_receipt_rule" "rule" {
  rule_set_name = "setup"
  name          = "someone-example.com-rule"
  enabled       = true
}

resource "aws_lb" "balancer" {
  subnets = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef0"]
  name    = "a-name-that-is-longer-than-thirt"
}

# note[stand-in]: Parameter Recipient is set to 'someone@example.com': it has no default.
# note[stand-in]: Parameter Subnets is set to 'subnet-0123456789abcdef0': it has no default.
# warning[custom-resource]: Custom::Setup: what it does is known only to its Lambda function
# note[stand-in]: Setup.Rules (Custom::Setup) is set to 'setup'.
# note[stand-in]: Rule.Name of Rule: the service does not take such a name; 'someone-example.com-rule' stands in.
# note[stand-in]: Name of Balancer: the service does not take such a name; 'a-name-that-is-longer-than-thirt' stands in.
