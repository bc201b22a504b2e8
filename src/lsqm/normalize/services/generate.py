"""Makes `provider_types.json` from `terraform providers schema -json`.

terraform providers schema -json | python -m lsqm.normalize.services.generate 5.100.0 > provider_types.json
"""

import json
import sys
from collections.abc import Iterable

from lsqm.normalize.services.types import by_prefix


def document(provider_version: str, types: Iterable[str]) -> str:
    """The file's text: every type of this provider version under the service that the prefix table gives it."""
    services: dict[str, list[str]] = {}
    for kind in sorted(types):
        services.setdefault(by_prefix(kind), []).append(kind)
    made = {"provider": "hashicorp/aws", "version": provider_version, "services": dict(sorted(services.items()))}
    return json.dumps(made, indent=1) + "\n"


def main() -> None:
    """Read a schema from stdin, write the document to stdout."""
    schemas = json.load(sys.stdin)["provider_schemas"]
    aws = next(schema for name, schema in schemas.items() if name.endswith("hashicorp/aws"))
    types = {*aws["resource_schemas"], *aws["data_source_schemas"], *aws.get("ephemeral_resource_schemas", {})}
    sys.stdout.write(document(sys.argv[1], types))


if __name__ == "__main__":
    main()
