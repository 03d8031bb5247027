"""One training run, from a checked config to a model, its records, plots and card."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reasoners.algorithms.presets import is_iterated
from reasoners.building import building, lora_config
from reasoners.card import model_card
from reasoners.checking import Checked, check
from reasoners.config import RunConfig
from reasoners.data import Example, fingerprints, fitting, make_examples
from reasoners.plots import plot_run
from reasoners.run_end import how_it_ended
from reasoners.run_folder import Recorder, RunError, RunFolder, manifest, read_metrics, replace_text
from reasoners.tools.fit import check_template
from reasoners.tools.rows import environment, for_model, split_tools
from reasoners.trl_args import grpo_config
from rewards import RecordError, Suite

if TYPE_CHECKING:
    from rich.console import Console
    from trl import GRPOConfig

    from reasoners.held_out import HeldOut
    from reasoners.models.device import Precision
    from reasoners.trainer import RLVRTrainer


TORCH_WRITE_FAULTS = ("inline_container", "PytorchStreamWriter")
"""How torch says that a file could not be written: a RuntimeError naming its zip writer."""


@dataclass(frozen=True)
class RunResult:
    """What a finished run leaves."""

    folder: RunFolder
    metrics: list[dict[str, Any]]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return paths and the last step's metrics."""
        steps = [m for m in self.metrics if "reward" in m]
        return {
            "run": str(self.folder.root),
            "model": str(self.folder.model),
            "seconds": self.seconds,
            "steps": self.metrics[-1]["step"] if self.metrics else 0,
            "first": steps[0] if steps else {},
            "last": steps[-1] if steps else {},
        }


def train(config: RunConfig, console: Console, *, resume: bool = False, overwrite: bool = False) -> RunResult:
    """Train as the config says; see `reasoners train --help`.

    Args:
        config: the run.
        console: where progress is shown.
        resume: go on from the last checkpoint of `run.dir` (or start, if there is none yet).
        overwrite: replace an earlier run in `run.dir`.

    Raises:
        ToolkitError: what `check` finds; a folder in use; too many masked samples; records that cannot be written.
    """
    begin = time.perf_counter()
    checked = check(config)
    from reasoners.models.device import choose_precision
    from reasoners.models.load import resolve_model

    source = resolve_model(config.model.name, lambda line: console.print(line, highlight=False))
    folder = RunFolder(config.run.dir)
    # The probe may choose otherwise another day; a resumed run keeps its number format.
    started = folder.precision() if resume else None
    precision = choose_precision(source, started or config.model.precision)  # type: ignore[arg-type]
    arguments = grpo_config(config, config.run.dir, precision)
    new = False
    with arguments.main_process_first(local=False):
        if arguments.process_index == 0:
            new = folder.open(config, resume=resume, overwrite=overwrite, data=fingerprints(checked.rows))
    with folder.taken_back_if_unused(new):
        console.print(f"precision: {precision.why}", highlight=False)
        with arguments.main_process_first(local=False):
            ended = how_it_ended(folder, config) if resume else None
        if ended is not None:
            console.print(f"{folder.root} is finished: {ended}", highlight=False, soft_wrap=True)
            if arguments.process_index == 0 and not (folder.model / "README.md").exists():
                return _describe(
                    config, folder, json.loads(folder.manifest.read_text(encoding="utf-8")), begin
                )
            return RunResult(folder, read_metrics(folder.metrics), time.perf_counter() - begin)
        if is_iterated(config.algorithm):
            return _iterate(checked, arguments, precision, folder, console, resume, begin)
        trainer, exact, facts = _trainer(checked, arguments, precision, folder, console, source)
        checkpoint = folder.last_checkpoint() if resume else None
        if arguments.process_index == 0:
            folder.describe(config, facts)
            folder.rewind(_step(checkpoint))
        if resume:
            console.print(f"resuming from {checkpoint}" if checkpoint else "no checkpoint yet: starting anew")
        if checkpoint is not None:
            exact.restore(checkpoint)
            trainer.args.eval_on_start = False  # that was at the run's start
        _run(trainer, checkpoint, checked.suite)
        return _finish(trainer, config, folder, facts, begin)


