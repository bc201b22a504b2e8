# A shop whose API is described twice, by its functions and by a document

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_cognito_user_pool" "pool" {
  name = "documents-pool-f36b4f61"
}

resource "aws_api_gateway_rest_api" "catalogue" {
  name                     = "catalogue"
  minimum_compression_size = "1024"
  binary_media_types       = ["image/png"]
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action    = "execute-api:Invoke"
        Resource  = ["execute-api:/live/PUT/signed", "execute-api:/live/OPTIONS/signed"]
        Effect    = "Allow"
        Principal = "*"
      },
      {
        Action   = "execute-api:Invoke"
        Resource = ["execute-api:/live/PUT/signed", "execute-api:/live/OPTIONS/signed"]
        Effect   = "Deny"
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = ["203.0.113.0/24"]
          }
        }
        Principal = "*"
      },
      {
        Action = "execute-api:Invoke"
        Resource = [
          "execute-api:/live/POST/articles",
          "execute-api:/live/OPTIONS/articles",
          "execute-api:/live/GET/articles",
        ]
        Effect    = "Allow"
        Principal = "*"
      },
      {
        Action = "execute-api:Invoke"
        Resource = [
          "execute-api:/live/POST/articles",
          "execute-api:/live/OPTIONS/articles",
          "execute-api:/live/GET/articles",
        ]
        Effect = "Deny"
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = ["203.0.113.0/24"]
          }
        }
        Principal = "*"
      },
      {
        Action    = "execute-api:Invoke"
        Resource  = ["execute-api:/live/OPTIONS/", "execute-api:/live/GET/"]
        Effect    = "Allow"
        Principal = "*"
      },
      {
        Action   = "execute-api:Invoke"
        Resource = ["execute-api:/live/OPTIONS/", "execute-api:/live/GET/"]
        Effect   = "Deny"
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = ["203.0.113.0/24"]
          }
        }
        Principal = "*"
      },
      {
        Action    = "execute-api:Invoke"
        Resource  = ["execute-api:/live/OPTIONS/articles/*", "execute-api:/live/*/articles/*"]
        Effect    = "Allow"
        Principal = "*"
      },
      {
        Action   = "execute-api:Invoke"
        Resource = ["execute-api:/live/OPTIONS/articles/*", "execute-api:/live/*/articles/*"]
        Effect   = "Deny"
        Condition = {
          NotIpAddress = {
            "aws:SourceIp" = ["203.0.113.0/24"]
          }
        }
        Principal = "*"
      },
    ]
  })

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_authorizer" "catalogue_clerk" {
  rest_api_id     = aws_api_gateway_rest_api.catalogue.id
  name            = "Clerk"
  type            = "REQUEST"
  authorizer_uri  = "arn:aws:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.door.arn}/invocations"
  identity_source = "method.request.header.X-Token, method.request.querystring.ticket"
}

resource "aws_api_gateway_authorizer" "catalogue_doorman" {
  rest_api_id                      = aws_api_gateway_rest_api.catalogue.id
  name                             = "Doorman"
  type                             = "TOKEN"
  authorizer_uri                   = "arn:aws:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.door.arn}/invocations"
  authorizer_result_ttl_in_seconds = 60
  identity_source                  = "method.request.header.X-Token"
}

resource "aws_api_gateway_authorizer" "catalogue_members" {
  rest_api_id     = aws_api_gateway_rest_api.catalogue.id
  name            = "Members"
  type            = "COGNITO_USER_POOLS"
  provider_arns   = [aws_cognito_user_pool.pool.arn]
  identity_source = "method.request.header.Authorization"
}

resource "aws_api_gateway_request_validator" "catalogue_body_only" {
  rest_api_id                 = aws_api_gateway_rest_api.catalogue.id
  name                        = "body-only"
  validate_request_body       = true
  validate_request_parameters = false
}

