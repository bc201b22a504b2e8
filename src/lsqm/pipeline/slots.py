"""How many trials fit side by side: as many as were asked for, unless the machine's memory holds fewer."""

EMULATOR_BYTES = {"docker": 1 << 30, "embedded": 150 << 20}
"""What an emulator was measured to use after a full trial; one that somebody else runs costs nothing here."""
TERRAFORM_BYTES = 3 << 28
"""Terraform with the AWS provider."""


def slots(wanted: int, emulator: str, available_bytes: int | None) -> int:
    """At least one, at most `wanted`.

    Args:
        wanted: `--parallel`.
        emulator: its kind.
        available_bytes: memory that new programs can have; None where the machine does not say.
    """
    if available_bytes is None:
        return wanted
    return max(1, min(wanted, available_bytes // (TERRAFORM_BYTES + EMULATOR_BYTES.get(emulator, 0))))
