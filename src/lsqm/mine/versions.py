"""Terraform's version constraints: `>= 5.0, < 6.0`, `~> 4.2`."""

import re
from collections.abc import Iterable

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[0-9A-Za-z.-]+)?(\+.*)?")
_TERM = re.compile(r"(~>|>=|<=|!=|=|>|<)?\s*(\S+)")

Release = tuple[int, int, int]


def release(version: str) -> Release | None:
    """`5.21.0` as numbers; None for prereleases and for what is no version."""
    match = _VERSION.fullmatch(version.strip())
    if not match or match[4]:
        return None
    return int(match[1]), int(match[2] or 0), int(match[3] or 0)


def admits(constraint: str, version: str) -> bool:
    """Whether `version` satisfies every term. An empty constraint admits all; one that cannot be read admits none."""
    found = release(version)
    if found is None:
        return constraint.strip().removeprefix("=").strip() == version
    return all(_term_admits(term.strip(), found) for term in constraint.split(",") if term.strip())


def newest(versions: Iterable[str], constraint: str = "") -> str:
    """The highest release that the constraint admits, empty when there is none."""
    found = [version for version in versions if release(version) and admits(constraint, version)]
    return max(found, key=lambda version: release(version) or (0, 0, 0), default="")


def _term_admits(term: str, version: Release) -> bool:
    match = _TERM.fullmatch(term)
    bound = release(match[2]) if match else None
    if match is None or bound is None:
        return False
    match match[1] or "=":
        case "=":
            return version == bound
        case "!=":
            return version != bound
        case ">":
            return version > bound
        case ">=":
            return version >= bound
        case "<":
            return version < bound
        case "<=":
            return version <= bound
        case _:
            fixed = max(1, match[2].count("."))  # all parts but the last one written
            return version >= bound and version[:fixed] == bound[:fixed]
