"""Throughput of an audit against the raw engine's, on the same prompts and sampling settings.

    python benchmarks/audit_overhead.py [--model embedded:proxy] [--engine transformers] [--repeats 21]

raw     transformers' `generate` with sampling, or vLLM's engine with all requests queued: tokens a second
audit   `run_audit` with the same engine: sampling, judging with `number`, and storing every sample
ratio   audit / raw; the bar is 0.95

Completion tokens are counted up to each end token. The two take turns, and the ratio is the median over the turns;
beside it stand its quartiles, since single turns of a second differ by a third.
"""

from __future__ import annotations

import argparse
import atexit
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eval.engine import run_audit
from eval.sampling import Sampling
from eval.tally import Problem
from rewards import Suite, Term, read_records
from rewards.number.reward import number

BATCH = 64


def transformers_engine(model: str) -> tuple[Any, Any]:
    """Return the audit's engine, and a function that samples with the raw one and returns the tokens made."""
    import torch

    from eval.backends.transformers import TransformersBackend, encode
    from reasoners.models import load_model

    loaded, tokenizer = load_model(model, say=lambda _: None)
    end = tokenizer.eos_token_id

    def raw(prompts: list[str], n: int, sampling: Sampling) -> int:
        from eval.threads import fitting_threads

        made = 0
        group = max(1, BATCH // n)
        with torch.inference_mode(), fitting_threads(loaded):
            for start in range(0, len(prompts), group):
                ids = [encode(tokenizer, p) for p in prompts[start : start + group]]
                width = max(map(len, ids))
                inputs = torch.tensor([[end] * (width - len(i)) + i for i in ids])
                mask = torch.tensor([[0] * (width - len(i)) + [1] * len(i) for i in ids])
                output = loaded.generate(
                    input_ids=inputs, attention_mask=mask, do_sample=True, num_return_sequences=n,
                    temperature=sampling.temperature, top_p=1.0, top_k=0, max_new_tokens=sampling.max_new_tokens,
                    eos_token_id=end, pad_token_id=end,
                )  # fmt: skip
                for row in output[:, width:].tolist():
                    made += row.index(end) + 1 if end in row else len(row)
        return made

    return TransformersBackend(loaded, tokenizer, BATCH), raw


def vllm_engine(model: str, seeded: bool) -> tuple[Any, Any]:
    """Likewise for vLLM; both use one engine."""
    from vllm import SamplingParams

    from eval.backends.transformers import encode
    from eval.backends.vllm import VllmBackend

    backend = VllmBackend(model, BATCH)

    def raw(prompts: list[str], n: int, sampling: Sampling) -> int:
        backend.prepare(prompts, sampling)
        engine, made = backend._engine, 0
        for i, prompt in enumerate(p for p in prompts for _ in range(n)):
            params = SamplingParams(
                seed=i if seeded else None, temperature=sampling.temperature, max_tokens=sampling.max_new_tokens,
                detokenize=False, stop_token_ids=backend._ends,
            )  # fmt: skip
            engine.add_request(f"raw-{i}", {"prompt_token_ids": encode(backend.tokenizer, prompt)}, params)
        while engine.has_unfinished_requests():
            made += sum(len(o.outputs[0].token_ids) for o in engine.step() if o.finished)
        return made

    return backend, raw


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="embedded:proxy")
    parser.add_argument("--engine", choices=["transformers", "vllm"], default="transformers")
    parser.add_argument("--seeded", action="store_true", help="give raw vLLM a seed per sample too")
    parser.add_argument("--prompts", type=int, default=32)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=21)
    given = parser.parse_args()
    if given.repeats < 2:
        parser.error("--repeats: at least 2 turns are needed for quartiles")
    if given.engine == "vllm":
        backend, raw = vllm_engine(given.model, given.seeded)
    else:
        backend, raw = transformers_engine(given.model)
    chat = "What is " if "smollm" in given.model else ""
    prompts = [f"{chat}{i + 11}+{3 * i % 89 + 10}=" for i in range(given.prompts)]
    sampling = Sampling(max_new_tokens=given.tokens)
    asked = [Problem(f"p{i}", p, {"answer": "0"}) for i, p in enumerate(prompts)]
    suite = Suite([Term(number.bind(), "number")])

    scratch = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, scratch)

    def audit() -> int:
        folder = Path(tempfile.mkdtemp(dir=scratch))
        run_audit(folder, asked, suite, backend, n=given.samples, sampling=sampling, greedy=False)
        return sum(read_records(folder, "audit", ["completion_tokens"])["completion_tokens"].to_pylist())

    def timed(make: Callable[[], int]) -> tuple[float, float]:
        """Return tokens per second of wall clock, and of this process's CPU time."""
        wall, busy = time.perf_counter(), time.process_time()
        tokens = make()
        return tokens / (time.perf_counter() - wall), tokens / (time.process_time() - busy)

    raw(prompts[:2], 2, sampling)  # warm
    audit()
    rates: dict[str, list[tuple[float, float]]] = {"raw": [], "audit": []}
    for _ in range(given.repeats):
        rates["raw"].append(timed(lambda: raw(prompts, given.samples, sampling)))
        rates["audit"].append(timed(audit))
    print(
        f"{given.engine}, {given.model}, {given.prompts} x {given.samples} samples of {given.tokens} tokens:"
    )
    for i, clock in enumerate(("wall clock", "CPU time")):
        plain, ours = (statistics.median(found[i] for found in rates[name]) for name in ("raw", "audit"))
        turns = [b[i] / a[i] for a, b in zip(rates["raw"], rates["audit"], strict=True)]
        low, ratio, high = statistics.quantiles(turns, n=4, method="inclusive")
        spread = f"{ratio:.2f} ({low:.2f} to {high:.2f}; bar 0.95)"
        print(f"  {clock}: raw {plain:.0f} tokens/s, audit {ours:.0f}, ratio {spread}")


if __name__ == "__main__":
    main()
