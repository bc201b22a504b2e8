"""`msk`, `kafka`, `activemq` and `rabbitmq`: message brokers that Lambda polls."""

from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, allow
from lsqm.normalize.serverless.events.sources import mapping, named_after
from lsqm.normalize.serverless.stack import Event, Stack

_NETWORK_VERBS = (
    "CreateNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeVpcs",
    "DeleteNetworkInterface",
    "DescribeSubnets",
    "DescribeSecurityGroups",
)
_ACCESS = {
    "vpcSubnet": ("VPC_SUBNET", "subnet:"),
    "vpcSecurityGroup": ("VPC_SECURITY_GROUP", "security_group:"),
    "saslPlainAuth": ("BASIC_AUTH", ""),
    "saslScram256Auth": ("SASL_SCRAM_256_AUTH", ""),
    "saslScram512Auth": ("SASL_SCRAM_512_AUTH", ""),
    "clientCertificateTlsAuth": ("CLIENT_CERTIFICATE_TLS_AUTH", ""),
    "serverRootCaCertificate": ("SERVER_ROOT_CA_CERTIFICATE", ""),
}


def add_msk(stack: Stack) -> None:
    for events in _by_function(stack, "msk"):
        clusters = []
        for event in events:
            options = event.options
            source, topic = options.get("arn"), str(options.get("topic"))
            cluster = (
                named_after(source) if isinstance(source, dict) else str(source).partition("/")[2].partition("/")[0]
            )
            properties = _common(event) | {
                "EventSourceArn": source,
                "StartingPosition": options.get("startingPosition") or "TRIM_HORIZON",
                "StartingPositionTimestamp": options.get("startingPositionTimestamp"),
                "Topics": [topic],
                "ProvisionedPollerConfig": _pollers(options),
            }
            if options.get("consumerGroupId"):
                properties["AmazonManagedKafkaEventSourceConfig"] = {"ConsumerGroupId": options["consumerGroupId"]}
            if secret := options.get("saslScram512"):
                properties["SourceAccessConfigurations"] = [{"Type": "SASL_SCRAM_512_AUTH", "URI": secret}]
            name = naming.alphanumeric(cluster)[:79] + naming.alphanumeric(topic)[:79]
            _put(stack, event, f"MSK{name}", properties)
            clusters.append(source)
        stack.allow(allow(["kafka:DescribeCluster", "kafka:GetBootstrapBrokers"], clusters), _network())


def add_kafka(stack: Stack) -> None:
    for events in _by_function(stack, "kafka"):
        secrets: list[Any] = []
        networked = False
        for event in events:
            options = event.options
            topic = str(options.get("topic"))
            access: list[Json] = []
            for kind, given in (options.get("accessConfigurations") or {}).items():
                name, prefix = _ACCESS.get(kind, (kind, ""))
                networked = networked or bool(prefix)
                values = given if isinstance(given, list) else [given]
                secrets += values if kind in _ACCESS and not prefix else []
                access += [{"Type": name, "URI": f"{prefix}{value}"} for value in values]
            properties = _common(event) | {
                "StartingPosition": options.get("startingPosition") or "TRIM_HORIZON",
                "StartingPositionTimestamp": options.get("startingPositionTimestamp"),
                "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": options.get("bootstrapServers")}},
                "Topics": [topic],
                "SourceAccessConfigurations": access,
                "ProvisionedPollerConfig": _pollers(options),
            }
            if options.get("consumerGroupId"):
                properties["SelfManagedKafkaEventSourceConfig"] = {"ConsumerGroupId": options["consumerGroupId"]}
            if failed := options.get("onFailureDestination"):
                properties["DestinationConfig"] = {"OnFailure": {"Destination": failed}}
            _put(stack, event, f"Kafka{naming.alphanumeric(topic)[:158]}", properties)
        if secrets:
            stack.allow(allow(["secretsmanager:GetSecretValue"], secrets))
        if networked:
            stack.allow(_network())


def add_active_mq(stack: Stack) -> None:
    _add_queues(stack, "activemq", "ActiveMQ")


def add_rabbit_mq(stack: Stack) -> None:
    _add_queues(stack, "rabbitmq", "RabbitMQ")


def _add_queues(stack: Stack, kind: str, name: str) -> None:
    for events in _by_function(stack, kind):
        for event in events:
            options = event.options
            access = [{"Type": "BASIC_AUTH", "URI": options.get("basicAuthArn")}]
            if kind == "rabbitmq" and options.get("virtualHost"):
                access.append({"Type": "VIRTUAL_HOST", "URI": options["virtualHost"]})
            queue = str(options.get("queue"))
            properties = _common(event) | {
                "EventSourceArn": options.get("arn"),
                "Queues": [queue],
                "SourceAccessConfigurations": access,
            }
            _put(stack, event, f"{name}{naming.alphanumeric(queue)[:150]}", properties)
        stack.allow(
            allow(["secretsmanager:GetSecretValue"], [event.options.get("basicAuthArn") for event in events]),
            allow(["mq:DescribeBroker"], [event.options.get("arn") for event in events]),
            _network(),
        )


def _by_function(stack: Stack, kind: str) -> list[list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in stack.events(kind):
        found.setdefault(event.function.key, []).append(event)
    return list(found.values())


def _common(event: Event) -> Json:
    options = event.options
    return {
        "FunctionName": event.function.target,
        "BatchSize": options.get("batchSize") or None,
        "MaximumBatchingWindowInSeconds": options.get("maximumBatchingWindow") or None,
        "Enabled": options.get("enabled"),
    }


def _pollers(options: Json) -> Json | None:
    config = options.get("provisionedPollerConfig")
    names = ("minimumPollers", "maximumPollers")
    return {naming.capital(name): config.get(name) for name in names} if config else None


def _put(stack: Stack, event: Event, name: str, properties: Json) -> None:
    made = mapping(stack, event.function, properties, event.options)
    stack.resources[f"{event.function.prefix}EventSourceMapping{name}"] = made


def _network() -> Json:
    return {"Effect": "Allow", "Action": [f"ec2:{verb}" for verb in _NETWORK_VERBS], "Resource": "*"}
