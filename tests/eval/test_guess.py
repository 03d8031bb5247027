"""Guess control: answers read, the chance of a guess, the tests, the verifier's band, and the health of samples."""

import json
from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import Count, EvalError, pass_at_k
from eval.guess import (
    Answers,
    Guess,
    VerifierErrors,
    answer_guesses,
    baseline_guesses,
    baseline_power,
    choice_guesses,
    control_guesses,
    read_answers,
    sample_health,
    stated_answer,
    verifier_band,
)
from eval.guess.tails import binomial_tail, fisher_tail
from eval.guess.view import GuessView
from eval.report.chance import sentences


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (r"so \boxed{\frac12} or rather \boxed{ 1,000.0 }.", "1000"),
        ("<answer> (B). </answer>", "b"),
        ("thinking 1 2 3\n#### 2,000/2\nbye", "1000"),
        ("The answer is **-3.50**.", "-7/2"),
        ("The answer is 4. No, the answer is: x + 1", "x + 1"),
        ("C", "c"),
        ("(c)", "c"),
        ("75 + 29 = 104", "104"),
        ("yes", "yes"),
        ("  No. ", "no"),
        ("three\nlines\nhere", None),
        ("", None),
        (r"\boxed{never closed", None),
        ("1/0", "1/0"),
        ("9" * 5000, "9" * 120),
    ],
)
def test_answers_are_read_and_made_alike(text: str, form: str | None) -> None:
    assert stated_answer(text) == form


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    form = stated_answer(text)
    assert form is None or 0 < len(form) <= 2000


def test_answers_of_a_problem() -> None:
    samples = [("A", False), ("b", True), ("B", True), ("?!\n!?", False), ("c", None), ("a", False)]
    found = read_answers("p", samples, "1")
    assert found == Answers("p", ("b", "1"), 2, {"a": 2}, 2)
    assert (found.read, found.distinct) == (4, 2)


@given(st.integers(1, 60), st.data())
@settings(max_examples=60, deadline=None)
def test_tails_equal_the_exact_sums(n: int, data: st.DataObject) -> None:
    c = data.draw(st.integers(0, n))
    p = Fraction(data.draw(st.integers(0, 20)), 20)
    exact = sum(comb(n, x) * p**x * (1 - p) ** (n - x) for x in range(c, n + 1))
    assert binomial_tail(c, n, float(p)) == pytest.approx(float(exact), rel=1e-9, abs=1e-300)
    of = data.draw(st.integers(1, 60))
    hits = data.draw(st.integers(0, of))
    whole = comb(n + of, c + hits)
    tail = sum(Fraction(comb(n, x) * comb(of, c + hits - x), whole) for x in range(c, min(n, c + hits) + 1))
    assert fisher_tail(c, n, hits, of) == pytest.approx(float(tail), rel=1e-9)


def test_choices_and_baseline_give_their_rates() -> None:
    assert choice_guesses({"a": 4})["a"] == Guess(0.25, "choices")
    assert baseline_guesses([Count("a", 10, 3)])["a"] == Guess(0.3, "baseline", 3, 10)
    with pytest.raises(EvalError, match="at least 2"):
        choice_guesses({"a": 1})


def lettered(name: str, right: str, spread: dict[str, int]) -> Answers:
    wrong = {form: count for form, count in spread.items() if form != right}
    return Answers(name, (right,), spread[right], wrong)


def test_answers_that_problems_share_give_the_chance_of_a_guess() -> None:
    even = {"a": 8, "b": 8, "c": 8, "d": 8}
    guesses = [lettered(f"g{i}", "abcd"[i % 4], even) for i in range(8)]
    own = [lettered(f"r{i}", str(7 * i), {str(7 * i): 8, f"{i} mice": 8, f"{i} men": 8}) for i in range(1, 9)]
    found = answer_guesses([*guesses, *own])
    assert all(found[x.problem_id].rate == pytest.approx(0.25) for x in guesses)
    # Nobody else answers 7 or 49, so nothing is known about guessing them.
    assert not [x for x in own if x.problem_id in found]


