"""A training run for a report: its charts, what its metrics give reason to look at, and its figures in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.analyses import collapse, format_history
from eval.guess import sample_health
from eval.report import Curve, RunView
from eval.words import percent
from reasoners.diagnostics import diagnose
from reasoners.plots import series
from reasoners.run_folder import read_metrics
from rewards.errors import ToolkitError
from rewards.parquet import read_parquet

ENDS = 5
"""Steps averaged at the start and at the end of a run."""
Metrics = Sequence[Mapping[str, Any]]

PANELS: Sequence[tuple[str, str, tuple[str, ...], bool]] = (
    ("Reward", "mean of the step", ("reward", "correct"), False),
    ("Parts of the reward", "mean of the step", ("score/",), False),
    ("Statuses", "share of samples", ("status/", "truncated"), True),
    (
        "Groups without signal",
        "share of groups",
        ("groups/dead", "groups/all_right", "groups/all_wrong", "groups/dead_expected"),
        True,
    ),
    (
        "Length of completions",
        "tokens",
        ("completions/mean_length", "completions/max_length", "completions/mean_terminated_length"),
        False,
    ),
    ("Formats", "share of samples", ("format/",), True),
    ("Signs of reward hacking", "share of samples", ("signs/",), True),
    ("Entropy and divergence", "nats", ("entropy", "kl"), False),
    ("Critic: value and return", "mean of the step", ("critic/value", "critic/return"), False),
    ("Critic: explained variance", "share", ("critic/explained_variance",), False),
    ("Critic: loss", "squared error", ("critic/loss",), False),
)
"""Title, label of y, metric names or prefixes ending in a slash, whether they are shares."""
SHARED = (
    ("Reward", "mean of the step", "reward", False),
    ("Correct", "share of samples", "correct", True),
    ("Groups without signal", "share of groups", "groups/dead", True),
    ("Length of completions", "tokens", "completions/mean_length", False),
    ("Entropy", "nats", "entropy", False),
)
"""What several runs show in one chart."""


def load_run(folder: Path) -> list[dict[str, Any]]:
    """Return the metrics of a run.

    Raises:
        ToolkitError: the folder holds none.
    """
    path = folder / "metrics.jsonl"
    try:
        found = read_metrics(path)
    except OSError as error:
        raise ToolkitError(f"cannot read {path}: {error.strerror}; give the folder of a run.") from error
    if not found:
        raise ToolkitError(f"{path} holds no steps yet; wait until the run has logged one.")
    return found


def run_views(folders: Sequence[Path]) -> tuple[list[RunView], list[Curve]]:
    """Return the runs, and charts of several in one (none for one run).

    Raises:
        ToolkitError: as `load_run`.
    """
    metrics = [load_run(folder) for folder in folders]
    names = _names(folders)
    views = [_view(*of) for of in zip(names, folders, metrics, strict=True)]
    return views, _shared(names, metrics) if len(folders) > 1 else []


def _names(folders: Sequence[Path]) -> list[str]:
    """Return the shortest ends of the paths by which they differ, without what all have in common there."""
    parts = [folder.resolve().parts for folder in folders]
    while len(parts) > 1 and len({p[-1] for p in parts}) == 1 and min(map(len, parts)) > 2:
        parts = [p[:-1] for p in parts]
    for size in range(1, max(map(len, parts)) + 1):
        names = ["/".join(p[-size:]) for p in parts]
        if len(set(names)) == len(names):
            return names
    return [f"{folder} ({i})" for i, folder in enumerate(folders)]


def _view(name: str, folder: Path, metrics: Metrics) -> RunView:
    seen: list[object] = []
    curves = []
    for panel in PANELS:
        curve = _panel(metrics, *panel)
        if curve is not None and not all(line in seen for line in curve.series.values()):
            curves.append(curve)
            seen += curve.series.values()
    return RunView(name, curves, findings(metrics), facts(folder, metrics))


def _panel(metrics: Metrics, title: str, label: str, wanted: Sequence[str], share: bool) -> Curve | None:
    logged = dict.fromkeys(k for m in metrics for k, v in m.items() if isinstance(v, int | float))
    names = [k for w in wanted for k in logged if (k.startswith(w) if w.endswith("/") else k == w)]
    lines: dict[str, tuple[list[int], list[float]]] = {}
    for name in names:
        line = series(metrics, name)
        # What never occurred, or repeats another line, would only crowd the chart.
        if line not in lines.values() and (any(line[1]) or not name.startswith(("status/", "signs/"))):
            lines[name.partition("/")[2].replace("_", " ") or name] = line
    return Curve(title, "step", label, lines, share) if lines else None


def _shared(names: Sequence[str], metrics: Sequence[Metrics]) -> list[Curve]:
    charts = []
    for title, label, key, share in SHARED:
        lines = {name: series(m, key) for name, m in zip(names, metrics, strict=True)}
        if any(line[0] for line in lines.values()):  # a run without it keeps its colour
            charts.append(Curve(f"{title}, all runs", "step", label, lines, share))
    return charts


def findings(metrics: Metrics) -> list[tuple[str, str]]:
    """Return each warning of `diagnose` where it first came up, and the collapse to one format if there was one."""
    history = [m for m in metrics if m.get("reward") is not None]
    found: dict[str, tuple[str, str]] = {}
    for end in range(1, len(history) + 1):
        for x in diagnose(history[:end][-20:]):
            found.setdefault(x.code, (f"steps {x.steps[0]} to {x.steps[1]}", x.sentence))
    return [*found.values(), *_collapse(metrics)]


def _collapse(metrics: Metrics) -> list[tuple[str, str]]:
    found = collapse(format_history(metrics))
    if found is None or found.step is None or found.first >= 0.9:
        return []
    said = (
        f"`{found.name}` took over: {percent(found.first, 0)} of samples at first, {percent(found.last, 0)} at the end "
        f"(effective number of formats {found.effective_first:.1f}, then {found.effective_last:.1f})."
    )
    return [(f"from step {found.step}", said)]


def facts(folder: Path, metrics: Metrics) -> dict[str, str]:
    """Return a run's figures as text: what it was, and means over its first and last steps."""
    told = {"steps": str(max(int(m.get("step", 0)) for m in metrics)), **_manifest(folder)}
    rows = (
        ("reward", "reward", False),
        ("correct", "correct", True),
        ("groups without signal", "groups/dead", True),
        ("truncated", "truncated", True),
        ("no answer to judge", "status/unparsed", True),
        ("verifier failed", "status/error", True),
        ("mean length, tokens", "completions/mean_length", False),
        ("entropy, nats", "entropy", False),
    )
    for name, key, share in rows:
        _, values = series(metrics, key)
        if values:
            first, last = _mean(values[:ENDS]), _mean(values[-ENDS:])
            told[name] = f"{_figure(first, share)} \u2192 {_figure(last, share)}"
    return {**told, **_last_records(folder)}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _figure(value: float, share: bool) -> str:
    return percent(value) if share else f"{value:.3g}"


def _manifest(folder: Path) -> dict[str, str]:
    import yaml

    found: dict[str, str] = {}
    try:
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        found["model"] = str(config["model"]["name"])
        found["algorithm"] = str(config["algorithm"]["name"] or "GRPO, as TRL has it")
        found["seed"] = str(config["run"]["seed"])
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        pass  # a folder with metrics alone is shown as far as it goes
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        found["rows"] = str(manifest["train_rows"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return found


def _last_records(folder: Path) -> dict[str, str]:
    """Return the health of the samples in the newest record file."""
    files = sorted((folder / "records").glob("train-*.parquet"))
    if not files:
        return {}
    rows = read_parquet(files[-1], ["prompt_id", "completion", "status", "truncated"]).to_pydict()
    health = sample_health(zip(*rows.values(), strict=True))
    told = {"samples looked at last": str(health.samples), "of them doubled": percent(health.duplicate)}
    if health.identical:
        told["prompts with one text only"] = str(len(health.identical))
    return told
