"""Values for what lies outside a template, chosen by the name of the property that needs them."""

import re

REGION = "us-east-1"
ACCOUNT = "000000000000"

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-east-1f")
VPC = "vpc-0123456789abcdef0"
SUBNETS = tuple(f"subnet-0123456789abcdef{number}" for number in range(3))
"""One in each of the first zones. Three, because the embedded emulator has no more."""
SUBNET = SUBNETS[0]
ROUTE_TABLE = "rtb-0123456789abcdef0"
GROUP = "sg-0123456789abcdef0"
IMAGE = "ami-0123456789abcdef0"
MEANINGS = {
    IMAGE: "the newest Amazon Linux 2",
    VPC: "the account's default VPC",
    GROUP: "the security group of the account's default VPC",
    ROUTE_TABLE: "the main route table of the account's default VPC",
    **{subnet: f"the default subnet of {zone}" for subnet, zone in zip(SUBNETS, ZONES, strict=False)},
}
"""Stand-in that becomes a data source (see `surroundings`) → what that finds."""
ZONE = "Z0123456789ABCDEFGHIJ"
BUCKETS = ("stand-in-bucket", "stand-in-bucket-2", "stand-in-bucket-3", "stand-in-bucket-4")
BUCKET = BUCKETS[0]
_UUID = "01234567-89ab-cdef-0123-456789abcdef"


def arn(service: str, resource: str) -> str:
    """An ARN in the stand-in account."""
    region = "" if service in {"iam", "s3"} else REGION
    account = "" if service == "s3" else ACCOUNT
    return f"arn:aws:{service}:{region}:{account}:{resource}"


_ROLE = arn("iam", "role/stand-in")
_ARNS: tuple[tuple[str, str], ...] = (
    (r"role(_?arn)?s?$", _ROLE),
    (r"layer", arn("lambda", "layer:stand-in:1")),
    (r"event_?bus", arn("events", "event-bus/default")),
    (r"task_?def", arn("ecs", "task-definition/stand-in:1")),
    (r"kafka|msk", arn("kafka", f"cluster/stand-in/{_UUID}-1")),
    (r"broker", arn("mq", f"broker:stand-in:b-{_UUID}")),
    (r"(acm|ssl|certificate|viewer)", arn("acm", f"certificate/{_UUID}")),
    (r"(kms|encryption)_?key|key_?arn|kms", arn("kms", f"key/{_UUID}")),
    (r"bucket", arn("s3", "stand-in-bucket")),
    (r"topic|sns|alarm|notification", arn("sns", "stand-in")),
    (r"queue|sqs|dead_?letter", arn("sqs", "stand-in")),
    (r"lambda|function|authorizer|service_?token", arn("lambda", "function:stand-in")),
    (r"s3", arn("s3", "stand-in-bucket")),
    (r"listener", arn("elasticloadbalancing", "listener/app/stand-in/0123456789abcdef/0123456789abcdef")),
    (r"target_?group", arn("elasticloadbalancing", "targetgroup/stand-in/0123456789abcdef")),
    (r"load_?balancer|alb|elb|nlb", arn("elasticloadbalancing", "loadbalancer/app/stand-in/0123456789abcdef")),
    (r"web_?acl|waf", arn("wafv2", f"regional/webacl/stand-in/{_UUID}")),
    (r"secret", arn("secretsmanager", "secret:stand-in-AbCdEf")),
    (r"cluster", arn("ecs", "cluster/stand-in")),
    (r"table|dynamo", arn("dynamodb", "table/stand-in")),
    (r"stream|kinesis", arn("kinesis", "stream/stand-in")),
    (r"log", arn("logs", "log-group:stand-in")),
    (r"state_?machine", arn("states", "stateMachine:stand-in")),
    (r"user_?pool", arn("cognito-idp", "userpool/us-east-1_standin00")),
    (r"policy|permissions_?boundary", arn("iam", "policy/stand-in")),
)

