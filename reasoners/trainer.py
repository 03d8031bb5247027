"""`RLVRTrainer`: TRL's GRPO trainer with our rewards in, and every rollout recorded.

This is the only file that touches TRL's private methods. It overrides two: `_calculate_rewards` (rewards in, records
out) and `_get_train_sampler` (no prompt is dropped). Advantages, losses and generation are TRL's.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from accelerate.utils import gather_object
from torch.utils.data import Sampler
from trl import GRPOTrainer

from reasoners.data import Example
from reasoners.diagnostics import step_signs
from reasoners.run_folder import Recorder
from reasoners.sampler import EveryPromptSampler
from rewards import Record, Rollout, Source, Status, Suite, ToolkitError, Verdict
from rewards.text import final_text

FAULTS = (Status.ERROR, Status.BAD_REFERENCE)


class TooManyMaskedError(ToolkitError):
    """So many samples of a step are masked that training on the rest would mislead."""


def total(**_: Any) -> list[float]:
    """Stand for the suite in TRL's list of reward functions; `_calculate_rewards` computes the values."""
    raise RuntimeError("RLVRTrainer scores with its suite, not through TRL's reward functions")


class RLVRTrainer(GRPOTrainer):  # type: ignore[misc]
    """GRPO with a suite of verifiers.

    Args:
        suite: the rewards.
        examples: split ("train", "eval") -> the tasks; the datasets given to TRL hold `prompt` and `row`, the
            position in this list, so that a row's columns reach the rewards exactly as they were read.
        recorder: where rollouts and scores are written, all of them.
        formats: name -> regular expression searched in a completion; shares are logged, the first match recorded.
        max_masked_share: stop when a larger share of a step's samples is masked.
        **kwargs: as for `trl.GRPOTrainer`.
    """

    def __init__(
        self,
        *,
        suite: Suite,
        examples: Mapping[str, Sequence[Example]],
        recorder: Recorder,
        formats: Mapping[str, str] | None = None,
        max_masked_share: float = 0.2,
        **kwargs: Any,
    ) -> None:
        self.suite, self.examples, self.recorder = suite, examples, recorder
        self.formats = {name: re.compile(pattern) for name, pattern in (formats or {}).items()}
        self.max_masked_share = max_masked_share
        super().__init__(reward_funcs=[total], **kwargs)

    def _get_train_sampler(self, dataset: Any = None) -> Sampler[int]:
        args = self.args
        return EveryPromptSampler(
            size=len(dataset if dataset is not None else self.train_dataset),
            group=self.num_generations,
            chunk=args.generation_batch_size // self.num_generations,
            repeats=self.num_iterations * args.steps_per_generation,
            shuffle=self.shuffle_dataset,
            seed=args.seed,
        )

    def _calculate_rewards(
        self,
        inputs: list[Any],
        prompts: list[Any],
        completions: list[Any],
        completion_ids_list: list[list[int]],
    ) -> torch.Tensor:
        split = "train" if self.model.training else "eval"
        rollouts = self._rollouts(split, inputs, completions, completion_ids_list)
        verdicts = self._judge(split, rollouts)
        records = [Record(r, v, self._format(r)) for r, v in zip(rollouts, verdicts, strict=True)]
        self.recorder.add(records, self.accelerator.process_index)
        self._count(split, records)
        self._guard(verdicts)
        totals = [math.nan if v.total is None else v.total for v in verdicts]
        column = torch.tensor(totals, dtype=torch.float32, device=self.accelerator.device)
        gathered: torch.Tensor = self.accelerator.gather(column)
        return gathered.unsqueeze(1)

    def _rollouts(
        self, split: str, inputs: list[Any], completions: list[Any], completion_ids: list[list[int]]
    ) -> list[Rollout]:
        source = self._source(split)
        enders = {*self.eos_token_ids, self._tokenizer.pad_token_id}
        first = self.accelerator.process_index * len(inputs)
        seen: Counter[str] = Counter()
        lengths: dict[str, int] = {}
        rollouts = []
        for row, completion, ids in zip(inputs, completions, completion_ids, strict=True):
            example = self.examples[split][row["row"]]
            if example.id not in lengths:
                lengths[example.id] = self._prompt_length(example)
            rollouts.append(
                Rollout(
                    completion=completion,
                    prompt=example.prompt,
                    columns=example.columns,
                    prompt_id=example.id,
                    index=first + seen[example.id] if first else seen[example.id],
                    prompt_tokens=lengths[example.id],
                    completion_tokens=len(ids),
                    truncated=not ids or ids[-1] not in enders,
                    source=source,
                )
            )
            seen[example.id] += 1
        return rollouts

    def _source(self, split: str) -> Source:
        args = self.args
        return Source(
            run=args.run_name or "",
            model=self.recorder.model,
            split=split,
            step=self.state.global_step,
            epoch=int((self.state.epoch or 0.0) + 1e-6),
            seed=args.seed,
            sampling={"temperature": args.temperature, "top_p": args.top_p, "top_k": args.top_k},
        )

    def _prompt_length(self, example: Example) -> int:
        if isinstance(example.prompt, str):
            return len(self._tokenizer(example.prompt)["input_ids"])
        ids = self._tokenizer.apply_chat_template(
            example.prompt, add_generation_prompt=True, return_dict=True
        )
        return len(ids["input_ids"])

    def _judge(self, split: str, rollouts: list[Rollout]) -> list[Verdict]:
        size = self.num_generations if split == "train" else self.num_generations_eval
        first = self.accelerator.process_index * len(rollouts)
        progress = min(1.0, self.state.global_step / max(self.state.max_steps, 1))
        spread = self.accelerator.num_processes > 1 and any(t.reward.spec.group for t in self.suite.terms)
        if not spread:
            keys = [(first + i) // size for i in range(len(rollouts))]
            return self.suite.score(rollouts, keys, split=split, progress=progress)
        # A group may be spread over ranks: every rank scores all of it and keeps its own part.
        everyone: list[Rollout] = gather_object(rollouts)
        keys = [i // size for i in range(len(everyone))]
        verdicts = self.suite.score(everyone, keys, split=split, progress=progress)
        return verdicts[first : first + len(rollouts)]

    def _format(self, rollout: Rollout) -> str:
        text = final_text(rollout.completion)
        return next((name for name, pattern in self.formats.items() if pattern.search(text)), "")

    def _count(self, split: str, records: list[Record]) -> None:
        """Add this batch's shares to TRL's metrics, over all ranks."""
        size = self.num_generations if split == "train" else self.num_generations_eval
        labels = [t.label for t in self.suite.terms if not t.reward.spec.group]
        local = _shares(self.suite, records, tuple(self.formats)) | step_signs(records, labels, size)
        pairs = [(r.verdict.total, r.verdict.correct) for r in records]
        if self.accelerator.num_processes > 1:
            everyone = gather_object([local])
            local = {name: _mean([other[name] for other in everyone]) for name in local}
            pairs = gather_object(pairs)
        for name, value in (local | _dead_groups(pairs, size)).items():
            self._metrics[split][name].append(value)

    def _guard(self, verdicts: list[Verdict]) -> None:
        faults = [v for v in verdicts if v.status in FAULTS]
        share = len(faults) / max(len(verdicts), 1)
        if share <= self.max_masked_share:
            return
        reasons = Counter(
            f"{label}: {s.status}: {s.reason}"
            for v in faults
            for label, s in v.scores.items()
            if s.status in FAULTS
        )
        common, times = reasons.most_common(1)[0]
        raise TooManyMaskedError(
            f"{len(faults)} of {len(verdicts)} samples are masked ({share:.0%}; limits.max_masked_share is "
            f"{self.max_masked_share:.0%}). Most common ({times}x): {common}. Mend the reward or the data; "
            "the rollouts are in the run's records."
        )


def _number(value: float | bool | None) -> float:
    return math.nan if value is None else float(value)


def _mean(values: Sequence[float]) -> float:
    kept = [v for v in values if not math.isnan(v)]
    return sum(kept) / len(kept) if kept else math.nan


def _shares(suite: Suite, records: list[Record], formats: tuple[str, ...]) -> dict[str, float]:
    """Return the batch's means by metric name; the names are the same on every rank."""
    found = {"correct": _mean([_number(r.verdict.correct) for r in records])}
    for term in suite.terms:
        scores = [s for r in records if (s := r.verdict.scores.get(term.label)) is not None]
        found[f"score/{term.label}"] = _mean([_number(s.value) for s in scores])
    statuses, tags = Counter(r.verdict.status for r in records), Counter(r.tag for r in records)
    size = max(len(records), 1)
    found |= {f"status/{status}": statuses[status] / size for status in Status}
    found |= {f"format/{name}": tags[name] / size for name in formats}
    found["truncated"] = sum(bool(r.rollout.truncated) for r in records) / size
    return found


def _dead_groups(pairs: Sequence[tuple[float | None, bool | None]], size: int) -> dict[str, float]:
    """Return shares of groups of `size` without signal, from each sample's total and correctness."""
    dead = right = wrong = 0
    for start in range(0, len(pairs), size):
        known = [(total, correct) for total, correct in pairs[start : start + size] if total is not None]
        totals = [total for total, _ in known]
        if not totals or max(totals) - min(totals) <= 1e-8:
            dead += 1
            right += bool(known) and all(correct for _, correct in known)
            wrong += bool(known) and not any(correct for _, correct in known)
    groups = max(len(pairs) // size, 1)
    return {
        "groups/dead": dead / groups,
        "groups/all_right": right / groups,
        "groups/all_wrong": wrong / groups,
    }
