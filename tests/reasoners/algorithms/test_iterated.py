"""Expert iteration and its relatives: what is kept, that it learns, resumes, and respects its prior."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from rich.console import Console  # noqa: E402

from reasoners.algorithms.settings import Rounds  # noqa: E402
from reasoners.config import load_config  # noqa: E402
from reasoners.iterated import NothingKeptError, keep  # noqa: E402
from reasoners.training import train  # noqa: E402
from rewards import Record, Rollout, Score, Suite, Term, iter_records, read_records, reward  # noqa: E402
from tests.reasoners.small import run, starts  # noqa: E402

Make = Callable[..., Path]
TRL = {
    "num_generations": 4,
    "learning_rate": 1e-2,
    "lr_scheduler_type": "constant",
    "per_device_train_batch_size": 4,
}


@reward("written", cost="inline")
def written(completion: str) -> Score:
    """Pay what the completion says."""
    return Score(float(completion.split()[0]))


def made(*rows: tuple[str, str, bool]) -> list[Record]:
    rollouts = [Rollout(text, prompt_id=p, index=i, truncated=cut) for i, (p, text, cut) in enumerate(rows)]
    return [
        Record(r, v)
        for r, v in zip(rollouts, Suite([Term(written.bind(), "written")]).score(rollouts), strict=True)
    ]


def test_what_is_kept() -> None:
    records = made(
        ("a", "0.5 x", False),
        ("a", "1 y", False),
        ("a", "1 y", False),  # the same text again
        ("a", "1 z", False),
        ("b", "0 x", False),
        ("c", "1 cut", True),
    )
    texts = [r.rollout.completion for r in keep(records, Rounds(keep="correct"))]
    assert texts == ["1 y", "1 z"]
    texts = [r.rollout.completion for r in keep(records, Rounds(keep="best"))]
    assert texts == ["1 y"]
    texts = [r.rollout.completion for r in keep(records, Rounds(keep="best", above=-1.0))]
    assert texts == ["1 y", "0 x"]


@pytest.fixture
def proxy(small_run: Make, tmp_path: Path) -> Callable[..., Path]:
    """A config of rounds on the tiny model, paid for ending in time with a digit first."""

    def make(name: str, algorithm: dict[str, Any], **sections: Any) -> Path:
        trl = {**TRL, "max_completion_length": 48}
        return small_run(name, trl=trl, algorithm=algorithm, rewards=starts(tmp_path), **sections)

    return make


@pytest.mark.parametrize("name", ["expert_iteration", "raft", "superhf"])
def test_rounds_raise_the_reward_and_are_recorded(name: str, proxy: Callable[..., Path]) -> None:
    path = proxy(
        "run",
        {
            "name": name,
            "iterated": {
                "rounds": 4,
                "epochs": 8,
                **({"kl": 0.05} if name == "superhf" else {}),
            },
        },
    )
    rows = run(path)
    assert [r["step"] for r in rows] == [1, 2, 3, 4]
    assert rows[-1]["reward"] > rows[0]["reward"] + 0.2
    records = read_records(load_config(path).run.dir / "records", split="train").to_pylist()
    assert len(records) == 4 * 10 * 4  # rounds, prompts, samples
    assert len({(r["step"], r["prompt_id"], r["sample_index"]) for r in records}) == len(records)
    assert (load_config(path).run.dir / "model" / "config.json").exists()


ALL_RIGHT = """
from rewards import reward

@reward("all_right", cost="inline")
def all_right(completion: str) -> float:
    return 1.0
