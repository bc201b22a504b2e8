"""Dependencies that no reference says: `DependsOn`, permissions of targets, parts of an API before its deployment."""

from lsqm.model.terraform import Conditional, Raw, Reference, block_references
from lsqm.normalize.cloudformation.module import Module
from lsqm.normalize.cloudformation.names import local_name

_RECORDED_BY = {
    "aws_config_delivery_channel": "aws_config_configuration_recorder",
    "aws_config_config_rule": "aws_config_configuration_recorder",
}
"""Resource type → the type that AWS Config wants to be there first, without either naming the other."""
_PERMISSIONS = frozenset({"aws_lambda_permission", "aws_sqs_queue_policy", "aws_sns_topic_policy"})
_API_PARTS = frozenset(
    {
        "aws_api_gateway_method",
        "aws_api_gateway_integration",
        "aws_api_gateway_integration_response",
        "aws_api_gateway_method_response",
        "aws_api_gateway_gateway_response",
        "aws_apigatewayv2_route",
    }
)


def order(module: Module) -> None:
    """`DependsOn`, where no reference says the same, and the switches of conditions that do not hold."""
    leaders = {made.item.logical_id: made for made in reversed(module.made.values())}
    for made in module.made.values():
        item = made.item
        if item.switch:
            module.switches[item.switch] = None
            count = Conditional(Reference("local." + local_name(item.switch)), 1, 0)
            made.body.attributes = {"count": count, **made.body.attributes}
        wanted = item.raw.get("DependsOn")
        names = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
        already = set(block_references(made.body.freeze("resource")))
        leader = leaders[item.logical_id]
        if made is not leader and leader.address in already:  # which waits for the same
            continue
        found = [module.items[name].address for name in names if isinstance(name, str) and name in module.items]
        found += [
            other.address
            for other in module.made.values()
            if other.type == _RECORDED_BY.get(made.type)
            and other.item.switch in {"", item.switch}
            and item.logical_id not in str(other.item.raw.get("DependsOn"))
        ]
        extra = [address for address in dict.fromkeys(found) if address and address not in already | {made.address}]
        if extra:
            made.body.attributes["depends_on"] = [Raw(address, (address,)) for address in extra]


def order_by_permissions(module: Module) -> None:
    """A notification, or a rule that calls a function, waits for the permissions and policies of its targets."""
    rules = [made for made in module.made.values() if made.type == "aws_config_config_rule"]
    for made in (*module.guarded, *rules):
        targets = set(block_references(made.body.freeze("resource"))) - {made.item.address}
        waits = [
            other.address
            for other in module.made.values()
            if other.type in _PERMISSIONS
            and (other.item.switch in {"", made.item.switch})
            and targets & (found := set(block_references(other.body.freeze("resource"))))
            and made.address not in found
        ]
        known = made.body.attributes.get("depends_on")
        earlier = known if isinstance(known, list) else []
        new = [item for item in (Raw(address, (address,)) for address in waits) if item not in earlier]
        if new:
            made.body.attributes["depends_on"] = [*earlier, *new]
    for made, type_ in module.after_parts:
        own = [other for other in module.made.values() if other.item is made.item and other.type == type_]
        if own:
            made.body.attributes["depends_on"] = [Raw(other.address, (other.address,)) for other in own]
    for made, api in module.deployments:
        parts = [
            other.address
            for other in module.made.values()
            if other.type in _API_PARTS
            and api in (other.body.attributes.get("rest_api_id"), other.body.attributes.get("api_id"))
            and (other.item.switch in {"", made.item.switch})
        ]
        known = made.body.attributes.get("depends_on")
        earlier = known if isinstance(known, list) else []
        new = [Raw(address, (address,)) for address in parts]
        if parts:
            made.body.attributes["depends_on"] = [*earlier, *(item for item in new if item not in earlier)]
