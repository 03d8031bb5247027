"""Kill an audit with signal 9 again and again, let it finish, and compare its store with an unbroken audit's.

    python benchmarks/audit_faults.py [--kills 50] [--seed 0] [--json]

The engine is deterministic and takes no time to speak of, so that most kills fall into judging, writing and merging
files. Two more audits go through a real HTTP server, one that is sound and one that answers with 429, 500, silence,
resets, half answers, streams without an end, repeated and empty answers.

rows_equal      every column of every row is the same, seconds of the verifier apart
lost, doubled   samples of the unbroken audit that the other lacks, or has twice
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO))

from eval.backends.server import ServerBackend  # noqa: E402
from eval.engine import run_audit  # noqa: E402
from eval.sampling import Prompt, Request, Sample, Sampling, prompt_hash, uniforms  # noqa: E402
from eval.tally import Problem  # noqa: E402
from rewards import Suite, Term, read_records, reward  # noqa: E402

PROBLEMS = [Problem(f"p{i:02d}", f"What is {i}?", {"answer": str(i % 10)}) for i in range(40)]
SAMPLES = 600
SAMPLING = Sampling(temperature=0.8, max_new_tokens=16, seed=3)


@reward("ends_with", cost="inline")
def ends_with(completion: str, answer: str) -> float:
    """Pay for the last digit."""
    return float(completion.endswith(answer))


class Deterministic:
    """An engine whose text is a function of prompt, index and seed."""

    chat = False
    started = False

    def mark(self) -> dict[str, Any]:
        return {"engine": "deterministic"}

    def prepare(self, prompts: Sequence[Prompt], sampling: Sampling) -> None:
        """Nothing to check."""

    def batches(
        self, requests: Sequence[Request], sampling: Sampling, *, details: bool = False
    ) -> Iterator[list[Sample]]:
        for start in range(0, len(requests), 8):
            if start and not self.started:  # the first batch is stored
                print("sampling", flush=True)
                self.started = True
            yield [self.sample(i, requests[i], sampling) for i in range(start, min(start + 8, len(requests)))]

    def sample(self, position: int, request: Request, sampling: Sampling) -> Sample:
        numbers = uniforms(sampling, prompt_hash(request.prompt), request.index)
        text = "".join(str(int(10 * u)) for u in numbers)
        return Sample(position, request.index, text, 16, 4, numbers[0] < 0.1)

    def close(self) -> None:
        """Nothing to free."""


def audit(
    folder: Path, backend: Any, problems: Sequence[Problem] = PROBLEMS, n: int = SAMPLES
) -> dict[str, Any]:
    return run_audit(
        folder, problems, Suite([Term(ends_with.bind(), "ends_with")]), backend, n=n, sampling=SAMPLING
    )


def rows(folder: Path) -> list[dict[str, Any]]:
    """Return every stored row, ordered by key, without the verifier's seconds."""
    found = read_records(folder).to_pylist()
    for row in found:
        row["scores"] = [{k: v for k, v in score.items() if k != "seconds"} for score in row["scores"]]
    return sorted(found, key=lambda r: (r["split"], r["prompt_id"], r["sample_index"]))


def compare(whole: Path, broken: Path) -> dict[str, Any]:
    a, b = rows(whole), rows(broken)
    keys = [[(r["split"], r["prompt_id"], r["sample_index"]) for r in side] for side in (a, b)]
    results = [json.loads((folder / "audit.json").read_text()) for folder in (whole, broken)]
    return {
        "rows": len(b),
        "rows_equal": a == b,
        "lost": len(set(keys[0]) - set(keys[1])),
        "doubled": len(keys[1]) - len(set(keys[1])),
        "audit_equal": results[0] == results[1],
    }


def kill_drill(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    chance, done, ended = random.Random(seed), 0, 0
    files: list[int] = []
    while done < kills:
        child = subprocess.Popen([sys.executable, __file__, "--child", str(folder)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()  # it samples now
        time.sleep(chance.uniform(0.0, 0.25))
        child.kill()
        status = child.wait()
        if status not in (0, -signal.SIGKILL):
            raise SystemExit(f"the audit itself failed with status {status}")
        if status == 0:
            ended += 1
            if ended > 3:
                break  # nothing left to kill
            continue
        done += 1
        files.append(len(list((folder / "records").glob("*.parquet"))))
    partial = len(list((folder / "records").glob(".*.partial")))
    return {"kills": done, "files_after_kills": files, "half_written_after_last_kill": partial}


def server_drill(folder: Path) -> dict[str, Any]:
    from tests.eval.backends.service import FAULTS, Service, plan, running

    found: dict[str, Any] = {}
    for name, fault in (("sound", plan([""])), ("failing", plan(FAULTS))):
        with running(Service(fault=fault)) as service:
            backend = ServerBackend(
                service.url, "m", 16, 16, timeout=0.5, pause=0.01, stream=name == "failing"
            )
            audit(folder / name, backend, PROBLEMS[:10], 40)
            found[f"requests_{name}"] = len(service.bodies)
            faults = dict(service.happened)
    return {
        **found,
        "faults": {k: v for k, v in faults.items() if k},
        **compare(folder / "sound", folder / "failing"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        audit(given.child, Deterministic())
        return
    with tempfile.TemporaryDirectory() as name:
        folder, silent = Path(name), Deterministic()
        silent.started = True
        begin = time.perf_counter()
        killed = kill_drill(folder / "killed", given.kills, given.seed)
        stored = len(rows(folder / "killed"))
        audit(folder / "killed", silent)
        audit(folder / "whole", silent)
        result = {
            "kill -9": {**killed, "rows_after_kills": stored, **compare(folder / "whole", folder / "killed")},
            "server": server_drill(folder / "server"),
            "seconds": round(time.perf_counter() - begin, 1),
        }
    if given.json:
        print(json.dumps(result))
        return
    for part, figures in result.items():
        print(f"{part}: {figures}")


if __name__ == "__main__":
    main()
