"""Give hostile texts to the mathematics verifier and print, for each: right or not, CPU seconds, and memory.

    python benchmarks/math_hostile.py            # a Markdown table; exit status 1 if one is wrong, slow or large
    python benchmarks/math_hostile.py --worst 20 # the slowest only

Every text is graded in three places, each time in a process of its own: the main thread, a worker thread, and a
coroutine of asyncio. Seconds are those of the CPU, since a loaded machine would fail an innocent text by the clock on
the wall. Memory is how far the peak of that process rose above what it held before; the texts are made
beforehand.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing as mp
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rewards.math.grade import grade
from tests.rewards.math.hostile import Case, cases

LIMIT = 1.0
"""CPU seconds a text may take."""
GROWTH = 100.0
"""MB a text may cost."""
GIVEN_UP = 30.0
"""Seconds on the wall after which a process is killed."""


class Run(NamedTuple):
    paid: bool | None
    outcome: str
    seconds: float
    megabytes: float


def main_thread(job: Callable[[], None]) -> None:
    job()


def worker_thread(job: Callable[[], None]) -> None:
    thread = threading.Thread(target=job)
    thread.start()
    thread.join()


def coroutine(job: Callable[[], None]) -> None:
    async def run() -> None:
        await asyncio.sleep(0)
        job()

    asyncio.run(run())


PLACES = {"main thread": main_thread, "worker thread": worker_thread, "asyncio": coroutine}


def held() -> float:
    """Return the memory this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def child(pipe: Any, place: str, case: Case) -> None:
    _, gold, completion, _ = case
    before, answers = held(), []

    def job() -> None:
        began = time.process_time()
        verdict = grade(completion, gold).verdict
        answers.append((verdict.correct, str(verdict.outcome), time.process_time() - began))

    PLACES[place](job)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    pipe.send(Run(*answers[0], max(peak - before, 0.0)))


def measure(place: str, case: Case) -> Run:
    """Grade one text in a forked process, which shares the warm modules and can be killed."""
    context = mp.get_context("fork")
    pipe, theirs = context.Pipe(duplex=False)
    process = context.Process(target=child, args=(theirs, place, case), daemon=True)
    process.start()
    theirs.close()
    try:
        found: Run = pipe.recv() if pipe.poll(GIVEN_UP) else Run(None, "never ended", GIVEN_UP, 0.0)
    except EOFError:
        found = Run(None, "died", 0.0, 0.0)
    process.kill()
    process.join()
    return found


def rows() -> Iterator[tuple[str, bool, dict[str, Run]]]:
    for answer in (r"\frac{1}{2}+\sin x", "[1, 2)", "5 cm", r"\begin{pmatrix}1\\2\end{pmatrix}"):
        grade(rf"\boxed{{{answer}}}", answer + " ")  # what is built at first use is built before the forks
    for case in cases():
        yield case[0], case[3], {place: measure(place, case) for place in PLACES}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--worst", type=int, default=None, help="print this many, the slowest, and all that fail"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with _inside(folder):
            found = list(rows())
        left = sorted(path.name for path in Path(folder).iterdir())
    bad = [(name, runs) for name, pays, runs in found if not _good(pays, runs)]
    shown = sorted(found, key=lambda row: -max(r.seconds for r in row[2].values()))[: given.worst]
    shown += [row for row in found if row not in shown and not _good(row[1], row[2])]
    print("| text | right | outcome | s main | s thread | s asyncio | MB |\n|---|---|---|---|---|---|---|")
    for name, pays, runs in shown:
        right = "yes" if all(run.paid is pays for run in runs.values()) else "**no**"
        times = " | ".join(f"{run.seconds:.3f}" for run in runs.values())
        memory = max(run.megabytes for run in runs.values())
        print(f"| {name} | {right} | {runs['main thread'].outcome} | {times} | {memory:.0f} |")
    every = [run for _, _, runs in found for run in runs.values()]
    print(
        f"\n{len(found)} texts, {len(bad)} wrong, slow or large; slowest {max(r.seconds for r in every):.2f} s, ",
        end="",
    )
    print(
        f"most memory {max(r.megabytes for r in every):.0f} MB; files left by injected code: {left or 'none'}"
    )
    return 1 if bad or left else 0


def _good(pays: bool, runs: dict[str, Run]) -> bool:
    return all(r.paid is pays and r.seconds <= LIMIT and r.megabytes <= GROWTH for r in runs.values())


def _inside(folder: str) -> Any:
    import contextlib

    return contextlib.chdir(folder)


if __name__ == "__main__":
    sys.exit(main())
