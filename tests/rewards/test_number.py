"""The number verifier: equality is exact, prose is no answer, hostile text costs no time."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import Status, load_reward
from rewards.number.parse import parse_number

NUMBER = load_reward("number")
SHARED = Path(__file__).resolve().parents[2] / "../shared/data/benchmarks/gsm8k_test.jsonl"
WHOLE = st.integers(-(10**30), 10**30)
RATIO = st.fractions(-(10**9), 10**9, max_denominator=10**6)
PLACES = ["{}", "#### {}", r"\boxed{{{}}}", "<answer>{}</answer>", "The answer is {}.", "x\n**Answer:** {}"]


@given(WHOLE, st.sampled_from(PLACES), st.booleans())
def test_a_stated_integer_scores_one_however_it_is_written(value: int, place: str, commas: bool) -> None:
    text = place.format(f"{value:,}" if commas else value)
    assert NUMBER.score(completion=text, answer=value).value == 1.0


@given(WHOLE, WHOLE.filter(bool), st.sampled_from(PLACES))
def test_another_integer_scores_zero_and_is_scored(value: int, off: int, place: str) -> None:
    score = NUMBER.score(completion=place.format(value + off), answer=str(value))
    assert (score.value, score.status) == (0.0, Status.SCORED)
    assert str(value) in score.reason


@given(RATIO, st.integers(1, 10**6))
def test_fractions_are_equal_whatever_their_terms(value: Fraction, factor: int) -> None:
    text = f"{value.numerator * factor}/{value.denominator * factor}"
    assert parse_number(text) == value


@given(WHOLE, st.integers(1, 40))
def test_decimals_are_exact(value: int, places: int) -> None:
    digits = str(abs(value)).rjust(places + 1, "0")
    text = f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    assert parse_number(text) == Fraction(value, 10**places)


@given(st.text(alphabet="0123456789,./-+eE%$ \\{}frac", max_size=30))
def test_parsing_is_total_and_never_larger_than_its_text(text: str) -> None:
    value = parse_number(text)
    assert value is None or abs(value) < 10 ** (len(text) + 999)


@given(st.text(max_size=300), st.integers(0, 99))
def test_any_text_gets_a_verdict(text: str, answer: int) -> None:
    score = NUMBER.score(completion=text, answer=answer)
    assert score.status in (Status.SCORED, Status.UNPARSED)
    assert score.value in (0.0, 1.0)


@given(st.integers(0, 99), st.integers(0, 99))
def test_no_sentence_that_merely_ends_in_the_number_is_paid(first: int, second: int) -> None:
    """The specimen of docs/reward_hacking.md, in the shapes a policy drifts through."""
    for sentence in (
        f"{first} is larger than {second}",
        f"{first} is larger than {second}.",
        f"{first} > {second}",
        f"The larger number is {second}",
        f"Between {first} and {second}, it is {second}.",
        f"{first}, {second}",
        f"{first} {second}",
        f"I say {second}",
    ):
        for strict in (NUMBER, load_reward("exact")):
            assert strict.score(completion=sentence, answer=str(second)).value == 0.0, (strict, sentence)
    lenient = load_reward("number", where="last")
    assert lenient.score(completion=f"0 is larger than {second}", answer=second).value == 1.0


MEGABYTE = 1 << 20
HOSTILE = {
    "digits": "7" * MEGABYTE,
    "commas": "1,234" * (MEGABYTE // 5),
    "slashes": "1/" * (MEGABYTE // 2),
    "boxes": "\\boxed{" * (MEGABYTE // 7),
    "closed boxes": "\\boxed{1}" * (MEGABYTE // 9),
    "tags": "<answer>" * (MEGABYTE // 8),
    "thoughts": "<think></think>" * (MEGABYTE // 15),
    "hashes": "#### " * (MEGABYTE // 5),
    "headings": "#### " * (MEGABYTE // 5) + "x",
    "hash run": "#" * MEGABYTE,
    "hash blanks": "####" + " *" * (MEGABYTE // 2),
    "newlines": "\n" * MEGABYTE,
    "blanks": "the answer is" + " " * MEGABYTE + "42",
    "stars": "answer is" + "*" * MEGABYTE,
    "claims": "The answer is 1.\n" * (MEGABYTE // 17),
    "many claims": "".join(f"The answer is {i}.\n" for i in range(MEGABYTE // 20)),
    "dots": "." * MEGABYTE,
    "power": "1e999",
    "big reference": "#### " + "9" * 10_000,
    "accents": "\u0300\u0316" * (MEGABYTE // 2),
}
ALL_PLACES = ["auto", "boxed", "hash", "tag", "marker", "last", "whole"]
SCORE_ALL = """
import json, sys
from rewards import load_reward
cases = json.load(sys.stdin)
found = {}
for name, text in cases["texts"].items():
    for where in cases["places"]:
        reward = load_reward("number", where=where)
        found[f"{name} {where}"] = reward.score(completion=text, answer="42").value
    for mode in ("normalised", "tagged", "exact"):
        reward = load_reward("exact", mode=mode)
        found[f"{name} {mode}"] = reward.score(completion=text, answer="42").value
    found[f"{name} format"] = load_reward("format").score(completion=text).value
print(json.dumps(found))
"""


def test_hostile_megabytes_are_scored_in_linear_time() -> None:
    """In a process of its own, so that a quadratic pattern fails the test instead of hanging it."""
    done = subprocess.run(
        [sys.executable, "-c", SCORE_ALL],
        input=json.dumps({"texts": HOSTILE, "places": ALL_PLACES}),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found) == len(HOSTILE) * (len(ALL_PLACES) + 4)
    paid = {k for k, v in found.items() if v}
    assert paid == {"blanks auto", "blanks last"}


def test_a_huge_reference_is_refused_not_computed() -> None:
    score = NUMBER.score(completion="1", answer="9" * 1_000_000)
    assert score.status is Status.BAD_REFERENCE
    assert len(score.reason) < 200


def test_every_gsm8k_reference_is_readable() -> None:
    if not SHARED.exists():
        pytest.skip("the shared benchmark files are not here")
    rows = [json.loads(line) for line in SHARED.read_text(encoding="utf-8").splitlines()]
    scores = NUMBER.score_batch([{"completion": f"#### {r['answer']}", "answer": r["answer"]} for r in rows])
    assert len(scores) > 1000
    assert {s.status for s in scores} == {Status.SCORED}
    assert {s.value for s in scores} == {1.0}
