"""One file per family of events. `COMPILERS` is in the framework's order, which fixes the order of IAM statements."""

from collections.abc import Callable

from lsqm.normalize.serverless.events import (
    alb,
    alexa,
    brokers,
    cloudwatch,
    cognito,
    event_bridge,
    http,
    http_api,
    iot,
    s3,
    schedule,
    sns,
    sqs,
    stream,
    websocket,
)
from lsqm.normalize.serverless.stack import Stack

COMPILERS: tuple[tuple[str, Callable[[Stack], None]], ...] = (
    ("schedule", schedule.add),
    ("s3", s3.add),
    ("http", http.add),
    ("websocket", websocket.add),
    ("sns", sns.add),
    ("stream", stream.add),
    ("kafka", brokers.add_kafka),
    ("activemq", brokers.add_active_mq),
    ("rabbitmq", brokers.add_rabbit_mq),
    ("msk", brokers.add_msk),
    ("alb", alb.add),
    ("alexaSkill", alexa.add_skill),
    ("alexaSmartHome", alexa.add_smart_home),
    ("iot", iot.add),
    ("cloudwatchEvent", cloudwatch.add_events),
    ("cloudwatchLog", cloudwatch.add_logs),
    ("cognitoUserPool", cognito.add),
    ("eventBridge", event_bridge.add),
    ("sqs", sqs.add),
    ("httpApi", http_api.add),
)
"""Event name and what compiles it."""

KINDS = frozenset(kind for kind, _ in COMPILERS)
