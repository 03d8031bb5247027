"""Several rewards as one: weights, gates, routing, masks, groups."""

from __future__ import annotations

from typing import Any

import pytest

from rewards import BadReference, RewardError, Rollout, Score, Status, Suite, Term, group_reward, reward


@reward("says", cost="inline", range=(-1.0, 1.0))
def says(completion: str, *, word: str) -> Any:
    """Pay what the completion says about the word: `word=VALUE`, `word!STATUS`, or nothing."""
    for token in completion.split():
        if token.startswith(f"{word}="):
            return float(token.partition("=")[2])
        if token.startswith(f"{word}!"):
            status = token.partition("!")[2]
            if status == "bad_reference":
                raise BadReference("as told")
            return Score(0.0, Status(status))
    return None


@group_reward("rank")
def rank(rollouts: Any, scores: Any, *, wrong: str = "") -> list[float]:
    """Pay the sample with the best base total."""
    if wrong == "length":
        return [0.0]
    if wrong == "raise":
        raise RuntimeError("no rank")
    known = [s for s in scores if s is not None]
    return [1.0 if s is not None and s == max(known) else 0.0 for s in scores]


def term(word: str, weight: float = 1.0, **kwargs: Any) -> Term:
    return Term(says.bind(word=word), word, weight, **kwargs)


def verdict(terms: list[Term], completion: str, **columns: Any) -> Any:
    return Suite(terms).score([Rollout(completion, columns=columns)])[0]


def test_the_total_is_the_weighted_sum() -> None:
    found = verdict([term("a", 2.0), term("b", 0.5)], "a=1 b=-1")
    assert (found.total, found.correct, found.status) == (1.5, False, Status.SCORED)
    assert verdict([term("a", 2.0), term("b", 0.5)], "a=1 b=1").correct is True


def test_weight_zero_is_scored_and_never_paid_nor_masking() -> None:
    for fate in ("b=0.5", "b!error", "b!bad_reference", "b!timeout"):
        found = verdict([term("a"), term("b", 0.0)], f"a=1 {fate}")
        assert (found.total, found.correct, found.status) == (1.0, True, Status.SCORED)
        assert "b" in found.scores


@pytest.mark.parametrize(
    ("fate", "total", "status"),
    [
        ("error", None, "error"),
        ("bad_reference", None, "bad_reference"),
        ("timeout", 0.0, "timeout"),
        ("unparsed", 0.0, "unparsed"),
        ("not_applicable", 1.0, "scored"),
    ],
)
def test_each_status_costs_what_the_contract_says(fate: str, total: float | None, status: str) -> None:
    found = verdict([term("a"), term("b")], f"a=1 b!{fate}")
    assert (found.total, found.status.value) == (total, status)
    assert (found.correct is None) == (total is None)


def test_nothing_applicable_is_masked() -> None:
    found = verdict([term("a")], "nothing")
    assert (found.total, found.correct, found.status) == (None, None, Status.NOT_APPLICABLE)


def test_a_gate_that_is_not_full_costs_the_gated_term_its_floor() -> None:
    terms = [term("gate", 0.5), term("a", requires="gate")]
    assert verdict(terms, "gate=1 a=1").total == 1.5
    assert verdict(terms, "gate=0.5 a=1").total == 0.25 - 1.0
    assert verdict(terms, "gate!unparsed a=1").total == -0.5 - 1.0
    assert verdict(terms, "a=1").total == 1.0  # a gate with nothing to say is open


def test_an_unpaid_gate_that_fails_by_its_own_fault_masks_the_sample() -> None:
    terms = [term("gate", 0.0), term("a", requires="gate")]
    assert verdict(terms, "gate=0 a=1").total == -1.0
    found = verdict(terms, "gate!error a=1")
    assert (found.total, found.status) == (None, Status.ERROR)


def test_routing_by_a_column_scores_each_row_by_its_own_terms() -> None:
    terms = [term("a", when={"kind": ("math", "code")}), term("b", when={"kind": ("text",)})]
    rollouts = [Rollout("a=1 b=0.5", columns={"kind": k}) for k in ("math", "text", "code", "other")]
    found = Suite(terms).score(rollouts)
    assert [v.total for v in found] == [1.0, 0.5, 1.0, None]
    assert [list(v.scores) for v in found] == [["a"], ["b"], ["a"], []]


def test_a_negative_weight_is_best_at_the_bottom() -> None:
    terms = [term("a"), term("b", -1.0)]
    assert verdict(terms, "a=1 b=-1").correct is True
    assert verdict(terms, "a=1 b=1").correct is False
    assert verdict(terms, "a=1 b=1").total == 0.0


@reward("bonus", cost="inline", range=(-1.0, 1.0), shaping=True)
def bonus(completion: str) -> float:
    """Pay half of everything."""
    return 0.5


def test_shaping_is_paid_and_has_no_say_in_correct() -> None:
    for weight in (1.0, -1.0):
        terms = [term("a"), Term(bonus.bind(), "bonus", weight)]
        assert [verdict(terms, f"a={a}").correct for a in (1, 0)] == [True, False]
        assert verdict(terms, "a=1").total == 1.0 + 0.5 * weight
        assert verdict(terms, "a!error").correct is None