_RULES: tuple[tuple[str, str], ...] = (
    (r"^search_domain$", "stand-in"),
    (r"^api_key_value$", "StandInApiKey0123456789"),
    (r"^d_?b_?name$|database(_?name)?$", "standin"),
    (r"^content_type$", "APPLICATION_JSON"),
    (r"e[-_]?mail", "someone@example.com"),
    (r"phone|sms_?number", "+15555550100"),
    (r"ipv6_?cidr|cidr.*ipv6", "2001:db8::/56"),
    (r"instance_?profile", "stand-in"),
    (r"image_?ur[il]|ecr_?ur[il]|container_?image", f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/stand-in:latest"),
    (r"^(db_?)?engine$", "mysql"),
    (r"kafka_?version", "3.6.0"),
    (r"(eks|kubernetes)\w*version", "1.31"),
    (r"(allow|deny|block|ip_?range|cidr|location$)", "10.0.0.0/16"),
    (r"(^|_)ip(_?address(es)?)?\d*$", "10.0.0.1"),
    (r"password|token|pass$|secret_?(key|value|string)$", "Stand-in-Passw0rd"),
    (r"(hosted)?_?zone_?id|^hosted_?zone$", ZONE),
    (r"url?s?$|uri$|webhook|invocation_?endpoint", "https://example.com/"),
    (r"vpc_?endpoint(_?id)?s?$", "vpce-0123456789abcdef0"),
    (r"domain|host_?name|fqdn|dns_?name|zone_?name|endpoint$", "example.com"),
    (r"^scope$", "REGIONAL"),
    (r"subnet_?group", "stand-in"),
    (r"subnet", SUBNET),
    (r"^vpc$|vpc_?id|vpc$", VPC),
    (r"security_?group|^sgs?$|group_?set", GROUP),
    (r"ami(_?id)?$|image_?id|^ami", IMAGE),
    (r"route_?table", ROUTE_TABLE),
    (r"nat_?gateway", "nat-0123456789abcdef0"),
    (r"internet_?gateway|gateway_?id", "igw-0123456789abcdef0"),
    (r"instance_?(type|class|size)", "t3.micro"),
    (r"instance_?id", "i-0123456789abcdef0"),
    (r"account", ACCOUNT),
    (r"region", REGION),
    (r"availability_?zone|^azs?[0-9]*$", "us-east-1a"),
    (r"user_?pool_?id", "us-east-1_standin00"),
    (r"bucket", BUCKET),
    (r"user_?name|^user$|login|admin$", "admin"),
    (r"env(ironment)?(_?name)?$|stage", "dev"),
    (r"^(min|max)|size$|count$|number|port$|days|seconds|timeout|capacity|threshold|ttl", "1"),
    (r"_name$", "stand-in"),
)
_ARN_WORDS = re.compile(
    r"arns?$|service_?token$|kms_?(master_?)?key(_?id)?$|certificate(_?id)?$|certificate_?arn|^roles?_?arn|execution_?role$|"
    r"listener$|target_?group$|(?<!msk_)(?<!kafka_)topic$|permissions_?boundary|web_?acl"
)

_VAGUE = frozenset({"arn", "endpoint", "location"})
"""Names that say little where another name says more."""
_ALL_ARNS = frozenset({value for _, value in _ARNS} | {_ROLE})


def for_arn(*names: str) -> str:
    """An ARN that fits the first of the names that says whose it is."""
    return next((value for name in names for rule, value in _ARNS if re.search(rule, name)), _ROLE)


def behind(before: str, word: str) -> str:
    """A word as it fits behind other text: of an ARN that stands in, the name alone, where a path or ARN goes on."""
    return re.split("[/:]", word)[-1] if word in _ALL_ARNS and before.endswith(("/", ":")) else word


def stand_in_for(*names: str) -> str:
    """A value that fits the first of the names (snake_case, the most telling first) that says what it is.

    What says little, such as `endpoint`, counts last wherever it stands.
    """
    telling = sorted(names, key=_VAGUE.__contains__)
    for position, name in enumerate(telling):
        if _ARN_WORDS.search(name):
            return for_arn(*telling[position:])
        for rule, value in _RULES:
            if re.search(rule, name):
                return value
    return "stand-in"
