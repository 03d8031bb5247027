"""Replay synthetic records with another reward: records a second, and peak memory (target: 512 MB).

    python benchmarks/rescore.py              # 100,000 records in files of 512
    python benchmarks/rescore.py --million    # 1,000,000
    python benchmarks/rescore.py --one-file   # the same records in one file

The records are made in a process of their own, so that the peak is that of the replay alone.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PER_FILE, GROUP = 512, 8
PADDING = "Let me think about this step by step, and check each of the steps again. " * 8


def make(folder: Path, count: int, one_file: bool) -> None:
    import pyarrow.parquet as pq

    from rewards import Record, Rollout, Source, Suite, write_records
    from rewards.records import schema

    suite = Suite.from_config([{"name": "number"}])
    for start in range(0, count, PER_FILE):
        rollouts = [
            Rollout(
                f"{PADDING}{i}\nThe answer is {i % 7}." if i % 5 else f"{PADDING} {i % 7}",
                f"What is {i // GROUP} modulo 7? {PADDING[:200]}",
                {"answer": str(i // GROUP % 7), "question": PADDING[:200]},
                f"p{i // GROUP}",
                i % GROUP,
                40,
                160,
                False,
                Source("bench", "model", "train", start // PER_FILE),
            )
            for i in range(start, min(start + PER_FILE, count))
        ]
        records = [Record(r, v) for r, v in zip(rollouts, suite.score(rollouts), strict=True)]
        write_records(folder, f"train-{start // PER_FILE:08d}-0000-r0", records)
    if one_file:
        files = sorted(folder.glob("*.parquet"))
        with pq.ParquetWriter(folder / ".whole", schema(), compression="zstd") as writer:
            for first in range(0, len(files), 256):
                import pyarrow as pa

                tables = [pq.read_table(path) for path in files[first : first + 256]]
                writer.write_table(pa.concat_tables(tables))
        for path in files:
            path.unlink()
        (folder / ".whole").rename(folder / "all.parquet")


def replay(source: Path, out: Path) -> None:
    from rewards import Suite
    from rewards.rescore import rescore

    begin = time.perf_counter()
    suite = Suite.from_config([{"name": "number", "params": {"where": "last"}}])
    changes = rescore(source, suite, out)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"records {changes.rows}, changed {changes.changed}")
    print(f"seconds {seconds:.1f}, records/s {changes.rows / seconds:.0f}")
    print(f"peak    {peak:.0f} MB (target 512)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--one-file", action="store_true")
    parser.add_argument("--step", choices=["make", "replay"])
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    count = 1_000_000 if given.million else 100_000
    if given.step == "make":
        make(given.folder / "records", count, given.one_file)
    elif given.step == "replay":
        replay(given.folder, given.folder.parent / "replay")
    else:
        with tempfile.TemporaryDirectory() as folder:
            for step in ("make", "replay"):
                command = [
                    sys.executable,
                    __file__,
                    "--step",
                    step,
                    "--folder",
                    f"{folder}/run",
                    *sys.argv[1:],
                ]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