resource "aws_api_gateway_gateway_response" "catalogue_unauthorized" {
  rest_api_id   = aws_api_gateway_rest_api.catalogue.id
  response_type = "UNAUTHORIZED"
  status_code   = "401"
  response_parameters = {
    "gatewayresponse.header.Access-Control-Allow-Origin" = "'https://shop.example.com'"
  }
  response_templates = {
    "application/json" = "{\"say\": \"who are you\"}"
  }
}

resource "aws_api_gateway_model" "catalogue_article" {
  rest_api_id  = aws_api_gateway_rest_api.catalogue.id
  name         = "article"
  content_type = "application/json"
  schema = jsonencode({
    required = ["name"]
    type     = "object"
    properties = {
      name = {
        type = "string"
      }
    }
  })
}

resource "aws_api_gateway_resource" "catalogue_signed" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  parent_id   = aws_api_gateway_rest_api.catalogue.root_resource_id
  path_part   = "signed"
}

resource "aws_api_gateway_resource" "catalogue_articles" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  parent_id   = aws_api_gateway_rest_api.catalogue.root_resource_id
  path_part   = "articles"
}

resource "aws_api_gateway_resource" "catalogue_articles_id" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  parent_id   = aws_api_gateway_resource.catalogue_articles.id
  path_part   = "{id}"
}

resource "aws_api_gateway_method" "catalogue_put_signed" {
  rest_api_id   = aws_api_gateway_rest_api.catalogue.id
  resource_id   = aws_api_gateway_resource.catalogue_signed.id
  http_method   = "PUT"
  authorization = "AWS_IAM"
}

resource "aws_api_gateway_integration" "catalogue_put_signed" {
  rest_api_id             = aws_api_gateway_rest_api.catalogue.id
  resource_id             = aws_api_gateway_resource.catalogue_signed.id
  http_method             = aws_api_gateway_method.catalogue_put_signed.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.till.arn}/invocations"
  credentials             = "arn:aws:iam::*:user/*"
}

# CORS support
resource "aws_api_gateway_method" "catalogue_options_signed" {
  rest_api_id   = aws_api_gateway_rest_api.catalogue.id
  resource_id   = aws_api_gateway_resource.catalogue_signed.id
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "catalogue_options_signed" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_resource.catalogue_signed.id
  http_method = aws_api_gateway_method.catalogue_options_signed.http_method
  type        = "MOCK"
  request_templates = {
    "application/json" = <<-EOT
      {
        "statusCode" : 200
      }
    EOT
  }
}

# Default response for CORS method
resource "aws_api_gateway_method_response" "catalogue_options_signed_200" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_resource.catalogue_signed.id
  http_method = aws_api_gateway_method.catalogue_options_signed.http_method
  status_code = "200"
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = false
    "method.response.header.Access-Control-Allow-Headers" = false
    "method.response.header.Access-Control-Allow-Methods" = false
    "method.response.header.Access-Control-Max-Age"       = false
  }
}

resource "aws_api_gateway_integration_response" "catalogue_options_signed_200" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_resource.catalogue_signed.id
  http_method = aws_api_gateway_method.catalogue_options_signed.http_method
  status_code = "200"
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = "'https://shop.example.com'"
    "method.response.header.Access-Control-Max-Age"       = "'600'"
    "method.response.header.Access-Control-Allow-Methods" = "'GET,POST'"
    "method.response.header.Access-Control-Allow-Headers" = "'Content-Type'"
  }
  response_templates = {
    "application/json" = "{}\n"
  }

  depends_on = [
    aws_api_gateway_integration.catalogue_options_signed,
    aws_api_gateway_method_response.catalogue_options_signed_200,
  ]
}

resource "aws_api_gateway_method" "catalogue_get_articles" {
  rest_api_id   = aws_api_gateway_rest_api.catalogue.id
  resource_id   = aws_api_gateway_resource.catalogue_articles.id
  http_method   = "GET"
  authorization = "COGNITO_USER_POOLS"
  authorizer_id = aws_api_gateway_authorizer.catalogue_members.id
}

