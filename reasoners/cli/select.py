"""`reasoners select`: write a smaller training set, by LIM or at random, that `reasoners train` takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reasoners.cli.common import json_flag
from rewards.errors import ToolkitError
from rewards.files import read_jsonl, whole_file

if TYPE_CHECKING:
    from data_selection import LimSelection

out_option = click.option(
    "--out", type=click.Path(path_type=Path), help="Where the chosen rows go, as JSON Lines."
)
run_argument = click.argument("run", required=False, type=click.Path(path_type=Path))


@dataclass
class Curves:
    """What the prompts of a run, or of a file, did in each epoch, and the rows they came from."""

    source: str
    rewards: Mapping[str, Sequence[float | None]]
    rows: Mapping[str, dict[str, Any]]
    epochs: int
    notes: list[str] = field(default_factory=list)


@click.group()
def select() -> None:
    """Choose a small training set from a run's records.

    \b
    Examples:
      reasoners select lim runs/demo --threshold 0.6 --out subset.jsonl
      reasoners select random runs/demo --size 200 --out random.jsonl
    """


@select.command("lim")
@run_argument
@click.option(
    "--trajectories", type=click.Path(path_type=Path), help='Rows {"id", "rewards": [per epoch]} instead.'
)
@click.option("--threshold", type=float, default=0.6, show_default=True, help="Keep scores from here on.")
@click.option("--top", type=click.IntRange(min=1), help="Keep at most this many, best scores first.")
@click.option(
    "--signal",
    type=click.Choice(["accuracy", "reward"]),
    default="accuracy",
    show_default=True,
    help="Share of correct samples, or mean total reward (1 must be the best).",
)
@click.option(
    "--missing",
    type=click.Choice(["next", "nearest", "drop"]),
    default="next",
    show_default=True,
    help="An epoch without a sample takes the next epoch's value, the nearest one's, or drops the prompt.",
)
@click.option(
    "--missing-value", type=float, help="A number that means 'not sampled' in --trajectories, such as -1."
)
@out_option
@json_flag
def lim_command(
    run: Path | None,
    trajectories: Path | None,
    threshold: float,
    top: int | None,
    signal: str,
    missing: str,
    missing_value: float | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Keep the prompts whose reward curve follows the mean curve of the RUN (LIM, arXiv 2502.11886).

    RUN is the folder of a training run. The chosen rows keep their columns and gain `_select`, which says
    where they come from. If there is nothing to write to --out, the exit status is 2.

    \b
    Examples:
      reasoners select lim runs/demo --threshold 0.6 --out subset.jsonl
      reasoners select lim --trajectories curves.jsonl --json
    """
    from data_selection import select_lim

    curves = _curves(run, trajectories, signal)
    if not any(curves.rewards.values()):
        raise ToolkitError(f"{curves.source}: no row has `rewards`, a list with one number per epoch.")
    try:
        chosen = select_lim(
            curves.rewards,
            threshold,
            top=top,
            missing=missing,  # type: ignore[arg-type]
            missing_value=missing_value,
        )
    except ValueError as error:
        raise ToolkitError(f"{curves.source}: {error}") from error
    notes = [*curves.notes, *_warnings(curves, chosen)]
    if as_json:
        click.echo(json.dumps(_lim_json(chosen, notes), indent=2, ensure_ascii=False))
    else:
        click.echo(_lim_text(curves, chosen))
    for note in notes:
        click.echo(f"note: {note}", err=True)
    if out is not None:
        if not chosen.selected:
            raise ToolkitError(
                f"nothing to write to {out}: no prompt scores {threshold:g}. Lower --threshold."
            )
        common = {"method": "lim", "run": curves.source, "threshold": threshold, "epochs": curves.epochs}
        marks = {i: common | {"signal": signal, "score": chosen.scores[i]} for i in chosen.selected}
        _write(out, curves, marks, as_json)


