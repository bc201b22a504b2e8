"""Lambda: functions and what calls them."""

from lsqm.generate.builtin.recipe import Behaviour, Kind, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_lambda_function",
        each="function",
        service="lambda",
        look="""
            found = lambda_.get_function_configuration(FunctionName=function["function_name"])
            assert found["FunctionArn"] == function["arn"]
            assert found["Role"] == function["role"]
        """,
        settings=(
            Setting("runtime", 'found["Runtime"]'),
            Setting("handler", 'found["Handler"]'),
            Setting("memory_size", 'found["MemorySize"]', Kind.NUMBER),
            Setting("timeout", 'found["Timeout"]', Kind.NUMBER),
            Setting("description", 'found["Description"]'),
            Setting("package_type", 'found["PackageType"]'),
            Setting("environment.variables", 'found["Environment"]["Variables"]', Kind.MAPPING),
        ),
        behaviours=(
            Behaviour(
                name="runs_its_code",
                doc="Invoking the function runs its handler. What the handler makes of an empty event is its own affair.",
                when=lambda block, _design: block.get("package_type") in (None, "Zip"),
                body="""
                    answer, payload = invoke(lambda_, function["function_name"], {})
                    assert answer["StatusCode"] == 200
                    assert could_not_start(payload) == ""
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_lambda_permission",
        each="permission",
        service="lambda",
        look="""
            qualifier = {"Qualifier": permission["qualifier"]} if permission["qualifier"] else {}
            policy = lambda_.get_policy(FunctionName=permission["function_name"], **qualifier)["Policy"]
            allowed = {statement["Sid"]: statement for statement in statements(policy)}
            assert allowed[permission["statement_id"]]["Effect"] == "Allow"
            assert allowed[permission["statement_id"]]["Action"] == permission["action"]
        """,
    ),
    Recipe(
        type="aws_lambda_alias",
        each="alias",
        service="lambda",
        look="""
            found = lambda_.get_alias(FunctionName=alias["function_name"], Name=alias["name"])
            assert found["AliasArn"] == alias["arn"]
            assert found["FunctionVersion"] == alias["function_version"]
        """,
    ),
    Recipe(
        type="aws_lambda_event_source_mapping",
        each="mapping",
        service="lambda",
        look="""
            found = lambda_.get_event_source_mapping(UUID=mapping["uuid"])
            assert found["FunctionArn"] == mapping["function_arn"]
            assert found.get("EventSourceArn", "") == (mapping["event_source_arn"] or "")
        """,
        settings=(
            Setting("batch_size", 'found["BatchSize"]', Kind.NUMBER),
            Setting("enabled", '(found["State"] in ("Enabled", "Enabling", "Creating", "Updating"))', Kind.FLAG),
            Setting("starting_position", 'found["StartingPosition"]'),
        ),
    ),
    Recipe(
        type="aws_lambda_layer_version",
        each="layer",
        service="lambda",
        look="""
            found = lambda_.get_layer_version_by_arn(Arn=layer["arn"])
            assert found["Version"] == int(layer["version"])
        """,
        settings=(Setting("compatible_runtimes", 'found["CompatibleRuntimes"]', Kind.SET),),
    ),
    Recipe(
        type="aws_lambda_function_url",
        each="url",
        service="lambda",
        look="""
            qualifier = {"Qualifier": url["qualifier"]} if url["qualifier"] else {}
            found = lambda_.get_function_url_config(FunctionName=url["function_name"], **qualifier)
            assert found["FunctionUrl"] == url["function_url"]
        """,
        settings=(Setting("authorization_type", 'found["AuthType"]'),),
    ),
    Recipe(
        type="aws_lambda_function_event_invoke_config",
        each="configuration",
        service="lambda",
        look="""
            qualifier = {"Qualifier": configuration["qualifier"]} if configuration["qualifier"] else {}
            found = lambda_.get_function_event_invoke_config(FunctionName=configuration["function_name"], **qualifier)
            assert name_of(configuration["function_name"]) in found["FunctionArn"]
        """,
        settings=(
            Setting("maximum_retry_attempts", 'found["MaximumRetryAttempts"]', Kind.NUMBER),
            Setting("maximum_event_age_in_seconds", 'found["MaximumEventAgeInSeconds"]', Kind.NUMBER),
        ),
    ),
    Recipe(
        type="aws_lambda_provisioned_concurrency_config",
        each="concurrency",
        service="lambda",
        look="""
            found = lambda_.get_provisioned_concurrency_config(
                FunctionName=concurrency["function_name"], Qualifier=concurrency["qualifier"]
            )
            wanted = concurrency["provisioned_concurrent_executions"]
            assert found["RequestedProvisionedConcurrentExecutions"] == wanted
        """,
    ),
    Recipe(
        type="aws_lambda_function_recursion_config",
        each="recursion",
        service="lambda",
        look="""
            found = lambda_.get_function_recursion_config(FunctionName=recursion["function_name"])
            assert found["RecursiveLoop"] == recursion["recursive_loop"]
        """,
        settings=(Setting("recursive_loop", 'found["RecursiveLoop"]'),),
    ),
    Recipe(
        type="aws_lambda_layer_version_permission",
        each="permission",
        service="lambda",
        look="""
            policy = lambda_.get_layer_version_policy(
                LayerName=permission["layer_name"], VersionNumber=permission["version_number"]
            )["Policy"]
            assert permission["statement_id"] in [statement["Sid"] for statement in statements(policy)]
        """,
    ),
)