resource "aws_api_gateway_integration" "catalogue_get_articles" {
  rest_api_id             = aws_api_gateway_rest_api.catalogue.id
  resource_id             = aws_api_gateway_resource.catalogue_articles.id
  http_method             = aws_api_gateway_method.catalogue_get_articles.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.till.arn}/invocations"
}

resource "aws_api_gateway_method" "catalogue_post_articles" {
  rest_api_id          = aws_api_gateway_rest_api.catalogue.id
  resource_id          = aws_api_gateway_resource.catalogue_articles.id
  http_method          = "POST"
  authorization        = "CUSTOM"
  authorizer_id        = aws_api_gateway_authorizer.catalogue_doorman.id
  request_validator_id = aws_api_gateway_request_validator.catalogue_body_only.id
  request_models = {
    "application/json" = aws_api_gateway_model.catalogue_article.name
  }
}

resource "aws_api_gateway_integration" "catalogue_post_articles" {
  rest_api_id             = aws_api_gateway_rest_api.catalogue.id
  resource_id             = aws_api_gateway_resource.catalogue_articles.id
  http_method             = aws_api_gateway_method.catalogue_post_articles.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.till.arn}/invocations"
}

# CORS support
resource "aws_api_gateway_method" "catalogue_options_articles" {
  rest_api_id   = aws_api_gateway_rest_api.catalogue.id
  resource_id   = aws_api_gateway_resource.catalogue_articles.id
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "catalogue_options_articles" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_resource.catalogue_articles.id
  http_method = aws_api_gateway_method.catalogue_options_articles.http_method
  type        = "MOCK"
  request_templates = {
    "application/json" = <<-EOT
      {
        "statusCode" : 200
      }
    EOT
  }
}

# Default response for CORS method
resource "aws_api_gateway_method_response" "catalogue_options_articles_200" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_resource.catalogue_articles.id
  http_method = aws_api_gateway_method.catalogue_options_articles.http_method
  status_code = "200"
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = false
    "method.response.header.Access-Control-Allow-Headers" = false
    "method.response.header.Access-Control-Allow-Methods" = false
    "method.response.header.Access-Control-Max-Age"       = false
  }
}

resource "aws_api_gateway_integration_response" "catalogue_options_articles_200" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_resource.catalogue_articles.id
  http_method = aws_api_gateway_method.catalogue_options_articles.http_method
  status_code = "200"
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = "'https://shop.example.com'"
    "method.response.header.Access-Control-Max-Age"       = "'600'"
    "method.response.header.Access-Control-Allow-Methods" = "'GET,POST'"
    "method.response.header.Access-Control-Allow-Headers" = "'Content-Type'"
  }
  response_templates = {
    "application/json" = "{}\n"
  }

  depends_on = [
    aws_api_gateway_integration.catalogue_options_articles,
    aws_api_gateway_method_response.catalogue_options_articles_200,
  ]
}

# CORS support
resource "aws_api_gateway_method" "catalogue_options_articles_id" {
  rest_api_id   = aws_api_gateway_rest_api.catalogue.id
  resource_id   = aws_api_gateway_resource.catalogue_articles_id.id
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "catalogue_options_articles_id" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_resource.catalogue_articles_id.id
  http_method = aws_api_gateway_method.catalogue_options_articles_id.http_method
  type        = "MOCK"
  request_templates = {
    "application/json" = <<-EOT
      {
        "statusCode" : 200
      }
    EOT
  }
}

# Default response for CORS method
resource "aws_api_gateway_method_response" "catalogue_options_articles_id_200" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_resource.catalogue_articles_id.id
  http_method = aws_api_gateway_method.catalogue_options_articles_id.http_method
  status_code = "200"
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = false
    "method.response.header.Access-Control-Allow-Headers" = false
    "method.response.header.Access-Control-Allow-Methods" = false
    "method.response.header.Access-Control-Max-Age"       = false
  }
}

