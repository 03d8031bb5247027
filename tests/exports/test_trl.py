"""The TRL export, through TRL's own trainer and its own look at reward functions."""

import asyncio
import math
import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards import Reward, RewardError, Runner, Score, Status, Suite, Term, group_reward, load_reward, reward
from rewards.exports import as_trl, base


def call(fn: Any, **given: Any) -> list[float | None]:
    found = fn(**given)
    return asyncio.run(found) if asyncio.iscoroutine(found) else found


@pytest.mark.parametrize("sync", [True, False])
def test_values_statuses_and_masks(sync: bool) -> None:
    metrics: dict[str, float] = {}
    extra: dict[str, list[str]] = {}
    fn = as_trl("number", sync=sync)
    values = call(
        fn,
        prompts=["p"] * 4,
        completions=["#### 42", [{"role": "assistant", "content": "#### 41"}], "no idea", "#### 1"],
        completion_ids=[[1], [1, 2], [3], [4]],
        answer=["42", "42", "42", "not a number"],
        trainer_state=None,
        log_metric=metrics.__setitem__,
        log_extra=extra.__setitem__,
    )
    assert values == [1.0, 0.0, 0.0, None]
    name = fn.__name__
    assert metrics[f"{name}/status/scored"] == 0.5
    assert metrics[f"{name}/status/unparsed"] == 0.25
    assert metrics[f"{name}/status/bad_reference"] == 0.25
    assert len(metrics) == len(Status)
    assert extra[f"{name}/status"] == ["scored", "scored", "unparsed", "bad_reference"]
    assert extra[f"{name}/reason"][3].startswith("number: ")


def test_trl_sees_what_it_expects(plugin: str) -> None:
    utils = pytest.importorskip("trl.trainer.utils", reason="needs the extra [train]")
    plain, other = as_trl(f"{plugin}:digits"), as_trl(f"{plugin}:digits", scale=0.5)
    slow = as_trl(f"{plugin}:digits", sync=False, scale=0.25)
    names = [utils.get_callable_name(fn) for fn in (plain, other, slow)]
    assert names == ["digits", "digits(scale=0.5)", "digits(scale=0.25)"]
    assert [utils.is_async_callable(fn) for fn in (plain, other, slow)] == [False, False, True]


def test_two_different_rewards_never_share_a_name(plugin: str, tmp_path: Path) -> None:
    twin = tmp_path / "twin.py"
    twin.write_text(Path(plugin).read_text())
    one, two = as_trl(f"{plugin}:digits"), as_trl(f"{twin}:digits")
    assert one.__name__ != two.__name__
    heavy = as_trl([{"name": "number", "weight": 2.0}, "exact"])
    light = as_trl(["number", "exact"])
    assert heavy.__name__ != light.__name__
    assert as_trl(["number", "exact"]).__name__ == light.__name__
    assert as_trl("number", name="mine").__name__ == "mine"


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=200))
def test_names_are_safe_and_follow_the_parameters(one: str, two: str) -> None:
    suites = [Suite([Term(load_reward("number", marker=marker), "number")]) for marker in (one, two)]
    names = [base.unique_name(suite) for suite in suites]
    assert (names[0] == names[1]) is (one == two)
    assert all("/" not in name and len(name) < 90 for name in names)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(RewardError, match="needs column `answer`; the row has: gold"):
        as_trl("number")(prompts=["p"], completions=["c"], gold=["1"])
    with pytest.raises(RewardError, match="column `answer` must be a list of 2 values"):
        as_trl("number")(prompts=["p", "p"], completions=["c", "c"], answer=["1"])
    with pytest.raises(RewardError, match="`completions` among them; got answer"):
        as_trl("number")(answer=["1"])


def test_what_cannot_be_exported_is_refused(plugin: str) -> None:
    @group_reward("shortest")
    def shortest(rollouts: Any, scores: Any) -> list[float]:
        return [0.0 for _ in rollouts]

    with pytest.raises(RewardError, match="`shortest` is a group reward"):
        as_trl(shortest)
    with pytest.raises(RewardError, match=r"unknown parameter `scal`\. Did you mean `scale`"):
        as_trl(f"{plugin}:digits", scal=1)
    with pytest.raises(RewardError, match=r"parameters \(scale\) go with the name"):
        as_trl(load_reward(f"{plugin}:digits"), scale=1)


def test_a_hanging_sample_costs_its_deadline_and_its_own_score_only(plugin: str) -> None:
    bound = load_reward(f"{plugin}:pid")
    bound.runner = Runner(workers=1, deadline=0.3)
    try:
        fn = as_trl(bound, sync=False)
        assert call(fn, completions=["a", "loop", "b"]) == [1.0, 0.0, 1.0]
    finally:
        bound.runner.close()


CHILD = """
import pickle, sys
fn = pickle.load(sys.stdin.buffer)
print(repr((fn.__name__, fn(completions=["12", "ab"], answer=["1", "1"]))))
"""


def read_in_a_new_process(fn: Any) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=pickle.dumps(fn),
        capture_output=True,
        timeout=120,
        cwd=os.getcwd(),
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def test_pickled_into_a_new_process(plugin: str) -> None:
    """AsyncGRPOTrainer pickles reward functions into a spawned process."""
    fn = as_trl(f"{plugin}:digits", scale=0.5)
    assert read_in_a_new_process(fn) == "('digits(scale=0.5)', [0.5, 0.0])"
    bound = load_reward(f"{plugin}:digits")
    bound.runner = Runner(workers=1, deadline=0.7)
    again = pickle.loads(pickle.dumps(as_trl(bound)))
    assert again.suite.terms[0].reward.runner.deadline == 0.7
    assert again.suite.terms[0].reward.runner is not bound.runner


