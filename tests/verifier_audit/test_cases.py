"""The generated cases are labelled rightly: checked by other means than the verifiers they test."""

from __future__ import annotations

import re
import sqlite3
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rewards.number.parse import parse_number
from rewards.verifier_audit import choices, numbers, sql
from rewards.verifier_audit.case import Case, gold_of, prompt_of
from rewards.verifier_audit.general import general_cases
from rewards.verifier_audit.shapes import fill, paid_shapes, shapes

NUMBERS = st.one_of(
    st.integers(-10_000_000, 10_000_000).map(Fraction),
    st.fractions(-1000, 1000, max_denominator=999),
    st.decimals(-1000, 1000, places=3).map(Fraction),
)


@given(NUMBERS)
def test_other_ways_to_write_a_number_are_that_number(value: Fraction) -> None:
    for text in numbers.equivalents(value):
        assert parse_number(text) == value, text
    assert Fraction(numbers.plain(value)) == value


@given(NUMBERS)
def test_near_misses_are_other_numbers(value: Fraction) -> None:
    found = list(numbers.near_misses(value))
    assert len(found) >= (5 if value else 4)
    for text in found:
        got = parse_number(text)
        assert got is not None, text
        assert got != value, text


READ = re.compile(
    r"(?:x = |\\text\{)?(?P<sign>-?)(?P<whole>\d*\.?\d*)(?:\\frac\{?(?P<a>\d+?)\}?\{?(?P<b>\d+)\}?"
    r"| (?P<c>\d+)/(?P<d>\d+)"
    r"|/(?P<e>\d+)| \\times (?P<f>10))?(?: \(exactly\)|\})?"
)


@given(NUMBERS)
def test_rarer_forms_are_that_number(value: Fraction) -> None:
    for text in numbers.rarer_forms(value):
        found = READ.fullmatch(text)
        assert found is not None, text
        got = Fraction(found["whole"] or 0)
        if found["a"] or found["c"]:
            got += Fraction(int(found["a"] or found["c"]), int(found["b"] or found["d"]))
        got = got / int(found["e"] or 1) * int(found["f"] or 1)
        assert (-got if found["sign"] else got) == value, text


@given(NUMBERS, st.integers(0, 3))
def test_no_case_is_labelled_both_ways(value: Fraction, at: int) -> None:
    forms = [shapes({})[at]]
    found = list(numbers.number_cases({"answer": numbers.plain(value), "question": "How many?"}, forms))
    right = {c.completion for c in found if c.pays}
    assert right
    assert not right & {c.completion for c in found if not c.pays}


def test_every_kind_of_number_case_is_there() -> None:
    row = {"answer": "#### 42", "question": "How many?"}
    found = list(numbers.number_cases(row, ["#### {}", "So it is \\boxed{{}}."]))
    assert {c.family for c in found if c.pays} == {"equivalent forms", "rarer forms"}
    assert {c.family for c in found if not c.pays} == {
        "near miss",
        "sign flip",
        "unit flip",
        "false equation",
        "operation on it",
        "empty",
        "flattery",
        "prompt echoed",
        "format only",
        "hedge",
        "candidates listed",
        "negation",
        "repeated answers",
        "in the thinking only",
    }
    assert Case("hedge", "So it is \\boxed{42 or 43}.", False) in found
    assert Case("in the thinking only", "<think>#### 42", False, "never closed") in found


def test_a_reward_that_reads_percent_is_not_blamed_for_it() -> None:
    found = list(numbers.number_cases({"answer": 42}, ["{}"], percent_is_other=False))
    assert {c.completion for c in found if c.family == "unit flip"} == {"42 million"}


@given(st.text(min_size=1, max_size=12), st.lists(st.text(min_size=1, max_size=8), max_size=5))
def test_labels(gold: str, others: list[str]) -> None:
    assume(gold_of({"answer": gold}) is not None)
    found = list(choices.choice_cases({"answer": gold}, ["{}"], others))
    right = {c.completion for c in found if c.pays}
    stripped = gold.strip()
    assert stripped in right
    for case in found:
        if case.family == "near miss":
            assert not choices.same(case.completion, stripped)
            assert not any(choices.same(case.completion, other) for other in others)


def test_labels_that_differ_by_case_alone_are_no_equivalents() -> None:
    found = list(choices.choice_cases({"answer": "a"}, ["{}"], ["a", "A"]))
    assert "A" not in {c.completion for c in found if c.pays}


def test_multiple_choice() -> None:
    found = {c.completion: c.pays for c in choices.choice_cases({"answer": "B"}, ["{}"], ["A", "B", "C"])}
    assert [found[t] for t in ("(B)", "b", "B.", "B)")] == [True] * 4
    assert [found[t] for t in ("A", "A, C, B", "A B", "B B", "not B", "B or A")] == [False] * 6


def test_forms_that_a_parameter_names_come_first() -> None:
    assert "<label>{}</label>" in shapes({"tag": "label"})
    assert "So=> {}" in shapes({"marker": "=>"})
    assert fill("a {} b {}", "{}") == "a {} b {}"
    assert paid_shapes("4", {}, "math", lambda texts: [t == "4" for t in texts]) == ["{}"]
    assert len(paid_shapes("4", {}, "math", lambda texts: [True] * len(texts))) == 3


def test_where_references_and_prompts_stand() -> None:
    assert gold_of({"answer": "", "label": 0}) == "0"
    assert gold_of({"entry": {"answer": "x"}}) == gold_of({"entry": '{"answer": "x"}'}) == "x"
    assert gold_of({"entry": "not json"}) is None
    assert gold_of({"answer": "4", "sql": "SELECT 4"}, ("sql",)) == "SELECT 4"
    assert (
        prompt_of({"prompt": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]}) == "a\nb"
    )
    assert prompt_of({}) == ""


def test_a_domain_of_which_nothing_is_known() -> None:
    found = list(general_cases({"answer": "Paris"}, ["The answer is {}."]))
    assert {c.completion for c in found if c.pays} == {
        "The answer is Paris.",
        "Let me think. First things first.\n\nThe answer is Paris.",
    }
    assert list(general_cases({}, ["{}"])) == []


QUERIES = [
    "SELECT name FROM t WHERE note = 'from and or' ORDER BY id",
    "select count(*) from t",
    'SELECT "name", [id] FROM t WHERE id IN (1, 2);',
    "SELECT name AS n, id FROM t GROUP BY id HAVING count(*) = 1",
]


@pytest.mark.parametrize("gold", QUERIES)
def test_sql_cases_against_a_database(gold: str) -> None:
    base = sqlite3.connect(":memory:")
    base.executescript("create table t (id int, name text, note text); "
                       "insert into t values (1, 'a', 'from and or'), (2, 'b', '-- x')")  # fmt: skip

    def run(text: str) -> object:
        try:
            return base.execute(text).fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            return error

    wanted = run(gold)
    assert wanted
    for case in sql.sql_cases({"sql": gold}, ["{}"]):
        assert (run(case.completion) == wanted) == case.pays, case
    assert "'from and or'" in sql.recased(QUERIES[0], str.upper)
