"""Builds wheel and sdist into a folder, with the pinned backend and nothing else: no network, no isolation."""

import os
import sys
from pathlib import Path

import uv_build

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    target = Path(sys.argv[1]).absolute()
    target.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    # The backend starts its own program, which lies beside this interpreter.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for build in (uv_build.build_sdist, uv_build.build_wheel):
        print(target / build(str(target)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