def test_a_reward_of_no_file_is_pickled_by_value() -> None:
    threshold = 1

    @reward("local", cost="inline")
    def local(completion: str) -> Score:
        return Score(float(len(completion) > threshold))

    assert isinstance(local, Reward)
    assert read_in_a_new_process(as_trl(local)) == "('local', [1.0, 1.0])"


def test_async_grpo_takes_it(plugin: str) -> None:
    """The check that AsyncGRPOTrainer's worker makes before it spawns, and its own scoring of a group."""
    module = pytest.importorskip("trl.experimental.async_grpo.async_rollout_worker")
    pytest.importorskip("accelerate").PartialState(cpu=True)  # as the spawned process does, for its logger
    fns = [as_trl(f"{plugin}:digits"), as_trl(f"{plugin}:digits", sync=False, scale=0.5)]
    loop = module._AsyncRolloutLoop.__new__(module._AsyncRolloutLoop)
    loop.reward_funcs = pickle.loads(pickle.dumps(fns))
    loop.reward_func_names = [module.get_callable_name(fn) for fn in loop.reward_funcs]
    loop._env_reward_types = []
    row = module.TrainingSequence([1], [1], [0.0], "r")
    group = module.RolloutGroup(
        prompts=[[{"role": "user", "content": "p"}]] * 3,
        reward_kwargs={"answer": ["1", "1", ""]},
        completions=[[{"role": "assistant", "content": text}] for text in ("12", "ab", "1b")],
        completions_ids=[[1]] * 3,
        completions_sequences=[[row]] * 3,
        tool_call_counts=[0] * 3,
        tool_failure_counts=[0] * 3,
        model_version=0,
        group_id=0,
        env_rewards=[None] * 3,
        rollout_rewards=[None] * 3,
    )
    samples = asyncio.run(loop._score_group(group))
    assert [sample.metrics["rewards/digits"] for sample in samples[:2]] == [1.0, 0.0]
    assert [sample.metrics["rewards/digits(scale=0.5)"] for sample in samples[:2]] == [0.5, 0.0]
    assert math.isnan(samples[2].metrics["reward"])  # masked: left out of the group's mean
    assert [round(sample.advantage, 3) for sample in samples] == [1.0, -1.0, 0.0]


def test_training_with_a_sync_and_an_async_export(plugin: str, tiny_model: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    from trl import GRPOConfig, GRPOTrainer

    rows = [{"prompt": f"{i}+{i}=", "answer": str(2 * i) if i else ""} for i in range(4)]
    args = GRPOConfig(
        output_dir=str(tmp_path / "out"),
        max_steps=2,
        per_device_train_batch_size=8,
        gradient_accumulation_steps=1,
        num_generations=2,
        max_completion_length=6,
        learning_rate=1e-2,
        logging_steps=1,
        report_to=[],
        use_cpu=True,
        bf16=False,
        log_completions=True,
        save_strategy="no",
    )
    trainer = GRPOTrainer(
        model=str(tiny_model),
        reward_funcs=[as_trl(f"{plugin}:digits"), as_trl([f"{plugin}:digits", f"{plugin}:pid"], sync=False)],
        args=args,
        train_dataset=datasets.Dataset.from_list(rows),
    )
    trainer.train()
    logs = [entry for entry in trainer.state.log_history if "rewards/digits/mean" in entry]
    assert len(logs) == 2
    for entry in logs:
        assert entry["digits/status/bad_reference"] == 0.25  # one prompt of four has no answer
        assert entry["digits/status/scored"] == 0.75
        assert entry["digits+pid/status/bad_reference"] == 0.25
        assert entry["digits+pid/term/pid"] == 1.0
        both = entry["rewards/digits+pid/mean"]
        assert math.isclose(both, entry["rewards/digits/mean"] + 1.0, abs_tol=1e-5)


def test_a_composed_suite_keeps_its_meaning(plugin: str) -> None:
    """Schedules follow TRL's steps, terms for evaluation are left out, products and clips pay as in training."""
    state = SimpleNamespace(global_step=1, max_steps=4, epoch=0.5)
    ramp = {"start": 1.0, "end": 0.0}
    suite = [
        {"name": f"{plugin}:digits", "schedule": ramp},
        {"name": "exact", "times": "digits", "clip": [0.0, 0.5]},
        {"name": "number", "only": "eval"},
    ]
    fn = as_trl(suite)
    assert [term.label for term in fn.suite.terms] == ["digits", "exact"]
    given = {"completions": ["42", "4x"], "answer": ["42", "42"]}
    assert fn(**given, trainer_state=state) == [0.75 + 0.5, 0.375]
    assert fn(**given) == [0.5, 0.0]  # no state: the composition that training ends with


def test_the_floor_is_the_lowest_total(plugin: str) -> None:
    def floor(*entries: Any) -> float:
        return base.floor_of(base.as_suite(list(entries), {}))

    signed = {"name": f"{plugin}:signed"}
    assert floor(signed) == -1.0
    assert floor({**signed, "clip": [-0.25, 1.0]}) == -0.25
    assert floor({**signed, "weight": -2.0}) == -2.0
    timed = {**signed, "times": "exact", "clip": [0.0, 1.0]}
    assert floor(timed, {"name": "exact", "weight": -0.5}) == -0.5
    assert floor({**signed, "schedule": {"start": 1.0, "end": 0.5}}) == -0.5
