"""Why a completion got its score, for every built-in and for a foreign reward."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rewards
from rewards import Rollout, Runner, Score, Status, group_reward, load_reward, reward
from rewards.errors import RewardError
from rewards.explain import Explained, Explanation, explain
from rewards.hooks import find_hook

FILES = sorted(Path(rewards.__file__).parent.glob("*/fixtures.jsonl"))
INLINE = [
    pytest.param(path.parent.name, json.loads(line), id=f"{path.parent.name}-{number}")
    for path in FILES
    if path.parent.name in ("exact", "format", "number")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
]


def why(name: str, completion: Any, params: dict[str, Any] | None = None, **columns: Any) -> Explained:
    return explain(load_reward(name, **(params or {})), Rollout(completion=completion, columns=columns))


@pytest.mark.parametrize(("name", "case"), INLINE)
def test_every_fixture_is_explained_as_it_is_scored(name: str, case: dict[str, Any]) -> None:
    expect, params = case.pop("expect"), case.pop("params", {})
    found = why(name, case.pop("completion"), params, **case)
    assert (found.score.value, found.score.status) == (expect["value"], expect["status"])
    assert found.own
    assert found.notes == ()
    assert found.reading.rule
    if expect["status"] == "bad_reference":
        assert found.reading.read_gold is None
        assert found.paid is None
    if expect["status"] == "scored" and name == "number":
        same = found.reading.read_gold == found.reading.read_prediction
        assert same == (expect["value"] == 1.0)
    json.dumps(found.to_json())


def test_number_says_what_it_read_and_what_would_have_paid() -> None:
    text = r"<think>\boxed{5}</think>It is \boxed{5 or 6}"
    found = why("number", text, answer="5")
    assert found.text[slice(*found.reading.span or ())] == "5 or 6"
    assert found.answer_at == 24
    assert found.score.status is Status.UNPARSED
    assert found.reading.rule == r"Found in the last \boxed{...}, but it is not one number and nothing else."
    assert (found.reading.read_gold, found.reading.read_prediction) == ("5", None)
    assert found.paid == r"\boxed{5}"


@pytest.mark.parametrize(
    ("params", "paid"),
    [
        ({"where": "hash"}, "#### 7/2"),
        ({"where": "tag", "tag": "a"}, "<a>7/2</a>"),
        ({"where": "marker", "marker": "=>"}, "=> 7/2"),
        ({"where": "whole"}, "7/2"),
        ({"prefilled": True}, "</think>\n\\boxed{7/2}"),
    ],
)
def test_what_would_have_paid_follows_the_parameters_and_is_proved(params: dict[str, Any], paid: str) -> None:
    found = why("number", "nothing", params, answer="7/2")
    assert found.paid == paid
    assert load_reward("number", **params).score(completion=paid, answer="7/2").value == 1.0


def test_thinking_that_never_ends() -> None:
    found = why("number", r"<think>\boxed{5}", answer="5")
    assert found.answer_at is None
    assert found.reading.rule == "No answer was found: the thinking block is never closed."


def test_chat_turns_are_explained_by_their_final_message() -> None:
    turns = [{"role": "assistant", "content": "1"}, {"role": "tool", "content": "2"}]
    found = why(
        "number", [*turns, {"role": "assistant", "content": [{"type": "text", "text": "3"}]}], answer=3
    )
    assert (found.text, found.reading.span, found.score.value) == ("3", (0, 1), 1.0)


def test_exact_and_format() -> None:
    found = why("exact", "Banded, dotted", {"labels": ["banded", "dotted"]}, answer="banded")
    assert found.reading.read_prediction == "banded, dotted"
    assert found.reading.lines == ("labels: banded, dotted",)
    assert found.paid == "banded"
    found = why("format", "<think>a</think><answer>b</answer>\n")
    assert found.reading.lines == ("blanks follow the last tag",)
    assert found.paid == "<think>\nreasoning\n</think>\n<answer>\nresult\n</answer>"


def test_reasoning_gym() -> None:
    pytest.importorskip("reasoning_gym", reason="needs the extra [gym]")
    entry = {"question": "1 + 1 =", "answer": "2", "metadata": {"difficulty": {}}}
    found = why("reasoning_gym", "so <answer>3</answer>", {"task": "chain_sum"}, entry=entry)
    assert found.text[slice(*found.reading.span or ())] == "3"
    assert (found.reading.read_gold, found.reading.read_prediction) == ("2", "3")
    assert found.score.parts == {"raw": 0.0}
    assert found.paid == "<answer>2</answer>"


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["\\boxed{", "}", "4", "5 or 6", "<think>", "</think>", "#### ", "\ud800", "<answer>",
                              "</answer>", "The answer is ", ". ", "\n", "\x00", "\u200b"]), max_size=25).map("".join),
    st.sampled_from(["number", "exact", "format"]),
    st.sampled_from(["4", "5", "x", "", None, 4.5]),
)  # fmt: skip
def test_any_text_is_explained_as_it_is_scored(text: str, name: str, answer: Any) -> None:
    found = why(name, text, answer=answer)
    again = load_reward(name).score(completion=text, answer=answer)
    assert (found.score.value, found.score.status) == (again.value, again.status)
    assert found.own
    assert found.notes == ()
    if found.reading.span is not None:
        start, end = found.reading.span
        assert found.answer_at is not None
        assert found.answer_at <= start < end <= len(text)
    if found.paid is not None:
        assert load_reward(name).score(completion=found.paid, answer=answer).value == 1.0


@reward("tagged_length", range=(0.0, 2.0), cost="inline")
def tagged(completion: str, solution: str, *, bonus: float = 1.0) -> Score:
    """Pay a tag, and more if it holds the solution."""
    if "<answer>" not in completion:
        return Score(0.0, Status.UNPARSED, reason="no tag")
    right = f"<answer>{solution}</answer>" in completion
    return Score(1.0 + right * bonus, parts={"tag": 1.0, "right": float(right)}, reason="partly")


def test_a_foreign_reward_is_explained_by_what_it_got_and_gave() -> None:
    found = explain(tagged.bind(), Rollout(completion="<answer>4", columns={"solution": "5", "id": "x"}))
    assert not found.own
    assert found.arguments == {"solution": "5", "bonus": "1.0"}
    assert found.score.parts == {"tag": 1.0, "right": 0.0}
    assert found.paid == "<answer>5</answer>"
    found = explain(tagged.bind(), Rollout(completion="4", columns={"solution": "5"}))
    assert found.reading.rule.startswith("The reward found nothing to check")


def test_a_raising_reward_is_explained_and_masked() -> None:
    @reward("boom", cost="inline")
    def boom(completion: str, answer: str) -> float:
        """Fail."""
        raise KeyError(answer)

    found = explain(boom.bind(), Rollout(completion="x", columns={"answer": "5"}))
    assert (found.score.status, found.score.value, found.paid) == (Status.ERROR, None, None)
    assert found.reading.rule.startswith("The reward failed on this sample")


@reward("own", cost="inline")
def own(completion: str, answer: str, *, strict: bool = False) -> float:
    """Pay equality."""
    return float(completion == answer)


@reward("broken", cost="inline")
def broken(completion: str, answer: str) -> float:
    """Pay equality."""
    return float(completion == answer)


def explain_own(completion: str, answer: str, *, strict: bool) -> Explanation:
    return Explanation(span=(0, len(completion)), rule=f"strict is {strict}", would_pay=("wrong", answer))


def explain_broken(completion: str, answer: str) -> Explanation:
    raise RuntimeError("oh")


def test_a_plugin_explains_itself_and_cannot_claim_what_does_not_pay() -> None:
    found = explain(own.bind(strict=True), Rollout(completion="x", columns={"answer": "5"}))
    assert (found.own, found.reading.rule, found.paid) == (True, "strict is True", "5")


def test_a_broken_explainer_hides_nothing() -> None:
    found = explain(broken.bind(), Rollout(completion="x", columns={"answer": "5"}))
    assert (found.own, found.score.value) == (False, 0.0)
    assert found.notes == ("the plugin's explanation failed: RuntimeError: oh",)


def test_unrelated_functions_are_no_explainers() -> None:
    assert find_hook(tagged, "explain") is None
    assert find_hook(load_reward("number").spec, "explain") is not None


FORMS = '''
import asyncio
from reasoners import reward
from rewards.explain import Explanation


@reward("awaited")
async def awaited(completion: str, answer: str) -> float:
    """Pay equality."""
    return float(completion == answer)


@reward("batched", batch=True)
def batched(completion: list[str], answer: list[str]) -> list[float]:
    """Pay equality."""
    return [float(c == a) for c, a in zip(completion, answer)]


def explain_awaited(completion, answer):
    return Explanation(span=(0, 1), rule="equality", would_pay=(answer,))


def explain_batched(completion, answer):
    if completion == "hang": 9 ** 9 ** 9 ** 9
    if completion == "junk": return 7
    return Explanation(span=(0, 1), rule="equality", would_pay=(answer,))
'''


@pytest.mark.parametrize("name", ["awaited", "batched"])
def test_async_and_batch_rewards_explain_themselves(tmp_path: Path, name: str) -> None:
    (tmp_path / "forms.py").write_text(FORMS)
    found = explain(load_reward(f"{tmp_path / 'forms.py'}:{name}"), Rollout("x", columns={"answer": "5"}))
    assert (found.own, found.reading.rule, found.reading.span) == (True, "equality", (0, 1))
    assert (found.score.value, found.paid) == (0.0, "5")


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("hang", "no verdict within 1 s"),
        ("junk", "TypeError: `explain_batched` returned a value of type int, not Explanation"),
    ],
)
def test_an_explanation_that_hangs_or_is_none_hides_nothing(tmp_path: Path, word: str, problem: str) -> None:
    (tmp_path / "forms.py").write_text(FORMS)
    bound = load_reward(f"{tmp_path / 'forms.py'}:batched")
    with Runner(workers=1, deadline=1.0) as bound.runner:
        found = explain(bound, Rollout(word, columns={"answer": "5"}))
    assert (found.own, found.score.value, found.paid) == (False, 0.0, "5")
    assert found.notes == (f"the plugin's explanation failed: {problem}",)


def test_what_cannot_be_explained() -> None:
    @group_reward("rank")
    def rank(rollouts: Any, scores: Any) -> list[float]:
        """Compare."""
        return [0.0 for _ in rollouts]

    with pytest.raises(RewardError, match="compares the samples of a group"):
        explain(rank.bind(), Rollout(completion="x"))
    with pytest.raises(RewardError, match="needs column `answer`"):
        why("number", "x")
