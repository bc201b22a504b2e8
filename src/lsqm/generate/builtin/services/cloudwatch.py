"""CloudWatch: logs, alarms and dashboards."""

from lsqm.generate.builtin.recipe import Behaviour, Kind, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_cloudwatch_log_group",
        each="group",
        service="logs",
        look="""
            groups = pages(logs, "describe_log_groups", "logGroups", logGroupNamePrefix=group["name"])
            found = {entry["logGroupName"]: entry for entry in groups}[group["name"]]
            assert found["arn"].removesuffix(":*") == group["arn"].removesuffix(":*")
        """,
        settings=(Setting("retention_in_days", 'found.get("retentionInDays", 0)', Kind.NUMBER),),
        behaviours=(
            Behaviour(
                name="keeps_what_is_logged",
                doc="Events that are written to a stream of the group are read back in order.",
                body="""
                    stream = unique()
                    now = int(time.time() * 1000)
                    lines = [{"timestamp": now, "message": "first"}, {"timestamp": now + 1, "message": "second"}]
                    logs.create_log_stream(logGroupName=group["name"], logStreamName=stream)
                    logs.put_log_events(logGroupName=group["name"], logStreamName=stream, logEvents=lines)
                    question = {"logGroupName": group["name"], "logStreamName": stream, "startFromHead": True}
                    found = eventually(lambda question=question: logs.get_log_events(**question)["events"])
                    assert [event["message"] for event in found] == ["first", "second"]
                    logs.delete_log_stream(logGroupName=group["name"], logStreamName=stream)
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_cloudwatch_log_stream",
        each="stream",
        service="logs",
        look="""
            group = stream["log_group_name"]
            found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream["name"])["logStreams"]
            assert stream["name"] in [entry["logStreamName"] for entry in found]
        """,
    ),
    Recipe(
        type="aws_cloudwatch_log_metric_filter",
        each="metric_filter",
        service="logs",
        look="""
            found = logs.describe_metric_filters(
                logGroupName=metric_filter["log_group_name"], filterNamePrefix=metric_filter["name"]
            )["metricFilters"]
            assert (metric_filter["name"], metric_filter["pattern"]) in [
                (entry["filterName"], entry["filterPattern"]) for entry in found
            ]
        """,
    ),
    Recipe(
        type="aws_cloudwatch_log_subscription_filter",
        each="subscription",
        service="logs",
        look="""
            found = logs.describe_subscription_filters(logGroupName=subscription["log_group_name"])["subscriptionFilters"]
            assert (subscription["name"], subscription["destination_arn"]) in [
                (entry["filterName"], entry["destinationArn"]) for entry in found
            ]
        """,
    ),
    Recipe(
        type="aws_cloudwatch_log_resource_policy",
        each="policy",
        service="logs",
        look="""
            found = {entry["policyName"]: entry for entry in logs.describe_resource_policies()["resourcePolicies"]}
            assert effects(found[policy["policy_name"]]["policyDocument"]) == effects(policy["policy_document"])
        """,
    ),
    Recipe(
        type="aws_cloudwatch_metric_alarm",
        each="alarm",
        service="cloudwatch",
        look="""
            found = cloudwatch.describe_alarms(AlarmNames=[alarm["alarm_name"]])["MetricAlarms"][0]
            assert found["AlarmArn"] == alarm["arn"]
            assert sorted(found["AlarmActions"]) == sorted(alarm["alarm_actions"] or [])
        """,
        settings=(
            Setting("comparison_operator", 'found["ComparisonOperator"]'),
            Setting("evaluation_periods", 'found["EvaluationPeriods"]', Kind.NUMBER),
            Setting("metric_name", 'found["MetricName"]'),
            Setting("namespace", 'found["Namespace"]'),
            Setting("period", 'found["Period"]', Kind.NUMBER),
            Setting("statistic", 'found["Statistic"]'),
            Setting("threshold", 'found["Threshold"]', Kind.NUMBER),
            Setting("treat_missing_data", 'found["TreatMissingData"]'),
        ),
        behaviours=(
            Behaviour(
                name="takes_the_state_it_is_set_to",
                doc="Setting the state by hand is what describing the alarm then shows.",
                body="""
                    name = alarm["alarm_name"]
                    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="set by lsqm")
                    found = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
                    assert (found["StateValue"], found["StateReason"]) == ("OK", "set by lsqm")
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_cloudwatch_dashboard",
        each="dashboard",
        service="cloudwatch",
        look="""
            found = cloudwatch.get_dashboard(DashboardName=dashboard["dashboard_name"])
            assert json.loads(found["DashboardBody"]) == json.loads(dashboard["dashboard_body"])
        """,
    ),
    Recipe(
        type="aws_cloudwatch_composite_alarm",
        each="alarm",
        service="cloudwatch",
        look="""
            names = [alarm["alarm_name"]]
            found = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
            assert [entry["AlarmArn"] for entry in found] == [alarm["arn"]]
            assert found[0]["AlarmRule"] == alarm["alarm_rule"]
        """,
        settings=(Setting("alarm_description", 'found[0]["AlarmDescription"]'),),
    ),
    Recipe(
        type="aws_cloudwatch_query_definition",
        each="query",
        service="logs",
        look="""
            answer = logs.describe_query_definitions(queryDefinitionNamePrefix=query["name"])
            found = [entry for entry in answer["queryDefinitions"] if entry["name"] == query["name"]]
            assert [entry["queryString"] for entry in found] == [query["query_string"]]
        """,
    ),
    Recipe(
        type="aws_cloudwatch_log_data_protection_policy",
        each="policy",
        service="logs",
        look="""
            found = logs.get_data_protection_policy(logGroupIdentifier=policy["log_group_name"])
            assert json.loads(found["policyDocument"]) == json.loads(policy["policy_document"])
        """,
    ),
    Recipe(
        type="aws_cloudwatch_metric_stream",
        each="stream",
        service="cloudwatch",
        look="""
            found = cloudwatch.get_metric_stream(Name=stream["name"])
            assert (found["FirehoseArn"], found["RoleArn"]) == (stream["firehose_arn"], stream["role_arn"])
        """,
        settings=(Setting("output_format", 'found["OutputFormat"]'),),
    ),
    Recipe(
        type="aws_cloudwatch_log_account_policy",
        each="policy",
        service="logs",
        look="""
            answer = logs.describe_account_policies(policyType=policy["policy_type"], policyName=policy["policy_name"])
            [found] = answer["accountPolicies"]
            assert json.loads(found["policyDocument"]) == json.loads(policy["policy_document"])
        """,
    ),
    Recipe(
        type="aws_cloudwatch_log_destination",
        each="destination",
        service="logs",
        look="""
            answer = logs.describe_destinations(DestinationNamePrefix=destination["name"])
            found = {one["destinationName"]: one for one in answer["destinations"]}
            assert found[destination["name"]]["targetArn"] == destination["target_arn"]
        """,
    ),
)
