"""Audit a model on the held-out problems of a config, or on a benchmark. The engine is `eval.engine`; this feeds it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reasoners.config import RunConfig, parse_config
from reasoners.data import load_rows, make_examples
from reasoners.tools import load_tools
from reasoners.tools.fit import check_fit
from reasoners.tools.rows import Tool, check_rows
from rewards import Suite, ToolkitError
from rewards.ray_backend import make_runner

if TYPE_CHECKING:
    from eval.backends.contract import Backend
    from eval.backends.transformers import TransformersBackend
    from eval.engine import Progress
    from eval.suites.table import Benchmark
    from eval.tally import Problem

Say = Callable[[str], None]
Rows = list[dict[str, Any]]


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
    rows: Rows | None = None,
    backend: Callable[[RunConfig, str, Say], Backend] | None = None,
    progress: Progress | None = None,
    say: Say = print,
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
        rows: the problems' rows, in place of the config's data.
        backend: opens the engine; default: `open_backend`, closed at the end.
        progress: told after each batch.
        say: receives lines for the user.

    Raises:
        ToolkitError: whatever is wrong with config, data, rewards, model or folder; data and rewards are
            checked before the model is loaded.
    """
    from eval.engine import check_audit, run_audit
    from eval.focus import Focus
    from eval.sampling import Sampling

    settings = config.audit
    sampling = Sampling(
        settings.temperature, settings.top_p, settings.top_k, settings.max_new_tokens, settings.seed
    )
    focus = None if settings.focus_k is None else Focus(settings.focus_k, settings.focus_budget)
    wanted = model or config.model.name
    tools = _tools(config)
    with _suite(config) as suite:
        rows = _rows(config, split, say) if rows is None else rows
        suite.check(rows, f"data.{split}")
        check_rows(tools, rows, f"data.{split}")
        samples = settings.n if n is None else n
        draws = settings.k if ks is None else ks
        check_audit(_problems(config, rows, chat=False), samples, sampling, draws, config.formats, focus)
        engine = backend(config, wanted, say) if backend else open_backend(config, wanted, say, tools)
        try:
            chat = engine.chat if config.data.chat is None else config.data.chat
            return run_audit(
                out or default_out(config, wanted),
                _problems(config, rows, chat=chat),
                suite,
                engine,
                n=samples,
                sampling=sampling,
                name=name or wanted,
                model_name=wanted,
                greedy=settings.greedy if greedy is None else greedy,
                ks=draws,
                formats=config.formats,
                focus=focus,
                progress=progress,
                say=say,
            )
        finally:
            if backend is None:
                engine.close()


def benchmark_config(benchmark: Benchmark, overrides: Mapping[str, Any] | None = None) -> RunConfig:
    """Return the config that asks and judges a benchmark; overrides are those of `load_config`.

    Raises:
        ToolkitError: an override that is no key.
    """
    from reasoners.config import assign

    tree: dict[str, Any] = {
        "run": {"name": benchmark.name, "dir": f"runs/{benchmark.name}"},
        "data": {"prompt": benchmark.prompt, "eval": benchmark.hub, "eval_split": benchmark.split},
        "rewards": [dict(entry) for entry in benchmark.rewards],
        "audit": {"max_new_tokens": 2048},
    }
    for key, value in (overrides or {}).items():
        assign(tree, key, value)
    return parse_config(tree, f"benchmark {benchmark.name}")


def load_benchmark_rows(benchmark: Benchmark, data: Path | None, size: int | None, seed: int = 0) -> Rows:
    """Return a benchmark's rows from the hub or a local copy (see `eval.suites.load`). Raises `ToolkitError`."""
    from eval.suites.load import load_benchmark

    return load_benchmark(benchmark, data, size, seed)


