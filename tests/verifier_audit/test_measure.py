"""Audits of verifiers that are good, and of verifiers that are bad in a known way."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from rewards import BadReference, Score, Status, group_reward, load_reward, reward
from rewards.define import Reward
from rewards.errors import RewardError
from rewards.verifier_audit import Case, audit_reward
from rewards.verifier_audit.fixtures import fixture_rows

ROWS = [
    {"answer": a, "question": f"Find {i}."} for i, a in enumerate(["42", "-7", "0.5", "1/3", "1234", "0"])
]


def fixed(value: float, domain: str = "math") -> Reward:
    @reward(f"always {value:g}", domain=domain, cost="inline")
    def always(completion: str, answer: Any) -> float:
        """Pay the same."""
        return value

    return always


@reward("contains", domain="math", cost="inline")
def contains(completion: str, answer: str) -> float:
    """Pay a completion that contains the answer."""
    return float(answer in completion)


def wrong(spec: Reward, rows: Any = ROWS) -> dict[str, float]:
    found = audit_reward(spec.bind(), rows).to_json()
    return {
        f["family"] if "family" in f else f["name"]: f["rate"] for f in found["families"] if not f["pays"]
    }


@pytest.mark.parametrize(("name", "params"), [("number", {}), ("exact", {}), ("format", {})])
def test_the_built_ins_pay_nothing_wrong_and_refuse_no_common_form(name: str, params: dict[str, Any]) -> None:
    bound = load_reward(name, **params)
    report = audit_reward(bound, fixture_rows(bound))
    assert report.total(False).cases >= 100
    assert report.total(False).wrong == 0, [f.examples for f in report.families if f.wrong and not f.pays]
    common = next(f for f in report.families if f.name in ("equivalent forms", "well formed"))
    assert (common.pays, common.wrong) == (True, 0)


def test_a_verifier_that_pays_everything_is_wrong_in_every_family() -> None:
    rates = wrong(fixed(1.0))
    assert len(rates) == 14
    assert set(rates.values()) == {1.0}


def test_a_verifier_that_pays_nothing_shows_as_unusable_references() -> None:
    report = audit_reward(fixed(0.0).bind(), ROWS)
    assert report.families == []
    assert [entry["reason"] for entry in report.unusable] == ["paid in no common form"] * len(ROWS)


def test_substring_matching_is_caught() -> None:
    rates = wrong(contains)
    assert (
        rates["hedge"]
        == rates["candidates listed"]
        == rates["negation"]
        == rates["in the thinking only"]
        == 1.0
    )
    assert rates["empty"] == 0.0
    assert 0 < rates["near miss"] < 1


def test_the_last_number_is_caught() -> None:
    bound = load_reward("number", where="last")
    found = {f.name: f for f in audit_reward(bound, ROWS).families}
    assert found["negation"].wrong == found["negation"].cases > 0
    assert found["in the thinking only"].wrong == 0
    assert found["rarer forms"].wrong > 0


def test_unusable_references_are_listed_and_not_counted() -> None:
    rows = [{"answer": "42"}, {"answer": "5 or 6"}, {"question": "no answer"}]
    bound = load_reward("number")
    with pytest.raises(RewardError, match="needs column"):
        bound.score_batch([{**rows[2], "completion": "x"}])
    report = audit_reward(bound, rows)
    assert [entry["reference"] for entry in report.unusable] == ["5 or 6", "None"]
    assert report.unusable[0]["reason"].startswith("bad_reference: ")
    assert sum(family.masked for family in report.families) == 0


def test_a_verifier_that_fails_is_masked_not_wrong() -> None:
    @reward("fragile", domain="math", cost="inline")
    def fragile(completion: str, answer: str) -> Score:
        """Fail on a hedge."""
        if "or " in completion:
            raise BadReference("cannot")
        return Score(float(completion == answer), Status.SCORED)

    hedge = next(f for f in audit_reward(fragile.bind(), ROWS).families if f.name == "hedge")
    assert (hedge.cases, hedge.wrong) == (0, 0)
    assert hedge.masked == 4 * len(ROWS)
    assert hedge.to_json()["rate"] is None


def test_labelled_cases_are_counted_by_label() -> None:
    labelled: list[tuple[Mapping[str, Any], bool]] = [
        ({"completion": "42", "answer": "42"}, True),
        ({"completion": "forty-two", "answer": "42"}, True),
        ({"completion": "43", "answer": "42"}, False),
    ]
    report = audit_reward(load_reward("number"), labelled=labelled)
    assert [(f.pays, f.cases, f.wrong) for f in report.families] == [(True, 2, 1), (False, 1, 0)]
    assert report.families[0].examples[0]["completion"] == "forty-two"


def test_the_threshold_and_the_range() -> None:
    @reward("half", domain="general", range=(-1.0, 1.0), cost="inline")
    def half(completion: str, answer: str) -> float:
        """Give half for length."""
        return 1.0 if completion == answer else 0.2

    assert audit_reward(half.bind(), [{"answer": "a b"}]).total(False).wrong > 10
    assert audit_reward(half.bind(), [{"answer": "a b"}], threshold=0.7).total(False).wrong == 0


def test_it_is_deterministic_and_chooses_rows_by_seed() -> None:
    rows = [{"answer": str(i)} for i in range(50)]
    one, two, other = (
        json.dumps(audit_reward(contains.bind(), rows, max_rows=5, seed=s).to_json()) for s in (1, 1, 2)
    )
    assert one == two != other


def audit_own(row: Mapping[str, Any], params: Mapping[str, Any]) -> Iterator[Case]:
    yield Case(
        "own", f"{row['answer']}{params['suffix']}" if row["answer"] == "a" else "b", row["answer"] == "a"
    )


def test_a_plugin_brings_its_own_cases() -> None:
    @reward("own", cost="inline")
    def own(completion: str, answer: str, *, suffix: str = "!") -> float:
        """Pay equality."""
        return float(completion == f"{answer}{suffix}")

    report = audit_reward(own.bind(suffix="?"), [{"answer": "a"}, {"answer": "c"}])
    assert [(f.name, f.pays, f.cases, f.wrong) for f in report.families] == [
        ("own", True, 1, 0),
        ("own", False, 1, 0),
    ]


@reward("runs", domain="sql", cost="inline")
def runs(completion: str, sql: str) -> float:
    """Pay the same rows of one database."""
    fenced = re.search(r"```sql\n(.*)\n```", completion.rpartition("</think>")[2], re.DOTALL)
    base = sqlite3.connect(":memory:")
    base.executescript("create table t (id int, name text); insert into t values (1, 'a'), (2, 'b')")
    try:
        return float(bool(fenced) and base.execute(fenced[1]).fetchall() == base.execute(sql).fetchall())
    except (sqlite3.Error, sqlite3.Warning):
        return 0.0


@reward("parses", domain="sql", cost="inline")
def parses(completion: str, sql: str) -> float:
    """Pay whatever the database takes."""
    try:
        sqlite3.connect(":memory:").execute(f"EXPLAIN {completion}")
    except (sqlite3.Error, sqlite3.Warning):
        return 0.0
    return 1.0


def test_sql() -> None:
    row = {"sql": "SELECT name FROM t ORDER BY id"}
    report = audit_reward(runs.bind(), [row])
    assert (report.total(False).wrong, report.total(True).wrong) == (1, 0)
    # the test's own verifier does not see that the thinking never ends: the audit does
    assert [f.name for f in report.families if f.wrong] == ["in the thinking only"]
    rates = wrong(parses, [{"sql": "SELECT 7"}])
    assert rates["no rows of it"] == 1.0
    assert rates["another query"] > 0.3


def test_what_cannot_be_audited() -> None:
    @group_reward("rank")
    def rank(rollouts: Any, scores: Any) -> list[float]:
        """Compare."""
        return [0.0 for _ in rollouts]

    with pytest.raises(RewardError, match="compares the samples of a group"):
        audit_reward(rank.bind(), ROWS)
    with pytest.raises(RewardError, match="nothing to audit"):
        audit_reward(contains.bind())
