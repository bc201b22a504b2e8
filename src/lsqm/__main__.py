"""`python -m lsqm` and the `lsqm` script."""


def main() -> None:
    """Run the command line."""
