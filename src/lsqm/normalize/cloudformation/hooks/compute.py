"""Instances, containers, databases, delivery pipelines, data catalogues."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Call, Value, references
from lsqm.normalize.cloudformation.compile import Context
from lsqm.normalize.cloudformation.hooks.values import as_list, as_value
from lsqm.normalize.cloudformation.lower import Body
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.cloudformation.standins import IMAGE, MEANINGS

_ROOT_DEVICES = frozenset({"/dev/xvda", "/dev/sda1", "/dev/sda", "xvda"})


def _devices(body: Body, mappings: Any) -> None:
    """Block devices: the root one is a block of its own."""
    for mapping in as_list(mappings):
        if not isinstance(mapping, Mapping):
            continue
        name, ebs = mapping.get("DeviceName"), mapping.get("Ebs")
        if isinstance(ebs, Mapping):
            root = isinstance(name, str) and name in _ROOT_DEVICES and "root_block_device" not in body.blocks
            block = body.add("root_block_device" if root else "ebs_block_device")
            if not root:
                block.attributes["device_name"] = name
            for key, value in ebs.items():
                argument = snake(key)
                if root and argument == "snapshot_id":
                    continue
                block.attributes[argument] = _plain(value)
        elif "VirtualName" in mapping:
            body.add("ephemeral_block_device", device_name=name, virtual_name=mapping["VirtualName"])
        elif "NoDevice" in mapping:
            body.add("ephemeral_block_device", device_name=name, no_device=True)


def _plain(value: Any) -> Value:
    lowered = text(value).lower() if not isinstance(value, EXPRESSIONS) else ""
    if lowered in {"true", "false"}:
        return lowered == "true"
    return int(lowered) if lowered.isdigit() else value


def instance(r: Context) -> None:
    """Devices, interfaces and volumes."""
    _devices(r.body, r.take("BlockDeviceMappings"))
    interfaces = [item for item in as_list(r.take("NetworkInterfaces")) if isinstance(item, Mapping)]
    for position, interface in enumerate(interfaces):
        if "NetworkInterfaceId" in interface:
            r.body.add(
                "network_interface",
                network_interface_id=interface["NetworkInterfaceId"],
                device_index=_plain(interface.get("DeviceIndex", position)),
            )
        elif position == 0:
            for key, name in (
                ("SubnetId", "subnet_id"),
                ("GroupSet", "vpc_security_group_ids"),
                ("PrivateIpAddress", "private_ip"),
                ("AssociatePublicIpAddress", "associate_public_ip_address"),
            ):
                if key in interface:
                    value = interface[key]
                    r.body.attributes[name] = as_list(value) if name == "vpc_security_group_ids" else _plain(value)
        else:
            r.compiler.diagnostics.add(
                "property-dropped",
                (*r.path, "NetworkInterfaces"),
                "NetworkInterfaces: a further interface without an id",
            )
    for position, volume in enumerate(as_list(r.take("Volumes"))):
        if isinstance(volume, Mapping):
            made = r.another("aws_volume_attachment", f"{r.item.logical_id}_{position + 1}")
            made.body.attributes |= {
                "device_name": volume.get("Device"),
                "volume_id": volume.get("VolumeId"),
                "instance_id": r.own("id"),
            }
    groups = r.properties.get("SecurityGroups")
    if groups is not None and any(isinstance(item, EXPRESSIONS) for item in as_list(groups)):
        r.properties.pop("SecurityGroups")
        r.properties["SecurityGroupIds"] = [*as_list(r.properties.get("SecurityGroupIds")), *as_list(groups)]
    image = r.properties.get("ImageId")
    if "root_block_device" in r.body.blocks and isinstance(image, str) and image != IMAGE:
        # Terraform asks for the image to learn the name of its root device.
        r.compiler.diagnostics.stand_in(
            (*r.path, "ImageId"), f"Image {image} may be nowhere but in one region of AWS; {MEANINGS[IMAGE]} stands in."
        )
        r.properties["ImageId"] = r.compiler.lookup("images", image, IMAGE)
    if "ImageId" not in r.properties and "LaunchTemplate" not in r.properties:
        r.body.attributes["ami"] = IMAGE
        r.compiler.diagnostics.stand_in(r.path, f"{r.item.logical_id} has no image; a stand-in is used.")
    if "InstanceType" not in r.properties and "LaunchTemplate" not in r.properties:
        r.body.attributes["instance_type"] = "m1.small"


def launch_configuration(r: Context) -> None:
    """Devices as for instances."""
    _devices(r.body, r.take("BlockDeviceMappings"))
    r.properties.setdefault("ImageId", IMAGE)
    r.properties.setdefault("InstanceType", "t3.micro")


def launch_template(r: Context) -> None:
    """Tag specifications of the template itself are its tags."""
    specifications = as_list(r.take("TagSpecifications"))
    for item in specifications:
        if isinstance(item, Mapping) and "Tags" in item:
            r.properties["Tags"] = item["Tags"]
    data = r.properties.get("LaunchTemplateData")
    if isinstance(data, Mapping):
        out = dict(data)
        if isinstance(out.get("InstanceRequirements"), Mapping):
            out["InstanceRequirements"] = _respell(
                out["InstanceRequirements"],
                {"VCpuCount": "VcpuCount", "MemoryMiB": "MemoryMib", "MemoryGiBPerVCpu": "MemoryGibPerVcpu"},
            )
        r.properties["LaunchTemplateData"] = out


def _respell(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_respell(item, names) for item in node]
    if isinstance(node, Mapping):
        return {names.get(key, key): _respell(value, names) for key, value in node.items()}
    return node


def key_pair(r: Context) -> None:
    """A key pair without a public key would be made by EC2; Terraform wants the key."""
    if "PublicKeyMaterial" not in r.properties:
        r.body.attributes["public_key"] = (
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtleXRoYXRub2JvZHlob2xkc3RoZXByaXZhdGVwYXJ0 stand-in"
        )
        r.compiler.diagnostics.stand_in(r.path, f"The public key of {r.item.logical_id} is a stand-in.")
    r.drop("KeyType", "the public key says it")
    r.drop("KeyFormat", "the public key says it")


def scaling_group(r: Context) -> None:
    """Tags are blocks; the notification and metric lists are resources or plain arguments."""
    if r.properties.get("VPCZoneIdentifier"):
        r.drop("AvailabilityZones", "the subnets say it, and Terraform takes only one of the two")
    for tag in as_list(r.take("Tags")):
        if isinstance(tag, Mapping):
            r.body.add(
                "tag",
                key=tag.get("Key"),
                value=tag.get("Value"),
                propagate_at_launch=_plain(tag.get("PropagateAtLaunch", False)),
            )
    notifications = as_list(r.take("NotificationConfigurations")) or as_list(r.take("NotificationConfiguration"))
    for position, item in enumerate(notifications):
        if isinstance(item, Mapping):
            made = r.another("aws_autoscaling_notification", f"{r.item.logical_id}_{position + 1}")
            topic = item.get("TopicARN")
            made.body.attributes |= {
                "group_names": [r.own("name")],
                "notifications": item.get("NotificationTypes", []),
                "topic_arn": topic[0] if isinstance(topic, list) and topic else topic,
            }
    metrics = as_list(r.take("MetricsCollection"))
    if metrics and isinstance(metrics[0], Mapping):
        r.body.attributes["metrics_granularity"] = metrics[0].get("Granularity", "1Minute")
        if "Metrics" in metrics[0]:
            r.body.attributes["enabled_metrics"] = metrics[0]["Metrics"]
    if "InstanceId" in r.properties:
        r.drop("InstanceId", "Terraform takes a launch configuration or template")


def scalable_target(r: Context) -> None:
    """Scheduled actions are resources of their own."""
    for position, item in enumerate(as_list(r.take("ScheduledActions"))):
        if not isinstance(item, Mapping):
            continue
        made = r.another("aws_appautoscaling_scheduled_action", f"{r.item.logical_id}_{position + 1}")
        made.body.attributes |= {
            "name": item.get("ScheduledActionName"),
            "service_namespace": r.own("service_namespace"),
            "resource_id": r.own("resource_id"),
            "scalable_dimension": r.own("scalable_dimension"),
            "schedule": item.get("Schedule"),
        }
        action = item.get("ScalableTargetAction")
        if isinstance(action, Mapping):
            body = made.body.add("scalable_target_action")
            for key, name in (("MinCapacity", "min_capacity"), ("MaxCapacity", "max_capacity")):
                if key in action:
                    body.attributes[name] = _plain(action[key])


def app_scaling_policy(r: Context) -> None:
    """A policy that names its target gets the target's three keys."""
    target = r.take("ScalingTargetId")
    owner = next(
        (
            made
            for made in r.compiler.items.values()
            if made.table and made.table.type == "aws_appautoscaling_target" and _names(target, made.address)
        ),
        None,
    )
    if owner is not None:
        for name in ("resource_id", "scalable_dimension", "service_namespace"):
            r.body.attributes[name] = r.compiler.reach(owner.address, owner, f".{name}")


