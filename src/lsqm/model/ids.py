"""Identifiers and the one place where each is made or parsed."""

import re
from datetime import datetime
from typing import NewType

ArchitectureHash = NewType("ArchitectureHash", str)
"""64 lowercase hex digits: SHA-256 over the meaning of an architecture's Terraform."""

RunId = NewType("RunId", str)
"""`20260104T000000Z-3f9a2c`: start in UTC, then six random hex digits. Sorts by time, unique for overlapping runs."""

_HASH = re.compile(r"[0-9a-f]{64}")
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")


def architecture_hash(text: str) -> ArchitectureHash:
    """Check that `text` is a full architecture hash. Raises ValueError otherwise."""
    if not _HASH.fullmatch(text):
        msg = f"not an architecture hash (64 hex digits): {text!r}"
        raise ValueError(msg)
    return ArchitectureHash(text)


def run_id(text: str) -> RunId:
    """Check that `text` is a run id. Raises ValueError otherwise."""
    if not _RUN_ID.fullmatch(text):
        msg = f"not a run id (like 20260104T000000Z-3f9a2c): {text!r}"
        raise ValueError(msg)
    return RunId(text)


def new_run_id(started_at: datetime, entropy: bytes) -> RunId:
    """Make the id of a run that starts at `started_at` (UTC); `entropy` is at least three random bytes."""
    return RunId(f"{started_at:%Y%m%dT%H%M%SZ}-{entropy[:3].hex()}")


def run_started_at(run: RunId) -> datetime:
    """When the run named `run` started, in UTC."""
    return datetime.strptime(run[:16] + "+0000", "%Y%m%dT%H%M%SZ%z")
