"""Products, clips, schedules, splits: exact totals."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import BadReference, RewardError, Rollout, Score, Source, Status, Suite, Term, reward
from rewards.schedule import Schedule


def declared(low: float) -> Any:
    @reward(f"says{low:g}", cost="inline", range=(low, 1.0))
    def says(completion: str, *, word: str) -> Any:
        """Pay what the completion says about the word: `word=VALUE`, `word!STATUS`, or nothing."""
        for token in completion.split():
            name, sign, what = token.partition("=" if "=" in token else "!")
            if name == word and what == "bad_reference":
                raise BadReference("as told")
            if name == word:
                return float(what) if sign == "=" else Score(0.0, Status(what))
        return None

    return says


SIGNED, UNSIGNED = declared(-1.0), declared(0.0)


def term(word: str, weight: float = 1.0, kind: Any = UNSIGNED, **kwargs: Any) -> Term:
    return Term(kind.bind(word=word), word, weight, **kwargs)


def total(terms: list[Term], completion: str, **kwargs: Any) -> float | None:
    return Suite(terms).score([Rollout(completion)], **kwargs)[0].total


def test_a_product_multiplies_one_terms_value_by_anothers() -> None:
    terms = [term("right", 2.0, times="lean"), term("lean", 0.0)]
    assert total(terms, "right=1 lean=0.25") == 0.5
    assert total(terms, "right=0.5 lean=0.5") == 0.5
    assert total(terms, "right=1 lean!unparsed") == 0.0
    assert total(terms, "right=1") == 2.0  # a factor with nothing to say is 1
    assert total([term("right", 2.0, times="lean"), term("lean", 1.0)], "right=1 lean=0.25") == 0.75


@pytest.mark.parametrize("status", ["error", "bad_reference"])
def test_a_factor_that_fails_masks_even_where_it_is_not_paid_itself(status: str) -> None:
    found = Suite([term("right", times="lean"), term("lean", 0.0)]).score(
        [Rollout(f"right=1 lean!{status}")]
    )[0]
    assert (found.total, found.correct, found.status.value) == (None, None, status)


def test_a_closed_gate_pays_the_floor_whatever_the_factor() -> None:
    raised = declared(0.5)
    terms = [term("a", kind=raised, requires="gate", times="lean"), term("gate", 0.0), term("lean", 0.0)]
    assert total(terms, "a=1 gate=1 lean=0.5") == 0.5
    assert total(terms, "a=1 gate=0 lean=0.5") == 0.5
    assert total(terms, "a=0.5 gate=1 lean=0.5") == 0.25


def test_a_clip_bounds_the_term_after_the_product_and_before_the_weight() -> None:
    clipped = {"clip": (0.1, 0.4), "times": "lean"}
    terms = [term("a", 2.0, **clipped), term("lean", 0.0)]
    assert total(terms, "a=1 lean=1") == 0.8
    assert total(terms, "a=1 lean=0.25") == 0.5
    assert total(terms, "a=0 lean=1") == 0.2


def test_correct_is_about_the_terms_own_score_not_about_what_it_pays() -> None:
    terms = [term("a", clip=(0.0, 0.5), times="lean"), term("lean", 0.0)]
    assert Suite(terms).score([Rollout("a=1 lean=0.1")])[0].correct is True


LINEAR = Schedule(1.0, 0.0, 0.0, 0.5)


@pytest.mark.parametrize(
    ("schedule", "progress", "factor"),
    [
        (LINEAR, 0.0, 1.0),
        (LINEAR, 0.125, 0.75),
        (LINEAR, 0.5, 0.0),
        (LINEAR, 1.0, 0.0),
        (Schedule(0.0, 2.0, 0.5, 1.0), 0.25, 0.0),
        (Schedule(0.0, 2.0, 0.5, 1.0), 0.75, 1.0),
        (Schedule(1.0, 0.0, shape="cosine"), 0.25, (1 + math.cos(math.pi / 4)) / 2),
        (Schedule(1.0, 0.0, shape="cosine"), 0.5, 0.5),
        (Schedule(1.0, 0.0, 0.5, 0.5), 0.4999, 1.0),
        (Schedule(1.0, 0.0, 0.5, 0.5), 0.5, 0.0),
    ],
)
def test_the_factor_of_a_schedule(schedule: Schedule, progress: float, factor: float) -> None:
    assert schedule.factor(progress) == pytest.approx(factor, abs=1e-12)


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["linear", "cosine"]))
def test_a_schedule_falls_steadily_between_its_ends(one: float, other: float, shape: str) -> None:
    schedule = Schedule(1.0, 0.25, 0.25, 0.75, shape)
    early, late = sorted((one, other))
    assert 0.25 <= schedule.factor(late) <= schedule.factor(early) <= 1.0


def test_a_scheduled_weight_follows_the_progress_and_ends_outside_training() -> None:
    terms = [term("a"), term("shape", 0.5, schedule=LINEAR)]
    paid = [total(terms, "a=1 shape=1", progress=p) for p in (0.0, 0.25, 0.5)]
    assert paid == [1.5, 1.25, 1.0]
    assert total(terms, "a=1 shape=1") == 1.0


def test_a_term_that_has_faded_cannot_mask_and_still_counts_for_correct() -> None:
    suite = Suite([term("a"), term("shape", 0.5, schedule=LINEAR)])
    for fate, early in (("shape!error", None), ("shape!timeout", 1.0)):
        rollout = [Rollout(f"a=1 {fate}")]
        assert suite.score(rollout, progress=0.0)[0].total == early
        assert suite.score(rollout, progress=1.0)[0].total == 1.0
    assert [suite.score([Rollout("a=1 shape=0")], progress=p)[0].correct for p in (0.0, 1.0)] == [
        False,
        False,
    ]


def test_a_term_for_one_split_is_absent_from_the_other() -> None:
    suite = Suite([term("a"), term("shaping", only="train"), term("strict", only="eval")])
    words = "a=1 shaping=1 strict=0.5"
    assert [suite.score([Rollout(words)], split=s)[0].total for s in ("train", "eval", "audit", None)] == [
        2.0, 1.5, 1.5, 2.5,
    ]  # fmt: skip
    own = [Rollout(words, source=Source(split=s)) for s in ("train", "eval", "audit")]
    assert [v.total for v in suite.score(own)] == [2.0, 1.5, 1.5]
    assert set(suite.score(own)[0].scores) == {"a", "shaping"}


def test_the_dataset_check_knows_the_split() -> None:
    suite = Suite.from_config(["format", {"name": "number", "only": "eval"}])
    suite.check([{"question": "?"}], "rows.jsonl", "train")
    with pytest.raises(RewardError, match="needs column `answer`"):
        suite.check([{"question": "?"}], "rows.jsonl", "eval")


def test_a_config_says_it_all() -> None:
    suite = Suite.from_config(
        [
            {"name": "exact", "weight": 2, "times": "shape", "clip": [0, 0.5]},
            {
                "name": "format",
                "label": "shape",
                "weight": 0.5,
                "schedule": {"start": 1, "end": 0, "from": 0.5, "until": 1.0, "shape": "cosine"},
            },
        ]
    )
    rollout = Rollout("<think>a</think><answer>7</answer>", columns={"answer": "7"})
    full = suite.score([rollout], progress=0.75)[0]
    assert full.scores["shape"].value == 1.0
    assert full.total == pytest.approx(2 * min(0.5, full.scores["exact"].value or 0.0) + 0.25)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"times": "formatt"}, "`number` times an unknown reward `formatt`. Did you mean `format`?"),
        ({"times": "number"}, "times itself"),
        ({"clip": [1, 0]}, "`clip` [1, 0] must be two finite numbers that rise"),
        ({"clip": 3}, "`clip` 3 must be two finite numbers"),
        ({"clip": [0, float("nan")]}, "must be two finite numbers"),
        ({"schedule": 0.5}, "schedule 0.5 must be a mapping with start, end, from, until, shape"),
        ({"schedule": {"form": 0}}, "Did you mean `from`?"),
        ({"schedule": {"shape": "cosin"}}, "Did you mean `cosine`?"),
        ({"schedule": {"from": "now"}}, "`from` = 'now' is no number"),
        ({"schedule": {"from": 0.6, "until": 0.5}}, "must rise and lie in [0, 1]"),
        ({"schedule": {"start": -1}}, "must be finite and not negative"),
        ({"only": "test"}, "`only` must be one of train, eval, not 'test'"),
        ({"label": "a/b"}, "the label 'a/b' is no name for metrics"),
    ],
)
def test_a_wrong_entry_says_what_is_wrong(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(RewardError) as caught:
        Suite.from_config([{"name": "number", **entry}, "format"])
    assert message in str(caught.value)


def test_a_factor_that_may_be_negative_is_refused() -> None:
    with pytest.raises(RewardError, match="a factor's range must not go below 0"):
        Suite([term("a", times="b"), term("b", kind=SIGNED)])


def test_a_term_that_may_be_negative_takes_no_factor() -> None:
    for kind in (SIGNED, declared(-0.01)):
        with pytest.raises(
            RewardError, match=r"`a` times `lean`: the range of `a` .* or set `clip: \[0, 1\]`"
        ):
            Suite([term("a", kind=kind, times="lean"), term("lean", 0.0)])
    with pytest.raises(RewardError, match="below 0 a smaller factor pays more"):
        Suite([term("a", kind=SIGNED, times="lean", clip=(-0.5, 1.0)), term("lean", 0.0)])


def test_clipped_at_0_what_is_wrong_gains_nothing_by_its_factor() -> None:
    terms = [term("a", kind=SIGNED, times="lean", clip=(0.0, 1.0)), term("lean", 0.0)]
    assert [total(terms, f"a=-1 lean={lean}") for lean in (1, 0.1)] == [0.0, 0.0]
    assert total(terms, "a=1 lean=0.1") == 0.1
