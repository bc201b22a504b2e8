"""S3 and DynamoDB."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import Value
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list
from lsqm.normalize.cloudformation.ir import Body
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.cloudformation.standins import REGION
from lsqm.normalize.cloudformation.tables import Table


def s3_bucket(r: Context) -> None:
    """What a table cannot split: access control, notifications, lifecycle, replication."""
    if "BucketName" not in r.properties and "BucketNamePrefix" not in r.properties:
        prefix = snake(r.item.logical_id).replace("_", "-")[:30].strip("-")
        r.body.attributes["bucket_prefix"] = f"{prefix}-"
    acl = r.take("AccessControl")
    if isinstance(acl, str) and acl not in _BUCKET_ACLS:
        r.compiler.diagnostics.add(
            "property-dropped", (*r.path, "AccessControl"), f"AccessControl: {acl} is no access list of a bucket"
        )
    elif isinstance(acl, str):
        made = r.another("aws_s3_bucket_acl")
        made.body.attributes |= {"bucket": r.own("id"), "acl": snake(acl).replace("_", "-")}
    notification = r.take("NotificationConfiguration")
    if isinstance(notification, Mapping):
        _notification(r, notification)
    lifecycle = r.take("LifecycleConfiguration")
    if isinstance(lifecycle, Mapping):
        _lifecycle(r, as_list(lifecycle.get("Rules")))
    replication = r.take("ReplicationConfiguration")
    if isinstance(replication, Mapping):
        _replication(r, replication)
    website = r.properties.get("WebsiteConfiguration")
    if isinstance(website, dict) and isinstance(website.get("RedirectAllRequestsTo"), dict):
        website["RedirectAllRequestsTo"] = dict(website["RedirectAllRequestsTo"])


_BUCKET_ACLS = frozenset(
    {"Private", "PublicRead", "PublicReadWrite", "AuthenticatedRead", "AwsExecRead", "LogDeliveryWrite"}
)
_EVENTS = (
    ("LambdaConfigurations", "lambda_function", "lambda_function_arn", "Function"),
    ("QueueConfigurations", "queue", "queue_arn", "Queue"),
    ("TopicConfigurations", "topic", "topic_arn", "Topic"),
)


def _notification(r: Context, notification: Mapping[str, Any]) -> None:
    made = r.another("aws_s3_bucket_notification")
    made.body.attributes["bucket"] = r.own("id")
    if "EventBridgeConfiguration" in notification:
        bridge = notification["EventBridgeConfiguration"]
        on = bridge.get("EventBridgeEnabled", True) if isinstance(bridge, Mapping) else True
        made.body.attributes["eventbridge"] = text(on).lower() == "true"
    wanted: list[str] = []
    for key, block, argument, target in _EVENTS:
        for entry in as_list(notification.get(key)):
            if not isinstance(entry, Mapping):
                continue
            body = made.body.add(block)
            body.attributes[argument] = entry.get(target)
            body.attributes["events"] = [entry.get("Event")] if "Event" in entry else as_list(entry.get("Events"))
            for name, value in _filter_rules(entry):
                body.attributes[name] = value
            wanted.append(block)
    if "lambda_function" in wanted or "queue" in wanted or "topic" in wanted:
        r.compiler.after_permissions(made)


def _filter_rules(entry: Mapping[str, Any]) -> list[tuple[str, Value]]:
    key = entry.get("Filter")
    key = key.get("S3Key") if isinstance(key, Mapping) else None
    rules = key.get("Rules") if isinstance(key, Mapping) else None
    return [
        (f"filter_{rule['Name'].lower()}", rule.get("Value", ""))
        for rule in as_list(rules)
        if isinstance(rule, Mapping) and isinstance(rule.get("Name"), str)
    ]


def _lifecycle(r: Context, rules: list[Any]) -> None:
    made = r.another("aws_s3_bucket_lifecycle_configuration")
    made.body.attributes["bucket"] = r.own("id")
    for position, rule in enumerate(rules):
        if not isinstance(rule, Mapping):
            continue
        body = made.body.add("rule", id=rule.get("Id", f"rule-{position + 1}"), status=rule.get("Status", "Enabled"))
        _lifecycle_filter(body, rule)
        expiration: dict[str, Value] = {}
        for key, name in (("ExpirationInDays", "days"), ("ExpirationDate", "date")):
            if key in rule:
                expiration[name] = _whole(rule[key])
        if "ExpiredObjectDeleteMarker" in rule:
            expiration["expired_object_delete_marker"] = text(rule["ExpiredObjectDeleteMarker"]).lower() == "true"
        if expiration:
            body.add("expiration", **expiration)
        for transition in as_list(rule.get("Transitions", rule.get("Transition"))):
            if isinstance(transition, Mapping):
                each = body.add("transition")
                for key, name in (
                    ("TransitionInDays", "days"),
                    ("TransitionDate", "date"),
                    ("StorageClass", "storage_class"),
                ):
                    if key in transition:
                        each.attributes[name] = _whole(transition[key])
                if "storage_class" in each.attributes:
                    each.attributes["storage_class"] = _upper(each.attributes["storage_class"])
        old = rule.get("NoncurrentVersionExpiration")
        days = old.get("NoncurrentDays") if isinstance(old, Mapping) else rule.get("NoncurrentVersionExpirationInDays")
        if days is not None:
            each = body.add("noncurrent_version_expiration", noncurrent_days=_whole(days))
            if isinstance(old, Mapping) and "NewerNoncurrentVersions" in old:
                each.attributes["newer_noncurrent_versions"] = _whole(old["NewerNoncurrentVersions"])
        for transition in as_list(rule.get("NoncurrentVersionTransitions", rule.get("NoncurrentVersionTransition"))):
            if isinstance(transition, Mapping):
                body.add(
                    "noncurrent_version_transition",
                    noncurrent_days=_whole(transition.get("TransitionInDays", 30)),
                    storage_class=_upper(transition.get("StorageClass")),
                )
        abort = rule.get("AbortIncompleteMultipartUpload")
        if isinstance(abort, Mapping):
            body.add(
                "abort_incomplete_multipart_upload", days_after_initiation=_whole(abort.get("DaysAfterInitiation", 7))
            )


def _upper(value: Any) -> Value:
    return value.upper() if isinstance(value, str) else value


def _whole(value: Any) -> Value:
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _lifecycle_filter(body: Body, rule: Mapping[str, Any]) -> None:
    tags = {
        text(tag.get("Key")): tag.get("Value") for tag in as_list(rule.get("TagFilters")) if isinstance(tag, Mapping)
    }
    plain: dict[str, Value] = {}
    for key, name in (
        ("Prefix", "prefix"),
        ("ObjectSizeGreaterThan", "object_size_greater_than"),
        ("ObjectSizeLessThan", "object_size_less_than"),
    ):
        if key in rule:
            plain[name] = _whole(rule[key])
    outer = body.add("filter")
    if tags or len(plain) > 1:
        outer.add("and", **plain, **({"tags": tags} if tags else {}))
    else:
        outer.attributes.update(plain)


_REPLICATION = Table(
    type="aws_s3_bucket_replication_configuration",
    rename={
        "Rules": "rule",
        "Rules.Destination.EncryptionConfiguration.ReplicaKmsKeyID": "replica_kms_key_id",
        "Rules.Filter.TagFilter": "tag",
        "Rules.Filter.And.TagFilters": "tags",
    },
    defaults={"rule.status": "Enabled"},
)


def _replication(r: Context, replication: Mapping[str, Any]) -> None:
    made = r.another("aws_s3_bucket_replication_configuration")
    made.body.attributes["bucket"] = r.own("id")
    rules = [rule for rule in as_list(replication.get("Rules")) if isinstance(rule, Mapping)]
    named = [{"Id": f"rule-{position}", **rule} for position, rule in enumerate(rules, 1)]
    r.lowering.fill(made.body, {**replication, "Rules": named}, _REPLICATION, (*r.path, "ReplicationConfiguration"))
    r.compiler.after_part(made, "aws_s3_bucket_versioning")


def dynamodb_table(r: Context) -> None:
    """Keys by their role, streams switched on, only attributes that a key uses."""
    _keys(r.body.attributes, r.take("KeySchema"))
    used = set(map(text, r.body.attributes.values()))
    for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        indexes = []
        for index in as_list(r.properties.get(name)):
            if not isinstance(index, Mapping):
                continue
            keys: dict[str, Value] = {}
            _keys(keys, index.get("KeySchema"))
            used |= set(map(text, keys.values()))
            if name == "LocalSecondaryIndexes":
                keys.pop("hash_key", None)
            renamed = {"HashKey": keys.get("hash_key"), "RangeKey": keys.get("range_key")}
            rest = {key: value for key, value in index.items() if key != "KeySchema"}
            indexes.append(rest | {key: value for key, value in renamed.items() if value is not None})
        if name in r.properties:
            r.properties[name] = indexes
    definitions = as_list(r.properties.get("AttributeDefinitions"))
    kept = [item for item in definitions if isinstance(item, Mapping) and text(item.get("AttributeName")) in used]
    if definitions:
        r.properties["AttributeDefinitions"] = kept
    if "StreamSpecification" in r.properties:
        r.body.attributes["stream_enabled"] = True
    if "TableName" in r.properties:
        r.properties = {"TableName": r.properties.pop("TableName"), **r.properties}
    kinesis = r.take("KinesisStreamSpecification")
    if isinstance(kinesis, Mapping):
        made = r.another("aws_dynamodb_kinesis_streaming_destination")
        made.body.attributes |= {"stream_arn": kinesis.get("StreamArn"), "table_name": r.own("name")}
    encryption = r.properties.get("SSESpecification")
    if isinstance(encryption, Mapping) and "SSEEnabled" not in encryption:
        r.properties["SSESpecification"] = {"SSEEnabled": True, **encryption}
    if "ProvisionedThroughput" not in r.properties and "BillingMode" not in r.properties:
        r.body.attributes["billing_mode"] = "PAY_PER_REQUEST"
    if r.properties.get("BillingMode") == "PAY_PER_REQUEST":
        r.drop("ProvisionedThroughput", "the table is billed by request")
    resource_policy = r.take("ResourcePolicy")
    if isinstance(resource_policy, Mapping):
        from lsqm.normalize.cloudformation.hooks.values import encoded  # noqa: PLC0415

        made = r.another("aws_dynamodb_resource_policy")
        made.body.attributes |= {"resource_arn": r.own("arn"), "policy": encoded(resource_policy.get("PolicyDocument"))}


def _keys(into: dict[str, Value], schema: Any) -> None:
    for key in as_list(schema):
        if isinstance(key, Mapping):
            into["range_key" if key.get("KeyType") == "RANGE" else "hash_key"] = key.get("AttributeName")


def dynamodb_global_table(r: Context) -> None:
    """The replica of the provider's own region is the table itself."""
    replicas = as_list(r.properties.get("Replicas"))
    others = []
    for item in replicas:
        if isinstance(item, Mapping) and isinstance(item.get("Region"), str) and item["Region"] != REGION:
            others.append(item)
        elif isinstance(item, Mapping):
            r.properties |= {key: value for key, value in item.items() if key != "Region"}
    r.properties.pop("Replicas", None)
    if others:
        r.properties["Replicas"] = others
        r.properties.setdefault("StreamSpecification", {"StreamViewType": "NEW_AND_OLD_IMAGES"})
    dynamodb_table(r)


HOOKS = {
    "s3_bucket": s3_bucket,
    "dynamodb_table": dynamodb_table,
    "dynamodb_global_table": dynamodb_global_table,
}
