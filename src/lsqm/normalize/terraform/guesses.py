"""What a variable with this name is likely to hold. A row is a pattern on the name and values, the likeliest first."""

import re

_ACCOUNT = "000000000000"
_REGION = "us-east-1"

_TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"kms.*arn|key_arn", (f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/11111111-2222-3333-4444-555555555555",)),
    (
        r"(certificate|cert|acm).*arn",
        (f"arn:aws:acm:{_REGION}:{_ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555",),
    ),
    (r"(topic|sns).*arn", (f"arn:aws:sns:{_REGION}:{_ACCOUNT}:lsqm-stand-in",)),
    (r"(queue|sqs).*arn", (f"arn:aws:sqs:{_REGION}:{_ACCOUNT}:lsqm-stand-in",)),
    (r"(lambda|function).*arn", (f"arn:aws:lambda:{_REGION}:{_ACCOUNT}:function:lsqm-stand-in",)),
    (r"bucket.*arn|s3.*arn", ("arn:aws:s3:::lsqm-stand-in",)),
    (r"(table|dynamodb).*arn", (f"arn:aws:dynamodb:{_REGION}:{_ACCOUNT}:table/lsqm-stand-in",)),
    (r"secret.*arn", (f"arn:aws:secretsmanager:{_REGION}:{_ACCOUNT}:secret:lsqm-stand-in-AbCdEf",)),
    (r"(log|cloudwatch).*arn", (f"arn:aws:logs:{_REGION}:{_ACCOUNT}:log-group:/lsqm/stand-in",)),
    (r"(ses|identity).*arn", (f"arn:aws:ses:{_REGION}:{_ACCOUNT}:identity/example.com",)),
    (r"policy.*arn", ("arn:aws:iam::aws:policy/ReadOnlyAccess",)),
    (r"arn$|_arns?$", (f"arn:aws:iam::{_ACCOUNT}:role/lsqm-stand-in",)),
    (r"account(_?id)?s?$", (_ACCOUNT,)),
    (r"availability_?zone|(^|_)azs?$", (f"{_REGION}a",)),
    (r"region$", (_REGION,)),
    (r"hosted_?zone(_?id)?|zone_id", ("Z0000000000000000000",)),
    (r"cidr", ("10.0.0.0/16", "10.0.1.0/24", "0.0.0.0/0")),
    (r"(^|_)ip(_|$|s$)|ip_?address", ("10.0.0.10", "10.0.0.10/32")),
    (r"vpc", ("vpc-12345678",)),
    (r"subnet", ("subnet-12345678",)),
    (r"security_?group|(^|_)sg(_|$)", ("sg-12345678",)),
    (r"route_?table", ("rtb-12345678",)),
    (r"ami(_|$)|image_id", ("ami-12345678",)),
    (r"instance_(type|class)|node_type", ("t3.micro", "db.t3.micro", "cache.t3.micro")),
    (r"image(_uri|_url)?$|container_image|repository_ur[il]", ("public.ecr.aws/docker/library/nginx:latest",)),
    (r"e_?mail|recipient|sender", ("someone@example.com",)),
    (r"phone|mobile", ("+15555550100",)),
    (r"url|endpoint|webhook|callback|uri$", ("https://example.com/",)),
    (r"domain|host_?name|fqdn|dns", ("example.com", "app.example.com")),
    (r"password|passphrase", ("Stand-in-Passw0rd", "StandInPassw0rd1", "Stand-in_Passw0rd!")),
    (r"api_?key|token|secret", ("lsqm-stand-in-0123456789abcdef", "StandIn0123456789abcdefStandIn01")),
    (r"user(_?name)?$|admin|login", ("lsqmadmin",)),
    (r"runtime", ("python3.12",)),
    (r"handler", ("index.handler",)),
    (r"bucket", ("lsqm-stand-in-bucket",)),
    (r"database|(^|_)db(_|$)", ("lsqmdb",)),
    (r"schedule", ("rate(1 day)", "cron(0 2 * * ? *)")),
    (r"env(ironment)?$|stage|workspace", ("dev", "development", "test", "staging", "prod", "production")),
    (r"path", ("/lsqm", "lsqm")),
    (r"version", ("1", "1.0", "1.0.0", "v1")),
    (r"model(_?id)?$", ("amazon.nova-lite-v1:0", "anthropic.claude-3-haiku-20240307-v1:0")),
    (r"arch(itecture)?", ("x86_64", "arm64")),
    (r"protocol", ("HTTP", "tcp", "https")),
    (r"port$", ("8080",)),
)
_ANY = (
    *(
        "lsqm",
        "lsqm-stand-in",
        "Lsqm",
        "LSQM",
        "lsqmstandin",
        "a",
        "1",
        "true",
        "dev",
        _REGION,
        "10.0.0.0/16",
        "example.com",
    ),
    *(
        "t3.micro",
        "someone@example.com",
        _ACCOUNT,
        "https://example.com/",
        "1.0.0",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
    ),
    *("vpc-12345678", "subnet-12345678", "sg-12345678", "ami-12345678", "lsqm_stand_in", "/lsqm", "lsqm/stand-in"),
    *(
        f"arn:aws:iam::{_ACCOUNT}:role/lsqm-stand-in",
        "arn:aws:s3:::lsqm-stand-in",
        "s3://lsqm-stand-in/",
        "rate(1 day)",
    ),
    *("11111111-2222-3333-4444-555555555555", "o-1234567890", "ou-1234-12345678", "Z0000000000000000000", "python3.12"),
    *("+15555550100", "08:00", "sun:05:00-sun:06:00", "mon:00:00-mon:03:00", "256", "512"),
)
_NUMBERS: tuple[tuple[str, int], ...] = (
    (r"port", 8080),
    (r"memory", 256),
    (r"timeout", 30),
    (r"retention|days", 7),
    (r"storage|disk|volume|size_gb", 20),
    (r"cpu", 256),
    (r"account", 0),
)


def texts_for(name: str) -> tuple[str, ...]:
    """Strings to try for a variable called `name`: what its name suggests, then common forms."""
    named = [text for pattern, texts in _TEXTS if re.search(pattern, name.lower()) for text in texts]
    slug = "lsqm-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    plain = [slug[:40]] if not named else []
    return (*named, *plain, *_ANY)


def number_for(name: str) -> int:
    """The likeliest number for a variable called `name`."""
    return next((number for pattern, number in _NUMBERS if re.search(pattern, name.lower())), 1)
