"""Templates without what differs between two packagings of the same service: hashes and time stamps."""

import json
import re
from typing import Any

_STAMP = re.compile(r"/\d+-\d{4}-\d\d-\d\dT[\d:.]+Z/")
_DEPLOYMENT = re.compile(r"(ApiGatewayDeployment|WebsocketsDeployment)[0-9A-Za-z]+")
_VERSION = re.compile(r"(\w+LambdaVersion)[0-9A-Za-z]{20,}")


def canonical(template: dict[str, Any]) -> Any:
    names: dict[str, str] = {}
    for logical_id, resource in template["Resources"].items():
        for kind, pattern in (("AWS::Lambda::Version", _VERSION), ("Deployment", _DEPLOYMENT)):
            match = pattern.fullmatch(logical_id)
            if match and resource["Type"].endswith(kind):
                names[logical_id] = f"{match[1]}HASH"

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            hidden = {"CodeSha256"}
            return {names.get(k, k): "HASH" if k in hidden else walk(v) for k, v in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        return names.get(value, _STAMP.sub("/TIME/", value)) if isinstance(value, str) else value

    return json.loads(json.dumps(walk(template)))
