"""The kit itself: what it reports without fixtures, for objects, for groups; how it corrupts and reads cases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import Reward, RewardError, Rollout, group_reward, reward
from rewards.conformance import Check, Report, check_names, check_reward
from rewards.conformance.corrupt import corruptions
from rewards.conformance.fixtures import read_cases
from rewards.conformance.report import shown

NEED_FIXTURES = ["fixtures", "expected", "gold", "corrupted", "awkward"]


@reward("loud", cost="inline")
def loud(completion: str, answer: str) -> float:
    """Pay 1 for the answer in capitals."""
    return float(bool(answer) and completion == answer.upper())


@reward("brief", cost="inline")
def brief(completion: str, *, limit: int = 10) -> float:
    """Pay 1 for a text of 1 to `limit` characters."""
    return float(0 < len(completion.strip()) <= limit)


def by_value(spec: Reward) -> Reward:
    spec.ref = None
    return spec


def test_without_fixtures_what_needs_them_is_not_checked() -> None:
    report = check_reward(by_value(loud))
    assert report.passed()
    assert not report.passed(strict=True)
    assert [check.name for check in report.unchecked] == NEED_FIXTURES
    assert all("fixtures" in check.got for check in report.unchecked)


def test_without_columns_awkward_inputs_need_no_fixtures() -> None:
    report = check_reward(by_value(brief))
    assert [check.name for check in report.unchecked] == [n for n in NEED_FIXTURES if n != "awkward"]


def test_fixtures_given_as_rows() -> None:
    rows = [
        {"completion": "YES", "answer": "yes", "expect": {"value": 1.0, "status": "scored"}},
        {"completion": "yes", "answer": "yes", "expect": {"value": 0.0, "status": "scored"}},
    ]
    assert check_reward(by_value(loud), fixtures=rows).passed(strict=True)


def test_a_function_that_cannot_be_sent_is_named() -> None:
    import threading

    lock = threading.Lock()

    @reward("locked")
    def locked(completion: str) -> float:
        """Pay 1 if the lock is free."""
        return float(not lock.locked())

    report = check_reward(locked)
    assert [check.name for check in report.failures] == ["worker"]
    assert "pickle" in report.find("worker").got
    assert report.find("gold").got == "stopped after `worker`"


def test_a_required_parameter_without_fixtures_is_asked_for() -> None:
    @reward("needs_task")
    def needs_task(completion: str, *, task: str) -> float:
        """Pay for the `task`."""
        return float(task in completion)

    report = check_reward(needs_task)
    assert report.passed()
    assert report.find("fixtures").got == "no fixtures, and a parameter without a default"
    assert not check_reward(needs_task, params={"task": "b"}).failures


def test_a_wrong_completion_that_pays_is_named() -> None:
    rows = [
        {
            "completion": "short",
            "wrong": ["brief", "a text too long to pay"],
            "expect": {"value": 1.0, "status": "scored"},
        },
        {"completion": "a text too long to pay", "expect": {"value": 0.0, "status": "scored"}},
    ]
    report = check_reward(by_value(brief), fixtures=rows)
    assert [check.name for check in report.failures] == ["corrupted"]
    assert report.find("corrupted").fed == "{'completion': 'brief'}"


def test_only_right_cases_prove_nothing() -> None:
    rows = [{"completion": "short", "expect": {"value": 1.0, "status": "scored"}}]
    report = check_reward(by_value(brief), fixtures=rows)
    assert report.find("corrupted").got == "no case scores less than full"


@group_reward("rank", range=(0.0, 1.0))
def rank(rollouts: Sequence[Rollout], scores: Sequence[float | None], *, fault: str = "") -> list[float]:
    """Pay 1 to the shortest; `fault` chooses what to get wrong."""
    lengths = [len(r.completion) for r in rollouts]
    if fault == "empty":
        assert lengths
    if fault == "masked":
        max(s for s in scores if s is not None)
    if fault == "length":
        return [1.0]
    if fault == "range":
        return [2.0 for _ in lengths]
    if fault == "order":
        return [float(at == 0) for at in range(len(lengths))]
    return [float(n == min(lengths)) for n in lengths]


GROUP = {
    "group": [{"completion": "a"}, {"completion": "bcd"}],
    "scores": [1.0, None],
    "expect": {"values": [1.0, 0.0]},
}


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        ("", []),
        ("empty", ["empty"]),
        ("masked", ["masked", "empty"]),
        ("length", ["lengths", "values", "expected", "masked", "empty"]),
        ("range", ["values", "expected", "masked", "single"]),
        ("order", ["order"]),
    ],
)
def test_group_rewards(fault: str, broken: list[str]) -> None:
    report = check_reward(by_value(rank), fixtures=[{**GROUP, "params": {"fault": fault}}])
    assert tuple(check.name for check in report.checks) == check_names(group_reward=True)
    assert [check.name for check in report.failures] == broken


@pytest.mark.parametrize(
    ("completion", "wrong"),
    [
        ("<h1>so 1/2</h1>", ["<h1>so 1/3</h1>", "<h1>so 2/3</h1>"]),
        ("<answer>Zebra</answer>", ["<answer>Afcsb</answer>"]),
        (r"\boxed{9}", [r"\boxed{0}"]),
        ("１２", ["１3", "23"]),
        ([{"role": "assistant", "content": "A"}], [[{"role": "assistant", "content": "B"}]]),
        (
            [{"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "arguments": {"n": 3}}]}],
            [[{"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "arguments": {"n": 4}}]}]],
        ),
    ],
)
def test_corruptions_keep_the_shape(completion: object, wrong: list[object]) -> None:
    assert list(corruptions(completion)) == wrong


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1))
def test_whatever_has_letters_or_digits_is_changed(text: str) -> None:
    wrong = list(corruptions(text))
    assert wrong
    assert all(len(version) == len(text) for version in wrong)
    if set(text) != {"x"}:
        assert all(version != text for version in wrong)


@given(st.text())
def test_what_is_shown_is_short_and_can_be_printed(text: str) -> None:
    assert len(shown(text)) < 260
    shown("\ud800" + text).encode("utf-8")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "line 1: not JSON"),
        ("[1]", "line 1: expected an object, got list"),
        ('{"completion": "a"}', "line 1: a case needs `expect`"),
        ('{"completion": "a", "expect": {"value": 1, "status": "scored"}}', "line 1: no `answer`"),
        ('{"answer": "a", "expect": {"value": 1, "status": "scored"}}', "line 1: no `completion`"),
    ],
)
def test_a_bad_fixture_is_one_sentence(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(RewardError, match=problem.replace("`", "`")):
        read_cases(loud, path, {})
    report = check_reward(by_value(loud), fixtures=path)
    assert [check.name for check in report.failures] == ["fixtures"]
    assert problem in report.find("fixtures").got


def test_a_sentence_says_what_was_fed_what_came_back_and_what_is_allowed() -> None:
    check = Check("values", False, "'a'", "nan", "a number")
    assert check.sentence() == "values: FAILED\n  fed: 'a'\n  got: nan\n  allowed: a number"
    assert Report("r", [check, Check("gold", None)]).as_dict()["ok"] is False


PRICES = """
import asyncio
import os
import time

