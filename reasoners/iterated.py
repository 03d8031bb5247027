"""Iterated supervised relatives of RL: sample, judge, keep the best, fine-tune on them, again.

Expert iteration keeps every distinct right sample, RAFT (arXiv 2304.06767) each prompt's best, SuperHF (arXiv
2310.16763) each prompt's best with a KL prior towards the base model. They share rewards, records and metrics with
the online algorithms; fine-tuning is TRL's SFTTrainer. A round depends on the weights before it and on its number
only, so a resumed run equals an unbroken one.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reasoners.algorithms.presets import rounds_of
from reasoners.algorithms.settings import Rounds
from reasoners.config import RunConfig
from reasoners.data import Example
from reasoners.run_folder import COMPLETE, Recorder, RunFolder
from reasoners.scoring import refuse_masked, tag_of
from reasoners.sft_args import sft_config
from reasoners.step_metrics import dead_groups, shares
from rewards import Record, Source, Suite
from rewards.errors import ToolkitError

if TYPE_CHECKING:
    from rich.console import Console
    from transformers import PreTrainedTokenizerBase
    from trl import GRPOConfig


class NothingKeptError(ToolkitError):
    """A round in which no sample was worth learning from."""


@dataclass
class Iterated:
    """One run: a policy, and what turns its own samples into the next round's training set."""

    config: RunConfig
    suite: Suite
    examples: Sequence[Example]
    model: Any
    tokenizer: PreTrainedTokenizerBase
    arguments: GRPOConfig
    folder: RunFolder
    recorder: Recorder

    def __post_init__(self) -> None:
        self.settings = rounds_of(self.config.algorithm)
        self.formats = {name: re.compile(pattern) for name, pattern in self.config.formats.items()}

    def run(self, console: Console, done: int = 0) -> None:
        """Run the rounds after `done`.

        Raises:
            NothingKeptError: a round without a sample to learn from.
        """
        prior = self._prior()
        for number in range(done, self.settings.rounds):
            begin = time.perf_counter()
            records = list(self._sample(number))
            kept = keep(records, self.settings)
            row = {"step": number + 1, "epoch": float(number + 1), **self._figures(records, kept)}
            if not kept:
                raise NothingKeptError(
                    f"round {number + 1}: none of {len(records)} samples is "
                    f"{'right' if self.settings.keep == 'correct' else 'paid'}; start from a model that sometimes is, "
                    "or sample more."
                )
            row["loss"] = self._tune(number, kept, prior)
            row["step_time"] = time.perf_counter() - begin
            self._save(number + 1)
            with self.folder.metrics.open("a", encoding="utf-8") as handle:
                handle.write(json.dumps(row) + "\n")
            console.print(_line(row, self.settings.rounds), highlight=False, soft_wrap=True)

    def _sample(self, number: int) -> Iterator[Record]:
        """Yield the round's judged samples; they are recorded as step `number`."""
        from eval.backends.transformers import sample_batches
        from eval.sampling import Request, Sampling, rollout_of

        args, count = self.arguments, self.arguments.num_generations
        sampling = Sampling(
            args.temperature, args.top_p, args.top_k or 0, args.max_completion_length, self.config.run.seed
        )
        chosen = self._prompts(number)
        pairs = [(example, index) for example in chosen for index in range(count)]
        requests = [Request(e.prompt, number * count + index) for e, index in pairs]
        source = self._source(number, sampling.to_json())
        size = self.config.audit.batch_size
        rollouts = [
            rollout_of(pairs[made.prompt][0], made, source, pairs[made.prompt][1])
            for batch in sample_batches(
                self.model, self.tokenizer, requests, sampling, size, template=args.chat_template_kwargs
            )
            for made in batch
        ]
        progress = number / max(self.settings.rounds, 1)
        keys = [i // count for i in range(len(rollouts))]
        verdicts = self.suite.score(rollouts, keys, split="train", progress=progress)
        records = [
            Record(r, v, tag_of(self.formats, r.completion)) for r, v in zip(rollouts, verdicts, strict=True)
        ]
        self.recorder.add(records, 0)
        refuse_masked(verdicts, self.config.limits.max_masked_share)
        yield from records

    def _prompts(self, number: int) -> Sequence[Example]:
        """Return the round's prompts: all, or a window that goes round the data."""
        size = self.settings.prompts
        if size is None or size >= len(self.examples):
            return self.examples
        return [self.examples[(number * size + i) % len(self.examples)] for i in range(size)]

    def _source(self, number: int, sampling: Mapping[str, Any]) -> Source:
        run = self.config.run
        return Source(run.name, self.recorder.model, "train", number, number, run.seed, sampling)

    def _figures(self, records: Sequence[Record], kept: Sequence[Record]) -> dict[str, Any]:
        totals = [r.verdict.total for r in records if r.verdict.total is not None]
        pairs = [(r.verdict.total, r.verdict.correct) for r in records]
        lengths = [r.rollout.completion_tokens or 0 for r in records]
        found = {
            "reward": sum(totals) / len(totals) if totals else None,
            "kept": len(kept),
            "kept_prompts": len({r.rollout.prompt_id for r in kept}),
            "completions/mean_length": sum(lengths) / max(len(lengths), 1),
            **shares(self.suite, records, tuple(self.formats)),
            **dead_groups(pairs, self.arguments.num_generations),
        }
        return {k: (None if v != v else v) for k, v in found.items()}

    def _tune(self, number: int, kept: Sequence[Record], prior: Any) -> float:
        from datasets import Dataset
        from transformers.trainer_callback import PrinterCallback

        from reasoners.sft import PriorSFTTrainer

        template = self.arguments.chat_template_kwargs
        extra = {"chat_template_kwargs": template} if template else {}
        rows = [{"prompt": r.rollout.prompt, "completion": r.rollout.completion, **extra} for r in kept]
        self.model.train()
        trainer = PriorSFTTrainer(
            prior=prior,
            kl=self.settings.kl,
            model=self.model,
            args=sft_config(self.arguments, self.settings, number),
            train_dataset=Dataset.from_list(rows),
            processing_class=self.tokenizer,
        )
        trainer.remove_callback(PrinterCallback)
        result = trainer.train()
        return float(result.training_loss)

    def _prior(self) -> Any:
        """Return a frozen copy of the base model, where a KL prior needs one; an adapter's base is in it."""
        if not self.settings.kl:
            return None
        if hasattr(self.model, "disable_adapter"):
            return self.model
        from reasoners.models.device import choose_precision
        from reasoners.models.load import load_model, resolve_model

        precision = choose_precision(resolve_model(self.config.model.name, lambda _: None), "fp32")
        model, _ = load_model(self.config.model.name, precision)
        return model.eval().requires_grad_(False)

    def _save(self, number: int) -> None:
        """Write the weights as the checkpoint of round `number`; its last file says that it is whole."""
        import torch

        self.recorder.flush(0)
        folder = self.folder.root / "checkpoints" / f"checkpoint-{number}"
        self.model.save_pretrained(folder)
        torch.save({"step": number, "buffer": None}, folder / COMPLETE)


def keep(records: Sequence[Record], settings: Rounds) -> list[Record]:
    """Return the samples to learn from, in order of prompts; no text twice for one prompt.

    `correct` keeps every right sample; `best` the highest paid of each prompt, the first of equals, if it is paid
    above `settings.above`. Masked and truncated samples are never kept.
    """
    usable = [r for r in records if r.verdict.total is not None and not r.rollout.truncated]
    if settings.keep == "correct":
        found: dict[tuple[str, str], Record] = {}
        for r in usable:
            if r.verdict.correct:
                found.setdefault((r.rollout.prompt_id, json.dumps(r.rollout.completion)), r)
        return list(found.values())
    best: dict[str, Record] = {}
    for r in usable:
        before = best.get(r.rollout.prompt_id)
        if before is None or _total(r) > _total(before):
            best[r.rollout.prompt_id] = r
    return [r for r in best.values() if _total(r) > settings.above]


def load_round(config: RunConfig, checkpoint: Path, model: Any) -> Any:
    """Return the policy of a checkpoint, of the kind of `model`: an adapter on its base, or full weights."""
    if hasattr(model, "peft_config"):
        from peft import PeftModel

        return PeftModel.from_pretrained(model.unload(), str(checkpoint), is_trainable=True)
    return type(model).from_pretrained(str(checkpoint), dtype=model.dtype)


def _total(record: Record) -> float:
    total = record.verdict.total
    assert total is not None
    return total


def _line(row: Mapping[str, Any], rounds: int) -> str:
    reward = "-" if row["reward"] is None else f"{row['reward']:.3g}"
    return (
        f"round {row['step']}/{rounds}  reward {reward}  kept {row['kept']} samples of {row['kept_prompts']} prompts"
        f"  loss {row['loss']:.3g}  {row['step_time']:.0f} s"
    )
