"""Clusters of EMR."""

from collections.abc import Mapping
from typing import Any

from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list, encoded

_NETWORK = {
    "Ec2KeyName": "KeyName",
    "Ec2SubnetId": "SubnetId",
    "Ec2SubnetIds": "SubnetIds",
    "EmrManagedMasterSecurityGroup": "EmrManagedMasterSecurityGroup",
    "EmrManagedSlaveSecurityGroup": "EmrManagedSlaveSecurityGroup",
    "ServiceAccessSecurityGroup": "ServiceAccessSecurityGroup",
    "AdditionalMasterSecurityGroups": "AdditionalMasterSecurityGroups",
    "AdditionalSlaveSecurityGroups": "AdditionalSlaveSecurityGroups",
}
"""Member of `Instances` → member of the block `ec2_attributes`."""
_CLUSTER = {
    "MasterInstanceGroup": "MasterInstanceGroup",
    "CoreInstanceGroup": "CoreInstanceGroup",
    "MasterInstanceFleet": "MasterInstanceFleet",
    "CoreInstanceFleet": "CoreInstanceFleet",
    "TerminationProtected": "TerminationProtection",
    "KeepJobFlowAliveWhenNoSteps": "KeepJobFlowAliveWhenNoSteps",
    "UnhealthyNodeReplacement": "UnhealthyNodeReplacement",
}
"""Member of `Instances` → what the provider has at the cluster itself."""


def emr_cluster(r: Context) -> None:
    """The provider flattens the instances' configuration into groups and attributes."""
    instances = r.take("Instances")
    instances = instances if isinstance(instances, Mapping) else {}
    applications = r.take("Applications")
    names = [item.get("Name") for item in as_list(applications) if isinstance(item, Mapping)]
    if names:
        r.body.attributes["applications"] = names
    network: dict[str, Any] = {name: instances[key] for key, name in _NETWORK.items() if key in instances}
    role = r.properties.pop("JobFlowRole", None)
    r.properties["Ec2Attributes"] = network | ({"InstanceProfile": role} if role is not None else {})
    r.properties |= {name: instances[key] for key, name in _CLUSTER.items() if key in instances}
    configurations = r.take("Configurations")
    if configurations is not None:
        r.body.attributes["configurations_json"] = encoded(_configurations(configurations))


def _configurations(node: Any) -> Any:
    """EMR itself says `Properties` where CloudFormation says `ConfigurationProperties`."""
    if isinstance(node, list):
        return [_configurations(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    renamed = {"Properties" if key == "ConfigurationProperties" else key: value for key, value in node.items()}
    if "Configurations" in renamed:
        renamed["Configurations"] = _configurations(renamed["Configurations"])
    return renamed


HOOKS = {"emr_cluster": emr_cluster}
