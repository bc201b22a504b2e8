# A web socket, an HTTP interface, a described REST interface, GraphQL, code that versions itself

# What the provider does not know or Lambda and EC2 no longer have, and what stands in for it.
locals {
  runtimes = {
    "python3.99" = "python3.13"
  }
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_iam_role" "role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = ["lambda.amazonaws.com", "appsync.amazonaws.com"]
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "aws_lambda_function" "function" {
  function_name    = "gateways-function-0926c6ba"
  filename         = "${path.module}/build/app.zip"
  source_code_hash = filebase64sha256("${path.module}/build/app.zip")
  runtime          = "ruby3.4"
  handler          = "app.lambda_handler"
  role             = aws_iam_role.role.arn
  layers           = [aws_lambda_layer_version.layer.arn]
  publish          = true
}

resource "aws_lambda_function" "image" {
  function_name = "gateways-image-0926c6ba"
  package_type  = "Image"
  image_uri     = "${data.aws_caller_identity.current.account_id}.dkr.ecr.us-east-1.amazonaws.com/app:1"
  role          = aws_iam_role.role.arn
}

resource "aws_lambda_function" "compiled" {
  function_name    = "gateways-compiled-0926c6ba"
  filename         = "${path.module}/app.jar"
  source_code_hash = filebase64sha256("${path.module}/app.jar")
  runtime          = "java21"
  handler          = "com.example.App::handle"
  role             = aws_iam_role.role.arn
}

resource "aws_lambda_function" "newest" {
  function_name    = "gateways-newest-0926c6ba"
  filename         = "${path.module}/k/package.zip"
  source_code_hash = filebase64sha256("${path.module}/k/package.zip")
  runtime          = local.runtimes["python3.99"]
  handler          = "app.main"
  role             = aws_iam_role.role.arn
}

resource "aws_lambda_alias" "live" {
  function_name    = aws_lambda_function.function.function_name
  function_version = aws_lambda_function.function.version
  name             = "live"
}

resource "aws_lambda_layer_version" "layer" {
  layer_name          = "gateways-layer-0926c6ba"
  filename            = "${path.module}/layers/tools.zip"
  source_code_hash    = filebase64sha256("${path.module}/layers/tools.zip")
  compatible_runtimes = ["ruby3.4"]
}

resource "aws_lambda_layer_version_permission" "layer_shared" {
  layer_name     = aws_lambda_layer_version.layer.layer_name
  version_number = aws_lambda_layer_version.layer.version
  statement_id   = "layer-shared"
  action         = "lambda:GetLayerVersion"
  principal      = "*"
}

resource "aws_apigatewayv2_api" "chat" {
  name                       = "chat"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_integration" "chat_integration" {
  api_id           = aws_apigatewayv2_api.chat.id
  integration_type = "AWS_PROXY"
  integration_uri  = "arn:aws:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.function.arn}/invocations"
}

resource "aws_apigatewayv2_route" "connect" {
  api_id    = aws_apigatewayv2_api.chat.id
  route_key = "$connect"
  target    = "integrations/${aws_apigatewayv2_integration.chat_integration.id}"
}

resource "aws_apigatewayv2_deployment" "chat_deployment" {
  api_id = aws_apigatewayv2_api.chat.id

  depends_on = [aws_apigatewayv2_route.connect]
}

resource "aws_apigatewayv2_stage" "chat_stage" {
  api_id        = aws_apigatewayv2_api.chat.id
  name          = "live"
  deployment_id = aws_apigatewayv2_deployment.chat_deployment.id

  default_route_settings {
    throttling_rate_limit  = 10
    throttling_burst_limit = 5
  }
}

resource "aws_apigatewayv2_api" "http" {
  name          = "http"
  protocol_type = "HTTP"

  cors_configuration {
    allow_origins = ["*"]
    allow_methods = ["GET"]
  }
}

resource "aws_apigatewayv2_stage" "http_stage" {
  api_id      = aws_apigatewayv2_api.http.id
  name        = "$default"
  auto_deploy = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.log.arn
    format          = "{\"id\": \"$context.requestId\"}"
  }
}

resource "aws_apigatewayv2_api" "described" {
  name          = "described"
  protocol_type = "HTTP"
  body = jsonencode({
    openapi = "3.0.1"
    info = {
      title   = "described"
      version = "1"
    }
    paths = {
      "/" = {
        get = {
          responses = {
            "200" = {
              description = "fine"
            }
          }
        }
      }
    }
  })
}

resource "aws_cloudwatch_log_group" "log" {}

# Version 1 of the API.
resource "aws_api_gateway_rest_api" "rest" {
  name = "rest"
}

resource "aws_api_gateway_resource" "rest_hello" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  parent_id   = aws_api_gateway_rest_api.rest.root_resource_id
  path_part   = "hello"
}

resource "aws_api_gateway_method" "rest_get_hello" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  resource_id   = aws_api_gateway_resource.rest_hello.id
  http_method   = "GET"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "rest_get_hello" {
  rest_api_id             = aws_api_gateway_rest_api.rest.id
  resource_id             = aws_api_gateway_resource.rest_hello.id
  http_method             = aws_api_gateway_method.rest_get_hello.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${aws_lambda_function.function.arn}/invocations"
}

resource "aws_api_gateway_rest_api" "elsewhere" {
  name = "elsewhere"
}

resource "aws_api_gateway_deployment" "deployment" {
  rest_api_id = aws_api_gateway_rest_api.rest.id

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_api_gateway_method.rest_get_hello, aws_api_gateway_integration.rest_get_hello]
}