def _names(value: Any, address: str) -> bool:
    return address in set(references(value))


def ecs_cluster(r: Context) -> None:
    """Capacity providers are a resource of their own."""
    providers, strategy = r.take("CapacityProviders"), r.take("DefaultCapacityProviderStrategy")
    if providers is not None or strategy is not None:
        made = r.another("aws_ecs_cluster_capacity_providers")
        made.body.attributes["cluster_name"] = r.own("name")
        if providers is not None:
            made.body.attributes["capacity_providers"] = as_list(providers)
        for item in as_list(strategy):
            if isinstance(item, Mapping):
                made.body.add("default_capacity_provider_strategy", **{snake(k): _plain(v) for k, v in item.items()})


def ecs_task_definition(r: Context) -> None:
    """Container definitions are JSON with lower camel case keys."""
    containers = [_container(item) for item in as_list(r.take("ContainerDefinitions"))]
    family = r.properties.pop("Family", None)
    if family is not None:
        r.body.attributes["family"] = family
    r.body.attributes["container_definitions"] = Call("jsonencode", (containers,))


_NUMBERS = frozenset(
    {"cpu", "memory", "memoryReservation", "containerPort", "hostPort", "interval", "timeout", "retries", "startPeriod",
     "startTimeout", "stopTimeout", "softLimit", "hardLimit", "sharedMemorySize", "maxSwap", "swappiness", "size"}
)  # fmt: skip
_FLAGS = frozenset(
    {
        "essential",
        "privileged",
        "readonlyRootFilesystem",
        "readOnly",
        "disableNetworking",
        "interactive",
        "pseudoTerminal",
        "initProcessEnabled",
    }
)
_OPAQUE = frozenset({"options", "dockerLabels"})