@select.command("random")
@run_argument
@click.option(
    "--from", "source", type=click.Path(path_type=Path), help="JSON Lines to draw from, instead of RUN."
)
@click.option("--size", type=click.IntRange(min=1), required=True, help="How many rows.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@out_option
@json_flag
def random_command(
    run: Path | None, source: Path | None, size: int, seed: int, out: Path | None, as_json: bool
) -> None:
    """Draw rows at random: the baseline that a selection of the same size must beat.

    \b
    Example:
      reasoners select random runs/demo --size 200 --seed 1 --out random.jsonl
    """
    from data_selection import select_random

    curves = _curves(run, source, "accuracy")
    try:
        chosen = select_random(list(curves.rows or curves.rewards), size, seed)
    except ValueError as error:
        raise ToolkitError(f"{curves.source}: {error}") from error
    if as_json:
        click.echo(json.dumps({"selected": chosen, "seed": seed}, indent=2, ensure_ascii=False))
    else:
        click.echo(f"{len(chosen)} of {len(curves.rows or curves.rewards)} prompts drawn with seed {seed}.")
    if out is not None:
        mark = {"method": "random", "run": curves.source, "seed": seed}
        _write(out, curves, dict.fromkeys(chosen, mark), as_json)


def _curves(run: Path | None, file: Path | None, signal: str) -> Curves:
    if (run is None) == (file is None):
        raise ToolkitError("give either the folder of a RUN or a file of rows, and not both.")
    return _from_file(file) if file is not None else _from_run(run, signal)  # type: ignore[arg-type]


def _from_run(run: Path, signal: str) -> Curves:
    from data_selection import trajectories_from_records

    found = trajectories_from_records(run, signal)  # type: ignore[arg-type]
    notes = []
    if found.left_out:
        shown = ", ".join(map(str, found.left_out))
        notes.append(f"epoch {shown} was cut short (under half of the prompts) and is left out.")
    return Curves(str(run), found.rewards, found.columns, len(found.epochs), notes)


def _from_file(path: Path) -> Curves:
    rewards: dict[str, list[float | None]] = {}
    rows: dict[str, dict[str, Any]] = {}
    for number, row in read_jsonl(path):
        if row.get("id") is None:
            raise ToolkitError(f"{path}, line {number}: no `id`.")
        key = str(row["id"])
        if key in rewards:
            raise ToolkitError(f"{path}, line {number}: the id `{key}` occurs twice.")
        rewards[key] = _curve(row.get("rewards", []), f"{path}, line {number}")
        rows[key] = {k: v for k, v in row.items() if k != "rewards"}
    if not rewards:
        raise ToolkitError(f"{path} holds no rows.")
    return Curves(str(path), rewards, rows, max(map(len, rewards.values())))


def _curve(values: Any, where: str) -> list[float | None]:
    if not isinstance(values, list) or not all(
        v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in values
    ):
        raise ToolkitError(
            f"{where}: `rewards` must be a list of numbers, null for an epoch without a sample."
        )
    return values


def _warnings(curves: Curves, chosen: LimSelection) -> list[str]:
    notes = []
    if not chosen.selected:
        best = max(chosen.scores.values())
        notes.append(f"no prompt scores {chosen.threshold:g}; the best score is {best:.3f}.")
    if curves.epochs < 2:
        notes.append(
            "there is one epoch only, so there is no learning to measure: the score just favours prompts of "
            "average difficulty. Train for more epochs (about 20 in the paper)."
        )
    if chosen.dropped:
        notes.append(
            f"{len(chosen.dropped)} of {len(curves.rewards)} prompts were dropped: an epoch without a sample "
            "could not be filled. --missing nearest keeps those with at least one sample."
        )
    if max((v for row in curves.rewards.values() for v in row if v is not None), default=1.0) > 1.0:
        notes.append("some rewards are above 1, but the score takes 1 for the best; use --signal accuracy.")
    return notes


def _lim_json(chosen: LimSelection, notes: list[str]) -> dict[str, Any]:
    return {
        "scores": dict(chosen.scores),
        "selected": list(chosen.selected),
        "threshold": chosen.threshold,
        "dropped": list(chosen.dropped),
        "mean_curve": list(chosen.mean_curve),
        "notes": notes,
    }


EDGES = (-1.0, 0.0, 0.2, 0.4, 0.6, 0.8)
BAR = 40


def _lim_text(curves: Curves, chosen: LimSelection) -> str:
    scores = list(chosen.scores.values())
    lines = [
        f"{len(chosen.selected)} of {len(curves.rewards)} prompts kept at score >= {chosen.threshold:g} "
        f"over {curves.epochs} epochs of {curves.source}.",
        f"mean curve: {_short(chosen.mean_curve)}",
    ]
    bounds = [float("-inf"), *EDGES, float("inf")]
    counts = [sum(low <= s < high for s in scores) for low, high in pairwise(bounds)]
    names = [f"below {EDGES[0]:g}", *(f"from {edge:g}" for edge in EDGES)]
    for name, count in zip(names, counts, strict=True):
        bar = "#" * -(-BAR * count // max(counts))
        lines.append(f"  {name:>9} {count:>7} {bar}".rstrip())
    return "\n".join(lines)


def _short(curve: Sequence[float]) -> str:
    shown = [f"{v:.2f}" for v in curve]
    return " ".join(shown if len(shown) <= 20 else [*shown[:10], "...", *shown[-9:]])


def _write(out: Path, curves: Curves, marks: Mapping[str, dict[str, Any]], quiet: bool) -> None:
    """Write the chosen rows, whole or not at all: a half-written subset would train without a word."""
    lines = [json.dumps(curves.rows[i] | {"_select": mark}, ensure_ascii=False) for i, mark in marks.items()]
    try:
        with whole_file(out) as partial:
            partial.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    except OSError as error:
        raise ToolkitError(f"cannot write {out}: {error.strerror}.") from error
    if not quiet:
        click.echo(f"wrote {len(lines)} rows to {out}; train with data.train={out}.")
