"""How long a start takes: medians over fresh processes, bytecode already written.

Run: .venv/bin/python benchmarks/startup.py [--runs 15] [--json]
Bars: `reasoners --help` under 0.4 s, `import rewards` under 0.3 s.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from statistics import median

STARTS = {
    "python -c pass": ["-c", "pass"],
    "import rewards": ["-c", "import rewards"],
    "import reasoners": ["-c", "import reasoners"],
    "reasoners --help": ["-m", "reasoners.cli.main", "--help"],
    "reasoners rewards list": ["-m", "reasoners.cli.main", "rewards", "list"],
}


def seconds(arguments: list[str], folder: str) -> float:
    """Return the wall time of one fresh process. Raises CalledProcessError if it fails."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begin


def measure(runs: int) -> dict[str, float]:
    """Return name -> median seconds; the first run of each, which may write bytecode, is dropped."""
    with tempfile.TemporaryDirectory() as folder:
        return {
            name: round(median([seconds(arguments, folder) for _ in range(runs + 1)][1:]), 3)
            for name, arguments in STARTS.items()
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Median seconds of fresh starts.")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.runs)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:<24}{value:>7.3f} s")


if __name__ == "__main__":
    main()