"""


def test_long_samples_are_learned_whole(proxy: Callable[..., Path], tiny_model: Path, tmp_path: Path) -> None:
    wide = tmp_path / "wide"
    shutil.copytree(tiny_model, wide)
    config = json.loads((wide / "config.json").read_text())
    (wide / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 2048}))
    (tmp_path / "all_right.py").write_text(ALL_RIGHT)
    rows = [{"id": f"p{i}", "question": "1+2=" * 300 + str(i), "answer": "3"} for i in range(4)]
    (tmp_path / "long.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = proxy("long", {"name": "raft", "iterated": {"rounds": 1, "epochs": 8}})
    overrides = {
        "model.name": str(wide),
        "data.train": str(tmp_path / "long.jsonl"),
        "rewards": [{"name": f"{tmp_path / 'all_right.py'}:all_right"}],
    }
    (row,) = train(load_config(path, overrides), Console(quiet=True)).metrics
    assert row["kept"] == 4
    assert (load_config(path).run.dir / "model" / "model.safetensors").read_bytes() != (
        wide / "model.safetensors"
    ).read_bytes()


def test_formats_are_logged_and_recorded(proxy: Callable[..., Path]) -> None:
    algorithm = {"name": "raft", "iterated": {"rounds": 1}}
    path = proxy("tagged", algorithm, formats={"digit": r"^\d", "other": r"^(?!\d)"})
    (row,) = run(path)
    records = read_records(load_config(path).run.dir / "records", split="train").to_pylist()
    for record in records:
        assert record["tag"] == ("digit" if record["completion"][:1].isdigit() else "other")
    shares = [sum(r["tag"] == name for r in records) / len(records) for name in ("digit", "other")]
    assert [row["format/digit"], row["format/other"]] == shares
    assert 0 < shares[0] < 1


def test_a_named_algorithm_stays_itself_beside_a_field_of_its_rounds(small_run: Make, tmp_path: Path) -> None:
    (tmp_path / "all_right.py").write_text(ALL_RIGHT)
    trl = {**TRL, "max_completion_length": 48}

    def tuned(name: str, **own: Any) -> tuple[bytes, list[tuple[int, int]]]:
        algorithm = {"name": name, "iterated": {"rounds": 2, **own}}
        rewards = [{"name": f"{tmp_path / 'all_right.py'}:all_right"}]
        path = small_run(f"{name}{len(own)}", trl=trl, algorithm=algorithm, rewards=rewards)
        rows = run(path)
        weights = load_config(path).run.dir / "model" / "model.safetensors"
        return weights.read_bytes(), [(row["kept"], row["kept_prompts"]) for row in rows]

    superhf, raft, expert = (tuned(name) for name in ("superhf", "raft", "expert_iteration"))
    assert superhf == tuned("superhf", keep="best", kl=0.1)
    assert raft == tuned("raft", keep="best", kl=0.0)
    assert superhf[0] != raft[0]
    assert all(kept == prompts for kept, prompts in superhf[1] + raft[1])  # one sample of a prompt
    assert all(kept > prompts for kept, prompts in expert[1])


def test_a_resumed_run_equals_an_unbroken_one(proxy: Callable[..., Path], tmp_path: Path) -> None:
    algorithm = {"name": "superhf", "iterated": {"rounds": 3}}
    whole = run(proxy("whole", algorithm))
    path = proxy("broken", algorithm)
    from reasoners import iterated

    class StoppedError(Exception):
        pass

    original = iterated.Iterated._tune

    def stop(self: Any, number: int, *rest: Any) -> float:
        if number == 2:
            raise StoppedError
        return original(self, number, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(iterated.Iterated, "_tune", stop)
        with pytest.raises(StoppedError):
            train(load_config(path), Console(quiet=True))
    resumed = run(load_config(path).run.dir / "config.yaml", resume=True)  # it spells out every field
    assert [(r["step"], r["reward"], r["loss"]) for r in resumed] == [
        (r["step"], r["reward"], r["loss"]) for r in whole
    ]
    both = [(tmp_path / n / "model" / "model.safetensors").read_bytes() for n in ("whole", "broken")]
    assert both[0] == both[1]


def test_prompts_are_asked_and_learned_with_the_arguments_of_the_chat_template(
    small_run: Make, scripted: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reasoners.models.tool_sums import CHAT_TEMPLATE
    from reasoners.sft import PriorSFTTrainer

    seen: list[list[int]] = []
    original = PriorSFTTrainer.train

    def look(self: PriorSFTTrainer, **kwargs: Any) -> Any:
        seen.extend(self.train_dataset["input_ids"])
        return original(self, **kwargs)

    monkeypatch.setattr(PriorSFTTrainer, "train", look)
    model = scripted({"=": "9", "9": "$"}, chat="{{- 'x' * (pad or 0) -}}" + CHAT_TEMPLATE)
    path = small_run(
        model={"name": str(model), "precision": "fp32"},
        trl={**TRL, "num_generations": 2, "chat_template_kwargs": {"pad": 9}},
        algorithm={"name": "raft", "iterated": {"rounds": 1}},
        rewards=starts(tmp_path),
    )
    run(path)
    records = list(iter_records(load_config(path).run.dir, "train"))
    plain = [len(r.rollout.prompt[0]["content"]) + 1 for r in records]  # <bos>, the sum
    assert [r.rollout.prompt_tokens for r in records] == [9 + size for size in plain]
    tokens = sorted({r.rollout.prompt_id: r.rollout.prompt_tokens + 2 for r in records}.values())  # 9, <eos>
    assert sorted(map(len, seen)) == tokens


def test_a_strong_prior_holds_the_policy(proxy: Callable[..., Path], tiny_model: Path) -> None:
    from safetensors.torch import load_file

    base = load_file(tiny_model / "model.safetensors")

    def moved(kl: float) -> float:
        path = proxy(f"kl{kl}", {"name": "superhf", "iterated": {"rounds": 2, "kl": kl, "epochs": 3}})
        run(path)
        tuned = load_file(load_config(path).run.dir / "model" / "model.safetensors")
        return sum(float((tuned[k] - base[k]).square().sum()) for k in base)

    assert moved(50.0) < 0.8 * moved(0.001)


def test_adapters_are_trained_and_saved(proxy: Callable[..., Path], tiny_model: Path) -> None:
    model = {"name": str(tiny_model), "precision": "fp32", "lora": {"r": 2}}
    path = proxy("lora", {"name": "superhf", "iterated": {"rounds": 2}}, model=model)
    assert len(run(path)) == 2
    assert (load_config(path).run.dir / "model" / "adapter_model.safetensors").exists()


def test_a_round_with_nothing_to_keep_stops_with_a_sentence(small_run: Make, tmp_path: Path) -> None:
    plugin = tmp_path / "never.py"
    plugin.write_text(
        "from rewards import reward\n"
        "@reward('never', cost='inline')\n"
        "def never(completion: str) -> float:\n"
        "    return 0.0\n"
    )
    path = small_run(algorithm={"name": "expert_iteration"}, rewards=[{"name": f"{plugin}:never"}], trl=TRL)
    with pytest.raises(NothingKeptError, match="none of 40 samples is right"):
        run(path)
