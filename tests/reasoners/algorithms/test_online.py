"""Each online algorithm trains a tiny model for real; what it wrote down gives back its advantages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from rich.console import Console  # noqa: E402

from reasoners.config import load_config  # noqa: E402
from reasoners.training import train  # noqa: E402
from rewards import read_records  # noqa: E402
from tests.reasoners.small import run  # noqa: E402

Make = Callable[..., Path]
SINGLE = {"remax", "ppo"}
ONLINE = ["dr_grpo", "dapo", "gspo", "cispo", "rloo", "loop", "remax", "reinforce_pp", "opo", "pass_at_k"]


@pytest.mark.parametrize("name", ONLINE)
def test_it_trains(name: str, small_run: Make) -> None:
    # Nearly all samples of an untrained model are truncated.
    trl = {"num_generations": 1 if name in SINGLE else 2, "max_steps": 2, "mask_truncated_completions": False}
    rows = run(small_run(algorithm={"name": name}, trl=trl))
    assert [r["step"] for r in rows] == [1, 2]
    assert all(r["grad_norm"] > 0 for r in rows if r.get("reward_std"))


def test_remax_records_its_greedy_samples_apart(small_run: Make) -> None:
    path = small_run(algorithm={"name": "remax"}, trl={"num_generations": 1, "max_steps": 2})
    run(path)
    folder = load_config(path).run.dir / "records"
    greedy = read_records(folder, split="greedy").to_pylist()
    sampled = read_records(folder, split="train").to_pylist()
    assert len(greedy) == len(sampled) == 12
    texts = {}
    for row in greedy:  # greedy is deterministic within a step
        texts.setdefault((row["step"], row["prompt_id"]), set()).add(row["completion"])
    assert all(len(found) == 1 for found in texts.values())
    assert {(r["step"], r["prompt_id"]) for r in greedy} == {(r["step"], r["prompt_id"]) for r in sampled}


ODD_AND_SURE = """
from rewards import reward

@reward("odd", cost="inline")
def odd(completion: str) -> float:
    \"\"\"Pay an odd number of characters.\"\"\"
    return float(len(completion) % 2)

@reward("sure", cost="inline")
def sure(completion: str) -> float:
    \"\"\"Pay everything the same.\"\"\"
    return 1.0
"""


def test_remax_compares_by_the_weights_of_the_step(small_run: Make, tmp_path: Path) -> None:
    plugin = tmp_path / "both.py"
    plugin.write_text(ODD_AND_SURE)
    odd = {"name": f"{plugin}:odd"}
    fading = {"name": f"{plugin}:sure", "schedule": {"start": 1.0, "end": 0.0}}
    trl = {"num_generations": 1, "max_steps": 2, "mask_truncated_completions": False}
    remax = {"algorithm": {"name": "remax"}, "trl": trl}
    plain = run(small_run("plain", rewards=[odd], **remax))
    faded = run(small_run("faded", rewards=[odd, fading], **remax))
    # What everything is paid alike, sampled or greedy, is no advantage.
    assert [f["reward"] - p["reward"] for f, p in zip(faded, plain, strict=True)] == pytest.approx([1.0, 0.5])
    assert [row["grad_norm"] for row in faded] == [row["grad_norm"] for row in plain]
    assert any(row["grad_norm"] for row in plain)


SOMETIMES = """
from rewards import reward

@reward("even", cost="inline")
def even(completion: str, answer: str) -> float:
    \"\"\"Right for some prompts whatever is said; for the others it depends.\"\"\"
    if int(answer) % 4 == 0:
        return 1.0
    return float(len(completion) % 2)
