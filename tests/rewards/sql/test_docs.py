"""The tables of docs/sql.md are what the rewards do."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from rewards import Rollout, Source
from rewards.bound import BoundReward
from rewards.sql.presets import PRESETS
from rewards.sql.reward import sql, sql_partial

CITY = (
    "CREATE TABLE city (name TEXT, people INT); INSERT INTO city VALUES ('Aba', 5), ('Bern', 7), ('Cork', 7);"
)
GOLD = "SELECT name FROM city WHERE people > 6"
PAGE = (Path(__file__).parents[3] / "docs" / "sql.md").read_text(encoding="utf-8")


def inline(reward: Any, **params: Any) -> BoundReward:
    return BoundReward(replace(reward, cost="inline"), reward.check_params(params))


def tables() -> list[list[list[str]]]:
    """Return the page's tables as rows of cells, without their heads."""
    blocks = re.findall(r"(?:^\|.*\n)+", PAGE, re.M)
    return [
        [[c.strip().strip("`") for c in line.strip("|\n").split(" | ")] for line in b.splitlines()[2:]]
        for b in blocks
    ]


SHOWN = [t for t in tables() if t[0][0] in sql.params and len(t[0]) == 5]
POLICIES = [(row, first) for table, first in zip(SHOWN, (0.0, 1.0), strict=True) for row in table]


@pytest.mark.parametrize(("row", "first"), POLICIES, ids=lambda v: v[0] if isinstance(v, list) else "")
def test_every_policy_decides_its_example(row: list[str], first: float) -> None:
    name, default, other, gold, completion = row
    read = float if name == "rtol" else yaml.safe_load
    assert read(default) == sql.params[name].default
    values = []
    for given in (default, other):
        bound = inline(sql, **{name: read(given)})
        values.append(bound.score(completion=completion, answer=gold, db=CITY).value)
    assert values == [first, 1.0 - first]


def test_every_policy_is_shown() -> None:
    shown = {row[0] for row, _ in POLICIES} | {"atol"}
    first, last = list(sql.params).index("column_order"), list(sql.params).index("atol")
    assert shown == set(list(sql.params)[first : last + 1])


def test_the_presets_pay_what_the_page_says() -> None:
    (table,) = [t for t in tables() if len(t[0]) == 9]
    assert [row[0] for row in table] == list(PRESETS)
    tagged = "<think>so</think><answer>{}</answer>"
    other, near, fails = (
        "SELECT name FROM city WHERE name <> 'Aba'",
        "SELECT name FROM city",
        "SELECT nam FROM city",
    )
    texts = [tagged.format(GOLD), GOLD, *(tagged.format(q) for q in (other, near, fails)), "none"]
    for row in table:
        bound = inline(sql_partial, preset=row[0], steps=2 if row[0] == "annealed" else 0)
        rollouts = [Rollout(t, columns={"answer": GOLD, "db": CITY}, source=Source(step=1)) for t in texts]
        values = [score.value for score in bound.score_rollouts(rollouts)]
        preset = PRESETS[row[0]]
        margin = preset.scale(0.5)[2] - preset.wrong_to(0.5)
        assert [f"{v:.3g}" for v in [*values, margin]] == row[2:], row[0]
