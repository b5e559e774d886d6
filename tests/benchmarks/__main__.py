"""`make bench`: how fast the engine and the window are, measured, with the machine and the versions, in RESULTS.md.

Nothing here is asserted: a clock that other programs share is no test. Run it on an idle machine.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import data, engine, training, window
from tests.benchmarks.report import RESULTS, write_section


def benchmark() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="part",
        help="engine, data, window, presets (25 minutes) or curves (15); the first three where none is named",
    )  # fmt: skip
    beside = Path(__file__).parents[3] / "shared" / "omniglot"
    parser.add_argument("--omniglot", type=Path, default=os.environ.get("METAGUI_OMNIGLOT", beside),
                        help="the folder of Omniglot's archives; left out where it is missing")  # fmt: skip
    arguments = parser.parse_args()
    parts = {
        "engine": engine.measure,
        "data": lambda: data.measure(arguments.omniglot),
        "window": window.measure,
        "presets": lambda: training.measure_presets(arguments.omniglot),
        "curves": lambda: training.measure_curves(arguments.omniglot),
    }
    unknown = set(arguments.parts) - set(parts)
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}: the parts are {', '.join(parts)}")
    with tempfile.TemporaryDirectory() as home:
        os.environ["METAGUI_HOME"] = home
        for name in arguments.parts or ("engine", "data", "window"):
            lines = []
            for line in parts[name]():
                print(line, flush=True)
                lines.append(line)
            write_section(RESULTS, name, lines)


if __name__ == "__main__":
    sys.exit(benchmark())