def _iterate(
    checked: Checked,
    arguments: GRPOConfig,
    precision: Precision,
    folder: RunFolder,
    console: Console,
    resume: bool,
    begin: float,
) -> RunResult:
    """Run rounds of sampling and fine-tuning instead of an online trainer."""
    import datasets
    from transformers.utils.logging import disable_progress_bar

    from eval.threads import fitting_threads
    from reasoners.iterated import Iterated, load_round

    disable_progress_bar()
    datasets.disable_progress_bars()
    config = checked.config
    model, tokenizer, facts, examples = _policy(checked, precision, arguments)
    if config.model.lora is not None:
        from peft import get_peft_model

        with building(config):
            model = get_peft_model(model, lora_config(config))
    checkpoint = folder.last_checkpoint() if resume else None
    done = _step(checkpoint)
    if checkpoint is not None:
        model = load_round(config, checkpoint, model)
        console.print(f"resuming from {checkpoint}")
    folder.describe(config, facts)
    folder.rewind(done)
    run = Iterated(
        config,
        checked.suite,
        examples["train"],
        model,
        tokenizer,
        arguments,
        folder,
        Recorder(folder.records, config.model.name),
    )
    try:
        with fitting_threads(model), writing():
            run.run(console, done)
            run.recorder.flush(0)
            run.model.save_pretrained(folder.partial_model)
            tokenizer.save_pretrained(folder.partial_model)
            folder.place_model()
    finally:
        with suppress(RecordError):
            run.recorder.flush(0)
        close_runners(checked.suite)
    return _describe(config, folder, facts, begin)


def _policy(
    checked: Checked, precision: Precision, arguments: GRPOConfig
) -> tuple[Any, Any, dict[str, Any], dict[str, list[Example]]]:
    """Load the policy; return it with its tokenizer, the facts for the manifest and the examples by split."""
    from reasoners.models.load import load_model

    config = checked.config
    # Weights stay in fp32 (autocast does the rest): in bf16 a small update rounds away. A frozen base may be bf16.
    weights = precision if config.model.lora else replace(precision, dtype="float32")
    model, tokenizer = load_model(config.model.name, weights)
    chat = config.data.chat
    chat = bool(tokenizer.chat_template) if chat is None else chat
    facts = {
        "precision": precision.why,
        "dtype": {"bfloat16": "bf16", "float32": "fp32"}[precision.dtype],
        "chat": chat,
        **{f"{s}_rows": len(r) for s, r in checked.rows.items()},
        **fingerprints(checked.rows),
    }
    examples = {s: make_examples(r, config.data, chat=chat) for s, r in checked.rows.items()}
    room = arguments.max_completion_length or 0
    limit = getattr(model.config, "max_position_embeddings", None)
    if checked.tools:
        check_template(tokenizer)
    shown, template = [for_model(tool) for tool in checked.tools], arguments.chat_template_kwargs
    for split, found in examples.items():
        examples[split] = fitting(found, tokenizer, limit, room, config.data.too_long, shown, template)
        facts[f"{split}_too_long"] = len(found) - len(examples[split])
    if config.held_out is not None:
        asked = examples["eval"][: config.held_out.size]
        room, key = config.audit.max_new_tokens, "audit.max_new_tokens"
        held = fitting(asked, tokenizer, limit, room, config.data.too_long, shown, template, setting=key)
        examples["held_out"], facts["held_out_too_long"] = held, len(asked) - len(held)
    return model, tokenizer, facts, examples


def _trainer(
    checked: Checked,
    arguments: GRPOConfig,
    precision: Precision,
    folder: RunFolder,
    console: Console,
    source: Path | str,
) -> tuple[RLVRTrainer, Any, dict[str, Any]]:
    from datasets import Dataset
    from transformers import ProgressCallback
    from transformers.trainer_callback import PrinterCallback
    from transformers.utils.logging import disable_progress_bar

    from reasoners.callbacks import Advisor, Display, Guard, MetricsFile, WarmUp
    from reasoners.exact_resume import ExactResume
    from reasoners.trainer import RLVRTrainer

    disable_progress_bar()
    config = checked.config
    model, tokenizer, facts, examples = _policy(checked, precision, arguments)
    labels = [t.label for t in checked.suite.terms]
    exact, guard, warm_up = ExactResume(), Guard(), WarmUp()
    held_out = _held_out(checked, examples, folder, console)
    columns = {split: [e.columns for e in found] for split, found in examples.items()}
    with building(config):
        trainer = RLVRTrainer(
            suite=checked.suite,
            examples=examples,
            recorder=Recorder(folder.records, config.model.name),
            formats=config.formats,
            max_masked_share=config.limits.max_masked_share,
            algorithm=config.algorithm,
            critic_source=str(source),
            model=model.train(),
            args=arguments,
            processing_class=tokenizer,
            train_dataset=Dataset.from_list(_prompts(examples, "train")),
            eval_dataset=Dataset.from_list(_prompts(examples, "eval")) if "eval" in examples else None,
            peft_config=lora_config(config),
            tools=split_tools(checked.tools)[0] or None,
            environment_factory=environment(checked.tools, columns),
            progress=config.progress,
            callbacks=[
                MetricsFile(folder.metrics),
                guard,  # before the callback that declares a checkpoint whole
                exact,
                warm_up,
                Display(console, labels, list(config.formats)),
                Advisor(console, folder.records),
                *held_out,
            ],
        )
    exact.trainer = guard.trainer = warm_up.trainer = trainer
    for callback in held_out:
        callback.trainer = trainer
    for noisy in (ProgressCallback, PrinterCallback):
        trainer.remove_callback(noisy)
    return trainer, exact, facts


