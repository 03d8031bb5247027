"""Every preset by worked values, and what all of them promise: a right query is paid more than any wrong one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import RewardError
from rewards.sql.grade import Options, scale_of
from rewards.sql.presets import MOST_SHAPING, NAMES, PRESETS, Facts

RIGHT = {"execution": 1.0, "runs": 1.0, "syntax": 1.0}
RUNS = {"runs": 1.0, "syntax": 1.0}
FULL = {"schema": 1.0, "ngram": 1.0, "format": 1.0}
CELLS = {"cell_precision": 1.0, "cell_recall": 1.0, "cardinality": 1.0}

WORKED = {
    "execution": [
        ({}, 0.0),
        (RIGHT, 1.0),
        ({**RIGHT, **FULL}, 1.0),
        ({**RIGHT, "brevity": 1.0}, 1.0),
        (RUNS, 0.0),
        ({**RUNS, **FULL}, 0.0),
        ({**RUNS, **CELLS}, 0.0),
        ({"syntax": 1.0}, 0.0),
        ({"format": 1.0}, 0.0),
        ({**RUNS, "judge": 1.0}, 0.0),
    ],
    # right: 3 + syntax + schema + ngram + format; wrong: 1.5 x their mean, the judge's opinion weighing 2.
    "reasoning_sql": [
        ({**RIGHT, **FULL}, 7.0),
        ({**RIGHT, "schema": 1.0, "ngram": 1.0}, 6.0),
        ({**RIGHT, "schema": 0.5, "ngram": 0.2, "format": 1.0}, 5.7),
        (RIGHT, 4.0),
        ({**RIGHT, **FULL, "judge": 0.0}, 7.0),
        ({**RUNS, **FULL}, 1.5),
        ({**RUNS, **FULL, "judge": 1.0}, 1.5),
        ({**RUNS, **FULL, "judge": 0.0}, 1.0),
        ({**RUNS, "judge": 0.5}, 0.5),
        ({**RUNS, "format": 1.0}, 0.75),
        ({"schema": 0.4, "format": 1.0}, 0.525),
        ({"format": 1.0}, 0.375),
        ({}, 0.0),
    ],
    "arctic": [
        (RIGHT, 1.0),
        ({**RIGHT, **FULL}, 1.0),
        ({**RIGHT, "format": 0.0}, 1.0),
        (RUNS, 0.1),
        ({**RUNS, **FULL}, 0.1),
        ({**RUNS, **CELLS}, 0.1),
        ({**RUNS, "judge": 1.0}, 0.1),
        ({"syntax": 1.0}, 0.0),
        ({"schema": 1.0, "ngram": 1.0}, 0.0),
        ({"format": 1.0}, 0.0),
        ({}, 0.0),
    ],
    "sql_r1": [
        ({**RIGHT, "format": 1.0, "brevity": 1.0}, 7.5),
        ({**RIGHT, "format": 1.0, "brevity": 0.5}, 6.75),
        ({**RIGHT, "format": 1.0}, 6.0),
        ({**RIGHT, "brevity": 1.0}, 5.5),
        ({**RIGHT, "brevity": 0.2}, 4.3),
        (RIGHT, 4.0),
        ({**RUNS, "format": 1.0}, 0.0),
        ({**RUNS, "format": 1.0, "brevity": 1.0}, 0.0),
        (RUNS, -1.0),
        ({"format": 1.0}, -1.0),
        ({"syntax": 1.0, "format": 1.0}, -1.0),
        ({}, -1.0),
    ],
    "skyrl": [
        (RIGHT, 1.0),
        ({**RIGHT, **FULL}, 1.0),
        ({**RIGHT, "brevity": 1.0}, 1.0),
        (RUNS, 0.0),
        ({**RUNS, **FULL}, 0.0),
        ({**RUNS, **CELLS}, 0.0),
        ({"syntax": 1.0}, 0.0),
        ({"schema": 1.0}, 0.0),
        ({"format": 1.0}, 0.0),
        ({}, 0.0),
    ],
    # right: 1 + the mean of four; wrong: half that mean.
    "think2sql": [
        ({**RIGHT, **CELLS, "format": 1.0}, 2.0),
        ({**RIGHT, **CELLS}, 1.75),
        ({**RIGHT, "format": 1.0}, 1.25),
        (RIGHT, 1.0),
        ({**RUNS, **CELLS, "format": 1.0}, 0.5),
        ({**RUNS, **CELLS}, 0.375),
        ({**RUNS, "cell_precision": 0.5, "cell_recall": 1.0, "cardinality": 0.5}, 0.25),
        ({**RUNS, "cell_recall": 1.0, "cardinality": 0.2, "format": 1.0}, 0.275),
        (RUNS, 0.0),
        ({"format": 1.0}, 0.125),
        ({**RUNS, "schema": 1.0, "ngram": 1.0}, 0.0),
        ({}, 0.0),
    ],
    # right: 0.5 + 1.5 p + (1 - p) x mean; wrong: 0.25 x (1 - p) x mean.
    "annealed": [
        ({**RIGHT, **FULL, "progress": 0.0}, 1.5),
        ({**RIGHT, **FULL, "progress": 0.5}, 1.75),
        ({**RIGHT, **FULL, "progress": 1.0}, 2.0),
        ({**RIGHT, "progress": 0.0}, 0.75),
        ({**RIGHT, "progress": 0.2}, 1.0),
        ({**RIGHT, "progress": 1.0}, 2.0),
        ({**RUNS, **FULL, "progress": 0.0}, 0.25),
        ({**RUNS, **FULL, "progress": 0.5}, 0.125),
        ({**RUNS, "format": 1.0, "progress": 0.2}, 0.1),
        ({**RUNS, **FULL, "progress": 1.0}, 0.0),
        ({"format": 1.0, "progress": 0.0}, 0.0625),
        ({}, 0.0),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "given", "pay"), [(n, g, p) for n, rows in WORKED.items() for g, p in rows])
def test_worked_values(name: str, given: dict[str, float], pay: float) -> None:
    assert PRESETS[name].pay(Facts(**given), 0.5) == pytest.approx(pay, abs=1e-12)


def test_every_preset_has_ten_worked_values() -> None:
    assert set(WORKED) == set(NAMES) == set(PRESETS)
    assert min(len(rows) for rows in WORKED.values()) >= 10


part = st.floats(0, 1)
shared = dict.fromkeys(
    ("schema", "ngram", "cell_precision", "cell_recall", "cardinality", "brevity", "progress"), part
)
flag = st.sampled_from([0.0, 1.0])
right = st.builds(
    Facts, **shared, execution=st.just(1.0), runs=st.just(1.0), syntax=st.just(1.0), format=flag
)
wrong = st.builds(Facts, **shared, runs=flag, syntax=flag, format=flag, judge=st.none() | part)
names = st.sampled_from(NAMES)
shaping = st.floats(0, MOST_SHAPING)


@given(names, right, wrong, shaping)
def test_a_right_query_is_paid_more_than_any_wrong_one(
    name: str, yes: Facts, no: Facts, share: float
) -> None:
    preset = PRESETS[name]
    low, high, right_from = preset.scale(share)
    margin = right_from - preset.wrong_to(share)
    assert margin >= 0.05
    paid, other = preset.pay(yes, share), preset.pay(no, share)
    assert right_from - 1e-9 <= paid <= high + 1e-9
    assert low - 1e-9 <= other <= preset.wrong_to(share) + 1e-9
    assert paid - other >= margin - 1e-9


@given(names, wrong, shaping, st.sampled_from([*shared, "runs", "syntax", "format", "judge"]), part)
def test_no_part_of_a_wrong_query_is_worth_less_when_it_grows(
    name: str, facts: Facts, share: float, grown: str, to: float
) -> None:
    from dataclasses import replace

    if grown == "progress" or getattr(facts, grown) is None:
        return
    more = replace(facts, **{grown: max(getattr(facts, grown), to)})
    if more.runs > more.syntax or (name == "sql_r1" and grown == "format"):
        return  # in SQL-R1 a format that is kept lets the failure count as well
    assert PRESETS[name].pay(more, share) >= PRESETS[name].pay(facts, share) - 1e-9


@pytest.mark.parametrize(
    ("preset", "scale"),
    [
        ("execution", (0.0, 1.0, 1.0)),
        ("reasoning_sql", (0.0, 7.0, 3.0)),
        ("arctic", (0.0, 1.0, 1.0)),
        ("sql_r1", (-1.0, 7.5, 4.0)),
        ("skyrl", (-1.0, 1.0, 1.0)),
        ("think2sql", (0.0, 2.0, 1.0)),
        ("annealed", (0.0, 2.0, 0.5)),
    ],
)
def test_scales(preset: str, scale: tuple[float, float, float]) -> None:
    assert scale_of({"preset": preset}) == scale


@pytest.mark.parametrize(
    "params",
    [{"shaping": 0.95}, {"shaping": -0.1}, {"steps": -1}, {"seconds": 0}, {"seconds": 21.0}, {"gold_seconds": -1.0},
     {"memory_mb": 0}, {"judge": "nowhere:f"}, {"judge": "http://localhost:1"}],
)  # fmt: skip
def test_options_out_of_bounds(params: dict[str, object]) -> None:
    with pytest.raises(RewardError):
        Options.of(params)
