"""`reasoners rewards audit`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reasoners.cli.common import emit_json, json_option, reward_params, runner_options, visible
from rewards.errors import ToolkitError

if TYPE_CHECKING:
    from rewards.verifier_audit import AuditReport, Family

LABELS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
KINDS = {"fp": False, "fn": True}
GOLD = "gold"
WIDTH = 70
SHOWN = 50


@click.command("audit")
@click.argument("name")
@click.argument("params", nargs=-1, metavar="[PARAM=VALUE]...")
@click.option("--data", metavar="FILE", help="Rows to make cases from: .jsonl, .csv or .parquet.")
@click.option("--labelled", metavar="FILE", help="Rows with `completion` and `label` (true: should be paid).")
@click.option("--fail-on", metavar="fp=R,fn=R,gold=R",
              help="Exit with 1 if a rate is above its limit; gold: references that cannot be used.")  # fmt: skip
@click.option("--threshold", type=click.FloatRange(0, 1), default=0.5, show_default=True,
              help="Share of the full value from which a completion counts as paid.")  # fmt: skip
@click.option("--rows", "max_rows", type=click.IntRange(min=1), default=200, show_default=True,
              help="Use at most this many rows of --data.")  # fmt: skip
@click.option("--list", "listing", metavar="FILE",
              help="Where unusable references are listed. [default for SQL: DATA.unusable.jsonl]")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Which rows, if there are more.")
@runner_options
@json_option()
def audit_command(
    name: str,
    params: tuple[str, ...],
    data: str | None,
    labelled: str | None,
    fail_on: str | None,
    threshold: float,
    max_rows: int,
    listing: str | None,
    seed: int,
    workers: int | None,
    deadline: float,
    json_target: str | None,
) -> None:
    """Measure how often the reward NAME pays what is wrong and refuses what is right.

    Cases are made from the references in --data, or else in the plugin's own fixtures: other forms of the right
    answer, and near misses, hedges, lists of candidates, flattery and the like. Labelled completions of your own
    are counted apart. Every rate comes with its 95 % Wilson interval.

    \b
    Examples:
      reasoners rewards audit number
      reasoners rewards audit exact --data reviews.jsonl labels='[positive, negative]'
      reasoners rewards audit my_rewards.py:grade --labelled judged.jsonl --fail-on fp=0.02,fn=0.08
    """
    from rewards.registry import load_reward
    from rewards.runner import Runner
    from rewards.verifier_audit import audit_reward
    from rewards.verifier_audit.fixtures import fixture_rows

    limits = read_limits(fail_on)
    bound = load_reward(name, **reward_params(name, params))
    judged = (
        [] if labelled is None else [(row, _label(row, labelled, i)) for i, row in enumerate(_rows(labelled))]
    )
    rows = _rows(data) if data is not None else [] if judged else fixture_rows(bound)
    if not rows and not judged:
        raise ToolkitError(
            f"`{name}` has no fixtures.jsonl with these parameters beside it; give rows by --data FILE, or "
            "labelled completions by --labelled FILE."
        )
    bound.runner = Runner(workers, deadline)
    try:
        report = audit_reward(bound, rows, judged, threshold=threshold, max_rows=max_rows, seed=seed)
    finally:
        bound.runner.close()
    beside = f"{Path(data).stem}.unusable.jsonl" if data and report.references else None
    listed = _list_unusable(report, listing or beside)
    exceeded = [_exceeded(report, key, limit) for key, limit in limits.items()]
    exceeded = [line for line in exceeded if line]
    if not emit_json(json_target, report.to_json() | {"failed": exceeded}):
        click.echo("\n".join([*lines(report), *listed]))
    if exceeded:
        click.echo("\n".join(exceeded), err=True)
        raise SystemExit(1)


def _list_unusable(report: AuditReport, target: str | None) -> list[str]:
    """Write the references that cannot be used, one a line; return what to say about it."""
    if target is None or not report.unusable:
        return []
    try:
        with open(target, "w", encoding="utf-8") as stream:
            stream.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in report.unusable)
    except OSError as error:
        raise ToolkitError(f"cannot write the list {target}: {error.strerror}.") from error
    return [f"the list: {target}"]


def read_limits(text: str | None) -> dict[str, float]:
    """Read `fp=0.02,fn=0.08,gold=0`. Raises `ToolkitError`."""
    found: dict[str, float] = {}
    for pair in (text or "").split(",") if text is not None else ():
        key, _, value = pair.strip().partition("=")
        try:
            limit = float(value)
        except ValueError:
            limit = -1.0
        if key not in (*KINDS, GOLD) or not 0 <= limit <= 1:
            raise ToolkitError(
                f"--fail-on takes fp=RATE and fn=RATE and gold=RATE, from 0 to 1; got `{pair}`."
            )
        found[key] = limit
    return found


def _exceeded(report: AuditReport, key: str, limit: float) -> str:
    if key == GOLD:
        bad, seen = len(report.unusable), report.rows + sum("row" in entry for entry in report.unusable)
        seen = sum(report.references.values()) or seen
        over = bad > limit * seen
        return f"references: {bad} of {seen} cannot be used, above {limit:g}" if over else ""
    family = report.total(KINDS[key])
    word = "false negatives" if KINDS[key] else "false positives"
    if not family.cases:
        return f"{word}: no case was judged, so the limit {limit:g} is not shown to hold"
    rate = family.wrong / family.cases
    return "" if rate <= limit else f"{word}: {family.wrong} of {family.cases} = {rate:.4f}, above {limit:g}"


def _rows(path: str) -> list[dict[str, Any]]:
    from reasoners.data import FILES, read_file

    found = Path(path).expanduser()
    if found.suffix not in FILES:
        raise ToolkitError(f"{path} must end in {', '.join(FILES)}.")
    if not found.is_file():
        raise ToolkitError(f"no file {path}.")
    rows = read_file(found)
    if not rows:
        raise ToolkitError(f"{path} holds no rows.")
    return rows


def _label(row: Mapping[str, Any], path: str, number: int) -> bool:
    value = str(row.get("label")).strip().lower()
    if value not in LABELS:
        raise ToolkitError(f"{path}, row {number}: `label` must be true or false, got {row.get('label')!r}.")
    if not isinstance(row.get("completion"), str | list):
        raise ToolkitError(f"{path}, row {number}: `completion` must be text or chat turns.")
    return LABELS[value]


def lines(report: AuditReport) -> Iterator[str]:
    """Yield the report as text."""
    yield f"{report.reward}: cases from {report.rows} rows"
    if report.references:
        yield from _shares(report.references)
    for pays in (False, True):
        families = [f for f in report.families if f.pays == pays]
        if not families:
            continue
        yield ""
        yield (
            "should be paid, is not (false negatives)" if pays else "should not be paid, is (false positives)"
        )
        yield f"  {'family':<24} {'cases':>7} {'wrong':>6} {'rate':>8}   95 % interval      masked"
        for family in [*families, report.total(pays)]:
            yield _line(family)
        for family in families:
            yield from (_example(family, example) for example in family.examples)
    if report.unusable:
        yield ""
        yield f"references that cannot be used: {len(report.unusable)}"
        for entry in report.unusable[:SHOWN]:
            row = f"row {entry['row']}: " if "row" in entry else ""
            yield visible(f"  {row}{entry['reference']:.{WIDTH}}: {entry['reason']}")


def _shares(references: Mapping[str, int]) -> Iterator[str]:
    rows = sum(references.values())
    yield ""
    yield f"references of all {rows} rows"
    for kind, count in sorted(references.items(), key=lambda item: -item[1]):
        yield f"  {kind:<24} {count:>7} {100 * count / rows:>14.2f} %"


def _line(family: Family) -> str:
    found = family.to_json()
    name = "all" if family.name.startswith("all that") else family.name
    rate = "" if found["rate"] is None else f"{100 * found['rate']:.2f} %"
    interval = f"{100 * found['low']:6.2f} to {100 * found['high']:6.2f} %"
    return f"  {name:<24} {family.cases:>7} {family.wrong:>6} {rate:>8} {interval:>19} {family.masked:>8}"


def _example(family: Family, example: Mapping[str, Any]) -> str:
    shown = f"{example['completion']!s:.{WIDTH}}"
    reason = f": {example['reason']:.{WIDTH}}" if example["reason"] else ""
    return visible(
        f"  e.g. {family.name}: {shown!r} for {example['reference']!s:.40} got {example['value']:g}{reason}"
    )
