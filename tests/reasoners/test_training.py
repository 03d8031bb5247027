"""Real runs of a tiny model through our trainer and TRL's."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from rewards import iter_records, read_records

pytest.importorskip("trl", reason="needs the extra [train]")

from reasoners.config import load_config
from reasoners.run_folder import RunError, read_metrics
from reasoners.scoring import TooManyMaskedError
from reasoners.training import train

Run = Callable[..., Path]
QUIET = Console(quiet=True)


def test_every_prompt_of_every_epoch_is_recorded(small_run: Run) -> None:
    path = small_run(trl={"max_steps": -1, "num_train_epochs": 2})
    result = train(load_config(path), QUIET)
    records = list(iter_records(result.folder.root, "train"))
    # 10 prompts in chunks of 3: 4 chunks an epoch, the last one filled up with 2 prompts seen before.
    assert len(records) == 2 * 4 * 3 * 2
    for epoch in (0, 1):
        seen = Counter(r.rollout.prompt_id for r in records if r.rollout.source.epoch == epoch)
        assert set(seen) == {f"p{i}" for i in range(10)}
        assert sorted(seen.values()) == [2] * 8 + [4] * 2
    keys = {(r.rollout.source.step, r.rollout.prompt_id, r.rollout.index) for r in records}
    assert len(keys) == len(records)


def test_a_record_holds_what_was_scored(small_run: Run) -> None:
    result = train(load_config(small_run()), QUIET)
    for record in iter_records(result.folder.root, "train"):
        completion = record.rollout.completion
        assert isinstance(completion, str)
        expected = sum(c.isdigit() for c in completion) / max(len(completion), 1)
        assert record.verdict.scores["digits"].value == pytest.approx(expected)
        assert record.rollout.prompt == record.rollout.columns["question"]
        assert record.rollout.completion_tokens is not None
        assert record.rollout.completion_tokens <= 6
        assert record.rollout.prompt_tokens >= len(record.rollout.prompt)


def test_metrics_agree_with_the_records(small_run: Run) -> None:
    result = train(load_config(small_run(formats={"digit": r"\d", "other": ""})), QUIET)
    for step in (m for m in result.metrics if "reward" in m):
        rows = [
            r for r in iter_records(result.folder.root, "train") if r.rollout.source.step == step["step"] - 1
        ]
        totals = [r.verdict.total for r in rows]
        assert step["reward"] == pytest.approx(sum(totals) / len(totals), abs=1e-6)
        assert step["score/digits"] == pytest.approx(step["reward"], abs=1e-6)
        assert step["format/digit"] == pytest.approx(sum(r.tag == "digit" for r in rows) / len(rows))
        assert step["truncated"] == pytest.approx(sum(bool(r.rollout.truncated) for r in rows) / len(rows))
        assert step["status/scored"] == 1.0


def test_training_moves_the_reward(small_run: Run) -> None:
    trl = {"max_steps": 30, "per_device_train_batch_size": 40, "num_generations": 8, "learning_rate": 2e-2}
    result = train(load_config(small_run(trl=trl)), QUIET)
    rewards = [m["reward"] for m in result.metrics if "reward" in m]
    assert sum(rewards[-5:]) / 5 > sum(rewards[:5]) / 5 + 0.3


def test_train_and_eval_are_kept_apart(small_run: Run, tmp_path: Path) -> None:
    data = {"train": str(tmp_path / "rows.jsonl"), "eval": str(tmp_path / "held_out.jsonl")}
    trl = {"eval_strategy": "steps", "eval_steps": 2, "per_device_eval_batch_size": 4}
    result = train(load_config(small_run(data=data, trl=trl)), QUIET)
    evals = read_records(result.folder.root, "eval").to_pylist()
    assert {r["prompt_id"] for r in evals} == {f"h{i}" for i in range(4)}
    assert Counter(r["step"] for r in evals) == {2: 8, 4: 8}
    assert {r["prompt_id"][0] for r in read_records(result.folder.root, "train").to_pylist()} == {"p"}


def test_an_evaluation_at_the_start_is_not_repeated_by_resume(small_run: Run, tmp_path: Path) -> None:
    data = {"train": str(tmp_path / "rows.jsonl"), "eval": str(tmp_path / "held_out.jsonl")}
    trl = {"eval_strategy": "steps", "eval_steps": 3, "per_device_eval_batch_size": 4}
    config = load_config(small_run(data=data, trl={**trl, "eval_on_start": True, "save_steps": 2}))
    whole = train(config, QUIET).folder.root

    def evaluated() -> list[tuple[int, str, int, str]]:
        rows = read_records(whole, "eval").to_pylist()
        return [(r["step"], r["prompt_id"], r["sample_index"], r["completion"]) for r in rows]

    evals = evaluated()
    assert Counter(step for step, *_ in evals) == {0: 8, 3: 8, 4: 8}
    logged = [m["step"] for m in read_metrics(whole / "metrics.jsonl")]
    shutil.rmtree(whole / "model")
    shutil.rmtree(whole / "checkpoints" / "checkpoint-4")
    train(config, QUIET, resume=True)
    assert [m["step"] for m in read_metrics(whole / "metrics.jsonl")] == logged
    assert evaluated() == evals


def test_the_run_folder_says_how_the_run_was_made(small_run: Run) -> None:
    root = train(load_config(small_run()), QUIET).folder.root
    facts = json.loads((root / "manifest.json").read_text())
    assert facts["seed"] == 3
    assert facts["train_rows"] == 10
    assert len(facts["train_sha256"]) == 64
    assert facts["versions"]["trl"] == "1.16.0"
    assert "trained with `grpo`" in (root / "README.md").read_text()
    assert (root / "plots" / "training.png").stat().st_size > 5000
    assert load_config(root / "config.yaml") == load_config(root.parent / "run.yaml")


def test_lora_trains_an_adapter_that_loads(small_run: Run, tiny_model: Path) -> None:
    from reasoners.models.load import load_model

    model = {"name": str(tiny_model), "precision": "fp32", "lora": {"r": 4}}
    result = train(load_config(small_run(model=model)), QUIET)
    assert (result.folder.model / "adapter_config.json").exists()
    loaded, tokenizer = load_model(str(result.folder.model))
    before, _ = load_model(str(tiny_model))
    changed = [
        name
        for name, weight in before.state_dict().items()
        if not weight.equal(loaded.state_dict()[name].to(weight.dtype))
    ]
    assert changed
    assert tokenizer.eos_token_id is not None
    assert all(weight.requires_grad for weight in loaded.parameters())  # it can be trained on


def test_a_second_run_in_the_same_folder_is_refused(small_run: Run) -> None:
    config = load_config(small_run())
    train(config, QUIET)
    with pytest.raises(RunError, match="--resume"):
        train(config, QUIET)
    before = read_metrics(config.run.dir / "metrics.jsonl")
    train(config, QUIET, overwrite=True)
    after = read_metrics(config.run.dir / "metrics.jsonl")
    assert [m.get("loss") for m in before] == [m.get("loss") for m in after]


def test_a_folder_that_is_not_ours_is_never_overwritten(small_run: Run, tmp_path: Path) -> None:
    config = load_config(small_run())
    config.run.dir.mkdir()
    (config.run.dir / "thesis.tex").write_text("years of work")
    with pytest.raises(RunError, match="not a run's folder"):
        train(config, QUIET, overwrite=True)
    assert (config.run.dir / "thesis.tex").read_text() == "years of work"


BROKEN = """
from rewards import reward, BadReference

