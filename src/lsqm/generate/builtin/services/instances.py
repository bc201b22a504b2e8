"""EC2: instances and what they start from."""

from lsqm.generate.builtin.recipe import Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_instance",
        each="instance",
        service="ec2",
        look="""
            [reservation] = ec2.describe_instances(InstanceIds=[instance["id"]])["Reservations"]
            [found] = reservation["Instances"]
            assert found["State"]["Name"] in ("pending", "running")
            assert found["ImageId"] == instance["ami"]
        """,
        settings=(Setting("instance_type", 'found["InstanceType"]'), Setting("key_name", 'found["KeyName"]')),
    ),
    Recipe(
        type="aws_volume_attachment",
        each="attachment",
        service="ec2",
        look="""
            [volume] = ec2.describe_volumes(VolumeIds=[attachment["volume_id"]])["Volumes"]
            assert [(link["InstanceId"], link["Device"]) for link in volume["Attachments"]] == [
                (attachment["instance_id"], attachment["device_name"])
            ]
        """,
    ),
    Recipe(
        type="aws_key_pair",
        each="pair",
        service="ec2",
        look="""
            [found] = ec2.describe_key_pairs(KeyNames=[pair["key_name"]])["KeyPairs"]
            assert found["KeyPairId"] == pair["key_pair_id"]
        """,
    ),
    Recipe(
        type="aws_launch_template",
        each="launch",
        service="ec2",
        look="""
            [found] = ec2.describe_launch_templates(LaunchTemplateIds=[launch["id"]])["LaunchTemplates"]
            assert (found["LaunchTemplateName"], found["LatestVersionNumber"]) == (launch["name"], launch["latest_version"])
        """,
    ),
    Recipe(
        type="aws_placement_group",
        each="group",
        service="ec2",
        look="""
            [found] = ec2.describe_placement_groups(GroupNames=[group["name"]])["PlacementGroups"]
            assert found["Strategy"] == group["strategy"]
        """,
    ),
)
