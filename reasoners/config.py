"""The config of a run: one YAML file, checked in full before anything heavy is loaded.

Unknown keys are refused with the nearest valid name. `key.sub=value` overrides come from the command line. TRL's own
fields stand under `trl:` with TRL's names; `reasoners.trl_args` checks them against the installed TRL.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from reasoners.algorithms.progress import ProgressSection
from reasoners.algorithms.settings import AlgorithmSection
from reasoners.section import Section
from reasoners.tools.settings import ToolEntry
from rewards.errors import ToolkitError, unknown_name


class ConfigError(ToolkitError):
    """A config that cannot be used; the message names file, key and what is allowed."""


class RunSection(Section):
    """Where a run writes and what makes it repeatable."""

    name: str = Field("run", description="name of the run, used in records and reports")
    dir: Path = Field(Path("runs/run"), description="the run's folder")
    seed: int = Field(0, ge=0, lt=2**32, description="seed of sampling, shuffling and initialisation")
    report_to: list[str] = Field([], description="tensorboard, wandb, trackio, ...")


class LoraSection(Section):
    """Low-rank adapters; leave the section out for full fine-tuning."""

    r: int = Field(8, gt=0)
    alpha: int = Field(16, gt=0)
    dropout: float = Field(0.0, ge=0, lt=1)
    target_modules: str | list[str] = "all-linear"


class ModelSection(Section):
    """The policy."""

    name: str = Field("embedded:proxy", description="a local folder, a hub id or embedded:NAME")
    precision: Literal["auto", "bf16", "fp32"] = Field("auto", description="auto probes the hardware")
    lora: LoraSection | None = None


class DataSection(Section):
    """The tasks. Sources: a .jsonl/.parquet/.csv file, a hub id, `reasoning_gym:TASK`, `embedded:NAME`."""

    train: str = Field("embedded:addition", description="source of the training rows")
    eval: str | None = Field(None, description="source of held-out rows; for evaluation and audits")
    subset: str | None = Field(None, description="a hub data set's configuration")
    train_split: str = "train"
    eval_split: str = "test"
    train_size: int | None = Field(None, gt=0, description="use only this many rows (seeded choice)")
    eval_size: int | None = Field(None, gt=0)
    prompt: str = Field("{{ question }}", description="Jinja template over the row's columns")
    system: str | None = Field(None, description="system message; implies chat")
    chat: bool | None = Field(None, description="None = as the model's tokenizer has a chat template")
    columns: dict[str, str] = Field({}, description="our name: name in the data")
    too_long: Literal["refuse", "drop"] = Field(
        "refuse",
        description="prompts that leave no room for max_completion_length (for held_out: "
        "audit.max_new_tokens) in the model's context",
    )
    id: str = Field("id", description="column that identifies a row; numbered if there is none")
    task_args: dict[str, Any] = Field({}, description="arguments of a reasoning_gym task")


class RewardEntry(Section):
    """One reward of the suite (see `rewards.suite.Term`)."""

    name: str
    label: str | None = None
    weight: float = 1.0
    params: dict[str, Any] = Field({})
    requires: str | None = None
    when: dict[str, Any] = Field({})
    times: str | None = None
    clip: list[float] | None = None
    schedule: dict[str, Any] | None = None
    only: Literal["train", "eval"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class LimitsSection(Section):
    """When a reward is stopped, and when the run is."""

    deadline: float = Field(5.0, gt=0, description="seconds one sample may take in an isolated reward")
    memory_mb: int = Field(4096, ge=0, description="address space of a reward worker; 0 = unlimited")
    workers: int | None = Field(None, gt=0, description="reward workers; None = one per core, at most 8")
    runner: Literal["local", "ray"] = Field("local", description="where isolated rewards run")
    cache: Path | None = Field(None, description="file that keeps scores of isolated rewards; None = none")
    max_masked_share: float = Field(
        0.2, ge=0, le=1, description="stop when more of a step's samples than this are masked"
    )


class AuditSection(Section):
    """How a model is sampled for pass@k."""

    n: int = Field(16, gt=0, description="samples per problem")
    k: list[int] | None = Field(None, description="None = powers of two up to n")
    temperature: float = Field(1.0, ge=0)
    top_p: float = Field(1.0, gt=0, le=1)
    top_k: int = Field(0, ge=0, description="0 = off")
    max_new_tokens: int = Field(256, gt=0)
    batch_size: int = Field(64, gt=0)
    seed: int = 0
    greedy: bool = Field(True, description="also measure greedy accuracy")
    focus_k: int | None = Field(
        None, gt=0, description="after n samples, spend more where pass@focus_k is uncertain"
    )
    focus_budget: float = Field(
        64.0, gt=0, description="samples per problem on average, n included, with focus_k"
    )
    engine: str = Field(
        "transformers", description="transformers, vllm, or the address of an OpenAI-compatible server"
    )
    concurrency: int = Field(16, gt=0, description="requests to a server under way at once")
    timeout: float = Field(
        600.0, gt=0, description="seconds of a server's silence before a request is repeated"
    )
    stream: bool = Field(
        False, description="ask a server for streams: `timeout` is then the silence between tokens"
    )


class HeldOutSection(Section):
    """Evaluation in training, on the rows of data.eval; sampling is as `audit` says."""

    every: int = Field(
        50, gt=0, description="optimizer steps between two evaluations; the last step is always one"
    )
    n: int = Field(4, gt=0, description="samples per problem, beside one greedy one")
    size: int | None = Field(None, gt=0, description="use only the first of the held-out rows; None = all")
    patience: int | None = Field(
        None,
        gt=0,
        description="stop after so many evaluations that do not raise the best lower limit; None = never",
    )


class SelectSection(Section):
    """How a subset is chosen after training, for `reasoners demo`."""

    threshold: float = 0.6
    signal: Literal["reward", "accuracy"] = "accuracy"


class RunConfig(Section):
    """Everything a run needs."""

    run: RunSection = RunSection()
    model: ModelSection = ModelSection()
    data: DataSection = DataSection()
    rewards: list[RewardEntry] = Field(min_length=1)
    formats: dict[str, str] = Field(
        {}, description="name: regular expression; shares are logged and recorded"
    )
    tools: list[ToolEntry] = Field(
        [], description="what the model may call; trl.max_tool_calling_iterations bounds it"
    )
    algorithm: AlgorithmSection = AlgorithmSection()
    progress: ProgressSection | None = Field(
        None, description="forced answers in training (MRT); None = none"
    )
    trl: dict[str, Any] = Field({}, description="fields of TRL's GRPOConfig")
    limits: LimitsSection = LimitsSection()
    audit: AuditSection = AuditSection()
    held_out: HeldOutSection | None = Field(None, description="evaluation in training; None = none")
    select: SelectSection = SelectSection()

    def reward_entries(self) -> list[dict[str, Any]]:
        """Return the rewards as `Suite.from_config` takes them."""
        return [entry.model_dump(exclude_none=True) for entry in self.rewards]


def load_config(path: Path | str, overrides: Mapping[str, Any] | None = None) -> RunConfig:
    """Read a config file, apply `section.key -> value` overrides and check it.

    Args:
        path: a YAML file, or the bare name of a recipe that ships with the package (`demo`).
        overrides: dotted keys, for example `{"run.seed": 1, "trl.max_steps": 5}`; list items by number.

    Raises:
        ConfigError: no such file, not YAML, unknown key, ill-typed value.
    """
    found = find_recipe(path)
    try:
        tree = yaml.safe_load(found.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"cannot read config {found}: {error}") from error
    if not isinstance(tree, dict):
        raise ConfigError(f"config {found} must be a mapping of sections, got {type(tree).__name__}.")
    for key, value in (overrides or {}).items():
        assign(tree, key, value)
    return parse_config(tree, str(found))


def parse_config(tree: Mapping[str, Any], where: str = "config") -> RunConfig:
    """Check a config given as nested mappings. Raises `ConfigError` that names `where` and the key."""
    try:
        return RunConfig.model_validate(dict(tree))
    except ValidationError as error:
        raise ConfigError(f"{where}: " + "; ".join(_problem(e) for e in error.errors()[:3])) from None


def find_recipe(path: Path | str) -> Path:
    """Return the config file meant by `path`: a file, or the name of a shipped recipe."""
    given = Path(path)
    if given.is_file():
        return given
    folder = recipes_dir()
    for candidate in (folder / given.name, folder / f"{given.name}.yaml"):
        if candidate.is_file() and given.parent in (Path(), Path("configs")):
            return candidate
    known = sorted(p.stem for p in folder.glob("*.yaml"))
    raise ConfigError(f"no config file {path}; " + unknown_name("recipe", given.stem, known))


def recipes_dir() -> Path:
    """Return the folder of shipped recipes: inside the package when installed, beside it in a checkout."""
    here = Path(__file__).resolve().parent
    return here / "configs" if (here / "configs").is_dir() else here.parent / "configs"


def assign(tree: dict[str, Any], dotted: str, value: Any) -> None:
    """Set `section.key` of a tree of sections; list items by number. Raises `ConfigError`."""
    *parents, last = dotted.split(".")
    node: Any = tree
    for name in parents:
        if isinstance(node, list):
            node = _item(node, name, dotted)
        else:
            if node.get(name) is None:
                node[name] = {}
            node = node[name]
        if not isinstance(node, dict | list):
            raise ConfigError(f"override `{dotted}`: `{name}` is a value, not a section.")
    if isinstance(node, list):
        _item(node, last, dotted)
        node[int(last)] = value
    else:
        node[last] = value


def _item(node: list[Any], name: str, dotted: str) -> Any:
    if not name.isdigit() or int(name) >= len(node):
        raise ConfigError(f"override `{dotted}`: `{name}` must be a position from 0 to {len(node) - 1}.")
    return node[int(name)]


def _problem(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        *parents, last = error["loc"]
        section = ".".join(str(p) for p in parents)
        return (f"section `{section}`: " if section else "") + unknown_name(
            "key", str(last), _keys_at(parents)
        )
    if error["type"] == "missing":
        return f"`{where}` is missing"
    return f"`{where}` = {error.get('input')!r:.60}: {error['msg']}"


def _keys_at(location: list[Any]) -> list[str]:
    model: Any = RunConfig
    for part in location:
        if isinstance(part, int):
            continue
        model = _section_of(model.model_fields[part].annotation)
    return list(model.model_fields)


def _section_of(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = [_section_of(a) for a in getattr(annotation, "__args__", ())]
    return next((a for a in inner if a is not None), None)
