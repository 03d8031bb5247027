"""The options of multiple-choice benchmarks reach the guess control: loader, audit, records, report's figures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.engine import run_audit
from eval.guess.view import declared_choices, load_guesses
from eval.sampling import Prompt, Request, Sample, Sampling, prompt_hash, uniforms
from eval.suites.load import load_benchmark
from eval.suites.table import find_benchmark
from eval.tally import Problem
from eval.views import load_audit
from reasoners.auditing import benchmark_config
from reasoners.data import make_examples
from rewards import Suite

COPIES = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "benchmarks"
MMLU = [
    {"question": f"q{i}", "choices": [f"{i}w", f"{i}x", f"{i}y", f"{i}z"][: 4 - i % 2], "answer": i % 3}
    for i in range(12)
]
GPQA = [
    {"Question": f"q{i}", "Correct Answer": "r", **{f"Incorrect Answer {j}": f"w{j}" for j in (1, 2, 3)}}
    for i in range(12)
]


class Guesser:
    """An engine that picks one of four letters blindly."""

    chat = False

    def mark(self) -> dict[str, Any]:
        return {"engine": "guesser"}

    def prepare(self, prompts: Sequence[Prompt], sampling: Sampling) -> None:
        """Nothing to check."""

    def batches(
        self, requests: Sequence[Request], sampling: Sampling, *, details: bool = False
    ) -> Iterator[list[Sample]]:
        for i, request in enumerate(requests):
            drawn = uniforms(sampling, prompt_hash(request.prompt), request.index)[0]
            yield [Sample(i, request.index, f"\\boxed{{{'ABCD'[int(4 * drawn)]}}}", 2, 1, False)]

    def close(self) -> None:
        """Nothing to free."""


def audit(folder: Path, name: str, copy: Path, size: int | None = None) -> list[dict[str, Any]]:
    benchmark = find_benchmark(name)
    config = benchmark_config(benchmark)
    rows = load_benchmark(benchmark, copy, size)
    problems = [Problem(e.id, e.prompt, e.columns) for e in make_examples(rows, config.data, chat=False)]
    suite = Suite.from_config(config.reward_entries())
    run_audit(folder, problems, suite, Guesser(), n=16, sampling=Sampling(seed=1), greedy=False)
    return rows


@pytest.mark.parametrize(("name", "published"), [("mmlu_stem", MMLU), ("gpqa", GPQA)])
def test_the_number_of_options_is_a_floor_of_the_guess(
    name: str, published: list[dict[str, Any]], tmp_path: Path
) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_text("".join(json.dumps(row) + "\n" for row in published))
    rows = audit(tmp_path / "audit", name, copy)
    listed = {row["id"]: len(row["choices"]) for row in rows}
    assert set(listed.values()) == ({3, 4} if name == "mmlu_stem" else {4})
    assert declared_choices(tmp_path / "audit") == listed
    found = load_guesses(tmp_path / "audit", load_audit(tmp_path / "audit", samples=0).counts)
    # A guess is the larger of 1/m and what the answers to other problems tell, which scatters about 1/4.
    assert all(x.rate >= 1 / listed[x.problem_id] for x in found.control.chances)
    by_choices = [x for x in found.control.chances if x.basis == "choices"]
    assert by_choices
    assert all(x.rate == 1 / listed[x.problem_id] for x in by_choices)
    assert len(found.control.chances) == len(listed)


@pytest.mark.skipif(not COPIES.is_dir(), reason="no copies of the benchmarks beside the checkout")
def test_the_published_copy_declares_four_choices_each(tmp_path: Path) -> None:
    rows = audit(tmp_path / "audit", "mmlu_stem", COPIES, size=40)
    assert declared_choices(tmp_path / "audit") == {row["id"]: 4 for row in rows}
    assert all(f"({row['answer']}) " in row["options"] for row in rows)
