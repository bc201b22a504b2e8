"""Names: logical ids to Terraform names, properties to arguments, and names that CloudFormation would have made up."""

import hashlib
import re

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PLURAL = re.compile(r"(?:ACL|AMI|API|ARN|AZ|CIDR|CPU|DB|DN|EIP|ENI|ID|IP|KPI|SG|URI|URL|VPC)s(?![a-z])")
_ACRONYM = re.compile(r"(?:ACL|ALB|AMI|API|ASG|DLQ|DNS|ECS|EC2|ELB|IAM|KMS|NAT|RDS|SNS|SQS|SSM|VPC)(?=[a-z]{2})")


def snake(name: str) -> str:
    """`MyHTTPApi` → `my_http_api`; plurals of acronyms and `IPv6` are one word."""
    plain = _PLURAL.sub(lambda found: found[0].capitalize(), name.replace("IPv", "Ipv"))
    return _WORD.sub("_", re.sub(r"[^A-Za-z0-9]+", "_", plain)).lower().strip("_")


def local_name(condition: str) -> str:
    """Name of the local value that stands for a condition."""
    name = snake(condition) or "condition"
    return name if name[0].isalpha() else f"condition_{name}"


def candidates(name: str) -> tuple[str, ...]:
    """Exact spellings of a property as an argument: digits may or may not be set off (`IPv6` is one word)."""
    plain = snake(_respell(name))
    loose = re.sub(r"(?<=[a-z])_?(\d+)", r"\1", plain)
    return tuple(dict.fromkeys((plain, loose, snake(name))))


_SPELLINGS = (
    ("DNS", "Dns"),
    ("IOPS", "Iops"),
    ("CloudWatch", "Cloudwatch"),
    ("OAuth", "Oauth"),
    ("SageMaker", "Sagemaker"),
    ("DynamoDB", "Dynamodb"),
    ("OpenSearch", "Opensearch"),
    ("OpenID", "Openid"),
    ("InGB", "InGb"),
    ("InGiB", "InGib"),
    ("InMiB", "InMib"),
    ("InMB", "InMb"),
    ("vCpu", "Vcpu"),
)


def _respell(name: str) -> str:
    """Compound words that the provider writes as one."""
    for word, plain in _SPELLINGS:
        name = name.replace(word, plain)
    return name


def singular(name: str) -> tuple[str, ...]:
    """What one of several may be called: `policies` → `policy`, `addresses` → `address`, `rules` → `rule`."""
    found = []
    if name.endswith("ies"):
        found.append(name[:-3] + "y")
    if name.endswith("es"):
        found.append(name[:-2])
    if name.endswith("s"):
        found.append(name[:-1])
    return tuple(found)


class Names:
    """Hands out Terraform names, each once per resource type."""

    def __init__(self, stack: str, seed: bytes) -> None:
        self._used: set[tuple[str, str]] = set()
        self._stack = stack
        self._suffix = hashlib.sha256(seed).hexdigest()[:8]

    def block(self, type_: str, wanted: str) -> str:
        """A name for a block of this type."""
        apart = _ACRONYM.sub(lambda found: found[0].capitalize() + "_", wanted)
        name = snake(re.sub(r"(\d)XX", r"\1xx", apart)) or "this"
        if not re.match(r"[a-z_]", name):
            name = "_" + name
        candidate, number = name, 2
        while (type_, candidate) in self._used:
            candidate, number = f"{name}_{number}", number + 1
        self._used.add((type_, candidate))
        return candidate

    def physical(self, logical_id: str, *, limit: int = 64) -> str:
        """A stable name for a resource that CloudFormation would name `stack-LogicalId-RANDOM`."""
        base = f"{self._stack}-{snake(logical_id)}".replace("_", "-")[: limit - 9]
        return f"{base.strip('-')}-{self._suffix}"
