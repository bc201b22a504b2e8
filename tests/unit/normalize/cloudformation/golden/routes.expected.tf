# An HTTP API that SAM describes, and one with a document of its own

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

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

resource "aws_cognito_user_pool" "pool" {
  name = "routes-pool-4b1c3718"
}

resource "aws_apigatewayv2_api" "front" {
  name          = "routes"
  protocol_type = "HTTP"
  tags = {
    "httpapi:createdBy" = "SAM"
    team                = "front"
  }
  disable_execute_api_endpoint = false
  description                  = "The way in"
  version                      = "1.0"

  cors_configuration {
    allow_origins     = ["https://front.example.com"]
    allow_headers     = ["authorization"]
    allow_methods     = ["GET", "POST"]
    expose_headers    = ["x-trace"]
    max_age           = 300
    allow_credentials = true
  }
}

resource "aws_apigatewayv2_authorizer" "front_tokens" {
  api_id           = aws_apigatewayv2_api.front.id
  name             = "Tokens"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = "https://cognito-idp.${data.aws_region.current.name}.amazonaws.com/${aws_cognito_user_pool.pool.id}"
    audience = ["front"]
  }
}

resource "aws_apigatewayv2_authorizer" "front_doorman" {
  api_id                            = aws_apigatewayv2_api.front.id
  name                              = "Doorman"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = "arn:aws:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.door.arn}/invocations"
  authorizer_payload_format_version = "2.0"
  authorizer_result_ttl_in_seconds  = 30
  enable_simple_responses           = true
  identity_sources                  = ["$request.header.X-Token"]
}

resource "aws_apigatewayv2_integration" "front_put_own" {
  api_id                 = aws_apigatewayv2_api.front.id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = "arn:${data.aws_partition.current.partition}:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.orders.arn}/invocations"
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "front_put_own" {
  api_id             = aws_apigatewayv2_api.front.id
  route_key          = "PUT /own"
  target             = "integrations/${aws_apigatewayv2_integration.front_put_own.id}"
  authorization_type = "AWS_IAM"
}

resource "aws_apigatewayv2_integration" "front_get_orders_id" {
  api_id                 = aws_apigatewayv2_api.front.id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = "arn:${data.aws_partition.current.partition}:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.orders.arn}/invocations"
  payload_format_version = "2.0"
  timeout_milliseconds   = 4000
}

resource "aws_apigatewayv2_route" "front_get_orders_id" {
  api_id               = aws_apigatewayv2_api.front.id
  route_key            = "GET /orders/{id}"
  target               = "integrations/${aws_apigatewayv2_integration.front_get_orders_id.id}"
  authorization_type   = "JWT"
  authorizer_id        = aws_apigatewayv2_authorizer.front_tokens.id
  authorization_scopes = ["orders/read"]
}

resource "aws_apigatewayv2_integration" "front_any_proxy" {
  api_id                 = aws_apigatewayv2_api.front.id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = "arn:${data.aws_partition.current.partition}:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.orders.arn}/invocations"
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "front_any_proxy" {
  api_id             = aws_apigatewayv2_api.front.id
  route_key          = "ANY /{proxy+}"
  target             = "integrations/${aws_apigatewayv2_integration.front_any_proxy.id}"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.front_doorman.id
}

resource "aws_apigatewayv2_integration" "front_default" {
  api_id                 = aws_apigatewayv2_api.front.id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = "arn:${data.aws_partition.current.partition}:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.orders.arn}/invocations"
  payload_format_version = "1.0"
}

resource "aws_apigatewayv2_route" "front_default" {
  api_id    = aws_apigatewayv2_api.front.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.front_default.id}"
}

resource "aws_apigatewayv2_stage" "front_api_gateway_default_stage" {
  api_id = aws_apigatewayv2_api.front.id
  name   = "$default"
  tags = {
    "httpapi:createdBy" = "SAM"
    team                = "front"
  }
  auto_deploy = true

  route_settings {
    route_key             = "GET /orders/{id}"
    throttling_rate_limit = 5
  }

  depends_on = [
    aws_apigatewayv2_route.front_put_own,
    aws_apigatewayv2_route.front_get_orders_id,
    aws_apigatewayv2_route.front_any_proxy,
    aws_apigatewayv2_route.front_default,
  ]
}

resource "aws_lambda_function" "door" {
  function_name    = "routes-door-4b1c3718"
  filename         = "${path.module}/lambda/door.zip"
  source_code_hash = filebase64sha256("${path.module}/lambda/door.zip")
  runtime          = "python3.13"
  handler          = "door.open"
  role             = aws_iam_role.door_role.arn
  tags = {
    "lambda:createdBy" = "SAM"
  }
}

resource "aws_iam_role" "door_role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Action = ["sts:AssumeRole"]
      Effect = "Allow"
      Principal = {
        Service = ["lambda.amazonaws.com"]
      }
    }]
  })
  tags = {
    "lambda:createdBy" = "SAM"
  }
}

