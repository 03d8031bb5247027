"""What ReMax costs beside PPO on the same model: peak memory and seconds a batch, in processes of their own.

    python benchmarks/remax_cost.py                 # a Llama of 25 M parameters, random weights
    python benchmarks/remax_cost.py --width 768 --layers 12

A batch is one sample of each of `--prompts` prompts (and for ReMax a greedy one beside it), prompts and completions of
48 tokens, learned from in full fp32 weights with Adam in micro-batches of 8: one pass for ReMax, two for PPO, as their
presets say. Seconds are those of a whole batch, generation and all passes. ReMax generates twice and learns a
quarter as much, so short prompts and small batches, which are mostly generation, make it dearer. Runs alternate; the
memory is the process's peak above what it holds with torch and TRL imported.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MICRO_BATCH, COMPLETION, BATCHES, WARM_UP = 8, 48, 4, 1


def one(name: str, folder: Path, model: Path, prompts: int) -> dict[str, Any]:
    from rich.console import Console

    import reasoners.trainer  # noqa: F401  (what an idle process with TRL holds is not the algorithm's)
    from reasoners.algorithms.presets import PRESETS
    from reasoners.config import parse_config
    from reasoners.training import train

    passes = int(PRESETS[name].trl.get("num_iterations", 1))
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = folder / "rows.jsonl"
    questions = ["+".join(str(100 + i + j) for j in range(12))[:47] + "=" for i in range(4 * prompts)]
    rows.write_text("".join(json.dumps({"question": q, "answer": "1"}) + "\n" for q in questions))
    tree: dict[str, Any] = {
        "run": {"dir": str(folder / "run")},
        "model": {"name": str(model), "precision": "fp32"},
        "data": {"train": str(rows)},
        "rewards": ["number"],
        "algorithm": {"name": name},
        "trl": {
            "max_steps": BATCHES * passes,
            "per_device_train_batch_size": MICRO_BATCH,
            "gradient_accumulation_steps": prompts // MICRO_BATCH,
            "num_generations": 1,
            "max_completion_length": COMPLETION,
            "save_steps": 1000,
        },
        "limits": {"max_masked_share": 1.0},
    }
    result = train(parse_config(tree), Console(quiet=True))
    steps = [m["step_time"] for m in result.metrics if "step_time" in m]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "peak_mib": (peak - idle) // 1024,
        "batch_s": sum(steps[WARM_UP * passes :]) / (BATCHES - WARM_UP),
        "idle_mib": idle // 1024,
    }


def make_model(folder: Path, width: int, layers: int) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    from reasoners.models.proxy import proxy_tokenizer

    tokenizer = proxy_tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=8,
        max_position_embeddings=128,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--prompts", type=int, default=32, help="a batch, a multiple of 8")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("NAME", "MODEL"), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if wanted.one:
            print(json.dumps(one(wanted.one[0], Path(scratch), Path(wanted.one[1]), wanted.prompts)))
            return
        model = make_model(Path(scratch) / "model", wanted.width, wanted.layers)
        found: dict[str, list[dict[str, Any]]] = {"remax": [], "ppo": []}
        for _ in range(wanted.pairs):
            for name, runs in found.items():
                command = [
                    sys.executable,
                    __file__,
                    "--one",
                    name,
                    str(model),
                    "--prompts",
                    str(wanted.prompts),
                ]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                runs.append(json.loads(done.stdout.splitlines()[-1]))
                print(json.dumps({"algorithm": name, **runs[-1]}), flush=True)
    ratio = {
        key: statistics.median(r[key] / p[key] for r, p in zip(found["remax"], found["ppo"], strict=True))
        for key in ("peak_mib", "batch_s")
    }
    print(json.dumps({"ratio": ratio, "bars": {"peak_mib": 0.6, "batch_s": 0.6}}))


if __name__ == "__main__":
    main()