resource "aws_api_gateway_integration_response" "catalogue_options_articles_id_200" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_resource.catalogue_articles_id.id
  http_method = aws_api_gateway_method.catalogue_options_articles_id.http_method
  status_code = "200"
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = "'https://shop.example.com'"
    "method.response.header.Access-Control-Max-Age"       = "'600'"
    "method.response.header.Access-Control-Allow-Methods" = "'GET,POST'"
    "method.response.header.Access-Control-Allow-Headers" = "'Content-Type'"
  }
  response_templates = {
    "application/json" = "{}\n"
  }

  depends_on = [
    aws_api_gateway_integration.catalogue_options_articles_id,
    aws_api_gateway_method_response.catalogue_options_articles_id_200,
  ]
}

resource "aws_api_gateway_method" "catalogue_any_articles_id" {
  rest_api_id      = aws_api_gateway_rest_api.catalogue.id
  resource_id      = aws_api_gateway_resource.catalogue_articles_id.id
  http_method      = "ANY"
  authorization    = "NONE"
  api_key_required = true
  request_parameters = {
    "method.request.querystring.colour" = true
  }
}

resource "aws_api_gateway_integration" "catalogue_any_articles_id" {
  rest_api_id             = aws_api_gateway_rest_api.catalogue.id
  resource_id             = aws_api_gateway_resource.catalogue_articles_id.id
  http_method             = aws_api_gateway_method.catalogue_any_articles_id.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.till.arn}/invocations"
  cache_key_parameters    = ["method.request.querystring.colour"]
}

resource "aws_api_gateway_method" "catalogue_get_root" {
  rest_api_id   = aws_api_gateway_rest_api.catalogue.id
  resource_id   = aws_api_gateway_rest_api.catalogue.root_resource_id
  http_method   = "GET"
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.catalogue_clerk.id
}

resource "aws_api_gateway_integration" "catalogue_get_root" {
  rest_api_id             = aws_api_gateway_rest_api.catalogue.id
  resource_id             = aws_api_gateway_rest_api.catalogue.root_resource_id
  http_method             = aws_api_gateway_method.catalogue_get_root.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_function.till.arn}/invocations"
}

# CORS support
resource "aws_api_gateway_method" "catalogue_options_root" {
  rest_api_id   = aws_api_gateway_rest_api.catalogue.id
  resource_id   = aws_api_gateway_rest_api.catalogue.root_resource_id
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "catalogue_options_root" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_rest_api.catalogue.root_resource_id
  http_method = aws_api_gateway_method.catalogue_options_root.http_method
  type        = "MOCK"
  request_templates = {
    "application/json" = <<-EOT
      {
        "statusCode" : 200
      }
    EOT
  }
}

# Default response for CORS method
resource "aws_api_gateway_method_response" "catalogue_options_root_200" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_rest_api.catalogue.root_resource_id
  http_method = aws_api_gateway_method.catalogue_options_root.http_method
  status_code = "200"
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = false
    "method.response.header.Access-Control-Allow-Headers" = false
    "method.response.header.Access-Control-Allow-Methods" = false
    "method.response.header.Access-Control-Max-Age"       = false
  }
}

resource "aws_api_gateway_integration_response" "catalogue_options_root_200" {
  rest_api_id = aws_api_gateway_rest_api.catalogue.id
  resource_id = aws_api_gateway_rest_api.catalogue.root_resource_id
  http_method = aws_api_gateway_method.catalogue_options_root.http_method
  status_code = "200"
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = "'https://shop.example.com'"
    "method.response.header.Access-Control-Max-Age"       = "'600'"
    "method.response.header.Access-Control-Allow-Methods" = "'GET,POST'"
    "method.response.header.Access-Control-Allow-Headers" = "'Content-Type'"
  }
  response_templates = {
    "application/json" = "{}\n"
  }

  depends_on = [
    aws_api_gateway_integration.catalogue_options_root,
    aws_api_gateway_method_response.catalogue_options_root_200,
  ]
}

