"""Evaluation in training: greedy and sampled accuracy on held-out prompts, with an interval, and what follows from it.

The best checkpoint is the one with the highest lower confidence limit, not the highest point of a noisy series, and
early stopping waits until no evaluation has raised that limit for a while. Sampling uses seeds of its own, so the
training's random numbers, and a resumed run, are not touched.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from transformers import TrainerCallback

from eval.tally import Problem, problem_clusters
from reasoners.config import AuditSection, HeldOutSection
from reasoners.data import Example
from rewards import Record, Source
from rewards.files import whole_file

if TYPE_CHECKING:
    from eval.backends.contract import Backend
    from eval.backends.transformers import TransformersBackend
    from reasoners.trainer import RLVRTrainer

SPLIT = "held_out"
EVALUATIONS = "held_out.jsonl"


class HeldOut(TrainerCallback):  # type: ignore[misc]
    """Evaluate every so many steps; keep the best model; stop when nothing improves.

    Args:
        settings: the config's section `held_out`.
        sampling: the config's section `audit`: temperature and lengths of the samples.
        examples: the held-out tasks.
        root: the run's folder; gets `held_out.jsonl` and `best/`.
        console: told one line per evaluation.
        dress: makes an engine one with tools; None where the model has none.

    Raises:
        EvalError: a column `cluster` that only some rows fill, or that is neither text nor a whole number.
    """

    def __init__(
        self,
        settings: HeldOutSection,
        sampling: AuditSection,
        examples: Sequence[Example],
        root: Path,
        console: Console,
        dress: Callable[[TransformersBackend], Backend] | None = None,
    ) -> None:
        self.settings, self.sampling, self.console, self.dress = settings, sampling, console, dress
        self.examples = examples[: settings.size] if settings.size else examples
        self.clusters = problem_clusters([Problem(e.id, e.prompt, e.columns) for e in self.examples])
        self.path, self.best = root / EVALUATIONS, root / "best"
        self.trainer: RLVRTrainer | None = None

    def rewind(self, step: int) -> None:
        """Forget evaluations after `step`: a resumed run makes them again."""
        kept = [row for row in self.rows() if row["step"] <= step]
        if self.path.exists():
            with whole_file(self.path) as partial:
                partial.write_text("".join(json.dumps(row) + "\n" for row in kept))

    def rows(self) -> list[dict[str, Any]]:
        """Return the evaluations made so far, in order."""
        return evaluations(self.path.parent)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Evaluate, if it is time."""
        if state.global_step % self.settings.every and state.global_step != state.max_steps:
            return
        assert self.trainer is not None
        if state.is_world_process_zero:
            row = {"step": state.global_step, **self._measure(state.global_step)}
            self._keep(row)
            self._tell(row)
        self.trainer.accelerator.wait_for_everyone()
        if self.settings.patience is not None and stale(self.rows()) >= self.settings.patience:
            control.should_training_stop = True
            if state.is_world_process_zero:
                self.console.print(f"held out: {_stop(self.best.parent)}", highlight=False, soft_wrap=True)

    def _measure(self, step: int) -> dict[str, Any]:
        from eval.counts import Count
        from eval.summary import summarise

        n = self.settings.n
        sampled, greedy = self._judged(step, n, self.sampling.temperature), self._judged(step, 1, 0.0)
        counts = [
            Count(name, len(found), sum(found), self.clusters[name])
            for name, found in sampled.items()
            if found
        ]
        row: dict[str, Any] = {"n": n, "problems": len(counts), "greedy": _share(greedy)}
        if counts:
            summary = summarise(counts)
            row |= {
                "accuracy": summary.accuracy.estimate,
                "low": summary.accuracy.low,
                "high": summary.accuracy.high,
                "pass_at_k": {str(row_k.k): row_k.pass_at_k for row_k in summary.rows},
            }
        return row

    def _judged(self, step: int, n: int, temperature: float) -> dict[str, list[bool]]:
        """Return for each problem whether its samples are right; masked samples are left out."""
        from eval.backends.transformers import TransformersBackend
        from eval.sampling import Request, Sampling, rollout_of

        assert self.trainer is not None
        trainer, audit = self.trainer, self.sampling
        sampling = Sampling(temperature, audit.top_p, audit.top_k, audit.max_new_tokens, audit.seed)
        pairs = [(example, index) for example in self.examples for index in range(n)]
        requests = [Request(example.prompt, index, example.columns) for example, index in pairs]
        model = trainer.accelerator.unwrap_model(trainer.model)
        template = trainer.args.chat_template_kwargs
        bare = TransformersBackend(model, trainer._tokenizer, audit.batch_size, template)
        engine: Backend = self.dress(bare) if self.dress else bare
        found: dict[str, list[bool]] = defaultdict(list)
        source = Source(
            run=trainer.args.run_name or "",
            model=trainer.recorder.model,
            split=SPLIT if temperature else f"{SPLIT}_greedy",
            step=step,
            seed=audit.seed,
            sampling=sampling.to_json(),
        )
        for batch in engine.batches(requests, sampling):
            rollouts = [rollout_of(pairs[s.prompt][0], s, source, pairs[s.prompt][1]) for s in batch]
            verdicts = trainer.suite.score(rollouts, split="eval")
            trainer.recorder.add([Record(r, v) for r, v in zip(rollouts, verdicts, strict=True)], 0)
            for rollout, verdict in zip(rollouts, verdicts, strict=True):
                if verdict.correct is not None:
                    found[rollout.prompt_id].append(bool(verdict.correct))
        return found

    def _keep(self, row: dict[str, Any]) -> None:
        """Write the evaluation down, and the model if it is the best so far."""
        earlier = [r["low"] for r in self.rows() if r.get("low") is not None]
        with self.path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(row) + "\n")
        if row.get("low") is not None and row["low"] > max(earlier, default=-1.0):
            assert self.trainer is not None
            model = self.trainer.accelerator.unwrap_model(self.trainer.model)
            model.save_pretrained(self.best)
            self.trainer._tokenizer.save_pretrained(self.best)
            with whole_file(self.best / "chosen.json") as partial:
                partial.write_text(json.dumps(row, indent=2) + "\n")

    def _tell(self, row: dict[str, Any]) -> None:
        if row.get("low") is None:
            self.console.print(f"held out: no sample of step {row['step']} could be judged", highlight=False)
            return
        self.console.print(
            f"held out, step {row['step']}: sampled {row['accuracy']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
            f"  greedy {row['greedy']:.3f}  ({row['problems']} problems, n = {row['n']})",
            highlight=False,
            soft_wrap=True,
        )


