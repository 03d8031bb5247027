"""`reasoners benchmarks`: what there is by name, and what a training set has of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reasoners.cli.common import emit_json, json_option
from rewards.errors import ToolkitError

SHOWN = 20


@click.group()
def benchmarks() -> None:
    """List benchmarks that can be audited by name; look for one in a training set.

    \b
    Examples:
      reasoners benchmarks list
      reasoners benchmarks overlap gsm8k --train my_train.jsonl --json overlap.json
    """


@benchmarks.command("list")
@json_option()
def list_command(json_target: str | None) -> None:
    """List the benchmarks: what they are, where they lie, what judges them.

    \b
    Example:
      reasoners benchmarks list --json
    """
    from eval.suites.table import BENCHMARKS

    rows: list[dict[str, Any]] = [
        {"name": b.name, "title": b.title, "hub": b.hub, "split": b.split, "rewards": [r["name"] for r in b.rewards],
         "prompt": b.prompt, "gated": b.gated, "needs_databases": bool(b.databases)}
        for b in BENCHMARKS.values()
    ]  # fmt: skip
    if emit_json(json_target, {"benchmarks": rows}):
        return
    for row in rows:
        notes = (
            [row["rewards"][0]]
            + ["gated"] * row["gated"]
            + ["databases from --data"] * row["needs_databases"]
        )
        click.echo(
            f"{row['name']:14} {row['title']}\n{'':14} {row['hub']} ({row['split']}); {', '.join(notes)}"
        )


@benchmarks.command("overlap")
@click.argument("name")
@click.option(
    "--train",
    required=True,
    type=click.Path(path_type=Path),
    help="Training rows: .jsonl, .json, .csv, .parquet.",
)
@click.option("--data", type=click.Path(path_type=Path), help="The benchmark's local copy; default: the hub.")
@click.option(
    "--column", "columns", multiple=True, help="Training columns to read; default: all that hold text."
)
@click.option(
    "--words", "size", type=click.IntRange(1), default=13, show_default=True, help="Words per n-gram."
)
@click.option(
    "--limit",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Share from which a problem is listed.",
)
@json_option()
def overlap_command(
    name: str,
    train: Path,
    data: Path | None,
    columns: tuple[str, ...],
    size: int,
    limit: float,
    json_target: str | None,
) -> None:
    """Say which problems of a benchmark a training set holds, whole or in part.

    Texts are compared by n-grams of words, without case and punctuation. A problem is listed if the share of its
    n-grams that occur anywhere in the training set reaches --limit.

    \b
    Example:
      reasoners benchmarks overlap math500 --train train.parquet --column problem --words 10
    """
    from eval.suites.load import load_benchmark, read_rows
    from eval.suites.overlap import overlaps
    from eval.suites.table import find_benchmark

    rows = load_benchmark(find_benchmark(name), data)
    texts = (_text(row, columns, train, number) for number, row in enumerate(read_rows(train)))
    found = overlaps({row["id"]: row["question"] for row in rows}, texts, size)
    listed = sorted((o for o in found if o.share >= limit), key=lambda o: (-o.share, o.problem))
    result = {
        "benchmark": name,
        "train": str(train),
        "words": size,
        "limit": limit,
        "problems": len(found),
        "exact": sum(o.exact for o in found),
        "listed": [o.to_json() for o in listed],
        "mean_share": sum(o.share for o in found) / len(found),
    }
    if not emit_json(json_target, result):
        _print(result)


def _text(row: dict[str, Any], columns: tuple[str, ...], path: Path, number: int) -> str:
    missing = next((c for c in columns if c not in row), None)
    if missing is not None:
        raise ToolkitError(f"{path}, row {number}: no column `{missing}`. It has: {', '.join(sorted(row))}.")
    values = [row[c] for c in columns] if columns else [v for v in row.values() if isinstance(v, str | list)]
    return "\n".join(map(str, values))


def _print(result: dict[str, Any]) -> None:
    listed = result["listed"]
    click.echo(
        f"{len(listed)} of {result['problems']} problems of {result['benchmark']} have at least "
        f"{100 * result['limit']:g} % of their {result['words']}-grams in {result['train']}; "
        f"{result['exact']} occur whole in one row. Mean share: {100 * result['mean_share']:.1f} %."
    )
    for entry in listed[:SHOWN]:
        whole = ", whole" if entry["exact"] else ""
        click.echo(
            f"  {entry['problem']}  {100 * entry['share']:.0f} %{whole}, most of it in row {entry['row']}"
        )
    if len(listed) > SHOWN:
        click.echo(f"  and {len(listed) - SHOWN} more; --json FILE has them all.")