def _held_out(
    checked: Checked, examples: Mapping[str, Sequence[Example]], folder: RunFolder, console: Console
) -> list[HeldOut]:
    """Return the callback that evaluates in training, if the config wants one."""
    config = checked.config
    if config.held_out is None:
        return []
    from reasoners.held_out import HeldOut
    from reasoners.tools.turns import with_tools

    dress = partial(with_tools, config=config, tools=checked.tools) if checked.tools else None
    made = HeldOut(config.held_out, config.audit, examples["held_out"], folder.root, console, dress)
    made.rewind(_step(folder.last_checkpoint()))
    return [made]


def _prompts(examples: Mapping[str, Sequence[Example]], split: str) -> list[dict[str, Any]]:
    """Return the rows of TRL's data set; `split` and `row` say where the task's columns are."""
    return [{"prompt": e.prompt, "split": split, "row": n} for n, e in enumerate(examples[split])]


def _step(checkpoint: Path | None) -> int:
    return int(checkpoint.name.split("-")[1]) if checkpoint else 0


def _run(trainer: RLVRTrainer, checkpoint: Path | None, suite: Suite) -> None:
    from eval.threads import fitting_threads

    try:
        with fitting_threads(trainer.model), writing():
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
            trainer.recorder.flush(trainer.accelerator.process_index)
    finally:
        # After another error the last batch still goes to disk, and it is that error that counts.
        with suppress(RecordError):
            trainer.recorder.flush(trainer.accelerator.process_index)
        for callback in trainer.callback_handler.callbacks:
            if hasattr(callback, "close"):
                callback.close()
        close_runners(suite)


@contextmanager
def writing() -> Iterator[None]:
    """Turn a failure to write into a `RunError` that says how to go on."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(mark in str(error) for mark in TORCH_WRITE_FAULTS):
            raise
        raise RunError(
            f"the run stopped because it could not write: {error}. Free space or rights, then go on with --resume; "
            "what was recorded and saved before is intact."
        ) from error


def close_runners(suite: Suite) -> None:
    """End the worker processes of a suite's rewards."""
    runners = {id(t.reward.runner): t.reward.runner for t in suite.terms if t.reward.runner is not None}
    for runner in runners.values():
        runner.close()


def _finish(
    trainer: RLVRTrainer, config: RunConfig, folder: RunFolder, facts: Mapping[str, Any], begin: float
) -> RunResult:
    if trainer.critic is not None:
        trainer.critic.save(folder.root / "critic")
    trainer.save_model(str(folder.partial_model))
    trainer.accelerator.wait_for_everyone()  # each rank may write a part of it
    if not trainer.accelerator.is_main_process:
        return RunResult(folder, read_metrics(folder.metrics), time.perf_counter() - begin)
    folder.place_model()
    return _describe(config, folder, facts, begin)


def _describe(config: RunConfig, folder: RunFolder, facts: Mapping[str, Any], begin: float) -> RunResult:
    """Draw the plots and write the card of a finished run."""
    metrics = read_metrics(folder.metrics) if folder.metrics.exists() else []
    plot_run(metrics, folder.root / "plots")
    card = model_card(config, manifest(config, facts), metrics)
    replace_text(folder.root / "README.md", card)
    replace_text(folder.model / "README.md", card)
    return RunResult(folder, metrics, time.perf_counter() - begin)
