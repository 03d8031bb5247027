"""The contract of a reward: what is scored (`Rollout`) and what comes back (`Score`). No logic lives here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Message = Mapping[str, Any]
"""One chat turn: `role`, `content` and, from an assistant, structured `tool_calls`."""


class Status(StrEnum):
    """How a score came about. It is kept apart from the value: nothing is silently 0."""

    SCORED = "scored"  # the verifier decided
    UNPARSED = "unparsed"  # nothing to check in the completion: costs the floor of the range
    TIMEOUT = "timeout"  # the completion drove the verifier past its time or memory: costs the floor
    ERROR = "error"  # the verifier failed: the sample is masked
    BAD_REFERENCE = "bad_reference"  # the reference answer is unusable: masked, never paid
    NOT_APPLICABLE = "not_applicable"  # this reward has nothing to say about this row


@dataclass(frozen=True, slots=True)
class Score:
    """What a verifier says about one rollout. `value` is None exactly when the sample is masked."""

    value: float | None
    status: Status = Status.SCORED
    parts: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rollout came from."""

    run: str = ""
    model: str = ""
    split: str = ""
    step: int = 0
    epoch: int = 0
    seed: int = 0
    sampling: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rollout:
    """One sampled completion, text or a list of chat turns, with the dataset row it answers."""

    completion: str | Sequence[Message]
    prompt: str | Sequence[Message] = ""
    columns: Mapping[str, Any] = field(default_factory=dict)
    prompt_id: str = ""
    index: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    truncated: bool | None = None
    source: Source = field(default_factory=Source)
