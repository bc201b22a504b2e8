# Fails on purpose, on every emulator and on AWS itself: the policy is attached to a role that nobody made.
resource "aws_sns_topic" "alerts" {
  name = "forgotten-role-alerts"
}

resource "aws_iam_policy" "publish" {
  name = "publish-alerts"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "sns:Publish"
      Resource = aws_sns_topic.alerts.arn
    }]
  })
}

resource "aws_iam_role_policy_attachment" "publish" {
  role       = "a-role-that-was-never-made"
  policy_arn = aws_iam_policy.publish.arn
}
