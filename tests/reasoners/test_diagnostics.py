"""Diagnostics: what a run's metrics give reason to look at, on histories made by hand and on a real run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.diagnostics import diagnose, step_signs
from rewards import Record, Rollout, Score, Status, Verdict

HEALTHY = {
    "reward": 0.4,
    "reward_std": 0.4,
    "groups/dead": 0.2,
    "groups/all_right": 0.1,
    "groups/all_wrong": 0.1,
    "status/unparsed": 0.1,
    "truncated": 0.0,
    "completions/mean_length": 100.0,
    "signs/repetition": 0.0,
}


def history(*phases: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [{**HEALTHY, **phase} for phase in phases for _ in range(10)]
    return [{"step": i + 1, **row} for i, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ({"groups/all_right": 0.9, "groups/dead": 0.9}, "saturated"),
        ({"groups/all_wrong": 0.9, "groups/dead": 0.9}, "too_hard"),
        ({"groups/dead": 0.9}, "dead"),
        ({"groups/tiny_spread": 0.5}, "tiny_spread"),
        ({"critic/outside": 0.5}, "critic_range"),
        ({"status/unparsed": 0.7}, "unparsed"),
        ({"truncated": 0.9}, "truncated"),
        ({"status/timeout": 0.2}, "timeouts"),
        ({"reward": 0.9, "completions/mean_length": 40.0}, "hacking"),
        ({"reward": 0.9, "signs/repetition": 0.4}, "hacking"),
    ],
)
def test_each_sign_has_its_finding_and_names_its_steps(last: dict[str, Any], code: str) -> None:
    found = diagnose(history({}, last))
    assert [f.code for f in found] == [code]
    assert found[0].steps == (11, 20)


@pytest.mark.parametrize(
    "phases",
    [
        [{}, {}],
        [{}, {"reward": 0.9}],  # learning is no offence
        [{}, {"completions/mean_length": 40.0}],  # nor is brevity
        [{"reward": 0.9, "completions/mean_length": 40.0}],  # no earlier steps to compare with
    ],
)
def test_a_healthy_run_gets_no_finding(phases: list[dict[str, Any]]) -> None:
    assert diagnose(history(*phases)) == []


def test_too_few_steps_say_nothing() -> None:
    assert diagnose(history({"groups/all_wrong": 1.0})[:9]) == []


def record(text: str, a: float, b: float, prompt: str = "p", correct: bool | None = True) -> Record:
    verdict = Verdict(a + b, correct, Status.SCORED, {"a": Score(a), "b": Score(b)})
    return Record(Rollout(text, prompt_id=prompt), verdict)


def test_signs_of_a_batch_are_counted_exactly() -> None:
    records = [
        record("x", 1.0, 0.0),
        record("x", 1.0, 1.0),
        record("y", 0.0, 1.0, correct=False),
        record("x", 0.0, 0.0, prompt="q", correct=None),
    ]
    signs = step_signs(records, {"a": 1.0, "b": 1.0}, group=2)
    assert signs["signs/duplicates"] == 0.5
    assert signs["signs/a_not_b"] == 0.25
    assert signs["signs/b_not_a"] == 0.25
    assert signs["groups/dead_expected"] == pytest.approx((2 / 3) ** 2 + (1 / 3) ** 2)
    assert signs["signs/repetition"] == 0.0


def test_right_is_what_a_reward_says_it_is() -> None:
    pays = [(3.2, -1.0), (0.9, 0.0), (6.5, 0.0), (6.5, 4.0)]
    signs = step_signs([record("x", a, b) for a, b in pays], {"a": 3.0, "b": 4.0}, group=4)
    assert signs["signs/a_not_b"] == 0.5
    assert signs["signs/b_not_a"] == 0.0


def test_repetition_tells_a_loop_from_prose() -> None:
    prose = "The electrician came on time, found the fault behind the old fuse box, and left no dust at all."
    loop = "and so on " * 60
    low, high = (step_signs([record(t, 1, 1)], {"a": 1.0}, 1)["signs/repetition"] for t in (prose, loop))
    assert low == 0.0
    assert high > 0.7


def test_a_run_that_learns_nothing_says_so(
    small_run: Callable[..., Path], cli: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "zero.py").write_text(
        "from rewards import reward\n"
        "@reward('zero', cost='inline')\n"
        "def zero(completion: str) -> float:\n"
        "    return 0.0\n"
    )
    done = cli("train", small_run(rewards=[{"name": f"{tmp_path}/zero.py:zero"}], trl={"max_steps": 10}))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("all wrong: use easier data") == 1
    assert "too_hard" in (tmp_path / "run" / "README.md").read_text()
