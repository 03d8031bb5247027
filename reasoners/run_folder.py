"""The folder of a run: resolved config, manifest, records, metrics, checkpoints, plots, model and card.

config.yaml  manifest.json  metrics.jsonl  records/  checkpoints/  plots/  model/  README.md
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from reasoners.algorithms.presets import is_iterated
from reasoners.config import RunConfig
from rewards import Record, ToolkitError, write_records
from rewards.files import whole_file

PACKAGES = (
    "reasoners",
    "torch",
    "transformers",
    "trl",
    "peft",
    "accelerate",
    "datasets",
    "vllm",
    "numpy",
    "pyarrow",
)


class RunError(ToolkitError):
    """A run's folder that cannot be made, resumed or replaced."""


FLUSH_SECONDS = 5.0
FLUSH_RECORDS = 4096
"""A file of records is written when one of these is reached, at every checkpoint, and when the run ends."""


@dataclass
class Recorder:
    """Writes the rollouts of a run in the background: a kill costs at most the last seconds of them.

    No file reaches across a checkpoint, so a resumed run can drop exactly what it makes again.
    """

    folder: Path
    model: str
    _waiting: list[Record] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)
    _writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "records"))
    _pending: Future[Path] | None = None

    def add(self, records: Sequence[Record], rank: int) -> None:
        """Hand over a batch; all records of a file have one split.

        Raises:
            RecordError: an earlier batch could not be written.
        """
        if self._waiting and self._waiting[0].rollout.source.split != records[0].rollout.source.split:
            self._hand_over(rank)
        self._waiting += records
        if len(self._waiting) >= FLUSH_RECORDS or time.monotonic() - self._since > FLUSH_SECONDS:
            self._hand_over(rank)

    def flush(self, rank: int) -> None:
        """Wait until everything handed over is on disk. Raises `RecordError` if it cannot be written."""
        self._hand_over(rank)
        self._settle()

    def _hand_over(self, rank: int) -> None:
        self._settle()
        records, self._waiting, self._since = self._waiting, [], time.monotonic()
        if not records:
            return
        source = records[0].rollout.source
        taken = len(list(self.folder.glob(f"{source.split}-{source.step:08d}-*-r{rank}.parquet")))
        name = f"{source.split}-{source.step:08d}-{taken:04d}-r{rank}"
        self._pending = self._writer.submit(write_records, self.folder, name, records)

    def _settle(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()


@dataclass(frozen=True)
class RunFolder:
    """Paths of a run, and the rules for starting in a folder that exists."""

    root: Path

    @property
    def records(self) -> Path:
        """Where rollouts and scores lie."""
        return self.root / "records"

    @property
    def metrics(self) -> Path:
        """One JSON object per logged step."""
        return self.root / "metrics.jsonl"

    @property
    def model(self) -> Path:
        """The trained model, loadable by name."""
        return self.root / "model"

    @property
    def partial_model(self) -> Path:
        """Where the model is saved before `place_model` makes it the run's: a kill leaves no half of it."""
        return self.root / ".model.partial"

    @property
    def has_model(self) -> bool:
        """Whether the run has saved its model."""
        return any((self.model / name).exists() for name in ("config.json", "adapter_config.json"))

    @property
    def manifest(self) -> Path:
        """Versions, seeds, data hash, git state."""
        return self.root / "manifest.json"

    def open(
        self, config: RunConfig, *, resume: bool, overwrite: bool, data: Mapping[str, str] | None = None
    ) -> bool:
        """Make the folder, or take up one that exists; return whether it is new.

        Args:
            config: the run.
            resume: take up a run that is there.
            overwrite: replace it.
            data: fingerprints of the rows by their names in the manifest, such as `train_sha256`.

        Raises:
            RunError: it exists and neither resume nor overwrite is wanted; it is not a run's folder; the config or
                the data of the run to resume differ; it cannot be written.
        """
        if self.manifest.exists() and overwrite and not resume:
            shutil.rmtree(self.root)
        elif self.root.exists() and any(self.root.iterdir()) and not (resume and self.manifest.exists()):
            self._refuse(resume)
        elif self.manifest.exists():
            self._check_same(config)
            self._check_data(config, data or {})
        try:
            self.records.mkdir(parents=True, exist_ok=True)
            replace_text(self.root / "config.yaml", config_text(config))
            new = not self.manifest.exists()
            if new:  # from here on the folder is known as a run's
                self.describe(config, {})
            return new
        except OSError as error:
            raise RunError(
                f"cannot write the run's folder {self.root}: {error.strerror}. Choose another run.dir."
            ) from error

    @contextmanager
    def taken_back_if_unused(self, new: bool) -> Iterator[None]:
        """Remove a new folder if the run fails before its first step: nothing is in the way of a mended config."""
        try:
            yield
        except Exception:
            used = ("metrics.jsonl", "records/*.parquet", "checkpoints/checkpoint-*", "held_out.jsonl")
            if new and not any(True for pattern in used for _ in self.root.glob(pattern)):
                shutil.rmtree(self.root, ignore_errors=True)
            raise

    def describe(self, config: RunConfig, facts: Mapping[str, Any]) -> None:
        """Write the manifest."""
        replace_text(self.manifest, json.dumps(manifest(config, facts), indent=2) + "\n")

    def precision(self) -> str | None:
        """Return the precision the run was started with ("bf16", "fp32"), if the manifest says."""
        found = self._facts().get("dtype")
        return None if found is None else str(found)

    def last_checkpoint(self) -> Path | None:
        """Return the newest whole checkpoint, or None. One that was cut off in the middle is set aside."""
        found = sorted(
            (self.root / "checkpoints").glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1])
        )
        while found:
            newest = found.pop()
            if (newest / COMPLETE).exists():
                return newest
            while newest.exists():
                with suppress(FileNotFoundError):  # another process of the run may be removing it as well
                    shutil.rmtree(newest)
        return None

    def finished_checkpoint(self) -> Path | None:
        """Return the checkpoint of the run's last step, or None: going on from it would train a step too many."""
        newest = self.last_checkpoint()
        try:
            state = json.loads(((newest or self.root) / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return newest if state["global_step"] >= state["max_steps"] > 0 else None

    def place_model(self) -> None:
        """Give the model in `partial_model` its place."""
        shutil.rmtree(self.model, ignore_errors=True)
        self.partial_model.rename(self.model)

    def adopt(self, checkpoint: Path) -> None:
        """Make a checkpoint's weights the run's model, if the run was killed before it saved them."""
        if self.has_model:
            return
        shutil.rmtree(self.partial_model, ignore_errors=True)
        shutil.copytree(checkpoint, self.partial_model, ignore=shutil.ignore_patterns(*TRAINING_STATE))
        critic = checkpoint / "critic.pt"
        if critic.exists():
            (self.root / "critic").mkdir(exist_ok=True)
            shutil.copy2(critic, self.root / "critic" / "critic.pt")
        self.place_model()  # last: a run with a model is finished

    def rewind(self, step: int) -> None:
        """Forget metrics and records after `step`: a resumed run makes them again."""
        if self.metrics.exists():
            kept = [m for m in read_metrics(self.metrics) if m["step"] <= step]
            replace_text(self.metrics, "".join(json.dumps(m) + "\n" for m in kept))
        for path in self.records.glob("*.parquet"):
            split, first = path.stem.split("-")[:2]
            # An evaluation at a checkpoint's step comes before the checkpoint is saved.
            if int(first) >= step + (split not in ("train", "greedy")):
                path.unlink()

    def _refuse(self, resume: bool) -> None:
        if self.manifest.exists():
            raise RunError(
                f"{self.root} holds a run already. Go on with --resume, start anew with --overwrite, or set run.dir."
            )
        what = (
            "is not a run's folder and cannot be resumed" if resume else "is not empty and not a run's folder"
        )
        raise RunError(f"{self.root} {what}; set run.dir to another folder.")

    def _check_same(self, config: RunConfig) -> None:
        before = yaml.safe_load((self.root / "config.yaml").read_text(encoding="utf-8"))
        now = yaml.safe_load(config_text(config))
        changed = [
            line
            for s in sorted({*before, *now} - free_on_resume(config))
            for line in _changes(s, before.get(s), now.get(s))
        ]
        if changed:
            raise RunError(
                f"cannot resume {self.root}, the config differs:\n  " + "\n  ".join(changed) + "\n"
                "Resume with the same config, or start anew in another run.dir."
            )

    def _check_data(self, config: RunConfig, now: Mapping[str, str]) -> None:
        """Refuse other rows than the run began with. A manifest that names none is an older one, or was cut short."""
        before = self._facts()
        changed = []
        for name, mark in now.items():
            if before.get(name, mark) != mark:
                split = name.removesuffix("_sha256")
                source = getattr(config.data, split)
                changed.append(f"data.{split} ({source}): was {before[name][:12]}, is {mark[:12]}")
        if changed:
            raise RunError(
                f"cannot resume {self.root}, the rows differ (SHA-256):\n  " + "\n  ".join(changed) + "\n"
                "Put the data back as they were, or start anew: in another run.dir, or with --overwrite."
            )

    def _facts(self) -> dict[str, Any]:
        """Return what the manifest says; nothing if it cannot be read."""
        try:
            found = json.loads(self.manifest.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _changes(where: str, before: Any, now: Any) -> list[str]:
    """Return one line per value that differs between two resolved configs."""
    if isinstance(before, dict) and isinstance(now, dict):
        keys = sorted({*before, *now})
        return [line for key in keys for line in _changes(f"{where}.{key}", before.get(key), now.get(key))]
    return [] if before == now else [f"{where}: was {before!r}, is {now!r}"]


TRAINING_STATE = (
    "optimizer*",
    "scheduler*",
    "rng_state*",
    "trainer_state*",
    "training_args*",
    "rlvr_state*",
    "critic*",
    "reference*",
)
"""Files of a checkpoint that are no part of the model."""

COMPLETE = "rlvr_state_0.pt"
"""Written last into a checkpoint, after every rank's files: its presence says that the checkpoint is whole."""


def free_on_resume(config: RunConfig) -> set[str]:
    """Return the sections that may change between a run and its resumption: those that only later commands read."""
    sampled = config.held_out is not None or is_iterated(config.algorithm)  # as `audit` says, during the run
    return {"select"} if sampled else {"audit", "select"}


def config_text(config: RunConfig) -> str:
    """Return the resolved config as YAML, every default spelled out."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def replace_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Return the logged steps; a last line cut off by a crash is left out."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows


def manifest(config: RunConfig, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes the run repeatable: versions, machine, command, seed, git state, and `extra`."""
    return {
        "name": config.run.name,
        "seed": config.run.seed,
        "command": sys.argv,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "git": _git(),
        **extra,
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git() -> dict[str, Any] | None:
    def ask(*words: str) -> str:
        done = subprocess.run(["git", *words], capture_output=True, text=True, timeout=10, check=True)
        return done.stdout.strip()

    try:
        return {"commit": ask("rev-parse", "HEAD"), "dirty": bool(ask("status", "--porcelain"))}
    except (OSError, subprocess.SubprocessError):
        return None
