"""API Gateway version 2: HTTP and WebSocket APIs."""

from lsqm.generate.builtin.recipe import Behaviour, Kind, Recipe, Setting


def _part(type_: str, each: str, operation: str, parameter: str) -> Recipe:
    """Something that belongs to one API and has an id of its own."""
    return Recipe(
        type=type_,
        each=each,
        service="apigatewayv2",
        look=f"""
            found = apigatewayv2.{operation}(ApiId={each}["api_id"], {parameter}={each}["id"])
            assert found["{parameter}"] == {each}["id"]
        """,
    )


RECIPES = (
    Recipe(
        type="aws_apigatewayv2_api",
        each="api",
        service="apigatewayv2",
        look="""
            found = apigatewayv2.get_api(ApiId=api["id"])
            assert found["Name"] == api["name"]
        """,
        settings=(
            Setting("protocol_type", 'found["ProtocolType"]'),
            Setting("description", 'found["Description"]'),
            Setting("cors_configuration.allow_methods", 'found["CorsConfiguration"]["AllowMethods"]', Kind.SET),
        ),
    ),
    Recipe(
        type="aws_apigatewayv2_route",
        each="route",
        service="apigatewayv2",
        look="""
            found = apigatewayv2.get_route(ApiId=route["api_id"], RouteId=route["id"])
            assert found["RouteKey"] == route["route_key"]
            assert found.get("Target", "") == (route["target"] or "")
        """,
        settings=(Setting("route_key", 'found["RouteKey"]'),),
        behaviours=(
            Behaviour(
                name="is_reached_through_the_stage",
                doc="A request that the route matches reaches its integration.",
                fixtures=("of_type", "call_api"),
                when=lambda block, design: (
                    block.get("authorization_type") in (None, "NONE")
                    and design.has("aws_apigatewayv2_stage")
                    and isinstance(block.get("route_key"), str)
                    and " /" in block.get("route_key")
                    and not any(each.get("disable_execute_api_endpoint") is True for each in design.blocks)
                ),
                body="""
                    verb, path = route["route_key"].split(" ", 1)
                    verb = "GET" if verb == "ANY" else verb
                    for stage in of_type("aws_apigatewayv2_stage"):
                        if stage["api_id"] == route["api_id"]:
                            status, body = call_api(route["api_id"], stage["name"], verb, fill_in(path))
                            assert not no_such_route(status, body)
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_apigatewayv2_integration",
        each="integration",
        service="apigatewayv2",
        look="""
            found = apigatewayv2.get_integration(ApiId=integration["api_id"], IntegrationId=integration["id"])
            assert found["IntegrationType"] == integration["integration_type"]
            assert found.get("IntegrationUri", "") == (integration["integration_uri"] or "")
        """,
        settings=(Setting("payload_format_version", 'found["PayloadFormatVersion"]'),),
    ),
    Recipe(
        type="aws_apigatewayv2_stage",
        each="stage",
        service="apigatewayv2",
        look="""
            found = apigatewayv2.get_stage(ApiId=stage["api_id"], StageName=stage["name"])
            assert found["StageName"] == stage["name"]
        """,
        settings=(Setting("auto_deploy", 'found["AutoDeploy"]', Kind.FLAG),),
    ),
    _part("aws_apigatewayv2_authorizer", "authorizer", "get_authorizer", "AuthorizerId"),
    _part("aws_apigatewayv2_deployment", "deployment", "get_deployment", "DeploymentId"),
    Recipe(
        type="aws_apigatewayv2_domain_name",
        each="domain",
        service="apigatewayv2",
        look="""
            found = apigatewayv2.get_domain_name(DomainName=domain["domain_name"])
            assert found["DomainName"] == domain["domain_name"]
        """,
    ),
    Recipe(
        type="aws_apigatewayv2_api_mapping",
        each="mapping",
        service="apigatewayv2",
        look="""
            found = apigatewayv2.get_api_mapping(DomainName=mapping["domain_name"], ApiMappingId=mapping["id"])
            assert (found["ApiId"], found["Stage"]) == (mapping["api_id"], mapping["stage"])
        """,
    ),
    Recipe(
        type="aws_apigatewayv2_vpc_link",
        each="link",
        service="apigatewayv2",
        look="""
            found = apigatewayv2.get_vpc_link(VpcLinkId=link["id"])
            assert (found["Name"], sorted(found["SubnetIds"])) == (link["name"], sorted(link["subnet_ids"]))
        """,
    ),
    Recipe(
        type="aws_apigatewayv2_integration_response",
        each="response",
        service="apigatewayv2",
        look="""
            found = apigatewayv2.get_integration_response(
                ApiId=response["api_id"],
                IntegrationId=response["integration_id"],
                IntegrationResponseId=response["id"],
            )
            assert found["IntegrationResponseKey"] == response["integration_response_key"]
        """,
    ),
    Recipe(
        type="aws_apigatewayv2_route_response",
        each="response",
        service="apigatewayv2",
        look="""
            found = apigatewayv2.get_route_response(
                ApiId=response["api_id"], RouteId=response["route_id"], RouteResponseId=response["id"]
            )
            assert found["RouteResponseKey"] == response["route_response_key"]
        """,
    ),
)
