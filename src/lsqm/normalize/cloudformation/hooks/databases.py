"""Databases, search domains and data warehouses."""

from collections.abc import Mapping

from lsqm.model.terraform import EXPRESSIONS
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list, plain, port, respelled
from lsqm.normalize.cloudformation.parameters import text


def db_instance(r: Context) -> None:
    """An instance of a cluster is another resource type."""
    cluster = r.properties.get("DBClusterIdentifier")
    if cluster is not None:
        _cluster_instance(r)
        return
    if "AllocatedStorage" not in r.properties and not {"DBSnapshotIdentifier", "SourceDBInstanceIdentifier"} & set(
        r.properties
    ):
        r.body.attributes["allocated_storage"] = 20
    roles = as_list(r.take("AssociatedRoles"))
    for position, role in enumerate(roles):
        if isinstance(role, Mapping):
            made = r.another("aws_db_instance_role_association", f"{r.item.logical_id}_{position + 1}")
            made.body.attributes |= {
                "db_instance_identifier": r.own("identifier"),
                "feature_name": role.get("FeatureName"),
                "role_arn": role.get("RoleArn"),
            }


def _cluster_instance(r: Context) -> None:
    from dataclasses import replace  # noqa: PLC0415

    r.rename("aws_rds_cluster_instance")
    r.table = replace(
        r.table,
        rename={
            **r.table.rename,
            "DBClusterIdentifier": "cluster_identifier",
            "DBParameterGroupName": "db_parameter_group_name",
            "PreferredMaintenanceWindow": "preferred_maintenance_window",
        },
        defaults={},
        attributes={**r.table.attributes, "Endpoint.Address": "endpoint"},
    )
    r.item.table = r.table
    for name in (
        "AllocatedStorage",
        "BackupRetentionPeriod",
        "DeleteAutomatedBackups",
        "StorageEncrypted",
        "VPCSecurityGroups",
        "KmsKeyId",
        "MasterUsername",
        "MasterUserPassword",
        "MultiAZ",
    ):
        r.drop(name, "the cluster says it")


def parameter_group(r: Context) -> None:
    """Parameters are blocks."""
    parameters = r.take("Parameters")
    properties = r.take("Properties")
    for source in (parameters, properties):
        if isinstance(source, Mapping):
            for name, value in source.items():
                shown = value if isinstance(value, EXPRESSIONS) else text(value)
                body = r.body.add("parameter")
                body.attributes |= {"name": name, "value": shown}
                if r.made.type in {"aws_db_parameter_group", "aws_rds_cluster_parameter_group"}:
                    body.attributes["apply_method"] = "pending-reboot"
    if r.made.type == "aws_elasticache_parameter_group":
        r.body.attributes.setdefault("name", r.physical().lower())


def lower_name(r: Context) -> None:
    """Names of these services are lower case; AWS lowers them itself."""
    for name in ("DBSubnetGroupName", "CacheSubnetGroupName", "ClusterName", "ReplicationGroupId"):
        value = r.properties.get(name)
        if isinstance(value, str):
            r.properties[name] = value.lower()
    if r.made.type == "aws_elasticache_subnet_group" and "CacheSubnetGroupName" not in r.properties:
        r.body.attributes["name"] = r.physical().lower()
    if r.made.type == "aws_elasticache_cluster" and "ClusterName" not in r.properties:
        r.body.attributes["cluster_id"] = r.physical(40).lower()
    if r.made.type == "aws_elasticache_replication_group" and "ReplicationGroupId" not in r.properties:
        r.body.attributes["replication_group_id"] = r.physical(40).lower()
    nodes = r.take("NodeGroupConfiguration")
    if nodes is not None:
        r.body.attributes["num_node_groups"] = len(as_list(nodes))
        replicas = [node.get("ReplicaCount") for node in as_list(nodes) if isinstance(node, Mapping)]
        if "ReplicasPerNodeGroup" not in r.properties and replicas and replicas[0] is not None:
            r.body.attributes["replicas_per_node_group"] = port(replicas[0])


def db_proxy_targets(r: Context) -> None:
    """Each database or cluster of the group is a target of its own."""
    r.take("TargetGroupName")
    proxy = r.properties.get("DBProxyName")
    for kind, key in (
        ("db_instance_identifier", "DBInstanceIdentifiers"),
        ("db_cluster_identifier", "DBClusterIdentifiers"),
    ):
        for position, name in enumerate(as_list(r.take(key))):
            made = r.another("aws_db_proxy_target", f"{r.item.logical_id}_{position + 1}")
            made.body.attributes |= {"db_proxy_name": proxy, "target_group_name": r.own("name"), kind: name}


def search_domain(r: Context) -> None:
    """Logs are repeatable blocks that name their kind; a name is lower case and short."""
    logs = r.take("LogPublishingOptions")
    for kind, options in logs.items() if isinstance(logs, Mapping) else ():
        if isinstance(options, Mapping) and "CloudWatchLogsLogGroupArn" in options:
            r.body.add(
                "log_publishing_options",
                log_type=kind,
                cloudwatch_log_group_arn=options["CloudWatchLogsLogGroupArn"],
                enabled=plain(options.get("Enabled", True)),
            )
    if "DomainName" not in r.properties:
        r.body.attributes["domain_name"] = r.physical(28).lower()
    ebs = r.properties.get("EBSOptions")
    if isinstance(ebs, Mapping):
        r.properties.pop("EBSOptions")
        r.properties["EbsOptions"] = {{"EBSEnabled": "EbsEnabled"}.get(key, key): value for key, value in ebs.items()}
    https = r.properties.get("DomainEndpointOptions")
    if isinstance(https, Mapping):
        r.properties["DomainEndpointOptions"] = respelled(
            https, {"EnforceHTTPS": "EnforceHttps", "TLSSecurityPolicy": "TlsSecurityPolicy"}
        )
    vpc = r.properties.pop("VPCOptions", None)
    if vpc is not None:
        r.properties["VpcOptions"] = vpc
    security = r.properties.get("AdvancedSecurityOptions")
    if isinstance(security, Mapping):
        r.properties["AdvancedSecurityOptions"] = respelled(
            security, {"MasterUserARN": "MasterUserArn", "AnonymousAuthEnabled": "AnonymousAuthEnabled"}
        )


def redshift_cluster(r: Context) -> None:
    """A name is needed; logging is a resource of its own."""
    if "ClusterIdentifier" not in r.properties:
        r.body.attributes["cluster_identifier"] = r.physical(60).lower()
    if r.properties.get("ClusterType") == "single-node":
        r.properties.pop("NumberOfNodes", None)
    logging = r.take("LoggingProperties")
    if isinstance(logging, Mapping):
        made = r.another("aws_redshift_logging")
        made.body.attributes |= {"cluster_identifier": r.own("cluster_identifier")}
        for key, name in (("BucketName", "bucket_name"), ("S3KeyPrefix", "s3_key_prefix")):
            if key in logging:
                made.body.attributes[name] = logging[key]


HOOKS = {
    "db_instance": db_instance,
    "parameter_group": parameter_group,
    "lower_name": lower_name,
    "db_proxy_targets": db_proxy_targets,
    "search_domain": search_domain,
    "redshift_cluster": redshift_cluster,
}
