"""What one sample is: the request, how tokens are drawn, the seed of its own, and what comes back.

Every sample has its own seed, made of (seed of the settings, prompt, sample index). So a sample says the same
whichever other samples are asked for with it: an audit that was stopped, or topped up from 64 samples to 128,
equals the one made in one go.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from eval.errors import EvalError
from rewards import Rollout, Source

Prompt = str | Sequence[Mapping[str, Any]]
"""Plain text, or chat turns for the model's template."""


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. `temperature` 0 is greedy; `top_k` 0 and `top_p` 1 are off.

    Raises:
        EvalError: a value out of its range.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    max_new_tokens: int = 256
    seed: int = 0

    def __post_init__(self) -> None:
        allowed = {
            "temperature": (0 <= self.temperature < math.inf, "at least 0"),
            "top_p": (0 < self.top_p <= 1, "above 0 and at most 1"),
            "top_k": (self.top_k >= 0, "at least 0 (0 = off)"),
            "max_new_tokens": (self.max_new_tokens >= 1, "at least 1"),
        }
        for name, (fine, text) in allowed.items():
            if not fine:
                raise EvalError(f"{name} must be {text}; got {getattr(self, name)}.")

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Request:
    """One sample to make: the prompt, which of its samples, and the row's columns for engines that run tools."""

    prompt: Prompt
    index: int = 0
    columns: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample.

    Attributes:
        prompt: position of the request it answers.
        index: which of the prompt's samples it is.
        text: the completion, without special tokens; of several turns the model's last.
        tokens: what the model wrote, the end token included; None where a server does not say.
        prompt_tokens: length of the prompt as the model saw it; None likewise.
        truncated: no end token came within the cap.
        token_ids: the tokens, the end token included; None where they were not asked for or are not known.
        logprobs: nats per token under the model's own softmax (temperature 1, no top-k or top-p); None likewise.
        turns: the conversation after the prompt, where the model called tools; else None.
    """

    prompt: int
    index: int
    text: str
    tokens: int | None
    prompt_tokens: int | None
    truncated: bool
    token_ids: tuple[int, ...] | None = None
    logprobs: tuple[float, ...] | None = None
    turns: tuple[Mapping[str, Any], ...] | None = None


class Task(Protocol):
    """What a sample answers: a problem of an audit, or an example of a run."""

    @property
    def id(self) -> str:
        """The task's id."""

    @property
    def prompt(self) -> Prompt:
        """Plain text or chat turns."""

    @property
    def columns(self) -> Mapping[str, Any]:
        """The row's columns."""


def rollout_of(task: Task, sample: Sample, source: Source, index: int) -> Rollout:
    """Return the sample as what rewards score: sample `index` of its task, in the form of the task's prompt."""
    chat = not isinstance(task.prompt, str)
    turns = [dict(t) for t in sample.turns or ({"role": "assistant", "content": sample.text},)]
    return Rollout(
        completion=turns if chat else sample.text,
        prompt=task.prompt,
        columns=task.columns,
        prompt_id=task.id,
        index=index,
        prompt_tokens=sample.prompt_tokens,
        completion_tokens=sample.tokens,
        truncated=sample.truncated,
        source=source,
    )


def prompt_hash(prompt: Prompt) -> str:
    """Return the SHA-256 that identifies a prompt."""
    plain = prompt if isinstance(prompt, str) else [dict(turn) for turn in prompt]
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def uniforms(sampling: Sampling, mark: str, index: int) -> list[float]:
    """Return a sample's own uniform numbers in [0, 1), one per token. `mark` is the prompt's hash."""
    stream = random.Random(f"{sampling.seed}:{mark}:{index}")
    return [stream.random() for _ in range(sampling.max_new_tokens)]


def sample_seed(sampling: Sampling, mark: str, index: int) -> int:
    """Return a sample's own seed in [0, 2^31), for engines that draw by themselves. `mark` is the prompt's hash."""
    text = f"{sampling.seed}:{mark}:{index}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def marks_of(requests: Sequence[Request]) -> list[str]:
    """Return the prompt hash of each request; a prompt object that many requests share is hashed once."""
    known = {id(r.prompt): r.prompt for r in requests}
    hashes = {key: prompt_hash(prompt) for key, prompt in known.items()}
    return [hashes[id(r.prompt)] for r in requests]
