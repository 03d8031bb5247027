"""Tasks of reasoning-gym through their own scorers: gold pays in full, a corrupted answer less."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from rewards import RewardError, Status, Suite, load_reward

gym = pytest.importorskip("reasoning_gym", reason="needs the extra [gym]")
TASKS = (
    "chain_sum",
    "basic_arithmetic",
    "letter_counting",
    "number_sorting",
    "spell_backward",
    "gcd",
    "leg_counting",
    "prime_factorization",
    "word_sorting",
    "countdown",
    "rearc",
    "propositional_logic",
)


@pytest.mark.parametrize("task", TASKS)
def test_gold_pays_one_and_nonsense_less(task: str) -> None:
    entries = list(gym.create_dataset(task, size=4, seed=5))
    reward = load_reward("reasoning_gym", task=task)
    answers = [e["answer"] or e["metadata"]["example_answer"] for e in entries]
    gold = [
        {"completion": f"<think>hm</think><answer>{a}</answer>", "entry": json.dumps(e, default=str)}
        for a, e in zip(answers, entries, strict=True)
    ]
    assert [s.value for s in reward.score_batch(gold)] == [1.0] * 4
    wrong = [{"completion": "<answer>qqq</answer>", "entry": e} for e in entries]
    for score in reward.score_batch(wrong):
        assert score.status in (Status.SCORED, Status.UNPARSED), score.reason
        assert score.value is not None
        assert score.value < 1.0


def test_credit_for_a_readable_wrong_answer_is_cut_off_and_kept_as_a_part() -> None:
    entry = next(iter(gym.create_dataset("countdown", size=1, seed=1)))
    row = {"completion": "<answer>1</answer>", "entry": entry}
    cut = load_reward("reasoning_gym", task="countdown").score_batch([row])[0]
    kept = load_reward("reasoning_gym", task="countdown", min_credit=0.0).score_batch([row])[0]
    assert 0.0 < cut.parts["raw"] < 0.1
    assert (cut.value, kept.value) == (0.0, cut.parts["raw"])


def test_an_unknown_task_is_refused_when_the_config_is_read_with_the_nearest_name() -> None:
    with pytest.raises(
        RewardError, match=r"unknown reasoning-gym task `chain_sums`\. Did you mean `chain_sum`"
    ):
        Suite.from_config([{"name": "reasoning_gym", "params": {"task": "chain_sums"}}])


HIDDEN = """
import sys
sys.modules["reasoning_gym"] = None
from rewards.reasoning_gym.extract import scorer
try:
    scorer("chain_sum")
except Exception as error:
    print(type(error).__name__, error)
"""


def test_without_the_package_the_error_says_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", HIDDEN], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("RewardError")
    assert "pip install 'reasoners[gym]'" in done.stdout
