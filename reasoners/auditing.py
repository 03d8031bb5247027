"""Audit a model on the held-out problems of a run's config. The engine is `eval.engine`; this feeds it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reasoners.config import RunConfig
from reasoners.data import load_rows, make_examples
from rewards import Suite, ToolkitError
from rewards.ray_backend import make_runner

if TYPE_CHECKING:
    from eval.engine import Progress
    from eval.tally import Problem


def audit_model(
    config: RunConfig,
    model: str | None = None,
    out: Path | None = None,
    *,
    n: int | None = None,
    ks: Sequence[int] | None = None,
    greedy: bool | None = None,
    split: str = "eval",
    name: str | None = None,
    progress: Progress | None = None,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Sample `model` as `config.audit` says, judge it with `config.rewards`, return audit.json.

    Args:
        config: the run whose data, rewards, formats and sampling settings are used.
        model: a folder, a hub id or an embedded model; default: the config's model, that is, the base.
        out: the audit's folder (see `default_out`); samples already there are used.
        n: samples per problem; default: `audit.n`.
        ks: draws to report; default: `audit.k`, then powers of two up to n.
        greedy: also measure greedy accuracy; default: `audit.greedy`.
        split: `eval` (held out) or `train`.
        name: of the audit, in reports; default: the model's name.
        progress: told after each batch.
        say: receives lines for the user.

    Raises:
        ToolkitError: whatever is wrong with config, data, rewards, model or folder; data and rewards are
            checked before the model is loaded.
    """
    from eval.backends.transformers import TransformersBackend
    from eval.engine import check_audit, run_audit
    from eval.sampling import Sampling

    settings = config.audit
    sampling = Sampling(
        settings.temperature, settings.top_p, settings.top_k, settings.max_new_tokens, settings.seed
    )
    limits = config.limits
    runner = make_runner(limits.runner, limits.workers, limits.deadline, limits.memory_mb, limits.cache)
    try:
        suite = Suite.from_config(config.reward_entries(), runner)
        rows = _rows(config, split, say)
        suite.check(rows, f"data.{split}")
        samples = settings.n if n is None else n
        draws = settings.k if ks is None else ks
        check_audit(_problems(config, rows, chat=False), samples, sampling, draws, config.formats)
        wanted = model or config.model.name
        loaded, tokenizer = _load(config, wanted, say)
        chat = bool(tokenizer.chat_template) if config.data.chat is None else config.data.chat
        return run_audit(
            out or default_out(config, wanted),
            _problems(config, rows, chat=chat),
            suite,
            TransformersBackend(loaded, tokenizer, settings.batch_size),
            n=samples,
            sampling=sampling,
            name=name or wanted,
            model_name=wanted,
            greedy=settings.greedy if greedy is None else greedy,
            ks=draws,
            formats=config.formats,
            progress=progress,
            say=say,
        )
    finally:
        runner.close()


def default_out(config: RunConfig, model: str | None = None) -> Path:
    """Return the folder of an audit nobody named: beside the run's folder, after the run and the model."""
    slug = re.sub(r"[^\w.-]+", "-", model or config.model.name).strip("-.")
    return config.run.dir.parent / "audits" / f"{config.run.name}-{slug}"


def _rows(config: RunConfig, split: str, say: Callable[[str], None]) -> list[dict[str, Any]]:
    if split not in ("train", "eval"):
        raise ToolkitError(f"unknown split `{split}`. Known: eval (held-out problems), train.")
    if split == "eval" and config.data.eval is None:
        say(f"data.eval is not set: the problems come from data.train ({config.data.train}).")
    return load_rows(config.data, "train" if split == "train" else "eval", config.run.seed)


def _problems(config: RunConfig, rows: list[dict[str, Any]], *, chat: bool) -> list[Problem]:
    from eval.tally import Problem

    return [Problem(e.id, e.prompt, e.columns) for e in make_examples(rows, config.data, chat=chat)]


def _load(config: RunConfig, name: str, say: Callable[[str], None]) -> tuple[Any, Any]:
    from reasoners.models import choose_precision, load_model, resolve_model

    precision = choose_precision(resolve_model(name, say), config.model.precision)
    say(f"precision: {precision.why}")
    return load_model(name, precision, say=say)