resource "aws_api_gateway_deployment" "catalogue_deployment" {
  description = "RestApi deployment id: 12088133ccf3398ab73447ef990a0f91bb99a8f1"
  rest_api_id = aws_api_gateway_rest_api.catalogue.id

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [
    aws_api_gateway_gateway_response.catalogue_unauthorized,
    aws_api_gateway_method.catalogue_put_signed,
    aws_api_gateway_integration.catalogue_put_signed,
    aws_api_gateway_method.catalogue_options_signed,
    aws_api_gateway_integration.catalogue_options_signed,
    aws_api_gateway_method_response.catalogue_options_signed_200,
    aws_api_gateway_integration_response.catalogue_options_signed_200,
    aws_api_gateway_method.catalogue_get_articles,
    aws_api_gateway_integration.catalogue_get_articles,
    aws_api_gateway_method.catalogue_post_articles,
    aws_api_gateway_integration.catalogue_post_articles,
    aws_api_gateway_method.catalogue_options_articles,
    aws_api_gateway_integration.catalogue_options_articles,
    aws_api_gateway_method_response.catalogue_options_articles_200,
    aws_api_gateway_integration_response.catalogue_options_articles_200,
    aws_api_gateway_method.catalogue_options_articles_id,
    aws_api_gateway_integration.catalogue_options_articles_id,
    aws_api_gateway_method_response.catalogue_options_articles_id_200,
    aws_api_gateway_integration_response.catalogue_options_articles_id_200,
    aws_api_gateway_method.catalogue_any_articles_id,
    aws_api_gateway_integration.catalogue_any_articles_id,
    aws_api_gateway_method.catalogue_get_root,
    aws_api_gateway_integration.catalogue_get_root,
    aws_api_gateway_method.catalogue_options_root,
    aws_api_gateway_integration.catalogue_options_root,
    aws_api_gateway_method_response.catalogue_options_root_200,
    aws_api_gateway_integration_response.catalogue_options_root_200,
  ]
}

resource "aws_api_gateway_stage" "catalogue_deployment_stage" {
  rest_api_id   = aws_api_gateway_rest_api.catalogue.id
  deployment_id = aws_api_gateway_deployment.catalogue_deployment.id
  stage_name    = "Stage"
}

resource "aws_api_gateway_stage" "cataloguelive_stage" {
  deployment_id = aws_api_gateway_deployment.catalogue_deployment.id
  rest_api_id   = aws_api_gateway_rest_api.catalogue.id
  stage_name    = "live"
}

resource "aws_lambda_permission" "catalogue_clerk_authorizer_permission" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.door.arn
  principal     = "apigateway.amazonaws.com"
  source_arn    = "arn:aws:execute-api:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${aws_api_gateway_rest_api.catalogue.id}/authorizers/*"
}

resource "aws_lambda_permission" "catalogue_doorman_authorizer_permission" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.door.arn
  principal     = "apigateway.amazonaws.com"
  source_arn    = "arn:aws:execute-api:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${aws_api_gateway_rest_api.catalogue.id}/authorizers/*"
}