@reward("raises", cost="inline")
def raises(completion: str, answer: str) -> float:
    raise OSError("the sandbox is down")

@reward("sometimes", cost="inline")
def sometimes(completion: str, answer: str) -> float:
    if int(answer) == 0:
        raise BadReference("zero is no answer")
    return float("7" in completion)
"""


def test_a_failing_verifier_stops_the_run_and_says_why(small_run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    config = load_config(small_run(rewards=[{"name": f"{tmp_path}/broken.py:raises"}]))
    with pytest.raises(TooManyMaskedError, match=r"6 of 6 samples are masked.*OSError: the sandbox is down"):
        train(config, QUIET)
    assert len(read_records(config.run.dir).to_pylist()) == 6


def test_masked_samples_are_counted_and_never_paid(small_run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    path = small_run(
        rewards=[{"name": f"{tmp_path}/broken.py:sometimes"}],
        limits={"max_masked_share": 0.5},
        trl={"max_steps": -1, "num_train_epochs": 1},
    )
    result = train(load_config(path), QUIET)
    rows = read_records(result.folder.root).to_pylist()
    masked = [r for r in rows if r["status"] == "bad_reference"]
    assert {r["prompt_id"] for r in masked} == {"p0"}
    assert all(r["total"] is None and r["correct"] is None for r in masked)
    shares = [m["status/bad_reference"] for m in result.metrics if "reward" in m]
    assert sum(shares) * 6 == pytest.approx(len(masked))


FINE = """
from rewards import reward

