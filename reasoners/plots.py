"""Curves of a run, as PNG and SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PANELS = {
    "Reward": ("reward", "score/", "correct"),
    "Groups without signal": ("groups/",),
    "Completions (tokens)": ("completions/mean_length", "completions/mean_terminated_length"),
    "Statuses": ("status/", "truncated"),
    "Formats": ("format/",),
    "Loss and entropy": ("loss", "entropy", "kl"),
}
"""Title -> metric names, or prefixes ending in a slash."""


def series(metrics: Sequence[Mapping[str, Any]], name: str) -> tuple[list[int], list[float]]:
    """Return the steps and values at which `name` was logged."""
    points = [(m["step"], m[name]) for m in metrics if isinstance(m.get(name), int | float)]
    return [step for step, _ in points], [float(value) for _, value in points]


def plot_run(metrics: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Draw the panels that have data into `folder/training.png` and `.svg`; return the paths."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    panels = {title: found for title, wanted in PANELS.items() if (found := _names(metrics, wanted))}
    if not panels:
        return []
    rows = -(-len(panels) // 2)
    figure, grid = plt.subplots(rows, 2, figsize=(11, 3.2 * rows), squeeze=False, constrained_layout=True)
    for axis in grid.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, (title, names) in zip(grid.flat, panels.items(), strict=False):
        for name in names:
            axis.plot(*series(metrics, name), label=name, linewidth=1.6)
        axis.set_title(title, loc="left", fontsize=11)
        axis.set_xlabel("step")
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(fontsize=8, frameon=False)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"training.{kind}" for kind in ("png", "svg")]
    for path in paths:
        figure.savefig(path, dpi=130)
    plt.close(figure)
    return paths


def _names(metrics: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> list[str]:
    logged = dict.fromkeys(k for m in metrics for k, v in m.items() if isinstance(v, int | float))
    picked = [k for w in wanted for k in logged if (k.startswith(w) if w.endswith("/") else k == w)]
    # A status that never occurred would only crowd the legend.
    return [k for k in picked if not k.startswith("status/") or any(series(metrics, k)[1])]
