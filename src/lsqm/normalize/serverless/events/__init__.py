"""One file per family of events. `COMPILERS` is in the framework's order, which fixes the order of IAM statements."""

from collections.abc import Callable

from lsqm.normalize.serverless.events import alexa, http, http_api, iot, s3, schedule, sns, sqs, stream, websocket
from lsqm.normalize.serverless.stack import Stack

COMPILERS: tuple[tuple[tuple[str, ...], Callable[[Stack], None]], ...] = (
    (("schedule",), schedule.add),
    (("s3",), s3.add),
    (("http",), http.add),
    (("websocket",), websocket.add),
    (("sns",), sns.add),
    (("stream",), stream.add),
    (("alexaSkill",), alexa.add_skill),
    (("alexaSmartHome",), alexa.add_smart_home),
    (("iot",), iot.add),
    (("sqs",), sqs.add),
    (("httpApi",), http_api.add),
)
"""Event names and what compiles them."""

KINDS = frozenset(kind for kinds, _ in COMPILERS for kind in kinds)
