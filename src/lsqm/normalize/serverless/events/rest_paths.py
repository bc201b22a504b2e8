"""The tree of API Gateway resources that the paths of all `http` events need."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, ref, resource


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """Where each path lives; the empty path is the API's root."""

    ids: dict[str, Any]
    """Path → `ResourceId`."""
    made: dict[str, Json]
    """Resources to create, by logical id."""


def tree(paths: Iterable[str], *, api: Any, root: Any, existing: dict[str, Any]) -> Tree:
    """Resources for all prefixes of `paths` that are not among the `existing` ones of a shared API."""
    ids: dict[str, Any] = {"": root}
    made: dict[str, Json] = {}
    for path, resource_id in existing.items():
        ids[path.strip("/")] = resource_id
    for path in paths:
        parts = path.split("/") if path else []
        for length in range(1, len(parts) + 1):
            here = "/".join(parts[:length])
            if here in ids:
                continue
            logical_id = f"ApiGatewayResource{naming.path(here)}"
            made[logical_id] = resource(
                "AWS::ApiGateway::Resource",
                {"ParentId": ids["/".join(parts[: length - 1])], "PathPart": parts[length - 1], "RestApiId": api},
            )
            ids[here] = ref(logical_id)
    return Tree(ids=ids, made=made)