"""


def test_dead_groups_are_replaced_within_the_budget_and_reported(small_run: Make, tmp_path: Path) -> None:
    plugin = tmp_path / "even.py"
    plugin.write_text(SOMETIMES)
    path = small_run(
        algorithm={"name": "dapo", "dynamic": {"budget": 2, "pool": "difficulty"}},
        rewards=[{"name": f"{plugin}:even"}],
        trl={"max_steps": 3, "num_generations": 3, "mask_truncated_completions": False},
    )
    rows = run(path)
    records = read_records(load_config(path).run.dir / "records", split="train").to_pylist()
    for row in rows:
        assert row["dynamic/extra_batches"] <= 2
        assert row["dynamic/replaced"] + row["dynamic/dead_left"] <= 2  # groups a step
        mine = [r for r in records if r["step"] == row["step"] - 1]
        assert len(mine) == 6 * (1 + row["dynamic/extra_batches"])
        prompts = [r["prompt_id"] for r in mine]
        assert len(set(prompts)) == len(prompts) / 3  # no prompt twice in a step
    assert sum(r["dynamic/extra_batches"] for r in rows) > 0


def test_dynamic_sampling_uses_what_is_left_of_a_small_data_set(small_run: Make, tmp_path: Path) -> None:
    plugin = tmp_path / "even.py"
    plugin.write_text(SOMETIMES)
    path = small_run(
        algorithm={"name": "dapo", "dynamic": {"budget": 3}},
        rewards=[{"name": f"{plugin}:even"}],
        data={"train": str(tmp_path / "rows.jsonl"), "train_size": 3},
        trl={"max_steps": 4, "num_generations": 3, "mask_truncated_completions": False},
    )
    rows = run(path)
    records = read_records(load_config(path).run.dir / "records", split="train").to_pylist()
    for row in rows:
        mine = [r for r in records if r["step"] == row["step"] - 1]
        # One prompt is left beside the two of a step.
        assert len(mine) == 6 + 3 * row["dynamic/extra_batches"]
    assert max(r["dynamic/extra_batches"] for r in rows) == 1
    assert sum(r["dynamic/replaced"] for r in rows) > 0


def test_dynamic_sampling_resumes_where_it_was(small_run: Make, tmp_path: Path) -> None:
    plugin = tmp_path / "even.py"
    plugin.write_text(SOMETIMES)
    options = {
        "algorithm": {"name": "dapo", "dynamic": {"budget": 2, "pool": "difficulty"}},
        "rewards": [{"name": f"{plugin}:even"}],
    }
    trl = {"num_generations": 3, "save_steps": 2, "mask_truncated_completions": False}
    whole = run(small_run("whole", trl={**trl, "max_steps": 4}, **options))
    path = small_run("broken", trl={**trl, "max_steps": 4}, **options)
    config = load_config(path)

    class StoppedError(Exception):
        pass

    import reasoners.callbacks as callbacks

    original = callbacks.MetricsFile.on_log

    def stop(self, args, state, control, logs=None, **more):  # type: ignore[no-untyped-def]
        original(self, args, state, control, logs=logs, **more)
        if state.global_step == 3:
            raise StoppedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(callbacks.MetricsFile, "on_log", stop)
        with pytest.raises(StoppedError):
            train(config, Console(quiet=True))
    resumed = run(path, resume=True)
    # The learning-rate schedule and everything random agree, so do the losses and the weights.
    assert [r["loss"] for r in resumed] == [r["loss"] for r in whole]
    weights = [
        torch.load(f, weights_only=True) if f.suffix == ".bin" else f.read_bytes()
        for f in sorted(
            p for name in ("whole", "broken") for p in (tmp_path / name / "model").glob("model.safetensors")
        )
    ]
    assert len(weights) == 2
    assert weights[0] == weights[1]


def test_groups_spread_over_generation_batches_are_refused(small_run: Make) -> None:
    from reasoners.algorithms.presets import AlgorithmError
    from reasoners.trainer import RLVRTrainer

    fake = RLVRTrainer.__new__(RLVRTrainer)
    fake.__dict__ |= {
        "args": type("Args", (), {"per_device_train_batch_size": 3, "steps_per_generation": 1}),
        "num_generations": 2,
        "credit": "greedy",
    }
    with pytest.raises(AlgorithmError, match="whole groups"):
        fake._check_groups()