@reward("fine", cost="inline")
def fine(completion: str, answer: str) -> float:
    return 0.5 + 0.01 * sum(c.isdigit() for c in completion) / 6
"""


@pytest.mark.parametrize(("floor", "told"), [(0.0, True), (0.1, False)])
def test_spreads_that_become_full_size_advantages_are_told(
    small_run: Run, tmp_path: Path, floor: float, told: bool
) -> None:
    (tmp_path / "fine.py").write_text(FINE)
    path = small_run(
        rewards=[{"name": f"{tmp_path / 'fine.py'}:fine"}],
        algorithm={"std_floor": floor},
        trl={"max_steps": 10, "loss_type": "grpo"},
    )
    console = Console(record=True, width=400)
    train(load_config(path), console)
    assert ("differ by less than 2 % of their range" in console.export_text()) is told


def test_iterated_runs_stop_where_too_many_samples_are_masked(small_run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    path = small_run(
        rewards=[{"name": f"{tmp_path / 'broken.py'}:raises"}],
        algorithm={"name": "raft", "iterated": {"rounds": 1}},
    )
    with pytest.raises(TooManyMaskedError, match=r"20 of 20 samples are masked"):
        train(load_config(path), Console(quiet=True))


def test_group_terms_see_the_whole_group(small_run: Run, tmp_path: Path) -> None:
    (tmp_path / "group.py").write_text(
        "from rewards import group_reward\n"
        "@group_reward('rank', range=(0.0, 1.0))\n"
        "def rank(rollouts, scores):\n"
        "    assert len({r.prompt_id for r in rollouts}) == 1\n"
        "    return [float(s == max(scores)) for s in scores]\n"
    )
    digits = {"name": f"{tmp_path}/digits.py:digits"}
    group = {"name": f"{tmp_path}/group.py:rank", "weight": 0.5}
    result = train(load_config(small_run(rewards=[digits, group])), QUIET)
    for record in iter_records(result.folder.root):
        scores = record.verdict.scores
        assert scores["rank"].status == "scored"
        assert record.verdict.total == pytest.approx(scores["digits"].value + 0.5 * scores["rank"].value)


def test_dead_groups_are_split_into_right_and_wrong() -> None:
    from reasoners.step_metrics import dead_groups

    alive = [(1.0, True), (0.0, False)]
    all_right, all_wrong = [(1.0, True)] * 2, [(0.0, False)] * 2
    one_masked = [(0.5, False), (None, None)]  # no signal either: nothing to compare with
    found = dead_groups([*all_right, *all_wrong, *alive, *one_masked, *[(None, None)] * 2], size=2)
    assert found == {"groups/dead": 0.8, "groups/all_right": 0.2, "groups/all_wrong": 0.4}
    unknown = [(0.5, None)] * 2  # shaping alone was paid
    assert dead_groups([*unknown, *all_wrong], size=2) == {
        "groups/dead": 1.0,
        "groups/all_right": 0.0,
        "groups/all_wrong": 0.5,
    }
