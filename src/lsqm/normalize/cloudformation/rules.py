"""The template's `Rules`: what CloudFormation asserts about parameters before it makes anything."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsqm.normalize.cloudformation.diagnose import Diagnostics
    from lsqm.normalize.cloudformation.load import Path

_OF_THE_ACCOUNT = frozenset({"Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll", "Fn::EachMemberIn", "Fn::EachMemberEquals"})
"""Rule functions that ask the account, or are about lists that only it has."""


def check_rules(template: Mapping[str, Any], holds: "Callable[[Any, Path], bool]", diagnostics: "Diagnostics") -> None:
    """Say which assertions the values do not satisfy that stand in for the parameters.

    Args:
        template: with or without `Rules`.
        holds: evaluates a condition at its place.
        diagnostics: told of each broken assertion, and of each that cannot be decided here.
    """
    rules = template.get("Rules")
    for name, rule in rules.items() if isinstance(rules, Mapping) else ():
        if not isinstance(rule, Mapping):
            continue
        path = ("Rules", str(name))
        if _asks_the_account(rule):
            diagnostics.add("rule-unchecked", path, f"Rule {name} asks the account, which there is none of")
            continue
        if "RuleCondition" in rule and not holds(rule["RuleCondition"], (*path, "RuleCondition")):
            continue
        assertions = rule.get("Assertions")
        for position, assertion in enumerate(assertions if isinstance(assertions, list) else ()):
            place = (*path, "Assertions", position)
            if isinstance(assertion, Mapping) and not holds(assertion.get("Assert", True), (*place, "Assert")):
                diagnostics.add(
                    "rule-broken",
                    place,
                    f"Rule {name} is broken: {assertion.get('AssertDescription', 'its assertion does not hold')}",
                    effect="CloudFormation would refuse these values of the parameters.",
                )


def _asks_the_account(node: Any) -> bool:
    if isinstance(node, Mapping):
        return any(key in _OF_THE_ACCOUNT or _asks_the_account(value) for key, value in node.items())
    return isinstance(node, list) and any(_asks_the_account(item) for item in node)
