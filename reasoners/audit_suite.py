"""Several models on several benchmarks, from one file: every pair gets a folder of its own, `out/BENCHMARK/MODEL`.

```yaml
out: audits/study
models:
  - embedded:smollm2-135m
  - {name: runs/tuned/model, label: tuned}
  - {name: Qwen/Qwen2.5-7B, set: {audit.engine: "http://localhost:8000/v1"}}
benchmarks:
  - gsm8k
  - {name: math500, data: copies/math500.jsonl, size: 100}
  - {config: configs/demo.yaml}
set: {audit.n: 64, audit.temperature: 0.6}
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import Field, ValidationError, model_validator

from reasoners.auditing import (
    Rows,
    Say,
    audit_model,
    benchmark_config,
    load_benchmark_rows,
    open_backend,
    opening,
    slug,
)
from reasoners.config import ConfigError, RunConfig, load_config
from reasoners.section import Section

if TYPE_CHECKING:
    from eval.backends.contract import Backend
    from eval.engine import Progress

SHARED = ("audit.n", "audit.temperature", "audit.top_p", "audit.top_k", "audit.max_new_tokens", "audit.seed")
"""Keys that must be the same for all models of a benchmark, or they cannot be compared."""


class ModelEntry(Section):
    """One model."""

    name: str
    label: str = ""
    set: dict[str, Any] = Field({}, description="overrides for this model, such as audit.engine")

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class BenchmarkEntry(Section):
    """One set of problems: a benchmark by name, or a config's data and rewards."""

    name: str | None = None
    config: str | None = None
    label: str = ""
    data: Path | None = Field(None, description="a local copy of the benchmark: file or folder")
    size: int | None = Field(None, gt=0, description="use only this many problems (seeded choice)")
    set: dict[str, Any] = Field({}, description="overrides for this benchmark")

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_source(self) -> BenchmarkEntry:
        if (self.name is None) == (self.config is None):
            raise ValueError("give either `name` (of a benchmark) or `config`")
        return self


class AuditSuite(Section):
    """The file."""

    out: Path = Path("audits/suite")
    models: list[ModelEntry] = Field(min_length=1)
    benchmarks: list[BenchmarkEntry] = Field(min_length=1)
    set: dict[str, Any] = Field({}, description="overrides for all, for example audit.n")


@dataclass(frozen=True)
class SuiteAudit:
    """One audit of a suite, done."""

    benchmark: str
    model: str
    folder: Path
    result: dict[str, Any]


def load_suite(path: Path) -> AuditSuite:
    """Read and check a suite's file.

    Raises:
        ConfigError: not YAML, an unknown key, two entries with one label, or sampling settings of one model alone.
    """
    try:
        suite = AuditSuite.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"cannot read suite {path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigError(
            f"{path}: {where}: {first['msg']}. Keys: {', '.join(AuditSuite.model_fields)}."
        ) from None
    for kind, labels in (
        ("models", [_label(m) for m in suite.models]),
        ("benchmarks", [_label(b) for b in suite.benchmarks]),
    ):
        twice = next((x for x in labels if labels.count(x) > 1), None)
        if twice is not None:
            raise ConfigError(f"{path}: two {kind} are labelled `{twice}`; give one a `label`.")
    for model in suite.models:
        alone = sorted(set(_dotted(model.set)) & set(SHARED))
        if alone:
            raise ConfigError(
                f"{path}: model `{_label(model)}` sets {alone[0]} for itself; models sampled differently cannot be "
                "compared. Set it for all, or for a benchmark."
            )
    return suite


def _dotted(settings: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Yield the dotted key of every value, also of `{audit: {n: 4}}`."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"


def run_suite(suite: AuditSuite, *, progress: Progress | None = None, say: Say = print) -> list[SuiteAudit]:
    """Make every audit of a suite, model by model; what is stored already is used.

    Raises:
        ToolkitError: as `audit_model`. All data is read before the first model is loaded.
    """
    tasks = [(entry, *_task(entry, suite.set)) for entry in suite.benchmarks]
    done: list[SuiteAudit] = []
    for model in suite.models:
        engine = _Once()
        try:
            for entry, make, rows in tasks:
                folder = suite.out / slug(_label(entry)) / slug(_label(model))
                say(f"{_label(entry)}, {_label(model)}: {folder}")
                result = audit_model(
                    make(model.set),
                    model.name,
                    folder,
                    name=_label(model),
                    rows=rows,
                    backend=engine.open,
                    progress=progress,
                    say=say,
                )
                done.append(SuiteAudit(_label(entry), _label(model), folder, result))
        finally:
            engine.close()
    return done


class _Once:
    """Opens a model's engine at the first audit and keeps it for the others, as long as they want the same."""

    def __init__(self) -> None:
        self.backend: Backend | None = None
        self.opened: dict[str, Any] = {}

    def open(self, config: RunConfig, name: str, say: Say) -> Backend:
        if self.backend is None or opening(config) != self.opened:
            self.close()
            self.backend, self.opened = open_backend(config, name, say), opening(config)
        return self.backend

    def close(self) -> None:
        backend, self.backend = self.backend, None  # forgotten first: no two models are held at once
        if backend is not None:
            backend.close()


def _task(
    entry: BenchmarkEntry, shared: dict[str, Any]
) -> tuple[Callable[[dict[str, Any]], RunConfig], Rows | None]:
    """Return what makes an entry's config for a model, and its rows where it is a benchmark."""
    if entry.config is not None:
        path = entry.config
        load_config(path, {**shared, **entry.set})  # a mistake shows before a model is loaded
        return lambda extra: load_config(path, {**shared, **entry.set, **extra}), None
    from eval.suites.table import find_benchmark

    benchmark = find_benchmark(entry.name or "")
    config = benchmark_config(benchmark, {**shared, **entry.set})
    rows = load_benchmark_rows(benchmark, entry.data, entry.size, config.run.seed)
    return lambda extra: benchmark_config(benchmark, {**shared, **entry.set, **extra}), rows


def _label(entry: ModelEntry | BenchmarkEntry) -> str:
    if isinstance(entry, ModelEntry):
        return entry.label or entry.name
    return entry.label or entry.name or Path(entry.config or "").stem