resource "aws_api_gateway_stage" "deployment_stage" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  deployment_id = aws_api_gateway_deployment.deployment.id
  stage_name    = "live"
  variables = {
    colour = "blue"
  }
}

resource "aws_api_gateway_method_settings" "deployment_1" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  stage_name  = aws_api_gateway_stage.deployment_stage.stage_name
  method_path = "*/*"

  settings {
    logging_level = "INFO"
  }
}

resource "aws_api_gateway_rest_api" "manual" {
  name = "manual"
}

resource "aws_api_gateway_resource" "items" {
  rest_api_id = aws_api_gateway_rest_api.manual.id
  parent_id   = aws_api_gateway_rest_api.manual.root_resource_id
  path_part   = "items"
}

resource "aws_api_gateway_method" "get_items" {
  rest_api_id   = aws_api_gateway_rest_api.manual.id
  resource_id   = aws_api_gateway_resource.items.id
  http_method   = "GET"
  authorization = "NONE"
  request_parameters = {
    "method.request.querystring.page" = false
  }
}

resource "aws_api_gateway_method_response" "get_items_200" {
  rest_api_id = aws_api_gateway_rest_api.manual.id
  resource_id = aws_api_gateway_resource.items.id
  http_method = aws_api_gateway_method.get_items.http_method
  status_code = "200"
  response_models = {
    "application/json" = "Empty"
  }
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin" = true
  }
}

resource "aws_api_gateway_integration" "get_items" {
  rest_api_id = aws_api_gateway_rest_api.manual.id
  resource_id = aws_api_gateway_resource.items.id
  http_method = aws_api_gateway_method.get_items.http_method
  type        = "MOCK"
  request_templates = {
    "application/json" = "{\"statusCode\": 200}"
  }
}

resource "aws_api_gateway_integration_response" "get_items_200" {
  rest_api_id = aws_api_gateway_rest_api.manual.id
  resource_id = aws_api_gateway_resource.items.id
  http_method = aws_api_gateway_method.get_items.http_method
  status_code = "200"
  response_templates = {
    "application/json" = "[]"
  }
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin" = "'*'"
  }

  depends_on = [aws_api_gateway_integration.get_items, aws_api_gateway_method_response.get_items_200]
}

resource "aws_api_gateway_deployment" "manual_deployment" {
  rest_api_id = aws_api_gateway_rest_api.manual.id

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [
    aws_api_gateway_method.get_items,
    aws_api_gateway_method_response.get_items_200,
    aws_api_gateway_integration.get_items,
    aws_api_gateway_integration_response.get_items_200,
  ]
}

resource "aws_api_gateway_stage" "manual_stage" {
  rest_api_id   = aws_api_gateway_rest_api.manual.id
  deployment_id = aws_api_gateway_deployment.manual_deployment.id
  stage_name    = "test"
}

resource "aws_api_gateway_method_settings" "manual_stage" {
  rest_api_id = aws_api_gateway_rest_api.manual.id
  stage_name  = aws_api_gateway_stage.manual_stage.stage_name
  method_path = "*/*"

  settings {
    logging_level         = "INFO"
    metrics_enabled       = true
    throttling_rate_limit = 5
  }
}

resource "aws_appsync_graphql_api" "graph" {
  name                = "graph"
  authentication_type = "API_KEY"
  schema              = "type Query { hello: String }"

  log_config {
    cloudwatch_logs_role_arn = aws_iam_role.role.arn
    field_log_level          = "ERROR"
  }
}

resource "aws_appsync_api_key" "graph_key" {
  expires = "2030-01-01T00:00:00Z"
  api_id  = aws_appsync_graphql_api.graph.id
}

resource "aws_appsync_datasource" "source" {
  api_id = aws_appsync_graphql_api.graph.id
  name   = "nothing"
  type   = "NONE"
}

resource "aws_appsync_resolver" "resolver" {
  api_id      = aws_appsync_graphql_api.graph.id
  type        = "Query"
  field       = "hello"
  data_source = aws_appsync_datasource.source.name
  request_template = jsonencode({
    version = "2017-02-28"
    payload = "hello"
  })
  response_template = "$util.toJson($ctx.result)"
}

resource "aws_sfn_state_machine" "machine" {
  definition = jsonencode({
    StartAt = "Call"
    States = {
      Call = {
        Type     = "Task"
        Resource = aws_lambda_function.function.arn
        End      = true
      }
    }
  })
  role_arn = aws_iam_role.role.arn
}

resource "aws_sfn_state_machine" "distant" {
  definition = jsonencode({
    StartAt = "Done"
    States = {
      Done = {
        Type = "Succeed"
      }
    }
  })
  role_arn = aws_iam_role.role.arn
}

# note[lambda-stub]: The code of Function (s3://elsewhere/build/app.zip) is not at hand; a stub stands in.
# note[lambda-stub]: The code of Compiled (s3://elsewhere/app.jar) is not at hand; a stub stands in.
# note[runtime]: Runtime python3.99 is none that the provider knows; python3.13 stands in.
# note[lambda-stub]: The code of Newest (s3://b/k) is not at hand; a stub stands in.
# note[stand-in]: The content of layer Layer is not part of the template; an empty one stands in.
# note[stand-in]: The definition of Elsewhere lies in S3; an empty one stands in.
# note[stand-in]: The definition of Distant (s3://b/machine.json) is not at hand; a state that succeeds stands in.
