"""How often a short process that reads records does not end as it meant to: Arrow's own reading, and ours.

    python benchmarks/parquet_exit.py [--processes 600] [--side-by-side 8]

Each process reads eleven small record files and ends with status 2. `arrow` reads them as Arrow does unless told
otherwise, `ours` through `rewards.parquet`; printed is how many processes ended with which status (-6 is SIGABRT).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FILES = 11
END = "sys.exit(2)"
READ = (
    "import sys; from pathlib import Path; {imports}; [{read} for p in sorted(Path(sys.argv[1]).iterdir())]; "
    + END
)
WAYS = {
    "arrow": READ.format(
        imports="import pyarrow as pa, pyarrow.parquet as pq",
        read="pq.read_table(pa.BufferReader(p.read_bytes()))",
    ),
    "ours": READ.format(
        imports="from rewards.parquet import read_parquet", read="read_parquet(p.read_bytes())"
    ),
}


def ends(code: str, folder: Path, processes: int, abreast: int) -> dict[int, int]:
    """Return exit status -> number of processes."""

    def one(_: int) -> int:
        return subprocess.run([sys.executable, "-c", code, str(folder)], stderr=subprocess.DEVNULL).returncode

    with ThreadPoolExecutor(abreast) as pool:
        return dict(Counter(pool.map(one, range(processes))))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--processes", type=int, default=600)
    parser.add_argument("--side-by-side", type=int, default=8)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for number in range(FILES):
            table = pa.table({"prompt_id": [f"p{number}"] * 8, "correct": [True, False] * 4})
            pq.write_table(table, Path(name) / f"{number:02d}.parquet", compression="zstd")
        for way, code in WAYS.items():
            print(way, ends(code, Path(name), asked.processes, asked.side_by_side), flush=True)


if __name__ == "__main__":
    main()