def test_an_open_answer_is_as_likely_as_it_is_common_elsewhere() -> None:
    # 2 is the answer to a and what half of the samples of b say; c says neither.
    answers = [
        Answers("a", ("2",), 1, {str(i): 1 for i in range(10, 40)}),
        Answers("b", ("5",), 2, {"2": 2}),
        Answers("c", ("9",), 4, {}),
    ]
    assert answer_guesses(answers)["a"].rate == pytest.approx((0.5 + 0) / 2)
    assert "c" not in answer_guesses(answers)
    assert answer_guesses(answers[:1]) == {}


def test_gain_by_guessing_is_flagged_and_gain_by_reasoning_is_not() -> None:
    counts = [Count("guess", 64, 16), Count("known", 64, 60), Count("hard", 64, 2), Count("no", 64, 0)]
    found = control_guesses(counts, choice_guesses({"guess": 4, "known": 4, "no": 4}), ks=[1, 64])
    assert found.flagged == ["guess"]
    last = found.rows[-1]
    assert last.gain == pytest.approx((0.75 + 4 / 64 + 62 / 64) / 4)
    assert last.within == pytest.approx(0.75 / 4)
    assert last.share == pytest.approx(0.75 / (0.75 + 66 / 64))
    assert last.beyond == pytest.approx(2 / 4)
    assert last.chance == pytest.approx(3 * (1 - 0.75**64) / 4)
    assert found.rows[0].share is None
    assert not found.alarm
    assert control_guesses(counts[:1], choice_guesses({"guess": 4})).alarm
    data = json.loads(json.dumps(found.to_json()))
    assert (data["guessable"], data["flagged"], data["baseline_power"]) == (3, ["guess"], None)


def test_one_rare_hit_is_luck_not_guessing() -> None:
    # At g = 1/1000 a guesser misses in 64 samples nearly always: one hit is not what guessing gives.
    assert control_guesses([Count("p", 64, 1)], {"p": Guess(0.001, "answers")}).flagged == []
    assert control_guesses([Count("p", 64, 1)], {"p": Guess(0.02, "answers")}).flagged == ["p"]


def test_a_run_without_reasoning_is_tested_by_its_own_counts() -> None:
    counts = [Count("same", 64, 10), Count("more", 64, 40), Count("known", 64, 60), Count("slip", 64, 1)]
    bare = [Count("same", 64, 9), Count("more", 64, 9), Count("known", 64, 60), Count("slip", 64, 1)]
    assert control_guesses(counts, baseline_guesses(bare)).flagged == ["same"]


def test_a_run_without_reasoning_that_is_too_short_says_so() -> None:
    short = baseline_power(16, 16, 0.01)
    # Flagged with 3 to 8 hits of 16: with 2, the lower limit 0.035 gives a hit in 16 samples less often than not.
    exact = 0.99 * sum(comb(16, x) * 0.25**x * 0.75 ** (16 - x) for x in range(3, 9))
    assert short.share == pytest.approx(exact)
    assert not short.enough
    assert short.wanted == 30
    assert "16 samples per problem flag about 79 %" in short.sentence()
    assert baseline_power(30, 16, 0.01).enough
    assert baseline_power(64, 64, 0.01).sentence() == ""
    assert baseline_power(16, 1, 0.01).wanted is None
    assert "too few samples" in baseline_power(16, 1, 0.01).sentence()


@pytest.mark.parametrize("of", [16, 30, 64])
def test_as_many_guesses_are_flagged_as_the_power_says(of: int) -> None:
    rng = np.random.default_rng(0)
    c, hits = rng.binomial(16, 0.25, 3000), rng.binomial(of, 0.25, 3000)
    bare = baseline_guesses([Count(str(i), of, int(x)) for i, x in enumerate(hits)])
    counts = [Count(str(i), 16, int(x)) for i, x in enumerate(c)]
    found = control_guesses(counts, bare)
    assert found.power == baseline_power(of, 16, 0.01)
    share = found.rows[-1].share
    assert share is not None
    assert found.power.share - 0.02 <= share <= found.power.share + 0.03  # type: ignore[union-attr]


