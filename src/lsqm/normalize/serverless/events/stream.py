"""`stream`: DynamoDB and Kinesis streams that Lambda polls."""

from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, allow, ref, resource
from lsqm.normalize.serverless.events.sources import mapping, named_after
from lsqm.normalize.serverless.stack import Event, Function, Stack

_READ = ["GetRecords", "GetShardIterator"]
_ACTIONS = {
    "dynamodb": [f"dynamodb:{name}" for name in (*_READ, "DescribeStream", "ListStreams")],
    "kinesis": [f"kinesis:{name}" for name in (*_READ, "DescribeStream", "ListStreams")],
    "enhanced": [f"kinesis:{name}" for name in (*_READ, "DescribeStreamSummary", "ListShards")],
    "consumer": ["kinesis:SubscribeToShard"],
    "sns": ["sns:Publish"],
    "sqs": ["sqs:ListQueues", "sqs:SendMessage"],
}
_OPTIONAL = {
    "batchWindow": "MaximumBatchingWindowInSeconds",
    "maximumRetryAttempts": "MaximumRetryAttempts",
    "bisectBatchOnFunctionError": "BisectBatchOnFunctionError",
    "maximumRecordAgeInSeconds": "MaximumRecordAgeInSeconds",
    "tumblingWindowInSeconds": "TumblingWindowInSeconds",
}


def add(stack: Stack) -> None:
    needed: dict[str, dict[str, list[Any]]] = {}
    for event in stack.events("stream"):
        uses = needed.setdefault(event.function.key, {kind: [] for kind in _ACTIONS})
        _add_stream(stack, event, uses)
    for uses in needed.values():
        stack.allow(*(allow(list(_ACTIONS[kind]), arns) for kind, arns in uses.items() if arns))


def _add_stream(stack: Stack, event: Event, uses: dict[str, list[Any]]) -> None:
    options, function = event.options, event.function
    source = options.get("arn", event.value)
    kind = str(options.get("type") or _service_in(source))
    name = named_after(source) if isinstance(source, dict) else str(source).partition("/")[2].partition("/")[0]
    properties: Json = {
        "BatchSize": options.get("batchSize") or 10,
        "Enabled": options.get("enabled", True),
        "EventSourceArn": source,
        "FunctionName": function.target,
        "ParallelizationFactor": options.get("parallelizationFactor") or None,
        "StartingPosition": options.get("startingPosition") or "TRIM_HORIZON",
    }
    properties |= {_OPTIONAL[key]: value for key, value in options.items() if key in _OPTIONAL}
    consumer = options.get("consumer")
    uses["dynamodb" if kind == "dynamodb" else "enhanced" if consumer else "kinesis"].append(source)
    failure = (options.get("destinations") or {}).get("onFailure")
    if failure:
        arn = failure.get("arn") if isinstance(failure, dict) else failure
        sort = (failure.get("type") if isinstance(failure, dict) else None) or _service_in(arn)
        uses["sns" if sort == "sns" else "sqs"].append(arn)
        properties["DestinationConfig"] = {"OnFailure": {"Destination": arn}}
    made = mapping(stack, function, properties, options)
    if consumer and kind == "kinesis":
        _add_consumer(stack, function, name, made, uses, consumer)
        properties["StartingPositionTimestamp"] = options.get("startingPositionTimestamp")
    logical_id = f"{function.prefix}EventSourceMapping{naming.capital(kind)}{naming.alphanumeric(name)}"
    stack.resources[logical_id] = made


def _add_consumer(
    stack: Stack, function: Function, name: str, made: Json, uses: dict[str, list[Any]], given: Any
) -> None:
    consumer = given
    if given is True:
        service = stack.service
        tail = f"{service.name}{service.stage}" if service.setting("kinesis", "consumerNamingMode") else ""
        full = f"{function.key}{name}{tail}Consumer"
        logical_id = f"{naming.normal(full)}StreamConsumer"
        properties: Json = {"StreamARN": made["Properties"]["EventSourceArn"], "ConsumerName": full}
        stack.resources[logical_id] = resource("AWS::Kinesis::StreamConsumer", properties)
        made["DependsOn"].append(logical_id)
        consumer = ref(logical_id)
    made["Properties"]["EventSourceArn"] = consumer
    uses["consumer"].append(consumer)


def _service_in(arn: Any) -> str:
    parts = str(arn).split(":")
    return parts[2] if len(parts) > 2 else ""
