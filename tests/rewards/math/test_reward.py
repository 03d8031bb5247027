"""The reward `math`: its statuses, its way of paying, and its patience with hostile text."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards import Status, load_reward
from rewards.conformance.testing import reward_checks
from rewards.math.grade import check_answer, grade
from rewards.math.verdict import Outcome

MATH = load_reward("math")
DEV = Path(__file__).resolve().parents[3] / "../shared/data/math_verify_dev.jsonl"
test_kit = reward_checks("math", strict=True)


def unboxed(text: str) -> str:
    """Put the content of each box in its place."""
    while (at := text.find("\\boxed{")) >= 0:
        depth, here = 1, at + 7
        while here < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[here], 0)
            here += 1
        text = text[:at] + text[at + 7 : here - 1] + text[here:]
    return text


def test_each_outcome_has_its_status() -> None:
    cases: list[tuple[str, Any, float | None, Status]] = [
        (r"\boxed{42}", 42, 1.0, Status.SCORED),
        (r"\boxed{41}", 42, 0.0, Status.SCORED),
        ("Hm.\n\nWell?", 42, 0.0, Status.UNPARSED),
        (r"\boxed{\frac{1}{}}", 42, 0.0, Status.UNPARSED),
        (r"\boxed{9^{9^{9^9}}}", 42, 0.0, Status.TIMEOUT),
        (r"\boxed{42}", "", None, Status.BAD_REFERENCE),
        (r"\boxed{}", r"\frac{1}{", None, Status.BAD_REFERENCE),
    ]
    for completion, answer, value, status in cases:
        score = MATH.score(completion=completion, answer=answer)
        assert (score.value, score.status) == (value, status), (completion, score)


def test_the_reason_names_place_forms_and_rule() -> None:
    assert MATH.score(completion=r"\boxed{\frac{2}{4}}", answer="0.5").reason.startswith(
        "box: 1/2 is 0.5 (by "
    )
    assert "is not" in MATH.score(completion="#### 3", answer="4").reason


@pytest.mark.parametrize("rest", ["", " Or maybe 6.", " No wait, it is 7.", " Alternatively, 8."])
def test_only_an_answer_that_is_not_taken_back_is_paid(rest: str) -> None:
    assert MATH.score(completion=f"The answer is 5.{rest}", answer="5").value == float(not rest)


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 5 or 6.",
        "The answer is either 5 or 6",
        r"\boxed{5 \text{ or } 6}",
        r"\boxed{5} or \boxed{6}",
        r"\boxed{5} or 6",
        r"\boxed{5} or maybe 6.",
        "The answer is 6. Hence I was wrong before.\nThe answer is 5.",
        "<think>The answer is \\boxed{5}</think>",
        "<think>\\boxed{5}",
        "<think>5</think>I cannot say.",
        r"\boxed{2 + 2 = 5}",
        "<answer>5, 6</answer>",
        "#### 5 6",
        "The answer is not 5.",
        "It is 4, not 5.",
        "5?",
        "$" * 50,
    ],
)
def test_no_hedge_is_paid(text: str) -> None:
    assert MATH.score(completion=text, answer="5").value == 0.0


def test_agreeing_statements_are_paid() -> None:
    for text in (
        "The answer is 0.5. That is, the answer is 1/2.",
        r"The answer is \boxed{1/2} or 0.5.",
        r"$\boxed{0.5}$. Final Answer: The final answer is $\frac12$. I hope it is correct.",
    ):
        assert MATH.score(completion=text, answer="1/2").value == 1.0, text


FORMS = [0.5, "0.5", r"\boxed{\frac12}", "so it is #### 0.5", Fraction(1, 2), Decimal("0.5"), ["7", "0.5"]]
UNUSABLE = [None, True, float("nan"), float("inf"), [], {}, b"5", "", "  ", r"\boxed{", ["1", None]]


@pytest.mark.parametrize("answer", FORMS)
def test_forms_of_a_reference(answer: Any) -> None:
    assert MATH.score(completion=r"\boxed{1/2}", answer=answer).value == 1.0
    assert MATH.score(completion=r"\boxed{1/3}", answer=answer).value == 0.0


@pytest.mark.parametrize("answer", [*UNUSABLE, pytest.param(10**9999, id="giant")])
def test_unusable_references_are_masked(answer: Any) -> None:
    score = MATH.score(completion=r"\boxed{5}", answer=answer)
    assert (score.value, score.status) == (None, Status.BAD_REFERENCE)
    assert len(score.reason) < 300


def test_a_sentence_around_a_reference_is_read() -> None:
    gold = "We count the ways and find that there are many. So the final answer is $\\frac{3}{4}$."
    assert MATH.score(completion="0.75", answer=gold).value == 1.0
    gold = r"Hence, \\boxed{004} is right.\\n\\n**Final**\\n\\boxed{004}"
    assert MATH.score(completion="$004$", answer=gold).value == 1.0


def test_bare_answers_and_spans() -> None:
    assert check_answer("x = 3", "3").outcome is Outcome.CORRECT
    graded = grade("So it is $\\boxed{7}$.", "7")
    assert graded.found is not None
    assert (graded.found.start, graded.found.end, graded.found.rule) == (17, 18, "box")


def test_explain_shows_span_forms_and_rule(cli: Callable[..., Any]) -> None:
    done = cli("rewards", "explain", "math", "--completion", r"So \boxed{\frac{2}{4}}.", "--answer", "0.5")
    assert done.returncode == 0, done.stderr
    assert r">>>\frac{2}{4}<<<" in done.stdout
    assert "box" in done.stdout


@given(st.text(max_size=300), st.sampled_from(["5", "x+1", "B", "even", "[0,1)"]))
@settings(max_examples=300, deadline=None)
def test_any_text_gets_a_verdict(text: str, answer: str) -> None:
    score = MATH.score(completion=text, answer=answer)
    assert score.status in (Status.SCORED, Status.UNPARSED, Status.TIMEOUT)
    assert score.value in (0.0, 1.0)


PIECES = [
    "The answer is ",
    "$",
    "\\(",
    "\\)",
    "\\[",
    "5",
    "6",
    " or ",
    ".",
    "\n",
    "\\boxed{",
    "}",
    "x",
    "=",
    " not ",
]
PIECES += [
    "Therefore, ",
    "<answer>",
    "</answer>",
    "#### ",
    "<think>",
    "</think>",
    ", ",
    " when ",
    "B",
    "%",
    "\x00",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.sampled_from(["5", "B", "even"]))
@settings(max_examples=500, deadline=None)
def test_any_mixture_of_what_answers_are_made_of_gets_a_verdict(text: str, answer: str) -> None:
    graded = grade(text, answer)
    if graded.found is not None:
        assert 0 <= graded.found.start <= graded.found.end <= len(text)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_what_is_boxed_is_read_without_the_box_too(value: int, off: int) -> None:
    shapes = (
        "Therefore, the sum is \\({}\\).",
        "Thus the sum is:\n\\[\n{}\n\\]",
        "So there are \\({}\\) of them.",
    )
    for shape in shapes:
        assert grade(shape.format(f"\\boxed{{{value}}}"), value).verdict.correct
        assert grade(shape.format(value), value).verdict.correct
        assert not grade(shape.format(value + off), value).verdict.correct


MEGABYTE = 1 << 20
HOSTILE = {
    "digits": "7" * MEGABYTE,
    "boxes": "".join(f"\\boxed{{{i}}} and " for i in range(10_000)),
    "open boxes": "\\boxed{" * (MEGABYTE // 7),
    "braces": "\\boxed{" + "{" * 100_000 + "}" * 100_001,
    "tags": "<answer>" * (MEGABYTE // 8),
    "dollars": "$1 " * (MEGABYTE // 3),
    "parens": "\\(" * (MEGABYTE // 2),
    "claims": "The answer is 1.\n" * (MEGABYTE // 17),
    "copulas": "is " * (MEGABYTE // 3),
    "lists": "1 and " * (MEGABYTE // 6),
    "fractions": "\\frac{1}{2}" * (MEGABYTE // 11),
    "nothing": "\0" * MEGABYTE,
    "surrogates": "\ud800" * MEGABYTE,
    "stars": "answer is" + "*" * MEGABYTE,
    "letters": "a " * (MEGABYTE // 2),
    "turns": "\nUser:" * (MEGABYTE // 6),
}
SCORE_ALL = """
import json, sys
from rewards import load_reward
reward = load_reward("math", last_number=True)
answers = ["42", "B", "even"]
values = lambda text: [reward.score(completion=text, answer=answer).value for answer in answers]
print(json.dumps({name: values(text) for name, text in json.load(sys.stdin).items()}))
"""


def test_hostile_megabytes_get_a_verdict() -> None:
    """In a process of its own, so that a quadratic pattern fails the test instead of hanging it."""
    done = subprocess.run(
        [sys.executable, "-c", SCORE_ALL],
        input=json.dumps(HOSTILE),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert {k: v for k, v in json.loads(done.stdout).items() if any(v)} == {}


def test_whole_responses_are_judged_with_and_without_their_box() -> None:
    if not DEV.exists():
        pytest.skip("the labelled cases are not here")
    rows = [json.loads(line) for line in DEV.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["kind"] == "model-response" and row["rule_decidable"]]
    wrong = [
        (row["id"], text[-80:])
        for row in rows
        for text in (row["pred"], unboxed(row["pred"]))
        if grade(text, row["gold"]).verdict.correct != row["label"]
    ]
    assert len(rows) >= 60
    assert wrong == []
