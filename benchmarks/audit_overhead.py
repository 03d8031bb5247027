"""Throughput of an audit against the raw engine's, on the same prompts and sampling settings.

    python benchmarks/audit_overhead.py [--model embedded:proxy] [--engine transformers] [--repeats 3]

raw     transformers' `generate` with sampling, or vLLM's engine with all requests queued, unseeded: tokens a second
audit   `run_audit` with the same engine: sampling, judging with `number`, and storing every sample
ratio   audit / raw; the bar is 0.95

Completion tokens are counted up to each end token. The two take turns; the medians are compared.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
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


def vllm_engine(model: str) -> tuple[Any, Any]:
    """Likewise for vLLM; both use one engine."""
    from vllm import SamplingParams

    from eval.backends.transformers import encode
    from eval.backends.vllm import VllmBackend

    backend = VllmBackend(model, BATCH)

    def raw(prompts: list[str], n: int, sampling: Sampling) -> int:
        backend.prepare(prompts, sampling)
        params = SamplingParams(
            n=1, temperature=sampling.temperature, max_tokens=sampling.max_new_tokens, detokenize=False,
            stop_token_ids=backend._ends,
        )  # fmt: skip
        engine, made = backend._engine, 0
        for i, prompt in enumerate(p for p in prompts for _ in range(n)):
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
    parser.add_argument("--prompts", type=int, default=32)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    make = transformers_engine if given.engine == "transformers" else vllm_engine
    backend, raw = make(given.model)
    chat = "What is " if "smollm" in given.model else ""
    prompts = [f"{chat}{i + 11}+{3 * i % 89 + 10}=" for i in range(given.prompts)]
    sampling = Sampling(max_new_tokens=given.tokens)
    asked = [Problem(f"p{i}", p, {"answer": "0"}) for i, p in enumerate(prompts)]
    suite = Suite([Term(number.bind(), "number")])

    def audit() -> tuple[int, float]:
        with tempfile.TemporaryDirectory() as name:
            begin = time.perf_counter()
            run_audit(Path(name), asked, suite, backend, n=given.samples, sampling=sampling, greedy=False)
            seconds = time.perf_counter() - begin
            tokens = read_records(Path(name), "audit", ["completion_tokens"])["completion_tokens"]
            return sum(tokens.to_pylist()), seconds

    raw(prompts[:2], 2, sampling)  # warm
    audit()
    rates: dict[str, list[float]] = {"raw": [], "audit": []}
    for _ in range(given.repeats):
        begin = time.perf_counter()
        made = raw(prompts, given.samples, sampling)
        rates["raw"].append(made / (time.perf_counter() - begin))
        tokens, seconds = audit()
        rates["audit"].append(tokens / seconds)
    middle = {name: statistics.median(found) for name, found in rates.items()}
    ratio = middle["audit"] / middle["raw"]
    print(
        f"{given.engine}, {given.model}: raw {middle['raw']:.0f} tokens/s, audit {middle['audit']:.0f}, "
        f"ratio {ratio:.2f} (bar 0.95)"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
