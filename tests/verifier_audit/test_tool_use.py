"""Cases for tool calls: a sound verifier gets all of them right, and each kind of carelessness is found."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from rewards import load_reward, reward
from rewards.verifier_audit import audit_reward
from rewards.verifier_audit.fixtures import fixture_rows
from rewards.verifier_audit.tool_use import tool_use_cases

WEATHER = {"name": "weather", "arguments": {"city": "Bern", "days": 2}}
CONVERT = {"name": "convert", "arguments": {"to": "F"}}


def call(wanted: Mapping[str, Any], number: int, text: bool = False) -> dict[str, Any]:
    arguments = json.dumps(wanted["arguments"]) if text else wanted["arguments"]
    function = {"name": wanted["name"], "arguments": arguments}
    return {"id": f"call-{number}", "type": "function", "function": function}


GOLD = [
    {"role": "assistant", "content": "", "tool_calls": [call(WEATHER, 1), call(CONVERT, 2, text=True)]},
    {"role": "tool", "tool_call_id": "call-1", "content": "21 C"},
    {"role": "tool", "tool_call_id": "call-2", "content": "70 F"},
    {"role": "assistant", "content": "It is 70 F."},
]
ROW = {"calls": [WEATHER, CONVERT], "messages": GOLD}

PLUGIN = '''
import json
from rewards import Score, Status, reward


def plain(call):
    function = call.get("function", call)
    arguments = function["arguments"]
    return {"name": function["name"], "arguments": json.loads(arguments) if isinstance(arguments, str) else arguments}


@reward("called", domain="tool_use", cost="inline")
def called(messages: list, tool_calls: list, calls: list) -> Score:
    """Pay for exactly these calls, made before a final answer."""
    if not tool_calls or messages[-1].get("tool_calls") or messages[-1].get("role") != "assistant":
        return Score(0.0, Status.UNPARSED, reason="no calls with an answer after them")
    try:
        made = [plain(call) for call in tool_calls]
    except ValueError:
        return Score(0.0, reason="the arguments are no JSON")
    return Score(float(made == calls))
'''


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    (tmp_path / "called.py").write_text(PLUGIN)
    cases = [
        {"messages": GOLD, "calls": ROW["calls"], "expect": {"value": 1.0, "status": "scored"}},
        {"messages": GOLD[-1:], "calls": ROW["calls"], "expect": {"value": 0.0, "status": "unparsed"}},
    ]
    (tmp_path / "fixtures.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    return tmp_path / "called.py"


def test_a_sound_verifier_gets_every_case_of_its_own_fixtures_right(plugin: Path) -> None:
    bound = load_reward(f"{plugin}:called")
    rows = fixture_rows(bound)
    assert rows == [ROW]
    report = audit_reward(bound, rows)
    assert (report.total(True).wrong, report.total(False).wrong, report.unusable) == (0, 0, [])
    counts = {family.name: family.cases for family in report.families}
    # three arguments: each with another value, left out and renamed, and one too many for each of the two calls
    assert counts["wrong arguments"] == 3 * 3 + 2
    assert counts["call dropped"] == counts["call doubled"] == counts["call added"] == 2
    assert counts["another function"] == counts["arguments cut off"] == 2
    assert (counts["no call"], counts["call after the answer"], counts["call of another role"]) == (1, 1, 2)
    assert (counts["call in prose only"], counts["in the thinking only"]) == (9, 3)
    assert counts["equivalent forms"] == 5


def names(calls: Sequence[Mapping[str, Any]]) -> list[str]:
    return [call["function"]["name"] for call in calls]


@reward("by_name", domain="tool_use", cost="inline")
def by_name(tool_calls: list[Any], calls: list[Any]) -> float:
    """Look at the names only, once each."""
    return float(set(names(tool_calls)) == {call["name"] for call in calls})


@reward("by_text", domain="tool_use", cost="inline")
def by_text(messages: list[Any], calls: list[Any]) -> float:
    """Look for the names anywhere."""
    return float(all(call["name"] in json.dumps(messages) for call in calls))


@reward("at_least", domain="tool_use", cost="inline")
def at_least(tool_calls: list[Any], calls: list[Any]) -> float:
    """Want arguments as an object, and let more calls pass."""
    made = [{"name": c["function"]["name"], "arguments": c["function"]["arguments"]} for c in tool_calls]
    return float(all(call in made for call in calls))


PLAIN = [dict(GOLD[0], tool_calls=[call(WEATHER, 1)]), GOLD[1], GOLD[3]]


@pytest.mark.parametrize(
    ("careless", "row", "families"),
    [
        (
            by_name,
            ROW,
            {"arguments cut off", "call after the answer", "call doubled", "wrong arguments"},
        ),
        (
            by_text,
            ROW,
            {
                "another function",
                "arguments cut off",
                "call added",
                "call after the answer",
                "call doubled",
                "call in prose only",
                "call of another role",
                "in the thinking only",
                "wrong arguments",
            },
        ),
        (
            at_least,
            {"calls": [WEATHER], "messages": PLAIN},
            {"call added", "call after the answer", "call doubled", "equivalent forms"},
        ),
    ],
)
def test_carelessness_is_found_in_its_family(careless: Any, row: dict[str, Any], families: set[str]) -> None:
    report = audit_reward(careless.bind(), [row])
    assert {family.name for family in report.families if family.wrong} == families


def test_a_trajectory_that_is_not_paid_or_has_no_calls_is_listed_and_not_counted() -> None:
    rows = [{"calls": [CONVERT], "messages": PLAIN}, {"calls": [], "messages": GOLD[-1:]}, {"calls": []}]
    report = audit_reward(by_name.bind(), rows)
    assert report.families == []
    assert ["not paid" in entry["reason"] for entry in report.unusable] == [True, False, False]
    assert "no `messages` with a right trajectory" in report.unusable[2]["reason"]


def test_cases_leave_the_trajectory_as_it_is_and_flat_calls_are_read_too() -> None:
    flat = [
        {"role": "assistant", "content": None, "tool_calls": [dict(WEATHER)]},
        {"role": "assistant", "content": "Warm."},
    ]
    before = json.dumps([GOLD, flat])
    made = {(c.family, c.note): c.completion for c in [*tool_use_cases(GOLD), *tool_use_cases(flat)]}
    assert json.dumps([GOLD, flat]) == before
    assert made["another function", ""][0]["tool_calls"] == [{**WEATHER, "name": "weather_other"}]
    assert made["no call", ""] == flat[1:]


def test_the_command(plugin: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reasoners.cli.main", "rewards", "audit", "called.py:called", "--fail-on", "fp=0,fn=0"],
        cwd=plugin.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "call in prose only" in done.stdout
