"""Every row of the tables in docs/math.md holds, letter for letter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rewards import load_reward
from rewards.math.extract import find_answer
from rewards.math.options import Options
from rewards.places import NoAnswer

PAGE = (Path(__file__).resolve().parents[3] / "docs/math.md").read_text(encoding="utf-8")
CELL = re.compile(r"\s*(?:`(?P<code>[^`]*)`|(?P<plain>[^|`]*))\s*\|")
PARAMS = {"true": True, "false": False, "strict": "strict", "hundredth": "hundredth", "0.01": 0.01}


def table(header: str) -> list[list[str]]:
    lines = PAGE.split(header, 1)[1].split("\n")[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(
            [(m["code"] if m["code"] is not None else m["plain"].strip()) for m in CELL.finditer(line[1:])]
        )
    return rows


PLACES = table("| convention | completion | what is read |")
VERDICTS = table("| convention | option | reference | answer | verdict |")


def test_the_tables_are_read_whole() -> None:
    assert len(PLACES) == 35
    assert {len(row) for row in PLACES} == {3}
    assert len(VERDICTS) == 55
    assert {len(row) for row in VERDICTS} == {5}


@pytest.mark.parametrize("row", PLACES, ids=lambda row: row[1])
def test_a_place(row: list[str]) -> None:
    _, completion, expected = row
    text = completion.replace("⏎", "\n")
    if expected == "nothing":
        with pytest.raises(NoAnswer):
            find_answer(text)
    else:
        found = find_answer(text)
        assert expected in (found.text, found.narrower)


@pytest.mark.parametrize("row", VERDICTS, ids=lambda row: f"{row[1]} {row[2]} {row[3]}")
def test_a_verdict(row: list[str]) -> None:
    _, option, reference, answer, verdict = row
    name, _, value = option.partition("=")
    params = {name: PARAMS[value]} if option else {}
    score = load_reward("math", **params).score(completion=f"So \\boxed{{{answer}}}.", answer=reference)
    assert (score.value, score.status) == (float(verdict == "correct"), "scored"), score.reason


def test_every_option_stands_in_the_reward_and_in_the_readme() -> None:
    from dataclasses import fields

    from rewards.math.reward import math

    readme = (Path(__file__).resolve().parents[3] / "rewards/math/README.md").read_text(encoding="utf-8")
    defaults = Options()
    for field in fields(Options):
        assert math.params[field.name].default == getattr(defaults, field.name)
    for name in math.params:
        assert f"`{name}`" in readme
