"""Names the way their service takes them: which characters, how many, upper case or not.

CloudFormation checks a name when it creates the resource, Terraform's provider when it plans. A template's own name is
almost always right; one that a stand-in went into, or that another tool was to fill in, is mended here and said.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lsqm.model.terraform import Template, Value


@dataclass(frozen=True, slots=True)
class Rule:
    """What a name may be."""

    refused: str
    """Regular expression for one character that is not allowed."""
    longest: int
    lower: bool = False
    filler: str = "-"
    letter_first: bool = False
    never_at_ends: str = ""
    """Characters that it may have inside only; there they come of a part that is empty."""


_IAM = Rule(r"[^\w+=,.@-]", 128)
_WORD = Rule(r"[^A-Za-z0-9_-]", 80)
_DOTTED = Rule(r"[^A-Za-z0-9_.-]", 64)
_PLAIN = Rule(r"[^A-Za-z0-9-]", 32)
_LOWER = Rule(r"[^a-z0-9-]", 63, lower=True, letter_first=True)
_DATABASE = Rule(r"[^A-Za-z0-9_]", 63, filler="", letter_first=True)

RULES: Mapping[tuple[str, str], Rule] = {
    ("aws_api_gateway_model", "name"): Rule(r"[^A-Za-z0-9]", 128, filler=""),
    ("aws_api_gateway_stage", "stage_name"): Rule(r"[^A-Za-z0-9_-]", 128),
    ("aws_athena_database", "name"): Rule(r"[^a-z0-9_]", 255, lower=True, filler="_"),
    ("aws_athena_workgroup", "name"): Rule(r"[^A-Za-z0-9._-]", 128),
    ("aws_cloudwatch_event_bus", "name"): Rule(r"[^A-Za-z0-9_./-]", 256),
    ("aws_cloudwatch_event_connection", "name"): _DOTTED,
    ("aws_cloudwatch_event_rule", "name"): _DOTTED,
    ("aws_cloudwatch_event_target", "target_id"): _DOTTED,
    ("aws_cloudwatch_log_group", "name"): Rule(r"[^A-Za-z0-9_/.#-]", 512),
    ("aws_codebuild_project", "name"): Rule(r"[^A-Za-z0-9_-]", 150),
    ("aws_codecommit_repository", "repository_name"): Rule(r"[^\w.-]", 100),
    ("aws_codepipeline", "name"): Rule(r"[^A-Za-z0-9.@_-]", 100),
    ("aws_cognito_user_pool", "name"): Rule(r"[^\w\s+=,.@-]", 128),
    ("aws_db_instance", "db_name"): _DATABASE,
    ("aws_db_instance", "identifier"): _LOWER,
    ("aws_db_subnet_group", "name"): Rule(r"[^a-z0-9 ._-]", 255, lower=True),
    ("aws_docdb_cluster", "cluster_identifier"): _LOWER,
    ("aws_dynamodb_table", "name"): Rule(r"[^A-Za-z0-9_.-]", 255),
    ("aws_ecr_repository", "name"): Rule(r"[^a-z0-9._/-]", 256, lower=True),
    ("aws_ecs_cluster", "name"): Rule(r"[^A-Za-z0-9_-]", 255),
    ("aws_ecs_service", "name"): Rule(r"[^A-Za-z0-9_-]", 255),
    ("aws_ecs_task_definition", "family"): Rule(r"[^A-Za-z0-9_-]", 255),
    ("aws_eks_cluster", "name"): Rule(r"[^A-Za-z0-9_-]", 100),
    ("aws_elasticache_cluster", "cluster_id"): replace(_LOWER, longest=50),
    ("aws_elasticache_replication_group", "replication_group_id"): replace(_LOWER, longest=40),
    ("aws_elasticsearch_domain", "domain_name"): replace(_LOWER, longest=28),
    ("aws_glue_catalog_database", "name"): Rule(r"[^a-z0-9_-]", 255, lower=True, filler="_"),
    ("aws_iam_group", "name"): _IAM,
    ("aws_iam_group_policy", "name"): _IAM,
    ("aws_iam_instance_profile", "name"): _IAM,
    ("aws_iam_policy", "name"): _IAM,
    ("aws_iam_role", "name"): replace(_IAM, longest=64),
    ("aws_iam_role_policy", "name"): _IAM,
    ("aws_iam_user", "name"): replace(_IAM, longest=64),
    ("aws_iam_user_policy", "name"): _IAM,
    ("aws_kinesis_firehose_delivery_stream", "name"): _DOTTED,
    ("aws_kinesis_stream", "name"): Rule(r"[^A-Za-z0-9_.-]", 128),
    ("aws_kms_alias", "name"): Rule(r"[^A-Za-z0-9/_:-]", 256),
    ("aws_lambda_alias", "name"): Rule(r"[^A-Za-z0-9_-]", 128),
    ("aws_lambda_layer_version", "layer_name"): Rule(r"[^A-Za-z0-9_:-]", 140),
    ("aws_lambda_permission", "statement_id"): Rule(r"[^A-Za-z0-9_-]", 100),
    ("aws_lb", "name"): _PLAIN,
    ("aws_lb_target_group", "name"): _PLAIN,
    ("aws_neptune_cluster", "cluster_identifier"): _LOWER,
    ("aws_opensearch_domain", "domain_name"): replace(_LOWER, longest=28),
    ("aws_rds_cluster", "cluster_identifier"): _LOWER,
    ("aws_rds_cluster", "database_name"): _DATABASE,
    ("aws_rds_cluster_instance", "identifier"): _LOWER,
    ("aws_redshift_cluster", "cluster_identifier"): _LOWER,
    ("aws_redshift_cluster", "database_name"): Rule(r"[^a-z0-9_$]", 64, lower=True, filler="", letter_first=True),
    ("aws_s3_bucket", "bucket"): Rule(r"[^a-z0-9.-]", 63, lower=True, never_at_ends="-."),
    ("aws_scheduler_schedule", "name"): _DOTTED,
    ("aws_scheduler_schedule_group", "name"): _DOTTED,
    ("aws_secretsmanager_secret", "name"): Rule(r"[^A-Za-z0-9/_+=.@-]", 512),
    ("aws_service_discovery_service", "name"): Rule(r"[^A-Za-z0-9_.-]", 127),
    ("aws_ses_receipt_rule", "name"): _DOTTED,
    ("aws_ses_receipt_rule_set", "rule_set_name"): _DOTTED,
    ("aws_sfn_activity", "name"): _WORD,
    ("aws_sfn_state_machine", "name"): _WORD,
    ("aws_sns_topic", "name"): Rule(r"[^A-Za-z0-9_.-]", 256),
    ("aws_sqs_queue", "name"): Rule(r"[^A-Za-z0-9_.-]", 80),
    ("aws_ssm_parameter", "name"): Rule(r"[^A-Za-z0-9_./-]", 1011),
    ("aws_wafv2_ip_set", "name"): Rule(r"[^A-Za-z0-9_-]", 128),
    ("aws_wafv2_rule_group", "name"): Rule(r"[^A-Za-z0-9_-]", 128),
    ("aws_wafv2_web_acl", "name"): Rule(r"[^A-Za-z0-9_-]", 128),
}


def spelled(type_: str, name: str, value: Value) -> Value:
    """The value of a naming argument as the service takes it; equal to `value` where nothing is wrong."""
    rule = RULES.get((type_, name))
    if rule is None or not value:
        return value
    if isinstance(value, str):
        return _mend(rule, value)
    if isinstance(value, Template):
        parts = [_characters(rule, part) if isinstance(part, str) else part for part in value.parts]
        if isinstance(first := parts[0], str):
            parts[0] = first.lstrip(rule.never_at_ends) if rule.never_at_ends else first
        if isinstance(last := parts[-1], str):
            parts[-1] = last.rstrip(rule.never_at_ends) if rule.never_at_ends else last
        return Template(tuple(part for part in parts if part != ""))
    return value


def _characters(rule: Rule, text: str) -> str:
    return re.sub(rf"(?:{rule.refused})+", rule.filler, text.lower() if rule.lower else text)


def _mend(rule: Rule, text: str) -> str:
    out = _characters(rule, text)
    if rule.never_at_ends:
        out = out.strip(rule.never_at_ends)
    if out == text and len(out) <= rule.longest:
        return text
    if rule.letter_first:
        out = re.sub(r"^[^A-Za-z]+", "", out)
    if rule.filler:
        out = out.strip(rule.filler) if out != text else out
    return out[: rule.longest].rstrip("-") or "stand-in".replace("-", rule.filler)
