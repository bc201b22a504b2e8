"""Resources that need each other: neither CloudFormation nor Terraform can make one before the other."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lsqm.model.diagnostic import Severity
from lsqm.model.terraform import block_references
from lsqm.normalize.cloudformation.load import TemplateError

if TYPE_CHECKING:
    from lsqm.normalize.cloudformation.diagnose import Diagnostics
    from lsqm.normalize.cloudformation.ir import Made


_NAMED = 10
_WORDS = re.compile(r"\$\{(\w+)")


def refuse_circles(made: Mapping[str, "Made"], diagnostics: "Diagnostics") -> None:
    """Look for a circle of references among the Terraform resources.

    One that the template itself has ends the conversion, as CloudFormation would; one that only the split into
    Terraform's resources closes is an error among the diagnostics, since `terraform plan` will refuse it.

    Raises:
        TemplateError: the template's resources need each other.
    """
    edges = {
        address: [other for other in block_references(each.body.freeze("resource")) if other in made]
        for address, each in made.items()
    }
    circle = find_circle(edges)
    if not circle:
        return
    items = {made[address].item.logical_id: made[address].item for address in circle}
    names = ", ".join(list(items)[:_NAMED]) + (f" and {len(items) - _NAMED} more" if len(items) > _NAMED else "")
    own = {name: [other for other in _mentions(item.raw) if other in items] for name, item in items.items()}
    if find_circle(own):
        line = diagnostics.source.locate(next(iter(items.values())).path).line
        raise TemplateError(
            f"{diagnostics.source.file}:{line}: circular dependency between resources: {names}",
            hint="CloudFormation refuses this too; let a resource of its own, such as a rule, hold one side.",
        )
    diagnostics.add(
        "circle",
        next(iter(items.values())).path,
        f"{names} need each other once they are Terraform's resources",
        effect="`terraform plan` refuses the result.",
        severity=Severity.ERROR,
    )


def find_circle(edges: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The nodes of one circle, in order; empty when there is none. Takes time linear in nodes and edges."""
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        at: dict[str, int] = {}
        waiting = [(start, iter(edges.get(start, ())))] if start not in done else []
        if waiting:
            at[start] = 0
            path.append(start)
        while waiting:
            node, others = waiting[-1]
            following = next(others, None)
            if following is None:
                waiting.pop()
                path.pop()
                del at[node]
                done.add(node)
            elif following in at:
                return tuple(path[at[following] :])
            elif following not in done:
                at[following] = len(path)
                path.append(following)
                waiting.append((following, iter(edges.get(following, ()))))
    return ()


def _mentions(node: Any) -> list[str]:
    """What a template value may name as a resource: by `Ref`, `Fn::GetAtt`, `Fn::Sub` or `DependsOn`."""
    found: dict[str, None] = {}
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, str):
            found[item.partition(".")[0]] = None
            found.update(dict.fromkeys(_WORDS.findall(item)))
    return list(found)
