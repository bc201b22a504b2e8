"""Which resource of Terraform a CloudFormation type becomes."""

import re

from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.tables import Table, table_for
from lsqm.normalize.provider_schema import resource_schema

NOT_RESOURCES = ("AWS::CDK::Metadata",)
FREE = frozenset(
    {"AWS::CloudFormation::WaitConditionHandle", "AWS::CloudFormation::WaitCondition", "AWS::CDK::Metadata"}
)
"""Types that are no resources in Terraform, and nothing is lost without them."""
_SERVICES = {
    "ApiGateway": "api_gateway", "ApplicationAutoScaling": "appautoscaling", "CertificateManager": "acm",
    "DirectoryService": "directory_service", "EC2": "ec2", "ElasticBeanstalk": "elastic_beanstalk",
    "Events": "cloudwatch_event", "KinesisAnalyticsV2": "kinesisanalyticsv2", "KinesisFirehose": "kinesis_firehose",
    "Logs": "cloudwatch_log", "OpenSearchService": "opensearch", "AmazonMQ": "mq", "StepFunctions": "sfn",
    "ServiceDiscovery": "service_discovery", "SSO": "ssoadmin", "ResourceGroups": "resourcegroups",
}  # fmt: skip


def lookup_table(cfn_type: str) -> Table | None:
    """The table's entry, else the provider's resource of exactly the same name."""
    table = table_for(cfn_type)
    if table is not None:
        return table
    match = re.fullmatch(r"AWS::(\w+)::(\w+)", cfn_type)
    if not match or match.group(1) == "CloudFormation":
        return None
    service, kind = match.groups()
    for prefix in (_SERVICES.get(service, service.lower()), snake(service)):
        type_ = f"aws_{prefix}_{snake(kind)}"
        if resource_schema(type_) is not None:
            return Table(type=type_)
    return None
