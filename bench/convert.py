"""Templates per second: `python bench/convert.py [FOLDER [ROUNDS]]` converts every template below FOLDER.

Without FOLDER, the templates of the tests.
"""

import resource
import statistics
import sys
import time
from pathlib import Path


def main() -> None:
    began = time.perf_counter()
    from lsqm.normalize.cloudformation import (  # noqa: PLC0415 - the import is what is timed
        TemplateError,
        convert_template,
        detect,
    )

    loaded = time.perf_counter() - began
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "tests" / "unit" / "normalize"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in {".yaml", ".yml", ".json", ".template"}]
    templates = [(path.name, data) for path in paths if detect(data := path.read_bytes())]
    print(f"import {loaded:.3f} s, {len(templates)} templates")
    for number in range(rounds):
        seconds, refused = [], 0
        for name, data in templates:
            start = time.process_time()
            try:
                convert_template(data, file=name)
            except TemplateError:
                refused += 1
            seconds.append(time.process_time() - start)
        if seconds:
            label = "cold" if number == 0 else "warm"
            print(
                f"{label}: {len(seconds) / sum(seconds):.1f} templates per CPU second, median "
                f"{statistics.median(seconds):.3f} s, worst {max(seconds):.3f} s, {refused} refused"
            )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
