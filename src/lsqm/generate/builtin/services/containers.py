"""ECR, ECS, EKS and what scales them."""

from lsqm.generate.builtin.recipe import Kind, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_ecr_repository",
        each="repository",
        service="ecr",
        look="""
            [found] = ecr.describe_repositories(repositoryNames=[repository["name"]])["repositories"]
            assert found["repositoryArn"] == repository["arn"]
        """,
        settings=(
            Setting("image_tag_mutability", 'found["imageTagMutability"]'),
            Setting(
                "image_scanning_configuration.scan_on_push",
                'found["imageScanningConfiguration"]["scanOnPush"]',
                Kind.FLAG,
            ),
        ),
    ),
    Recipe(
        type="aws_ecr_lifecycle_policy",
        each="policy",
        service="ecr",
        look="""
            found = ecr.get_lifecycle_policy(repositoryName=policy["repository"])
            assert len(json.loads(found["lifecyclePolicyText"])["rules"]) == len(json.loads(policy["policy"])["rules"])
        """,
    ),
    Recipe(
        type="aws_ecs_cluster",
        each="cluster",
        service="ecs",
        look="""
            [found] = ecs.describe_clusters(clusters=[cluster["arn"]])["clusters"]
            assert (found["clusterName"], found["status"]) == (cluster["name"], "ACTIVE")
        """,
    ),
    Recipe(
        type="aws_ecs_task_definition",
        each="task",
        service="ecs",
        look="""
            found = ecs.describe_task_definition(taskDefinition=task["arn"])["taskDefinition"]
            assert (found["family"], found["revision"]) == (task["family"], task["revision"])
            assert found["status"] == "ACTIVE"
            names = [container["name"] for container in json.loads(task["container_definitions"])]
            assert sorted(container["name"] for container in found["containerDefinitions"]) == sorted(names)
        """,
        settings=(
            Setting("network_mode", 'found["networkMode"]'),
            Setting("cpu", 'int(found["cpu"])', Kind.NUMBER),
            Setting("memory", 'int(found["memory"])', Kind.NUMBER),
        ),
    ),
    Recipe(
        type="aws_ecs_service",
        each="server",
        service="ecs",
        look="""
            [found] = ecs.describe_services(cluster=server["cluster"], services=[server["name"]])["services"]
            assert (found["serviceName"], found["status"]) == (server["name"], "ACTIVE")
        """,
        settings=(
            Setting("desired_count", 'found["desiredCount"]', Kind.NUMBER),
            Setting("launch_type", 'found["launchType"]'),
        ),
    ),
    Recipe(
        type="aws_eks_cluster",
        each="cluster",
        service="eks",
        look="""
            found = eks.describe_cluster(name=cluster["name"])["cluster"]
            assert (found["arn"], found["status"]) == (cluster["arn"], "ACTIVE")
        """,
        settings=(Setting("version", 'found["version"]'),),
    ),
    Recipe(
        type="aws_autoscaling_group",
        each="group",
        service="autoscaling",
        look="""
            names = [group["name"]]
            [found] = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"]
            assert found["AutoScalingGroupARN"] == group["arn"]
        """,
        settings=(
            Setting("min_size", 'found["MinSize"]', Kind.NUMBER),
            Setting("max_size", 'found["MaxSize"]', Kind.NUMBER),
        ),
    ),
    Recipe(
        type="aws_autoscaling_policy",
        each="policy",
        service="autoscaling",
        look="""
            group = policy["autoscaling_group_name"]
            found = autoscaling.describe_policies(AutoScalingGroupName=group, PolicyNames=[policy["name"]])
            assert [entry["PolicyARN"] for entry in found["ScalingPolicies"]] == [policy["arn"]]
        """,
    ),
    Recipe(
        type="aws_launch_configuration",
        each="launch",
        service="autoscaling",
        look="""
            names = [launch["name"]]
            [found] = autoscaling.describe_launch_configurations(LaunchConfigurationNames=names)["LaunchConfigurations"]
            assert found["ImageId"] == launch["image_id"]
        """,
        settings=(Setting("instance_type", 'found["InstanceType"]'),),
    ),
    Recipe(
        type="aws_appautoscaling_policy",
        each="policy",
        service="application-autoscaling",
        look="""
            found = application_autoscaling.describe_scaling_policies(
                ServiceNamespace=policy["service_namespace"], ResourceId=policy["resource_id"]
            )["ScalingPolicies"]
            assert policy["arn"] in [entry["PolicyARN"] for entry in found]
        """,
    ),
    Recipe(
        type="aws_appautoscaling_target",
        each="target",
        service="application-autoscaling",
        look="""
            [found] = application_autoscaling.describe_scalable_targets(
                ServiceNamespace=target["service_namespace"],
                ResourceIds=[target["resource_id"]],
                ScalableDimension=target["scalable_dimension"],
            )["ScalableTargets"]
            assert found["ResourceId"] == target["resource_id"]
        """,
        settings=(
            Setting("min_capacity", 'found["MinCapacity"]', Kind.NUMBER),
            Setting("max_capacity", 'found["MaxCapacity"]', Kind.NUMBER),
        ),
    ),
    Recipe(
        type="aws_ecr_repository_policy",
        each="policy",
        service="ecr",
        look="""
            found = ecr.get_repository_policy(repositoryName=policy["repository"])["policyText"]
            assert effects(found) == effects(policy["policy"])
        """,
    ),
    Recipe(
        type="aws_ecs_cluster_capacity_providers",
        each="providers",
        service="ecs",
        look="""
            [found] = ecs.describe_clusters(clusters=[providers["cluster_name"]])["clusters"]
            assert sorted(found["capacityProviders"]) == sorted(providers["capacity_providers"])
        """,
    ),
    Recipe(
        type="aws_autoscaling_schedule",
        each="schedule",
        service="autoscaling",
        look="""
            answer = autoscaling.describe_scheduled_actions(
                AutoScalingGroupName=schedule["autoscaling_group_name"],
                ScheduledActionNames=[schedule["scheduled_action_name"]],
            )
            [found] = answer["ScheduledUpdateGroupActions"]
            assert found["ScheduledActionARN"] == schedule["arn"]
        """,
    ),
    Recipe(
        type="aws_autoscaling_lifecycle_hook",
        each="hook",
        service="autoscaling",
        look="""
            answer = autoscaling.describe_lifecycle_hooks(
                AutoScalingGroupName=hook["autoscaling_group_name"], LifecycleHookNames=[hook["name"]]
            )
            [found] = answer["LifecycleHooks"]
            assert found["LifecycleTransition"] == hook["lifecycle_transition"]
        """,
    ),
)
