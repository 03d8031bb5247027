"""Every registered reward of ours passes the kit, and its check can fail."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from rewards.conformance import check_names, check_reward

REPO = Path(__file__).resolve().parents[2]
NAMES = sorted(
    tomllib.loads((REPO / "pyproject.toml").read_text())["project"]["entry-points"]["reasoners.rewards"]
)
NEEDS = {"reasoning_gym": "reasoning_gym"}


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_holds(name: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name], reason="needs the extra [gym]")
    report = check_reward(name)
    assert [check.sentence() for check in report.checks if check.ok is not True] == []


def test_a_report_has_every_check_once_and_in_order() -> None:
    report = check_reward("format")
    assert tuple(check.name for check in report.checks) == check_names()


def test_a_builtin_fails_on_a_wrong_fixture() -> None:
    wrong = {"completion": "41", "answer": "42", "expect": {"value": 1.0, "status": "scored"}}
    report = check_reward("number", fixtures=[wrong])
    assert [check.name for check in report.failures] == ["expected", "gold", "corrupted"]
    assert report.find("expected").got == "0, scored: got 41, expected 42"
    assert report.find("expected").allowed == "1.0, scored, as the fixture says"


def test_parameters_choose_the_fixtures() -> None:
    assert check_reward("exact", params={"mode": "tagged"}).passed(strict=True)
    boxed = check_reward("number", params={"where": "boxed"})  # of its cases, none of these is right
    assert boxed.passed()
    assert boxed.find("gold").got == "there are no fixtures"
    unknown = check_reward("number", params={"were": "boxed"})
    assert [check.name for check in unknown.failures] == ["fixtures"]
    assert "Did you mean `where`?" in unknown.find("fixtures").got