from reasoners import reward


@reward("awaits")
async def awaits(completion: str, answer: str, *, fault: str = "") -> float:
    \"\"\"Pay 1 for the answer, from a service that has a `fault`.\"\"\"
    await asyncio.sleep(0.001)
    if fault == "exits":
        os._exit(4)
    if fault == "blocks":
        time.sleep(60)
    return float(bool(answer) and completion == answer)


@reward("vectors", batch=True)
def vectors(completion: list[str], answer: list[str], *, fault: str = "") -> list[float]:
    \"\"\"Pay 1 for the answer, in one call for all; `fault` chooses what to get wrong.\"\"\"
    found = [float(bool(a) and c == a) for c, a in zip(completion, answer)]
    if fault == "position":
        return [value if at == 0 else 0.0 for at, value in enumerate(found)]
    return found
"""


@pytest.mark.parametrize(
    ("name", "fault", "broken"),
    [
        ("awaits", "", []),
        ("awaits", "exits", ["answers"]),
        ("awaits", "blocks", ["answers"]),
        ("vectors", "", []),
        ("vectors", "position", ["expected", "gold"]),
    ],
)
def test_async_and_batch_forms(tmp_path: Path, name: str, fault: str, broken: list[str]) -> None:
    path = tmp_path / "forms.py"
    path.write_text(PRICES)
    ask = {"answer": "7", "params": {"fault": fault}}
    rows = [
        {"completion": "7", **ask, "expect": {"value": 1.0, "status": "scored"}},
        {"completion": "8", **ask, "expect": {"value": 0.0, "status": "scored"}},
        {"completion": "7", **ask, "expect": {"value": 1.0, "status": "scored"}},
    ]
    report = check_reward(f"{path}:{name}", fixtures=rows, deadline=2.0)
    failures = [check.name for check in report.failures]
    assert failures[: len(broken)] == broken
    assert bool(failures) == bool(broken), [check.sentence() for check in report.failures]