resource "aws_lambda_function" "door" {
  function_name    = "documents-door-f36b4f61"
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

resource "aws_lambda_function" "shelf" {
  function_name    = "documents-shelf-f36b4f61"
  filename         = "${path.module}/lambda/shelf.zip"
  source_code_hash = filebase64sha256("${path.module}/lambda/shelf.zip")
  runtime          = "python3.13"
  handler          = "shelf.find"
  role             = aws_iam_role.shelf_role.arn
  tags = {
    "lambda:createdBy" = "SAM"
  }

  environment {
    variables = {
      SELF = "https://${aws_api_gateway_rest_api.catalogue.id}.execute-api.${data.aws_region.current.name}.amazonaws.com/live"
    }
  }
}

resource "aws_iam_role" "shelf_role" {
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

resource "aws_iam_role_policy_attachment" "shelf_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.shelf_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_lambda_function" "till" {
  function_name    = "documents-till-f36b4f61"
  filename         = "${path.module}/lambda/till.zip"
  source_code_hash = filebase64sha256("${path.module}/lambda/till.zip")
  runtime          = "python3.13"
  handler          = "till.ring"
  role             = aws_iam_role.till_role.arn
  tags = {
    "lambda:createdBy" = "SAM"
  }
}

resource "aws_iam_role" "till_role" {
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

resource "aws_iam_role_policy_attachment" "till_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.till_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_lambda_permission" "till_all_permissionlive" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.till.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "arn:aws:execute-api:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${aws_api_gateway_rest_api.catalogue.id}/*/GET/articles"
}

resource "aws_lambda_permission" "till_desk_permissionlive" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.till.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "arn:aws:execute-api:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${aws_api_gateway_rest_api.catalogue.id}/*/GET/"
}

resource "aws_lambda_permission" "till_new_permissionlive" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.till.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "arn:aws:execute-api:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${aws_api_gateway_rest_api.catalogue.id}/*/POST/articles"
}

resource "aws_lambda_permission" "till_one_permissionlive" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.till.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "arn:aws:execute-api:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${aws_api_gateway_rest_api.catalogue.id}/*/*/articles/*"
}

resource "aws_lambda_permission" "till_sign_permissionlive" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.till.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "arn:aws:execute-api:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:${aws_api_gateway_rest_api.catalogue.id}/*/PUT/signed"
}

# Version 2031-05 of the API.
resource "aws_api_gateway_rest_api" "weather" {
  name           = "weather"
  api_key_source = "HEADER"
  description    = "What it is like outside"

  endpoint_configuration {
    types = ["EDGE"]
  }
}

resource "aws_api_gateway_request_validator" "weather_all" {
  rest_api_id                 = aws_api_gateway_rest_api.weather.id
  name                        = "all"
  validate_request_body       = true
  validate_request_parameters = true
}

resource "aws_api_gateway_request_validator" "weather_nothing" {
  rest_api_id                 = aws_api_gateway_rest_api.weather.id
  name                        = "nothing"
  validate_request_body       = false
  validate_request_parameters = false
}

resource "aws_api_gateway_model" "weather_day" {
  rest_api_id  = aws_api_gateway_rest_api.weather.id
  name         = "Day"
  content_type = "application/json"
  schema = jsonencode({
    type = "object"
    properties = {
      rain = {
        type = "number"
      }
    }
  })
}

resource "aws_api_gateway_model" "weather_forecast" {
  rest_api_id  = aws_api_gateway_rest_api.weather.id
  name         = "Forecast"
  content_type = "application/json"
  schema = jsonencode({
    type = "object"
    properties = {
      days = {
        type = "array"
        items = {
          "$ref" = "https://apigateway.amazonaws.com/restapis/${aws_api_gateway_rest_api.weather.id}/models/Day"
        }
      }
    }
  })

  depends_on = [aws_api_gateway_model.weather_day]
}

resource "aws_api_gateway_model" "weather_post_reports_request" {
  rest_api_id  = aws_api_gateway_rest_api.weather.id
  name         = "PostReportsRequest"
  content_type = "application/json"
  schema = jsonencode({
    type = "object"
    properties = {
      seen = {
        type = "string"
      }
    }
  })
}

resource "aws_api_gateway_resource" "weather_towns" {
  rest_api_id = aws_api_gateway_rest_api.weather.id
  parent_id   = aws_api_gateway_rest_api.weather.root_resource_id
  path_part   = "towns"
}

