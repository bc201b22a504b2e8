"""What frozen helpers are called in the result."""

import re


def local_name(kind: str, name: str) -> str:
    """The local value that stands for one helper: `random_pet.suffix` → `lsqm_random_pet_suffix`."""
    return "lsqm_" + re.sub(r"\W", "_", f"{kind.removeprefix('data.')}_{name}")
