"""EventBridge, its scheduler and its pipes."""

from lsqm.generate.builtin.recipe import Behaviour, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_cloudwatch_event_bus",
        each="bus",
        service="events",
        look="""
            found = events.describe_event_bus(Name=bus["name"])
            assert found["Arn"] == bus["arn"]
        """,
    ),
    Recipe(
        type="aws_cloudwatch_event_rule",
        each="rule",
        service="events",
        look="""
            found = events.describe_rule(Name=rule["name"], EventBusName=rule["event_bus_name"])
            assert found["Arn"] == rule["arn"]
            if rule["event_pattern"]:
                assert json.loads(found["EventPattern"]) == json.loads(rule["event_pattern"])
        """,
        settings=(
            Setting("schedule_expression", 'found["ScheduleExpression"]'),
            Setting("description", 'found["Description"]'),
            Setting("state", 'found["State"]'),
        ),
    ),
    Recipe(
        type="aws_cloudwatch_event_target",
        each="target",
        service="events",
        look="""
            found = events.list_targets_by_rule(Rule=target["rule"], EventBusName=target["event_bus_name"])["Targets"]
            assert (target["target_id"], target["arn"]) in [(entry["Id"], entry["Arn"]) for entry in found]
        """,
        behaviours=(
            Behaviour(
                name="gets_an_event_that_matches",
                doc="An event that the rule's pattern matches arrives in the target queue.",
                services=("sqs",),
                fixtures=("of_type",),
                when=lambda block, _design: block.mentions("aws_sqs_queue"),
                body="""
                    if ":sqs:" not in target["arn"]:
                        pytest.skip("the target is not a queue")
                    skip_if_consumed(target["arn"], *of_type("aws_lambda_event_source_mapping"))
                    rule = events.describe_rule(Name=target["rule"], EventBusName=target["event_bus_name"])
                    if "EventPattern" not in rule:
                        pytest.skip("the rule runs on a schedule")
                    url = sqs.get_queue_url(QueueName=name_of(target["arn"]))["QueueUrl"]
                    answer = events.put_events(Entries=[matching_event(rule["EventPattern"], target["event_bus_name"])])
                    assert answer["FailedEntryCount"] == 0
                    wanted = "" if target["input"] or target["input_transformer"] else answer["Entries"][0]["EventId"]
                    assert receive_message(sqs, url, wanted) is not None
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_cloudwatch_event_archive",
        each="archive",
        service="events",
        look="""
            found = events.describe_archive(ArchiveName=archive["name"])
            assert found["EventSourceArn"] == archive["event_source_arn"]
        """,
    ),
    Recipe(
        type="aws_scheduler_schedule",
        each="schedule",
        service="scheduler",
        look="""
            found = scheduler.get_schedule(Name=schedule["name"], GroupName=schedule["group_name"])
            assert found["Arn"] == schedule["arn"]
            assert found["Target"]["Arn"] == schedule["target"][0]["arn"]
        """,
        settings=(
            Setting("schedule_expression", 'found["ScheduleExpression"]'),
            Setting("flexible_time_window.mode", 'found["FlexibleTimeWindow"]["Mode"]'),
        ),
    ),
    Recipe(
        type="aws_scheduler_schedule_group",
        each="group",
        service="scheduler",
        look="""
            found = scheduler.get_schedule_group(Name=group["name"])
            assert found["Arn"] == group["arn"]
            assert found["State"] == "ACTIVE"
        """,
    ),
    Recipe(
        type="aws_pipes_pipe",
        each="pipe",
        service="pipes",
        look="""
            found = pipes.describe_pipe(Name=pipe["name"])
            assert found["Source"] == pipe["source"]
            assert found["Target"] == pipe["target"]
        """,
        settings=(Setting("desired_state", 'found["DesiredState"]'),),
    ),
    Recipe(
        type="aws_cloudwatch_event_connection",
        each="connection",
        service="events",
        look="""
            found = events.describe_connection(Name=connection["name"])
            assert found["ConnectionArn"] == connection["arn"]
            assert found["AuthorizationType"] == connection["authorization_type"]
        """,
        settings=(Setting("description", 'found["Description"]'),),
    ),
    Recipe(
        type="aws_cloudwatch_event_api_destination",
        each="destination",
        service="events",
        look="""
            found = events.describe_api_destination(Name=destination["name"])
            assert found["ApiDestinationArn"] == destination["arn"]
            assert found["ConnectionArn"] == destination["connection_arn"]
            assert found["InvocationEndpoint"] == destination["invocation_endpoint"]
        """,
        settings=(Setting("http_method", 'found["HttpMethod"]'),),
    ),
    Recipe(
        type="aws_cloudwatch_event_permission",
        each="permission",
        service="events",
        look="""
            policy = events.describe_event_bus(Name=permission["event_bus_name"])["Policy"]
            assert permission["statement_id"] in [statement["Sid"] for statement in statements(policy)]
        """,
    ),
    Recipe(
        type="aws_cloudwatch_event_bus_policy",
        each="policy",
        service="events",
        look="""
            found = events.describe_event_bus(Name=policy["event_bus_name"])["Policy"]
            assert effects(found) == effects(policy["policy"])
        """,
    ),
    Recipe(
        type="aws_cloudwatch_event_endpoint",
        each="endpoint",
        service="events",
        look="""
            found = events.describe_endpoint(Name=endpoint["name"])
            assert found["Arn"] == endpoint["arn"]
            assert [bus["EventBusArn"] for bus in found["EventBuses"]] == [
                bus["event_bus_arn"] for bus in endpoint["event_bus"]
            ]
        """,
        settings=(Setting("description", 'found["Description"]'),),
    ),
)
