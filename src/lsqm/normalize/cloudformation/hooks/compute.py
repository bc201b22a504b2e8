"""Instances, launch templates, scaling; directories, certificate authorities, rules of the Internet of Things."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, references
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list, plain, respelled
from lsqm.normalize.cloudformation.ir import Body
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
                block.attributes[argument] = plain(value)
        elif "VirtualName" in mapping:
            body.add("ephemeral_block_device", device_name=name, virtual_name=mapping["VirtualName"])
        elif mapping.get("NoDevice") is not None:
            body.add("ephemeral_block_device", device_name=name, no_device=True)


def instance(r: Context) -> None:
    """Devices, interfaces and volumes."""
    _devices(r.body, r.take("BlockDeviceMappings"))
    first = next(iter(as_list(r.properties.get("NetworkInterfaces"))), None)
    own = isinstance(first, Mapping) and plain(first.get("DeleteOnTermination")) is True
    interfaces = [item for item in as_list(r.take("NetworkInterfaces")) if isinstance(item, Mapping)]
    for position, interface in enumerate(interfaces):
        if "NetworkInterfaceId" in interface:
            r.body.add(
                "network_interface",
                network_interface_id=interface["NetworkInterfaceId"],
                device_index=plain(interface.get("DeviceIndex", position)),
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
                    r.body.attributes[name] = as_list(value) if name == "vpc_security_group_ids" else plain(value)
            interface.get("DeviceIndex")  # the first one's is 0
            if own:
                interface.get("DeleteOnTermination")  # as EC2 has it for an interface that it makes
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
        if isinstance(item, Mapping) and item.get("ResourceType", "launch-template") == "launch-template":
            r.properties["Tags"] = item.get("Tags", [])
    data = r.properties.get("LaunchTemplateData")
    if isinstance(data, Mapping):
        out = dict(data)
        if isinstance(out.get("InstanceRequirements"), Mapping):
            out["InstanceRequirements"] = respelled(
                out["InstanceRequirements"],
                {"VCpuCount": "VcpuCount", "MemoryMiB": "MemoryMib", "MemoryGiBPerVCpu": "MemoryGibPerVcpu"},
            )
        r.properties["LaunchTemplateData"] = out


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
                propagate_at_launch=plain(tag.get("PropagateAtLaunch", False)),
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
                    body.attributes[name] = plain(action[key])


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
    "certificate_authority": certificate_authority,
    "microsoft_ad": microsoft_ad,
    "iot_topic_rule": iot_topic_rule,
}