def test_where_shaping_alone_pays_nothing_is_known_of_correct() -> None:
    found = verdict([Term(bonus.bind(), "bonus")], "x")
    assert (found.total, found.correct, found.status) == (0.5, None, Status.SCORED)
    assert verdict([Term(bonus.bind(), "bonus"), term("a")], "x").correct is None


@pytest.mark.parametrize(
    ("shaping", "columns"),
    [
        ({"name": "progress", "weight": 0.5}, {"values": [0.25, 0.75]}),
        ({"name": "tool_efficiency", "weight": 0.5, "params": {"alpha": 1.0, "c": 2.0}}, {}),
        ({"name": "length_rank", "params": {"unit": "characters"}}, {}),
        ({"name": "otc_group", "params": {"alpha": 1.0, "c": 2.0}}, {}),
    ],
)
def test_shaping_that_ships_leaves_correct_to_the_outcome(shaping: Any, columns: Any) -> None:
    suite = Suite.from_config([{"name": "number"}, shaping])
    call = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}
    said = [[call, {"role": "assistant", "content": f"#### {n}"}] for n in (7, 8)]
    found = suite.score([Rollout(s, columns={"answer": "7", **columns}, prompt_id="p") for s in said])
    assert [v.correct for v in found] == [True, False]


def grouped(completions: list[str], groups: list[str] | None, **params: Any) -> list[Any]:
    suite = Suite([term("a"), Term(rank.bind(**params), "rank", 0.5)])
    rollouts = [Rollout(c, prompt_id=c[-1]) for c in completions]
    return suite.score(rollouts, groups)


def test_a_group_term_sees_one_prompts_samples_in_order() -> None:
    found = grouped(["a=0 x", "a=1 y", "a=1 x", "a=0 y"], ["x", "y", "x", "y"])
    assert [v.scores["rank"].value for v in found] == [0.0, 1.0, 1.0, 0.0]
    assert [v.total for v in found] == [0.0, 1.5, 1.5, 0.0]
    assert [v.correct for v in found] == [False, True, True, False]


def test_a_masked_sample_is_none_to_the_group_and_stays_masked() -> None:
    found = grouped(["a!error x", "a=0.5 x"], ["x", "x"])
    assert [v.total for v in found] == [None, 1.0]


@pytest.mark.parametrize("wrong", ["length", "raise"])
def test_a_group_term_that_fails_masks_its_group(wrong: str) -> None:
    found = grouped(["a=1 x", "a=0 x"], None, wrong=wrong)
    assert [v.total for v in found] == [None, None]
    assert {v.status for v in found} == {Status.ERROR}


def test_a_group_reward_is_not_scored_alone() -> None:
    with pytest.raises(RewardError, match="`rank` is a group reward"):
        rank.bind().score(completion="x")


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "at least one reward"),
        (["number", "number"], "two rewards are labelled `number`"),
        (["numbr"], "Did you mean `number`?"),
        ([{"name": "number", "wieght": 2}], "Did you mean `weight`?"),
        ([{"weight": 2}], "has no `name`"),
        ([3], "neither a name nor a mapping"),
        ([{"name": "number", "weight": "much"}], "the weight 'much' is no number"),
        ([{"name": "number", "weight": float("nan")}], "must be a finite number"),
        ([{"name": "number", "params": ["where"]}], "`params` must be a mapping"),
        ([{"name": "number", "params": {"wher": 1}}], "Did you mean `where`?"),
        ([{"name": "number", "when": "math"}], "`when` must be a mapping"),
        ([{"name": "number", "requires": "formatt"}, "format"], "Did you mean `format`?"),
        ([{"name": "number", "requires": "number"}], "requires itself"),
    ],
)
def test_a_wrong_config_says_what_is_wrong(entries: Any, message: str) -> None:
    with pytest.raises(RewardError) as caught:
        Suite.from_config(entries)
    assert message in str(caught.value)


def test_a_config_makes_the_suite() -> None:
    suite = Suite.from_config(
        [
            {"name": "format", "weight": 0.5},
            {"name": "number", "label": "sum", "requires": "format", "when": {"kind": "sum"}},
            {"name": "exact", "when": {"kind": ["topic"]}, "params": {"mode": "tagged"}},
        ]
    )
    texts = ["<think>a</think><answer>7</answer>", "<answer>7</answer>"]
    rows = [Rollout(t, columns={"answer": "7", "kind": k}) for k in ("sum", "topic") for t in texts]
    assert [v.total for v in suite.score(rows)] == [1.5, 0.0, 1.5, 1.0]


def test_the_dataset_is_checked_before_anything_is_scored() -> None:
    suite = Suite.from_config(["format", {"name": "number", "when": {"kind": "sum"}}])
    suite.check([{"kind": "sum", "answer": 1}, {"kind": "talk"}], "rows.jsonl")
    message = "rows.jsonl, row 1: reward `number` needs column `answer`, which is missing or empty"
    for row in ({"kind": "sum"}, {"kind": "sum", "answer": None}):
        with pytest.raises(RewardError) as caught:
            suite.check([{"kind": "sum", "answer": 1}, row], "rows.jsonl")
        assert message in str(caught.value)
    lone = Suite.from_config([{"name": "number", "when": {"kind": "sum"}}])
    with pytest.raises(RewardError, match="row 0: no reward with a weight applies to it"):
        lone.check([{"kind": "talk"}], "rows.jsonl")