resource "aws_iam_role_policy_attachment" "door_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.door_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_lambda_function" "orders" {
  function_name    = "routes-orders-4b1c3718"
  filename         = "${path.module}/lambda/orders.zip"
  source_code_hash = filebase64sha256("${path.module}/lambda/orders.zip")
  runtime          = "python3.13"
  handler          = "orders.all"
  role             = aws_iam_role.orders_role.arn
  tags = {
    "lambda:createdBy" = "SAM"
  }
}

resource "aws_iam_role" "orders_role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Action = ["sts:AssumeRole"]
      Effect = "Allow"
      Principal = {
        Service = ["lambda.amazonaws.com"]
      }
    }]
  })
  tags = {
    "lambda:createdBy" = "SAM"
  }
}

resource "aws_iam_role_policy_attachment" "orders_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.orders_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_lambda_permission" "orders_rest_permission" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.orders.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "arn:${data.aws_partition.current.partition}:execute-api:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${aws_apigatewayv2_api.front.id}/*/*"
}

resource "aws_apigatewayv2_api" "side" {
  name          = "side"
  protocol_type = "HTTP"
  tags = {
    owner = "side"
  }
  disable_execute_api_endpoint = true
  description                  = "The other way in"
  version                      = "7"
}

resource "aws_apigatewayv2_integration" "side_get_jokes" {
  api_id                 = aws_apigatewayv2_api.side.id
  integration_type       = "HTTP_PROXY"
  integration_method     = "GET"
  integration_uri        = "https://jokes.example.com/"
  connection_type        = "VPC_LINK"
  connection_id          = aws_apigatewayv2_vpc_link.link.id
  payload_format_version = "1.0"
  request_parameters = {
    "append:header.from" = "'side'"
  }

  response_parameters {
    status_code = "200"
    mappings = {
      "remove:header.server" = "''"
    }
  }

  tls_config {
    server_name_to_verify = "jokes.example.com"
  }
}

# One joke
resource "aws_apigatewayv2_route" "side_get_jokes" {
  api_id         = aws_apigatewayv2_api.side.id
  route_key      = "GET /jokes"
  target         = "integrations/${aws_apigatewayv2_integration.side_get_jokes.id}"
  operation_name = "joke"
}

resource "aws_apigatewayv2_integration" "side_post_jokes" {
  api_id                 = aws_apigatewayv2_api.side.id
  integration_type       = "AWS_PROXY"
  integration_subtype    = "SQS-SendMessage"
  credentials_arn        = aws_iam_role.role.arn
  payload_format_version = "1.0"
  request_parameters = {
    QueueUrl    = aws_sqs_queue.queue.url
    MessageBody = "$request.body"
  }
}

resource "aws_apigatewayv2_route" "side_post_jokes" {
  api_id    = aws_apigatewayv2_api.side.id
  route_key = "POST /jokes"
  target    = "integrations/${aws_apigatewayv2_integration.side_post_jokes.id}"
}

resource "aws_apigatewayv2_deployment" "live" {
  api_id = aws_apigatewayv2_api.side.id

  depends_on = [aws_apigatewayv2_route.side_get_jokes, aws_apigatewayv2_route.side_post_jokes]
}

resource "aws_sqs_queue" "queue" {}

resource "aws_apigatewayv2_vpc_link" "link" {
  name               = "inner"
  subnet_ids         = [data.aws_subnet.default_a.id]
  security_group_ids = []
}

resource "aws_iam_role" "role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "sts:AssumeRole"
      Principal = {
        Service = "apigateway.amazonaws.com"
      }
    }]
  })
}

# note[policy-version]: A policy of Role says no version; 2012-10-17 means the same here.