resource "aws_api_gateway_resource" "weather_towns_town" {
  rest_api_id = aws_api_gateway_rest_api.weather.id
  parent_id   = aws_api_gateway_resource.weather_towns.id
  path_part   = "{town}"
}

resource "aws_api_gateway_resource" "weather_towns_town_forecast" {
  rest_api_id = aws_api_gateway_rest_api.weather.id
  parent_id   = aws_api_gateway_resource.weather_towns_town.id
  path_part   = "forecast"
}

resource "aws_api_gateway_resource" "weather_reports" {
  rest_api_id = aws_api_gateway_rest_api.weather.id
  parent_id   = aws_api_gateway_rest_api.weather.root_resource_id
  path_part   = "reports"
}

# Tomorrow
# The forecast of a town
resource "aws_api_gateway_method" "weather_get_towns_town_forecast" {
  rest_api_id          = aws_api_gateway_rest_api.weather.id
  resource_id          = aws_api_gateway_resource.weather_towns_town_forecast.id
  http_method          = "GET"
  authorization        = "NONE"
  api_key_required     = true
  request_validator_id = aws_api_gateway_request_validator.weather_all.id
  operation_name       = "getForecast"
  request_parameters = {
    "method.request.path.town"        = true
    "method.request.querystring.days" = true
    "method.request.header.X-Trace"   = false
  }
}

resource "aws_api_gateway_integration" "weather_get_towns_town_forecast" {
  rest_api_id             = aws_api_gateway_rest_api.weather.id
  resource_id             = aws_api_gateway_resource.weather_towns_town_forecast.id
  http_method             = aws_api_gateway_method.weather_get_towns_town_forecast.http_method
  type                    = "HTTP"
  integration_http_method = "GET"
  uri                     = "https://inner.example.com/{town}"
  cache_namespace         = "towns"
  cache_key_parameters    = ["method.request.path.town"]
  content_handling        = "CONVERT_TO_TEXT"
  passthrough_behavior    = "WHEN_NO_TEMPLATES"
  request_parameters = {
    "integration.request.path.town" = "method.request.path.town"
  }
  timeout_milliseconds = 2500

  tls_config {
    insecure_skip_verification = true
  }
}

# It is known
resource "aws_api_gateway_method_response" "weather_get_towns_town_forecast_200" {
  rest_api_id = aws_api_gateway_rest_api.weather.id
  resource_id = aws_api_gateway_resource.weather_towns_town_forecast.id
  http_method = aws_api_gateway_method.weather_get_towns_town_forecast.http_method
  status_code = "200"
  response_models = {
    "application/json" = aws_api_gateway_model.weather_forecast.name
  }
  response_parameters = {
    "method.response.header.X-Age" = false
  }
}

# There is no such town
resource "aws_api_gateway_method_response" "weather_get_towns_town_forecast_404" {
  rest_api_id = aws_api_gateway_rest_api.weather.id
  resource_id = aws_api_gateway_resource.weather_towns_town_forecast.id
  http_method = aws_api_gateway_method.weather_get_towns_town_forecast.http_method
  status_code = "404"
}

resource "aws_api_gateway_integration_response" "weather_get_towns_town_forecast_200" {
  rest_api_id = aws_api_gateway_rest_api.weather.id
  resource_id = aws_api_gateway_resource.weather_towns_town_forecast.id
  http_method = aws_api_gateway_method.weather_get_towns_town_forecast.http_method
  status_code = "200"
  response_parameters = {
    "method.response.header.X-Age" = "integration.response.header.Age"
  }

  depends_on = [
    aws_api_gateway_integration.weather_get_towns_town_forecast,
    aws_api_gateway_method_response.weather_get_towns_town_forecast_200,
  ]
}

