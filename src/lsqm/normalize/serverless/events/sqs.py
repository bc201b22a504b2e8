"""`sqs`: queues that Lambda polls."""

from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, allow
from lsqm.normalize.serverless.events.sources import mapping, named_after
from lsqm.normalize.serverless.stack import Stack

_ACTIONS = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]


def add(stack: Stack) -> None:
    queues: list[Any] = []
    for event in stack.events("sqs"):
        options, function = event.options, event.function
        source = options.get("arn", event.value)
        properties: Json = {
            "BatchSize": options.get("batchSize") or 10,
            "MaximumBatchingWindowInSeconds": options.get("maximumBatchingWindow"),
            "EventSourceArn": source,
            "FunctionName": function.target,
            "Enabled": options.get("enabled", True),
        }
        if options.get("maximumConcurrency"):
            properties["ScalingConfig"] = {"MaximumConcurrency": options["maximumConcurrency"]}
        logical_id = f"{function.prefix}EventSourceMappingSQS{naming.alphanumeric(named_after(source))}"
        stack.resources[logical_id] = mapping(stack, function, properties, options)
        queues.append(source)
    if queues:
        stack.allow(allow(list(_ACTIONS), queues))
