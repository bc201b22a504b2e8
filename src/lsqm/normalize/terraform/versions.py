"""Version constraints, as Terraform reads them."""

import re

TERRAFORM = "1.11.4"
"""What designs are taken in for; an older or newer Terraform reads them too."""
AWS_PROVIDER = "5.100.0"
"""The provider version that designs are taken in for."""

_CLAUSE = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+)*)(-[\w.]+)?\s*")


def admits(constraint: str, version: str) -> bool:
    """Whether `version` satisfies `constraint`; what cannot be read is taken as a no."""
    return all(_clause(clause, version) for clause in constraint.split(",") if clause.strip())


def _clause(clause: str, version: str) -> bool:
    match = _CLAUSE.fullmatch(clause)
    if match is None or match.group(3):
        return False
    operator, wanted = match.group(1) or "=", match.group(2)
    have, want = _numbers(version), _numbers(wanted)
    match operator:
        case "=":
            return have == want
        case "!=":
            return have != want
        case ">=":
            return have >= want
        case "<=":
            return have <= want
        case ">":
            return have > want
        case "<":
            return have < want
        case _:  # ~>: all but the last given number are fixed
            kept = max(len(wanted.split(".")) - 1, 1)
            return have >= want and have[:kept] == want[:kept]


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(number) for number in version.split(".")]
    return tuple(numbers + [0] * (3 - len(numbers)))