def evaluations(root: Path) -> list[dict[str, Any]]:
    """Return a run's evaluations so far, in order."""
    path = root / EVALUATIONS
    return [json.loads(x) for x in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def stale(rows: Sequence[dict[str, Any]]) -> int:
    """Return how many evaluations have passed since the last that raised the highest lower limit."""
    lows = [r["low"] if r.get("low") is not None else -1.0 for r in rows]
    return len(lows) - 1 - lows.index(max(lows)) if lows else 0


def stopped_early(root: Path, settings: HeldOutSection | None) -> str | None:
    """Return why a run had to end before its last step, in a sentence, or None if it had not."""
    if settings is None or settings.patience is None:
        return None
    return _stop(root) if stale(evaluations(root)) >= settings.patience else None


def _stop(root: Path) -> str:
    rows = evaluations(root)
    known = [row for row in rows if row.get("low") is not None]
    best = max(known, key=lambda row: float(row["low"]), default=None)  # the first of equals, as it was kept
    where = f"; the best model, of step {best['step']}, is in {root / 'best'}" if best else ""
    return f"stopped at step {rows[-1]['step']}, {stale(rows)} evaluations after the last one that was better{where}"


def _share(found: dict[str, list[bool]]) -> float | None:
    right = [flag for flags in found.values() for flag in flags]
    return sum(right) / len(right) if right else None
