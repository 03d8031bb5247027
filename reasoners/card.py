"""The card of a trained model: what it is, how it was made, what was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from reasoners.config import RunConfig
from reasoners.diagnostics import diagnose

SHOWN = ("reward", "correct", "truncated", "groups/dead", "completions/mean_length")


def model_card(config: RunConfig, manifest: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]]) -> str:
    """Return the card as Markdown with the metadata header that model hubs read."""
    rewards = "\n".join(
        f"- `{r.label or r.name}` (`{r.name}`, weight {r.weight:g}"
        + (f", {json.dumps(r.params, ensure_ascii=False)}" if r.params else "")
        + ")"
        for r in config.rewards
    )
    steps = [m for m in metrics if "reward" in m]
    first, last = (steps[0], steps[-1]) if steps else ({}, {})
    figures = "\n".join(
        f"| {name} | {_cell(first.get(name))} | {_cell(last.get(name))} |" for name in SHOWN if name in last
    )
    notes = "".join(
        f"- **{f.code}**, steps {f.steps[0]} to {f.steps[1]}: {f.sentence}\n" for f in diagnose(steps)
    )
    notes = f"### What the last steps give reason to look at\n{notes}\n" if notes else ""
    algorithm = config.algorithm.name or "grpo"
    versions = ", ".join(f"{k} {v}" for k, v in manifest.get("versions", {}).items())
    return f"""---
library_name: transformers
base_model: {json.dumps(config.model.name)}
tags: [reasoners, rlvr, {algorithm}]
---
# {config.run.name}

`{config.model.name}` trained with `{algorithm}` and verifiable rewards on `{config.data.train}`
({manifest.get("train_rows", "?")} rows, seed {config.run.seed}).

## Rewards
{rewards}

## Training
| metric (mean over a step) | first step | last step ({last.get("step", 0)}) |
|---|---|---|
{figures}

{notes}These are training rewards of sampled completions, not held-out capability: run `reasoners audit` for that.

## How to repeat it
The resolved config is `config.yaml`, beside this card in the run's folder; the data's SHA-256 is
`{manifest.get("train_sha256", "?")}`. Versions: {versions}. Precision: {manifest.get("precision", "?")}
"""


def _cell(value: Any) -> str:
    return "-" if value is None else f"{value:.3f}"