resource "aws_api_gateway_integration_response" "weather_get_towns_town_forecast_404" {
  rest_api_id       = aws_api_gateway_rest_api.weather.id
  resource_id       = aws_api_gateway_resource.weather_towns_town_forecast.id
  http_method       = aws_api_gateway_method.weather_get_towns_town_forecast.http_method
  status_code       = "404"
  selection_pattern = "4\\d{2}"
  response_templates = {
    "application/json" = "{}"
  }
  content_handling = "CONVERT_TO_TEXT"

  depends_on = [
    aws_api_gateway_integration.weather_get_towns_town_forecast,
    aws_api_gateway_method_response.weather_get_towns_town_forecast_404,
  ]
}

resource "aws_api_gateway_method" "weather_post_reports" {
  rest_api_id          = aws_api_gateway_rest_api.weather.id
  resource_id          = aws_api_gateway_resource.weather_reports.id
  http_method          = "POST"
  authorization        = "NONE"
  request_validator_id = aws_api_gateway_request_validator.weather_nothing.id
  request_models = {
    "application/json" = aws_api_gateway_model.weather_post_reports_request.name
  }
}

resource "aws_api_gateway_integration" "weather_post_reports" {
  rest_api_id             = aws_api_gateway_rest_api.weather.id
  resource_id             = aws_api_gateway_resource.weather_reports.id
  http_method             = aws_api_gateway_method.weather_post_reports.http_method
  type                    = "AWS"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:${data.aws_region.current.name}:sqs:path/${data.aws_caller_identity.current.account_id}/${aws_sqs_queue.reports.name}"
  credentials             = aws_iam_role.role.arn
  request_parameters = {
    "integration.request.header.Content-Type" = "'application/x-www-form-urlencoded'"
  }
  request_templates = {
    "application/json" = "Action=SendMessage&MessageBody=$input.body"
  }
}

# Taken
resource "aws_api_gateway_method_response" "weather_post_reports_202" {
  rest_api_id = aws_api_gateway_rest_api.weather.id
  resource_id = aws_api_gateway_resource.weather_reports.id
  http_method = aws_api_gateway_method.weather_post_reports.http_method
  status_code = "202"
  response_models = {
    "application/json" = "Empty"
  }
}

resource "aws_api_gateway_integration_response" "weather_post_reports_202" {
  rest_api_id = aws_api_gateway_rest_api.weather.id
  resource_id = aws_api_gateway_resource.weather_reports.id
  http_method = aws_api_gateway_method.weather_post_reports.http_method
  status_code = "202"

  depends_on = [
    aws_api_gateway_integration.weather_post_reports,
    aws_api_gateway_method_response.weather_post_reports_202,
  ]
}

resource "aws_sqs_queue" "reports" {}

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

resource "aws_api_gateway_deployment" "release" {
  rest_api_id = aws_api_gateway_rest_api.weather.id

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [
    aws_api_gateway_method.weather_get_towns_town_forecast,
    aws_api_gateway_integration.weather_get_towns_town_forecast,
    aws_api_gateway_method_response.weather_get_towns_town_forecast_200,
    aws_api_gateway_method_response.weather_get_towns_town_forecast_404,
    aws_api_gateway_integration_response.weather_get_towns_town_forecast_200,
    aws_api_gateway_integration_response.weather_get_towns_town_forecast_404,
    aws_api_gateway_method.weather_post_reports,
    aws_api_gateway_integration.weather_post_reports,
    aws_api_gateway_method_response.weather_post_reports_202,
    aws_api_gateway_integration_response.weather_post_reports_202,
  ]
}

resource "aws_api_gateway_stage" "release_stage" {
  rest_api_id   = aws_api_gateway_rest_api.weather.id
  deployment_id = aws_api_gateway_deployment.release.id
  stage_name    = "v1"
}

output "root" {
  value = aws_api_gateway_rest_api.weather.root_resource_id
}

# note[policy-version]: A policy of Role says no version; 2012-10-17 means the same here.
