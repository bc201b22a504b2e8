"""What the emulator is called inside every cage, and where it listens there. Imported by the jail: nothing heavy."""

INNER_PORT = 4566
"""LocalStack's usual port, so that the URLs an emulator hands out lead to it."""
EMULATOR_NAME = "localhost.localstack.cloud"
"""LocalStack hands out URLs below this name."""
_REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "af-south-1"),
    *("eu-central-1", "eu-central-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1", "eu-south-2"),
    *("ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2"),
    *("ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "me-central-1", "me-south-1"),
)
ALIASES = (
    EMULATOR_NAME,
    f"000000000000.{EMULATOR_NAME}",
    f"s3.{EMULATOR_NAME}",
    *(f"sqs.{region}.{EMULATOR_NAME}" for region in _REGIONS),
)
"""Names that must resolve though nobody answers for the wildcard: S3 Control puts the account before the host, the URL
of a queue begins with its region."""
