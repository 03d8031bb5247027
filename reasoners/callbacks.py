"""What happens beside the training loop: metrics to a file, a live display, notes, and a guard against NaN."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from transformers import TrainerCallback

from reasoners.algorithms.presets import AlgorithmError
from reasoners.algorithms.unused import only_warm_up
from reasoners.diagnostics import diagnose
from reasoners.diverged import all_finite

if TYPE_CHECKING:
    from reasoners.trainer import RLVRTrainer


class MetricsFile(TrainerCallback):  # type: ignore[misc]
    """Append every logged step to `metrics.jsonl`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Write one line; NaN becomes null."""
        # The closing summary averages over this process only; after a resume that is not the run.
        if not state.is_world_process_zero or not logs or "train_runtime" in logs:
            return
        row = {"step": state.global_step, **{k: _plain(v) for k, v in logs.items()}}
        with self.path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(row) + "\n")


class Guard(TrainerCallback):  # type: ignore[misc]
    """Stop before gradients or weights that are no numbers reach the weights or a checkpoint."""

    def __init__(self) -> None:
        self.trainer: RLVRTrainer | None = None

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Refuse gradients that are no numbers; where fp16 scales them, the scaler skips such a step itself."""
        assert self.trainer is not None
        if self.trainer.accelerator.scaler is not None:
            return
        if not all_finite(p.grad for p in self.trainer.model.parameters() if p.grad is not None):
            raise self.trainer.diverged("a gradient is no number, and the step was not made")

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Leave a checkpoint of such weights without the file that says it is whole."""
        self._check_weights()

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Leave the run without a model of such weights."""
        self._check_weights()

    def _check_weights(self) -> None:
        assert self.trainer is not None
        if not all_finite(p for p in self.trainer.model.parameters() if p.requires_grad):
            raise self.trainer.diverged("a weight is no number")


class WarmUp(TrainerCallback):  # type: ignore[misc]
    """Keep weight decay from the policy while only the critic learns; its gradient is 0 then, the decay is not."""

    def __init__(self) -> None:
        self.trainer: RLVRTrainer | None = None
        self._decays: list[float] = []

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Refuse a run that is all warm-up; only now its number of steps is known where epochs say it."""
        assert self.trainer is not None
        warm_up = self.trainer.algorithm.value_warmup
        if warm_up and state.max_steps <= warm_up:
            raise AlgorithmError(only_warm_up(warm_up, state.max_steps))

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Put the decay away."""
        assert self.trainer is not None
        if self.trainer.warming_up:
            groups = self.trainer.optimizer.param_groups
            self._decays = [group.get("weight_decay", 0.0) for group in groups]
            for group in groups:
                group["weight_decay"] = 0.0

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Take it up again."""
        assert self.trainer is not None
        for group, decay in zip(self.trainer.optimizer.param_groups, self._decays, strict=False):
            group["weight_decay"] = decay
        self._decays = []


class Advisor(TrainerCallback):  # type: ignore[misc]
    """Say, once each, what the metrics give reason to look at."""

    def __init__(self, console: Console, records: Path) -> None:
        self.console, self.records = console, records
        self.history: list[dict[str, Any]] = []
        self.told: set[str] = set()

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Look at the last steps."""
        if not state.is_world_process_zero or not logs or "reward" not in logs:
            return
        self.history.append({"step": state.global_step, **logs})
        for found in diagnose(self.history):
            if found.code not in self.told:
                self.told.add(found.code)
                first, last = found.steps
                where = f"records of steps {first - 1} to {last - 1} in {self.records}"
                self.console.print(f"note: {found.sentence} ({where})", highlight=False)


class Display(TrainerCallback):  # type: ignore[misc]
    """A live table on a terminal, one line per logged step elsewhere."""

    def __init__(self, console: Console, labels: list[str], formats: list[str]) -> None:
        self.console, self.labels, self.formats = console, labels, formats
        self.live: Live | None = None
        self.begin, self.first = 0.0, 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Open the live table, if there is a terminal."""
        self.begin, self.first = time.perf_counter(), state.global_step
        if self.console.is_terminal and state.is_world_process_zero:
            self.live = Live(console=self.console, refresh_per_second=4)
            self.live.start()

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Show the newest step."""
        if not state.is_world_process_zero or not logs or "reward" not in logs:
            return
        if self.live is not None:
            self.live.update(self._table(state, logs))
        else:
            self.console.print(self._line(state, logs), highlight=False, soft_wrap=True)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Leave the last table on the screen."""
        self.close()

    def close(self) -> None:
        """Give the terminal back."""
        if self.live is not None:
            self.live.stop()
            self.live = None

    def _left(self, state: Any) -> str:
        done = max(state.global_step - self.first, 1)
        seconds = (time.perf_counter() - self.begin) / done * (state.max_steps - state.global_step)
        return f"about {seconds:.0f} s left" if seconds < 120 else f"about {seconds / 60:.0f} min left"

    def _line(self, state: Any, logs: dict[str, Any]) -> str:
        shown = [f"step {state.global_step}/{state.max_steps}", f"reward {_shown(logs.get('reward'))}"]
        shown += [f"{label} {_shown(logs.get(f'score/{label}'))}" for label in self.labels]
        shown += [f"{name} {_percent(logs.get(f'format/{name}'))}" for name in self.formats]
        dead, right, wrong = (logs.get(f"groups/{k}") for k in ("dead", "all_right", "all_wrong"))
        shown.append(f"dead groups {_percent(dead)} (right {_percent(right)}, wrong {_percent(wrong)})")
        shown.append(f"length {_shown(logs.get('completions/mean_length'))}")
        shown.append(f"truncated {_percent(logs.get('truncated'))}")
        shown += [f"{s} {_percent(v)}" for s, v in _odd_statuses(logs)]
        shown.append(self._left(state))
        return "  ".join(shown)

    def _table(self, state: Any, logs: dict[str, Any]) -> Table:
        table = Table(
            title=f"step {state.global_step} of {state.max_steps}, {self._left(state)}", show_header=False
        )
        table.add_row("reward", f"{_shown(logs.get('reward'))} ± {_shown(logs.get('reward_std'))}")
        for label in self.labels:
            table.add_row(f"  {label}", _shown(logs.get(f"score/{label}")))
        table.add_row("correct", _percent(logs.get("correct")))
        for name in self.formats:
            table.add_row(f"format {name}", _percent(logs.get(f"format/{name}")))
        dead, right, wrong = (_percent(logs.get(f"groups/{k}")) for k in ("dead", "all_right", "all_wrong"))
        table.add_row("dead groups", f"{dead} (all right {right}, all wrong {wrong})")
        table.add_row("length", f"{_shown(logs.get('completions/mean_length'))} tokens")
        table.add_row("truncated", _percent(logs.get("truncated")))
        for status, share in _odd_statuses(logs):
            table.add_row(status, _percent(share))
        table.add_row("step time", f"{_shown(logs.get('step_time'))} s")
        return table


def _odd_statuses(logs: dict[str, Any]) -> list[tuple[str, float]]:
    found = [(k.removeprefix("status/"), v) for k, v in logs.items() if k.startswith("status/")]
    return [(name, share) for name, share in found if share and name != "scored"]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _shown(value: Any) -> str:
    return "-" if value is None else f"{float(value):.3g}"


def _percent(value: Any) -> str:
    return "-" if value is None else f"{float(value):.0%}"
