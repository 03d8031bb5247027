"""What can be found wrong with a run before its folder is made and a model is loaded."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reasoners.algorithms.presets import is_iterated
from reasoners.config import ConfigError, RunConfig
from reasoners.data import Row, load_rows, make_examples
from reasoners.progress_fit import check_outcome, check_progress, check_termination
from reasoners.tools import load_tools
from reasoners.tools.fit import check_fit
from reasoners.tools.rows import check_rows
from reasoners.trl_args import grpo_config
from rewards import Suite
from rewards.ray_backend import make_runner

if TYPE_CHECKING:
    from trl import GRPOConfig


@dataclass(frozen=True)
class Checked:
    """A config whose rewards, data and TRL fields were all checked; no model is loaded yet."""

    config: RunConfig
    suite: Suite
    rows: Mapping[str, Sequence[Row]]
    tools: Sequence[Callable[..., Any]] = ()


def check(config: RunConfig) -> Checked:
    """Check everything that can be checked without a model. Nothing is written.

    Raises:
        ToolkitError: unknown reward or parameter, missing column, empty dataset, a field that TRL refuses, parts that
            do not go together.
    """
    _check_place(config.run.dir)
    _check_formats(config.formats)
    limits = config.limits
    runner = make_runner(limits.runner, limits.workers, limits.deadline, limits.memory_mb, limits.cache)
    suite = Suite.from_config(config.reward_entries(), runner)
    rows: dict[str, Sequence[Row]] = {"train": load_rows(config.data, "train", config.run.seed)}
    if config.data.eval is not None:
        rows["eval"] = load_rows(config.data, "eval", config.run.seed)
    tools = load_tools(config.tools)
    for split, found in rows.items():
        where = f"data.{split} ({getattr(config.data, split)})"
        suite.check(found, where, split)
        check_rows(tools, found, where)
        make_examples(found[:1], config.data, chat=False)
    arguments = grpo_config(config, config.run.dir)
    _check_mappings(arguments)
    _check_reports(arguments)
    _check_evaluation(config, arguments)
    check_fit(config)
    check_progress(config)
    check_outcome(config.progress, suite)
    check_termination(config.progress, suite, rows["train"])
    return Checked(config, suite, rows, tools)


def _check_place(root: Path) -> None:
    """Refuse a folder whose place, or that of a folder above it, a file has."""
    taken = next((p for p in (root, *root.parents) if os.path.exists(p)), root)
    if os.path.exists(taken) and not taken.is_dir():
        raise ConfigError(
            f"run.dir: {root} cannot be a folder, because {taken} is a file. Set another run.dir."
        )


def _check_formats(formats: Mapping[str, str]) -> None:
    for name, pattern in formats.items():
        try:
            re.compile(pattern)
        except re.error as error:
            raise ConfigError(f"formats.{name}: `{pattern}` is not a regular expression: {error}.") from error


def _check_mappings(arguments: GRPOConfig) -> None:
    """Refuse text where TRL takes a mapping: it lets through text that is no JSON, and fails in the first step."""
    for field in fields(arguments):
        value = getattr(arguments, field.name)
        if field.name.endswith("_kwargs") and isinstance(value, str):
            raise ConfigError(f"trl.{field.name} = {value!r}: it must be a mapping, such as {{name: value}}.")


def _check_reports(arguments: GRPOConfig) -> None:
    """Refuse a service that transformers does not know, or whose package is missing: it is opened to see."""
    from transformers.integrations import get_reporting_integration_callbacks

    try:
        for service in get_reporting_integration_callbacks(arguments.report_to):
            service()
    except (ValueError, RuntimeError, ImportError) as error:
        raise ConfigError(f"run.report_to: {error} Mend it, or leave it out.") from error


def _check_evaluation(config: RunConfig, arguments: GRPOConfig) -> None:
    """Refuse evaluation in training that has no rows, or that the algorithm does not make."""
    if is_iterated(config.algorithm) and config.held_out is not None:
        raise ConfigError(
            f"held_out evaluates the steps of online training; `{config.algorithm.name}` has rounds. Leave it out, and "
            "audit the checkpoints."
        )
    if config.data.eval is None:
        asks = {
            "held_out": config.held_out is not None,
            f"trl.eval_strategy: {config.trl.get('eval_strategy')}": arguments.eval_strategy != "no",
            "trl.eval_on_start": arguments.eval_on_start,
        }
        for name, wanted in asks.items():
            if wanted:
                raise ConfigError(f"{name} needs held-out rows: set data.eval, or leave it out.")
    if arguments.save_strategy == "best" and arguments.metric_for_best_model is None:
        raise ConfigError("trl.save_strategy: best needs trl.metric_for_best_model.")