def _container(node: Any) -> Any:
    if isinstance(node, list):
        return [_container(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    out: dict[str, Any] = {}
    for key, value in node.items():
        name = key[:1].lower() + key[1:]
        if name in _OPAQUE:
            out[name] = value
        elif name in _NUMBERS or name in _FLAGS:
            out[name] = _plain(value)
        elif name == "value" and not isinstance(value, (Mapping, list, *EXPRESSIONS)):
            out[name] = text(value)
        else:
            out[name] = _container(value)
    return out


def batch_job_definition(r: Context) -> None:
    """Container properties are JSON with lower camel case keys."""
    properties = r.take("ContainerProperties")
    if properties is not None:
        r.body.attributes["container_properties"] = Call("jsonencode", (_container(properties),))
    r.body.attributes["type"] = r.take("Type") or "container"
    timeout = r.properties.get("Timeout")
    if isinstance(timeout, Mapping) and "AttemptDurationSeconds" not in timeout:
        r.properties.pop("Timeout")


def ecr_repository(r: Context) -> None:
    """Names are lower case."""
    if "RepositoryName" not in r.properties:
        r.body.attributes["name"] = r.physical().lower()


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

    r.compiler.rename(r, "aws_rds_cluster_instance")
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
                enabled=_plain(options.get("Enabled", True)),
            )
    if "DomainName" not in r.properties:
        r.body.attributes["domain_name"] = r.physical(28).lower()
    ebs = r.properties.get("EBSOptions")
    if isinstance(ebs, Mapping):
        r.properties.pop("EBSOptions")
        r.properties["EbsOptions"] = {{"EBSEnabled": "EbsEnabled"}.get(key, key): value for key, value in ebs.items()}
    https = r.properties.get("DomainEndpointOptions")
    if isinstance(https, Mapping):
        r.properties["DomainEndpointOptions"] = _respell(
            https, {"EnforceHTTPS": "EnforceHttps", "TLSSecurityPolicy": "TlsSecurityPolicy"}
        )
    vpc = r.properties.pop("VPCOptions", None)
    if vpc is not None:
        r.properties["VpcOptions"] = vpc
    security = r.properties.get("AdvancedSecurityOptions")
    if isinstance(security, Mapping):
        r.properties["AdvancedSecurityOptions"] = _respell(
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


def codebuild_project(r: Context) -> None:
    """Webhooks are resources of their own; triggers and artifacts spell differently."""
    triggers = r.take("Triggers")
    if isinstance(triggers, Mapping) and text(triggers.get("Webhook", "")).lower() == "true":
        made = r.another("aws_codebuild_webhook")
        made.body.attributes["project_name"] = r.own("name")
        for group in as_list(triggers.get("FilterGroups")):
            body = made.body.add("filter_group")
            for item in as_list(group):
                if isinstance(item, Mapping):
                    body.add("filter", **{snake(k): _plain(v) if k != "Pattern" else v for k, v in item.items()})
    source = r.properties.get("Source")
    if isinstance(source, Mapping):
        out = dict(source)
        spec = out.pop("BuildSpec", None)
        if spec is not None:
            out["Buildspec"] = Call("jsonencode", (dict(spec),)) if isinstance(spec, Mapping) else spec
        auth = out.pop("Auth", None)
        if isinstance(auth, Mapping) and auth.get("Type") == "OAUTH":
            r.compiler.diagnostics.add(
                "property-dropped", (*r.path, "Source", "Auth"), "Source.Auth: credentials are a resource of their own"
            )
        r.properties["Source"] = out
    for block in ("Source", "Artifacts", "Environment", "Cache"):
        part = r.properties.get(block)
        if isinstance(part, Mapping):  # the service takes these words in any case, the provider in upper case
            r.properties[block] = {
                key: value.upper() if key in {"Type", "Packaging"} and isinstance(value, str) else value
                for key, value in part.items()
            }
    if "Artifacts" not in r.properties:
        r.properties["Artifacts"] = {"Type": "NO_ARTIFACTS"}


def codepipeline(r: Context) -> None:
    """Stages hold actions; types and owners are flat."""
    stages = []
    for stage in as_list(r.properties.pop("Stages", None)):
        if not isinstance(stage, Mapping):
            continue
        actions = []
        for action in as_list(stage.get("Actions")):
            if not isinstance(action, Mapping):
                continue
            kind = action.get("ActionTypeId")
            kind = kind if isinstance(kind, Mapping) else {}
            out = {
                "Name": action.get("Name"),
                "Category": kind.get("Category"),
                "Owner": kind.get("Owner"),
                "Provider": kind.get("Provider"),
                "Version": kind.get("Version"),
            }
            for key in ("RunOrder", "RoleArn", "Region", "Namespace", "TimeoutInMinutes"):
                if key in action:
                    out[key] = action[key]
            configuration = action.get("Configuration")
            if isinstance(configuration, Mapping):
                out["Configuration"] = {
                    key: Call("jsonencode", (as_value(value),)) if isinstance(value, (Mapping, list)) else value
                    for key, value in configuration.items()
                }
            for key in ("InputArtifacts", "OutputArtifacts"):
                names = [item.get("Name") for item in as_list(action.get(key)) if isinstance(item, Mapping)]
                if names:
                    out[key] = names
            actions.append(out)
        body = {"Name": stage.get("Name"), "Action": actions}
        stages.append(body)
        if "Blockers" in stage:
            r.compiler.diagnostics.add("property-dropped", (*r.path, "Stages"), "Stages.Blockers: they are manual here")
    stores = [store for store in as_list(r.properties.pop("ArtifactStore", None)) if isinstance(store, Mapping)]
    stores.extend(
        {**entry["ArtifactStore"], "Region": entry.get("Region")}
        for entry in as_list(r.properties.pop("ArtifactStores", None))
        if isinstance(entry, Mapping) and isinstance(entry.get("ArtifactStore"), Mapping)
    )
    if stores:
        r.properties["ArtifactStore"] = stores
    r.properties["Stage"] = stages
    r.drop("RestartExecutionOnUpdate", "Terraform does not start pipelines")
    r.drop("DisableInboundStageTransitions", "transitions are switched by hand")


def deployment_group(r: Context) -> None:
    """Tag filters and styles."""
    if "AlarmConfiguration" in r.properties:
        configuration = r.properties["AlarmConfiguration"]
        if isinstance(configuration, Mapping) and "Alarms" in configuration:
            names = [item.get("Name") for item in as_list(configuration["Alarms"]) if isinstance(item, Mapping)]
            r.properties["AlarmConfiguration"] = {**configuration, "Alarms": names}
    r.drop("Deployment", "Terraform deploys no revision")
    filters = r.take("Ec2TagFilters")
    for item in as_list(filters):
        if isinstance(item, Mapping):
            r.body.add("ec2_tag_filter", **{snake(k): v for k, v in item.items()})


def glue_database(r: Context) -> None:
    """The catalogue is the account."""
    r.take("CatalogId")


def glue_table(r: Context) -> None:
    """The catalogue is the account; columns and keys are blocks."""
    r.take("CatalogId")


def glue_crawler(r: Context) -> None:
    """Targets are blocks by kind; policies are flat."""
    targets = r.take("Targets")
    for key, block in (
        ("S3Targets", "s3_target"),
        ("JdbcTargets", "jdbc_target"),
        ("DynamoDBTargets", "dynamodb_target"),
        ("CatalogTargets", "catalog_target"),
        ("DeltaTargets", "delta_target"),
        ("MongoDBTargets", "mongodb_target"),
    ):
        for item in as_list(targets.get(key)) if isinstance(targets, Mapping) else []:
            if isinstance(item, Mapping):
                r.body.add(block, **{snake(k): v for k, v in item.items()})
    schedule = r.take("Schedule")
    if isinstance(schedule, Mapping) and "ScheduleExpression" in schedule:
        r.body.attributes["schedule"] = schedule["ScheduleExpression"]
    if "DatabaseName" not in r.properties:
        r.body.attributes["database_name"] = r.compiler.stack


def certificate_authority(r: Context) -> None:
    """The subject and algorithms are one block."""
    configuration: dict[str, Any] = {}
    for key in ("KeyAlgorithm", "SigningAlgorithm", "Subject"):
        if key in r.properties:
            configuration[key] = r.properties.pop(key)
    r.properties["CertificateAuthorityConfiguration"] = configuration


def microsoft_ad(r: Context) -> None:
    """Both kinds of directory are one type."""
    r.body.attributes["type"] = "MicrosoftAD"


def iot_topic_rule(r: Context) -> None:
    """Actions are blocks by kind."""
    payload = r.take("TopicRulePayload")
    payload = payload if isinstance(payload, Mapping) else {}
    name = r.properties.get("RuleName")
    if name is None:
        r.body.attributes["name"] = r.physical(100).replace("-", "_")
    elif isinstance(name, str):
        r.properties["RuleName"] = name.replace("-", "_")
    r.body.attributes["enabled"] = text(payload.get("RuleDisabled", "false")).lower() != "true"
    r.body.attributes["sql"] = payload.get("Sql")
    r.body.attributes["sql_version"] = payload.get("AwsIotSqlVersion", "2015-10-08")
    if "Description" in payload:
        r.body.attributes["description"] = payload["Description"]
    actions = [{"/": item} for item in as_list(payload.get("Actions")) if isinstance(item, Mapping)]
    rest: dict[str, list[Any]] = {}
    for wrapper in actions:
        for key, value in wrapper["/"].items():
            rest.setdefault({"DynamoDBv2": "Dynamodbv2", "DynamoDB": "Dynamodb"}.get(key, str(key)), []).append(value)
    r.fill(r.made, rest, prefix="TopicRulePayload")


HOOKS = {
    "instance": instance,
    "launch_configuration": launch_configuration,
    "launch_template": launch_template,
    "key_pair": key_pair,
    "scaling_group": scaling_group,
    "scalable_target": scalable_target,
    "app_scaling_policy": app_scaling_policy,
    "ecs_cluster": ecs_cluster,
    "ecs_task_definition": ecs_task_definition,
    "batch_job_definition": batch_job_definition,
    "ecr_repository": ecr_repository,
    "db_instance": db_instance,
    "parameter_group": parameter_group,
    "lower_name": lower_name,
    "db_proxy_targets": db_proxy_targets,
    "search_domain": search_domain,
    "redshift_cluster": redshift_cluster,
    "codebuild_project": codebuild_project,
    "codepipeline": codepipeline,
    "deployment_group": deployment_group,
    "glue_database": glue_database,
    "glue_table": glue_table,
    "glue_crawler": glue_crawler,
    "certificate_authority": certificate_authority,
    "microsoft_ad": microsoft_ad,
    "iot_topic_rule": iot_topic_rule,
}
