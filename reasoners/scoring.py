"""From completions to records: rollouts are numbered over all ranks, judged, written down and counted."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from accelerate.utils import gather_object

from reasoners.carried import CarriedLeast
from reasoners.data import Example
from reasoners.diagnostics import step_signs
from reasoners.run_folder import Recorder
from reasoners.step_metrics import TOOL_COUNTS, dead_groups, shares, tool_counts, tool_shares
from rewards import Record, Rollout, Source, Status, Suite, ToolkitError, Verdict
from rewards.contract import Message
from rewards.text import final_text

if TYPE_CHECKING:
    from accelerate import Accelerator

FAULTS = (Status.ERROR, Status.BAD_REFERENCE)


class TooManyMaskedError(ToolkitError):
    """So many samples of a step are masked that training on the rest would mislead."""


class Scorer:
    """Judges a run's completions with its suite. Every rank calls every method with as many samples.

    Args:
        suite: the rewards.
        recorder: where rollouts and scores are written, all of them.
        accelerator: the ranks.
        formats: name -> regular expression searched in a completion; the first match is the record's tag.
        max_masked_share: refuse a batch of which a larger share is masked.
        enders: token ids that end a completion.
        length: tokens of an example's prompt.
        tools: whether the model may call tools, whose calls are then counted.
    """

    def __init__(
        self,
        suite: Suite,
        recorder: Recorder,
        accelerator: Accelerator,
        *,
        formats: Mapping[str, str],
        max_masked_share: float,
        enders: set[int],
        length: Callable[[Example], int],
        tools: bool,
    ) -> None:
        self.suite, self.recorder, self.accelerator = suite, recorder, accelerator
        self.formats = {name: re.compile(pattern) for name, pattern in formats.items()}
        self.max_masked_share = max_masked_share
        self.enders, self.length, self.tools = enders, length, tools
        self.carried = CarriedLeast(suite)
        self.lengths: dict[str, dict[str, int]] = {}  # split -> prompt -> tokens, each counted once

    def rollouts(
        self,
        source: Source,
        examples: Sequence[Example],
        completions: Sequence[Any],
        completion_ids: Sequence[Sequence[int]],
    ) -> list[Rollout]:
        """Return this rank's samples as what rewards score."""
        seen = self._on_earlier_ranks([example.id for example in examples])
        lengths = self.lengths.setdefault(source.split, {})
        made = []
        for example, completion, ids in zip(examples, completions, completion_ids, strict=True):
            if example.id not in lengths:
                lengths[example.id] = self.length(example)
            made.append(
                Rollout(
                    completion=completion,
                    prompt=example.prompt,
                    columns=self._columns(example, completion, source.split),
                    prompt_id=example.id,
                    index=seen[example.id],
                    prompt_tokens=lengths[example.id],
                    completion_tokens=len(ids),
                    truncated=not ids or ids[-1] not in self.enders,
                    source=source,
                )
            )
            seen[example.id] += 1
        return made

    def judge(self, rollouts: list[Rollout], size: int, progress: float) -> list[Record]:
        """Score samples in groups of `size` and keep their records; `progress` is the share of the run behind it."""
        split = rollouts[0].source.split if rollouts else ""
        first = self.accelerator.process_index * len(rollouts)
        if self.accelerator.num_processes > 1 and any(t.reward.spec.group for t in self.suite.terms):
            # A group may be spread over ranks: every rank scores all of it and keeps its own part.
            everyone: list[Rollout] = gather_object(rollouts)
        else:
            everyone, first = rollouts, 0
        keys = [i // size for i in range(len(everyone))]
        verdicts = self.suite.score(everyone, keys, split=split, progress=progress)
        if split == "train":
            self.carried.update(everyone, verdicts)
        return self._kept(rollouts, verdicts[first : first + len(rollouts)])

    def judge_baseline(self, rollouts: list[Rollout], progress: float) -> list[Record]:
        """Score samples that nothing is learned from, each a group of its own, and keep their records.

        `progress` is that of the samples they are compared with, so that both are paid by the same weights.
        """
        alone = list(range(len(rollouts)))
        return self._kept(rollouts, self.suite.score(rollouts, alone, split="train", progress=progress))

    def figures(self, records: Sequence[Record], size: int) -> dict[str, float]:
        """Return a batch's shares for the metrics, over all ranks: those of one process that holds all samples."""
        everyone = gather_object(list(records)) if self.accelerator.num_processes > 1 else records
        full = {t.label: t.reward.full for t in self.suite.terms if not t.reward.spec.group}
        found = shares(self.suite, everyone, tuple(self.formats)) | step_signs(everyone, full, size)
        found |= tool_shares(everyone) if self.tools else {}
        return found | dead_groups([(r.verdict.total, r.verdict.correct) for r in everyone], size)

    def guard(self, verdicts: Sequence[Verdict]) -> None:
        """Refuse a batch of which too many samples are masked. Raises `TooManyMaskedError`."""
        refuse_masked(verdicts, self.max_masked_share)

    def _kept(self, rollouts: Sequence[Rollout], verdicts: Sequence[Verdict]) -> list[Record]:
        records = [
            Record(r, v, tag_of(self.formats, r.completion)) for r, v in zip(rollouts, verdicts, strict=True)
        ]
        self.recorder.add(records, self.accelerator.process_index)
        return records

    def _columns(self, example: Example, completion: Any, split: str) -> Mapping[str, Any]:
        counts = {TOOL_COUNTS: tool_counts(completion)} if self.tools else {}
        added = counts | (
            self.carried.columns(example.id) if split == "train" else {}
        )  # ids may be another split's
        return {**example.columns, **added} if added else example.columns

    def _on_earlier_ranks(self, ids: list[str]) -> Counter[str]:
        """Return how many samples of each prompt lie on the ranks before this one: samples are numbered over all."""
        if self.accelerator.num_processes == 1:
            return Counter()
        everyone = gather_object(ids)
        return Counter(everyone[: self.accelerator.process_index * len(ids)])


def tag_of(formats: Mapping[str, re.Pattern[str]], completion: str | Sequence[Message]) -> str:
    """Return the name of the first format that is found in a completion, or "" where none is."""
    text = final_text(completion)
    return next((name for name, pattern in formats.items() if pattern.search(text)), "")


def refuse_masked(verdicts: Sequence[Verdict], most: float) -> None:
    """Refuse a batch of which a larger share than `most` is masked. Raises `TooManyMaskedError`."""
    faults = [v for v in verdicts if v.status in FAULTS]
    share = len(faults) / max(len(verdicts), 1)
    if share <= most:
        return
    reasons = Counter(
        f"{label}: {s.status}: {s.reason}"
        for v in faults
        for label, s in v.scores.items()
        if s.status in FAULTS
    )
    common, times = reasons.most_common(1)[0]
    raise TooManyMaskedError(
        f"{len(faults)} of {len(verdicts)} samples are masked ({share:.0%}; limits.max_masked_share is {most:.0%}). "
        f"Most common ({times}x): {common}. Mend the reward or the data; the rollouts are in the run's records."
    )


def totals_of(records: Sequence[Record]) -> list[float]:
    """Return each sample's reward, NaN where it is masked."""
    return [math.nan if r.verdict.total is None else r.verdict.total for r in records]
