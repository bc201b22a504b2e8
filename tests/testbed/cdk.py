"""Makes the frozen CDK environment that `tests/integration/cdk` uses, in `.tools/cdk`. Does nothing when it is there."""

import os
import sys
from pathlib import Path

from lsqm.adapters.cdk_tools import FrozenCdkTools
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.errors import Unavailable

HOME = Path(__file__).resolve().parents[2] / ".tools" / "cdk"


def main() -> int:
    """Returns the exit code."""
    try:
        FrozenCdkTools(HOME, LocalCommandRunner(), env=os.environ).prepare()
    except Unavailable as error:
        sys.stderr.write(f"test: {error} ({error.hint})\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
