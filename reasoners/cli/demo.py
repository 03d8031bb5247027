"""`reasoners demo`: the whole road, by the same commands a user would type."""

from __future__ import annotations

import gc
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from reasoners.cli.common import emit_json, json_option, parse_assignments
from rewards.errors import ToolkitError

ROAD = ("base", "run", "tuned", "subset.jsonl", "comparison.json", "report.html", "road.json")
"""What a walk leaves in its folder, and all that a new walk removes from it."""


@click.command()
@click.argument("config", default="demo")
@click.argument("overrides", nargs=-1, metavar="[key=value]...")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the walk.  [default: runs/NAME-road]")
@json_option()
def demo(config: str, overrides: tuple[str, ...], out: Path | None, json_target: str | None) -> None:
    """Walk the whole road with CONFIG: audit, train, select, audit again, compare.

    Prints each command before running it in this process. An earlier walk in the same folder is replaced.

    \b
    Examples:
      reasoners demo
      reasoners demo demo run.seed=1 --out runs/seed1
      reasoners demo smollm2_cpu
    """
    from reasoners.config import load_config

    settings = load_config(config, parse_assignments(overrides))
    root = out or Path("runs") / f"{settings.run.name}-road"
    _clear(root)
    begin = time.perf_counter()
    base, run, tuned = root / "base", root / "run", root / "tuned"
    subset, report = root / "subset.jsonl", root / "report.html"
    _step("audit", config, *overrides, "--out", base, "--name", "base")
    _step("train", config, *overrides, f"run.dir={run}")
    _select(settings, run, subset)
    _step("audit", config, *overrides, "--model", run / "model", "--out", tuned, "--name", "tuned")
    _step("compare", base, tuned, "--run", run, "--out", report, "--json", root / "comparison.json")
    result = {**_figures(root), "seconds": time.perf_counter() - begin, "report": str(report)}
    (root / "road.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if not emit_json(json_target, result):
        click.echo(_told(result))


def _select(settings: Any, run: Path, subset: Path) -> None:
    threshold, signal = settings.select.threshold, settings.select.signal
    try:
        _step("select", "lim", run, "--threshold", threshold, "--signal", signal, "--out", subset)
    except ToolkitError as error:  # a short run may hold no such prompt: say so and walk on
        click.echo(f"note: {error}")


def _step(name: str, *words: Any) -> None:
    """Print a command as a user would type it, then run it in this process."""
    from reasoners.cli.main import cli

    arguments = [name, *map(str, words)]
    click.secho("\n$ reasoners " + " ".join(_quoted(a) for a in arguments), bold=True)
    cli.main(args=arguments, standalone_mode=False)
    gc.collect()  # models hold cycles, and the next step loads another one


def _quoted(word: str) -> str:
    import shlex

    return shlex.quote(word)


def _clear(root: Path) -> None:
    strangers = [p.name for p in root.iterdir() if p.name not in ROAD] if root.is_dir() else []
    if strangers:
        raise ToolkitError(f"{root} holds {', '.join(strangers[:3])}, which is not ours; give another --out.")
    shutil.rmtree(root, ignore_errors=True)
    try:
        root.mkdir(parents=True)
    except OSError as error:
        raise ToolkitError(f"cannot make the folder {root}: {error.strerror}; give another --out.") from error


def _figures(root: Path) -> dict[str, Any]:
    audits = {name: json.loads((root / name / "audit.json").read_text()) for name in ("base", "tuned")}
    found: dict[str, Any] = {}
    for name, audit in audits.items():
        first = audit["summary"]["k"][0]
        found[name] = {
            "greedy": audit["greedy_accuracy"],
            "sampled": first["pass_at_k"],
            "low": first["low"],
            "high": first["high"],
            "formats": audit.get("formats", {}),
        }
    subset = root / "subset.jsonl"
    found["subset"] = len(subset.read_text().splitlines()) if subset.exists() else 0
    found["problems"] = audits["base"]["problems"]
    return found


def _told(result: dict[str, Any]) -> str:
    base, tuned = result["base"], result["tuned"]
    apart = base["high"] is not None and tuned["low"] is not None and base["high"] < tuned["low"]
    rows: Sequence[tuple[str, str, str]] = (
        ("", "base", "tuned"),
        ("greedy accuracy", _share(base["greedy"]), _share(tuned["greedy"])),
        ("sampled accuracy", _with_interval(base), _with_interval(tuned)),
        *(
            (f"format {name}", _share(base["formats"].get(name)), _share(tuned["formats"].get(name)))
            for name in base["formats"]
        ),
    )
    table = "\n".join(f"  {a:<18}{b:<22}{c}" for a, b, c in rows)
    verdict = "do not overlap" if apart else "overlap"
    return (
        f"\nOn {result['problems']} held-out problems:\n{table}\n"
        f"The 95 % intervals {verdict}. LIM kept {result['subset']} training prompts. "
        f"The road took {result['seconds']:.0f} s.\n"
        f"Report: {result['report']}"
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _with_interval(audit: dict[str, Any]) -> str:
    if audit["low"] is None:
        return _share(audit["sampled"])
    return f"{audit['sampled']:.3f} [{audit['low']:.3f}, {audit['high']:.3f}]"