def test_the_report_warns_of_a_short_run_without_reasoning() -> None:
    counts = [Count("p", 16, 4)]
    short = control_guesses(counts, baseline_guesses([Count("p", 16, 4)]))
    assert any("30 or more flag 95 %" in x for x in sentences(GuessView(short, {})))
    long = control_guesses(counts, baseline_guesses([Count("p", 64, 16)]))
    assert not any("too short" in x for x in sentences(GuessView(long, {})))


def test_one_source_that_explains_is_enough() -> None:
    counts = [Count("p", 64, 16)]
    found = control_guesses(counts, {"p": Guess(0.01, "answers")}, choice_guesses({"p": 4}))
    assert [(x.basis, x.within) for x in found.chances] == [("choices", True)]


def test_without_sources_nothing_is_flagged() -> None:
    found = control_guesses([Count("p", 8, 2)])
    assert (found.chances, found.flagged, found.rows[-1].chance) == ((), [], 0.0)
    with pytest.raises(EvalError, match="alpha"):
        control_guesses([Count("p", 8, 2)], alpha=0.0)


def test_band_of_a_faultless_verifier_is_narrow_and_of_a_poor_one_wide() -> None:
    counts = [Count("a", 32, 1), Count("b", 32, 20), Count("c", 32, 0), Count("d", 32, 32)]
    exact = np.mean(pass_at_k([32] * 4, [1, 20, 0, 32], [1, 8, 32]), axis=0)
    good = verifier_band(counts, VerifierErrors(0, 100_000, 0, 100_000), [1, 8, 32])
    poor = verifier_band(counts, VerifierErrors(20, 100, 30, 100), [1, 8, 32])
    for column, (narrow, wide) in enumerate(zip(good, poor, strict=True)):
        assert narrow.pass_at_k == pytest.approx(exact[column], abs=1e-12)
        assert narrow.low <= narrow.pass_at_k <= narrow.high < narrow.low + 0.01
        assert wide.low <= wide.pass_at_k <= wide.high
        assert wide.high - wide.low > 0.05
    # With 1 of 32 right and FP up to 29 %, "a" may be no success at all: at k = n a quarter is at stake.
    assert poor[-1].pass_at_k - poor[-1].low == pytest.approx(0.25, abs=1e-6)


def test_band_at_one_draw_is_rogan_and_gladen() -> None:
    errors = VerifierErrors(5, 100, 10, 100)
    (fp_low, fp_high), (fn_low, fn_high) = errors.positive, errors.negative
    row = verifier_band([Count("a", 10, 5)], errors, [1])[0]
    assert row.low == pytest.approx((0.5 - fp_high) / (1 - fp_high - fn_low))
    assert row.high == pytest.approx((0.5 - fp_low) / (1 - fp_low - fn_high))


def test_errors_come_from_an_audit_of_the_verifier(tmp_path: Path) -> None:
    path = tmp_path / "v.json"
    path.write_text(
        json.dumps({"false_positive": {"wrong": 1, "cases": 50}, "false_negative": {"wrong": 2, "cases": 40}})
    )
    assert VerifierErrors.from_file(path) == VerifierErrors(1, 50, 2, 40)
    for text in ("[]", "{", "{}"):
        path.write_text(text)
        with pytest.raises(EvalError, match="rewards audit"):
            VerifierErrors.from_file(path)
    with pytest.raises(EvalError, match="say nothing"):
        VerifierErrors(50, 100, 50, 100)
    with pytest.raises(EvalError, match="at least one case"):
        VerifierErrors(0, 0, 0, 1)
    with pytest.raises(EvalError, match="at least one case"):
        VerifierErrors(3, 2, 0, 1)


def test_health_counts_what_befell_the_samples() -> None:
    samples = [
        *[("a", "same", "scored", False)] * 3,
        ("b", "x", "unparsed", True),
        ("b", "y", "bad_reference", None),
        ("c", "alone", "scored", False),
    ]
    found = sample_health(samples)
    assert (found.samples, found.identical) == (6, ("a",))
    shares = (found.truncated, found.unparsed, found.masked, found.duplicate)
    assert shares == pytest.approx((1 / 6, 1 / 6, 1 / 6, 2 / 6))
    assert sample_health([]).samples == 0
