"""API Gateway: REST APIs (version 1)."""

from lsqm.generate.builtin.recipe import Behaviour, Design, Kind, Recipe, Setting
from lsqm.generate.configuration import ResourceBlock


def _open_method(block: ResourceBlock, design: Design) -> bool:
    """Whether anybody may call the method: no authorizer, key or policy, and the API is deployed to a stage."""
    return (
        block.get("authorization") == "NONE"
        and block.get("api_key_required") in (None, False)
        and not design.has("aws_api_gateway_rest_api_policy")
        and design.has("aws_api_gateway_stage")
        and not any(_guarded(each) for each in design.blocks if each.type == "aws_api_gateway_rest_api")
    )


def _guarded(api: ResourceBlock) -> bool:
    """Whether the API itself may turn callers of its stages away."""
    return api.get("policy") is not None or api.get("disable_execute_api_endpoint") not in (None, False)


RECIPES = (
    Recipe(
        type="aws_api_gateway_rest_api",
        each="api",
        service="apigateway",
        look="""
            found = apigateway.get_rest_api(restApiId=api["id"])
            assert found["name"] == api["name"]
        """,
        settings=(Setting("description", 'found["description"]'),),
    ),
    Recipe(
        type="aws_api_gateway_resource",
        each="resource",
        service="apigateway",
        look="""
            found = apigateway.get_resource(restApiId=resource["rest_api_id"], resourceId=resource["id"])
            assert found["path"] == resource["path"]
        """,
        settings=(Setting("path_part", 'found["pathPart"]'),),
    ),
    Recipe(
        type="aws_api_gateway_method",
        each="method",
        service="apigateway",
        look="""
            found = apigateway.get_method(
                restApiId=method["rest_api_id"], resourceId=method["resource_id"], httpMethod=method["http_method"]
            )
            assert found["httpMethod"] == method["http_method"]
            assert found["authorizationType"] == method["authorization"]
        """,
        settings=(Setting("api_key_required", 'found["apiKeyRequired"]', Kind.FLAG),),
        behaviours=(
            Behaviour(
                name="is_reached_through_the_stage",
                doc="A request to the method's path on a deployed stage reaches it.",
                fixtures=("of_type", "call_api"),
                when=_open_method,
                body="""
                    where = apigateway.get_resource(restApiId=method["rest_api_id"], resourceId=method["resource_id"])
                    verb = "GET" if method["http_method"] == "ANY" else method["http_method"]
                    for stage in of_type("aws_api_gateway_stage"):
                        if stage["rest_api_id"] == method["rest_api_id"]:
                            path = fill_in(where["path"])
                            status, body = call_api(method["rest_api_id"], stage["stage_name"], verb, path)
                            assert not no_such_route(status, body)
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_api_gateway_integration",
        each="integration",
        service="apigateway",
        look="""
            found = apigateway.get_integration(
                restApiId=integration["rest_api_id"],
                resourceId=integration["resource_id"],
                httpMethod=integration["http_method"],
            )
            assert found["type"] == integration["type"]
            assert found.get("uri", "") == (integration["uri"] or "")
        """,
    ),
    Recipe(
        type="aws_api_gateway_method_response",
        each="response",
        service="apigateway",
        look="""
            found = apigateway.get_method_response(
                restApiId=response["rest_api_id"],
                resourceId=response["resource_id"],
                httpMethod=response["http_method"],
                statusCode=response["status_code"],
            )
            assert found["statusCode"] == response["status_code"]
        """,
    ),
    Recipe(
        type="aws_api_gateway_integration_response",
        each="response",
        service="apigateway",
        look="""
            found = apigateway.get_integration_response(
                restApiId=response["rest_api_id"],
                resourceId=response["resource_id"],
                httpMethod=response["http_method"],
                statusCode=response["status_code"],
            )
            assert found["statusCode"] == response["status_code"]
        """,
    ),
    Recipe(
        type="aws_api_gateway_deployment",
        each="deployment",
        service="apigateway",
        look="""
            found = apigateway.get_deployment(restApiId=deployment["rest_api_id"], deploymentId=deployment["id"])
            assert found["id"] == deployment["id"]
        """,
    ),
    Recipe(
        type="aws_api_gateway_stage",
        each="stage",
        service="apigateway",
        look="""
            found = apigateway.get_stage(restApiId=stage["rest_api_id"], stageName=stage["stage_name"])
            assert found["deploymentId"] == stage["deployment_id"]
        """,
        settings=(
            Setting("description", 'found["description"]'),
            Setting("variables", 'found["variables"]', Kind.MAPPING),
        ),
    ),
    Recipe(
        type="aws_api_gateway_method_settings",
        each="options",
        service="apigateway",
        look="""
            stage = apigateway.get_stage(restApiId=options["rest_api_id"], stageName=options["stage_name"])
            assert options["method_path"] in [path.replace("~1", "/") for path in stage["methodSettings"]]
        """,
    ),
    Recipe(
        type="aws_api_gateway_authorizer",
        each="authorizer",
        service="apigateway",
        look="""
            found = apigateway.get_authorizer(restApiId=authorizer["rest_api_id"], authorizerId=authorizer["id"])
            assert found["name"] == authorizer["name"]
            assert found["type"] == authorizer["type"]
        """,
    ),
    Recipe(
        type="aws_api_gateway_api_key",
        each="key",
        service="apigateway",
        look="""
            found = apigateway.get_api_key(apiKey=key["id"], includeValue=True)
            assert found["value"] == key["value"]
            assert found["enabled"] is key["enabled"]
        """,
    ),
    Recipe(
        type="aws_api_gateway_usage_plan",
        each="plan",
        service="apigateway",
        look="""
            found = apigateway.get_usage_plan(usagePlanId=plan["id"])
            assert found["name"] == plan["name"]
        """,
        settings=(
            Setting("quota_settings.limit", 'found["quota"]["limit"]', Kind.NUMBER),
            Setting("throttle_settings.burst_limit", 'found["throttle"]["burstLimit"]', Kind.NUMBER),
        ),
    ),
    Recipe(
        type="aws_api_gateway_usage_plan_key",
        each="link",
        service="apigateway",
        look="""
            found = apigateway.get_usage_plan_keys(usagePlanId=link["usage_plan_id"])["items"]
            assert link["key_id"] in [entry["id"] for entry in found]
        """,
    ),
    Recipe(
        type="aws_api_gateway_model",
        each="model",
        service="apigateway",
        look="""
            found = apigateway.get_model(restApiId=model["rest_api_id"], modelName=model["name"])
            assert found["contentType"] == model["content_type"]
        """,
    ),
    Recipe(
        type="aws_api_gateway_request_validator",
        each="validator",
        service="apigateway",
        look="""
            found = apigateway.get_request_validator(restApiId=validator["rest_api_id"], requestValidatorId=validator["id"])
            assert found["name"] == validator["name"]
        """,
        settings=(Setting("validate_request_body", 'found["validateRequestBody"]', Kind.FLAG),),
    ),
    Recipe(
        type="aws_api_gateway_account",
        each="account",
        service="apigateway",
        look="""
            found = apigateway.get_account()
            assert found.get("cloudwatchRoleArn") == (account["cloudwatch_role_arn"] or None)
        """,
    ),
    Recipe(
        type="aws_api_gateway_domain_name",
        each="domain",
        service="apigateway",
        look="""
            found = apigateway.get_domain_name(domainName=domain["domain_name"])
            assert found["domainName"] == domain["domain_name"]
        """,
        settings=(Setting("security_policy", 'found["securityPolicy"]'),),
    ),
    Recipe(
        type="aws_api_gateway_base_path_mapping",
        each="mapping",
        service="apigateway",
        look="""
            path = mapping["base_path"] or "(none)"
            found = apigateway.get_base_path_mapping(domainName=mapping["domain_name"], basePath=path)
            assert found["restApiId"] == mapping["api_id"]
        """,
    ),
    Recipe(
        type="aws_api_gateway_gateway_response",
        each="response",
        service="apigateway",
        look="""
            found = apigateway.get_gateway_response(
                restApiId=response["rest_api_id"], responseType=response["response_type"]
            )
            assert found["responseType"] == response["response_type"]
            assert found.get("defaultResponse", False) is False
        """,
        settings=(Setting("status_code", 'found["statusCode"]'),),
    ),
    Recipe(
        type="aws_api_gateway_client_certificate",
        each="certificate",
        service="apigateway",
        look="""
            found = apigateway.get_client_certificate(clientCertificateId=certificate["id"])
            assert found["clientCertificateId"] == certificate["id"]
        """,
        settings=(Setting("description", 'found["description"]'),),
    ),
    Recipe(
        type="aws_api_gateway_rest_api_policy",
        each="policy",
        service="apigateway",
        look="""
            found = apigateway.get_rest_api(restApiId=policy["rest_api_id"])["policy"]
            assert effects(found.replace("\\\\", "")) == effects(policy["policy"])
        """,
    ),
)
