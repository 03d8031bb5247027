"""Shared fixtures: a tiny untrained model, and small runs through the user's own commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

# A shell that starts the tests in the background makes them, and all they start, deaf to Ctrl-C, which some tests send.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPO = Path(__file__).resolve().parents[1]
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # tests run side by side; torch's threads would wait for each other


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an untrained character model of a few thousand parameters."""
    torch = pytest.importorskip("torch", reason="needs the extra [train]")
    from transformers import LlamaConfig, LlamaForCausalLM

    from reasoners.models.proxy import proxy_tokenizer

    tokenizer = proxy_tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=64,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    folder = tmp_path_factory.mktemp("tiny") / "model"
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


DIGITS = """
from rewards import reward

@reward("digits", cost="inline")
def digits(completion: str, answer: str) -> float:
    \"\"\"Share of digits among the characters.\"\"\"
    return sum(c.isdigit() for c in completion) / max(len(completion), 1)
"""


@pytest.fixture
def small_run(tmp_path: Path, tiny_model: Path) -> Callable[..., Path]:
    """Write a config of a run that takes a second, and return its path; keywords replace whole sections."""
    plugin = tmp_path / "digits.py"
    plugin.write_text(DIGITS)
    rows = [f'{{"id": "p{i}", "question": "{i}+{i}=", "answer": "{2 * i}"}}' for i in range(10)]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows) + "\n")
    (tmp_path / "held_out.jsonl").write_text("\n".join(r.replace('"p', '"h') for r in rows[:4]) + "\n")

    def make(name: str = "run", trl: dict[str, Any] | None = None, **sections: Any) -> Path:
        tree: dict[str, Any] = {
            "run": {"name": name, "dir": str(tmp_path / name), "seed": 3},
            "model": {"name": str(tiny_model), "precision": "fp32"},
            "data": {"train": str(tmp_path / "rows.jsonl")},
            "rewards": [{"name": f"{plugin}:digits"}],
            "trl": {
                "max_steps": 4,
                "learning_rate": 1e-2,
                "per_device_train_batch_size": 6,
                "gradient_accumulation_steps": 1,
                "num_generations": 2,
                "max_completion_length": 6,
                **(trl or {}),
            },
            **sections,
        }
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(tree))
        return path

    return make


@pytest.fixture
def cli() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `reasoners ...` as a user does, in a process of its own."""

    def run(*words: str | Path, cwd: Path | None = None, **kwargs: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "reasoners.cli.main", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=cwd, **kwargs)

    return run