def open_backend(config: RunConfig, name: str, say: Say, tools: Sequence[Tool] | None = None) -> Backend:
    """Load a model into the engine that `audit.engine` names, with tools it may call (default: the config's).

    What is read of the config here must be in `opening`. Raises `ToolkitError`.
    """
    settings = config.audit
    tools = _tools(config) if tools is None else tools
    if settings.engine == "transformers":
        engine = _transformers(config, name, say)
        if not tools:
            return engine
        from reasoners.tools.turns import with_tools

        return with_tools(engine, config, tools)
    if settings.engine == "vllm":
        return _vllm(config, name, say)
    if settings.engine.startswith(("http://", "https://")):
        from eval.backends.server import ServerBackend

        return ServerBackend(
            settings.engine,
            name,
            settings.batch_size,
            settings.concurrency,
            extra={"chat_template_kwargs": template} if (template := _template(config)) else {},
            stream=settings.stream,
            timeout=settings.timeout,
        )
    raise ToolkitError(
        f"audit.engine = `{settings.engine}`: known are transformers, vllm, and the address of an OpenAI-compatible "
        "server, such as http://localhost:8000/v1."
    )


def opening(config: RunConfig) -> dict[str, Any]:
    """Return what `open_backend` reads of a config: where two agree, one engine serves both."""
    read = ("engine", "batch_size", "concurrency", "timeout", "stream")
    return {
        **{key: getattr(config.audit, key) for key in read},
        "precision": config.model.precision,
        "template": _template(config),
        "tools": [entry.model_dump(mode="json") for entry in config.tools],
        "rounds": config.trl.get("max_tool_calling_iterations"),
    }


def default_out(config: RunConfig, model: str | None = None) -> Path:
    """Return the folder of an audit nobody named: beside the run's folder, after the run and the model."""
    return config.run.dir.parent / "audits" / f"{config.run.name}-{slug(model or config.model.name)}"


def slug(name: str) -> str:
    """Return a name as part of a path."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "model"


@contextmanager
def _suite(config: RunConfig) -> Iterator[Suite]:
    limits = config.limits
    runner = make_runner(limits.runner, limits.workers, limits.deadline, limits.memory_mb, limits.cache)
    try:
        yield Suite.from_config(config.reward_entries(), runner)
    finally:
        runner.close()


def _rows(config: RunConfig, split: str, say: Say) -> Rows:
    if split not in ("train", "eval"):
        raise ToolkitError(f"unknown split `{split}`. Known: eval (held-out problems), train.")
    if split == "eval" and config.data.eval is None:
        say(f"data.eval is not set: the problems come from data.train ({config.data.train}).")
    return load_rows(config.data, "train" if split == "train" else "eval", config.run.seed)


def _problems(config: RunConfig, rows: Rows, *, chat: bool) -> list[Problem]:
    from eval.tally import Problem

    return [Problem(e.id, e.prompt, e.columns) for e in make_examples(rows, config.data, chat=chat)]


def _tools(config: RunConfig) -> list[Tool]:
    """Return the tools that the model may call. Raises `ToolkitError` where it could not."""
    if not config.tools:
        return []
    if config.audit.engine != "transformers":
        raise ToolkitError(
            f"tools: audit.engine = `{config.audit.engine}` samples without tools, and a model trained with them would "
            'not be itself. Use audit.engine=transformers, or say tools="[]" to audit it without.'
        )
    check_fit(config)
    return load_tools(config.tools)


def _transformers(config: RunConfig, name: str, say: Say) -> TransformersBackend:
    from eval.backends.transformers import TransformersBackend
    from reasoners.models import choose_precision, load_model, resolve_model

    precision = choose_precision(resolve_model(name, say), config.model.precision)
    say(f"precision: {precision.why}")
    model, tokenizer = load_model(name, precision, say=say)
    return TransformersBackend(model, tokenizer, config.audit.batch_size, _template(config))


def _vllm(config: RunConfig, name: str, say: Say) -> Backend:
    from eval.backends.vllm import VllmBackend
    from reasoners.models import resolve_model

    source = Path(resolve_model(name, say))
    if not source.is_dir():
        from huggingface_hub import snapshot_download

        source = Path(snapshot_download(str(source)))
    if (source / "adapter_config.json").is_file():
        raise ToolkitError(f"{name} is a LoRA adapter; merge it into its model first, or use transformers.")
    return VllmBackend(str(source), config.audit.batch_size, template=_template(config))


def _template(config: RunConfig) -> dict[str, Any]:
    """Return what training gives the chat template beside the turns: an audit must ask as training does."""
    return dict(config.trl.get("chat_template_kwargs") or {})
