"""`reasoners analyse consistency`, `majority` and `best`: further figures of audits, without a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reasoners.cli.audit import parse_ks
from reasoners.cli.common import F, emit_json, json_option
from rewards.errors import ToolkitError

if TYPE_CHECKING:
    from eval.analyses.figures import Sheet
    from eval.counts import Count

PLACE = click.Path(path_type=Path)
LEVEL = click.FloatRange(0, 1, min_open=True, max_open=True)


def _common(command: F) -> F:
    """Give a command AUDIT..., --k, --confidence, --mixed-settings and --json."""
    options = (
        click.argument("audits", nargs=-1, required=True, type=PLACE, metavar="AUDIT..."),
        click.option(
            "--k", "k_list", metavar="1,2,4", help="Values of k; default: powers of two up to the smallest n."
        ),
        click.option("--confidence", type=LEVEL, default=0.95, show_default=True, help="Of all intervals."),
        click.option(
            "--mixed-settings", is_flag=True, help="Compare audits that were sampled or judged otherwise."
        ),
        json_option(),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@_common
@click.option("--tau", "taus", metavar="0.5,0.75", help="Shares of right samples; default: 0.5,0.75.")
@click.option("--counts", is_flag=True, help='AUDIT are files of {"problem_id", "n", "c"} lines.')
def consistency(
    audits: tuple[Path, ...],
    k_list: str | None,
    confidence: float,
    mixed_settings: bool,
    json_target: str | None,
    taus: str | None,
    counts: bool,
) -> None:
    """Say how surely a model solves what it solves: G-Pass@k, mG-Pass@k, pass^k and Cover@tau, with intervals.

    Of k samples at least one is right (pass@k), at least a share tau (G-Pass@k), all (pass^k); mG-Pass@k is the
    mean of G-Pass@k over tau from 0.5 to 1. Cover@tau is the share of problems solved at a rate of tau or more. With
    two audits, base and tuned, also the paired difference.

    \b
    Examples:
      reasoners analyse consistency audits/base audits/tuned --k 1,8 --tau 0.5
      reasoners analyse consistency --counts counts.jsonl --json out.json
    """
    from eval.analyses.consistency import TAUS, consistency_sheet

    shares = TAUS if taus is None else _shares(taus)

    def sheet(_: Path, found: Sequence[Count]) -> Sheet:
        return consistency_sheet(found, parse_ks(k_list), shares, confidence)

    _show(audits, counts, sheet, {"tau": list(shares)}, confidence, json_target, mixed_settings)


@click.command()
@_common
@click.option(
    "--ties",
    type=click.Choice(["share", "lose", "win"]),
    default="share",
    show_default=True,
    help="A tie pays the share of right answers among the tied, nothing, or all.",
)
@click.option(
    "--unparsed",
    type=click.Choice(["ignore", "answer", "separate"]),
    default="ignore",
    show_default=True,
    help="Samples without an answer cast no vote, agree on one wrong answer, or have one each.",
)
@click.option(
    "--equal",
    type=click.Choice(["text", "verifier"]),
    default="text",
    show_default=True,
    help="Two answers are one where their text is the same, or also where the verifier finds both right.",
)
def majority(
    audits: tuple[Path, ...],
    k_list: str | None,
    confidence: float,
    mixed_settings: bool,
    json_target: str | None,
    ties: Any,
    unparsed: Any,
    equal: Any,
) -> None:
    """Say how often the most frequent answer of k samples is right (maj@k), exactly, with intervals.

    Stands between pass@1, one sample, and pass@k, a perfect choice. Answers are read from the stored texts: the last
    box, answer tag, ####, "answer is", or number. With two audits, base and tuned, also the paired difference.

    \b
    Examples:
      reasoners analyse majority audits/base --k 1,8,64
      reasoners analyse majority audits/base audits/tuned --ties lose --unparsed separate --json
    """
    from eval.analyses.majority import majority_sheet

    rules = {"ties": ties, "unparsed": unparsed, "equal": equal}

    def sheet(folder: Path, found: Sequence[Count]) -> Sheet:
        return majority_sheet(folder, found, parse_ks(k_list), **rules)

    _show(audits, False, sheet, rules, confidence, json_target, mixed_settings)


@click.command()
@_common
@click.option(
    "--scorer",
    "scorers",
    required=True,
    multiple=True,
    help="shortest, longest, score:LABEL (a stored score), FILE.jsonl (problem_id, sample_index, score), or a reward. "
    "Two audits: one for both, or one each in their order; a FILE.jsonl holds the scores of one audit.",
)
def best(
    audits: tuple[Path, ...],
    k_list: str | None,
    confidence: float,
    mixed_settings: bool,
    json_target: str | None,
    scorers: tuple[str, ...],
) -> None:
    """Say how often the best-scored of k samples is right (best@k), exactly, with intervals.

    Stands between pass@1, a random choice, and pass@k, a perfect one. A reward is a registered name or
    path.py:function; it sees the stored samples. Samples that it has no score for are left out and counted. With two
    audits, base and tuned, also the paired difference.

    \b
    Examples:
      reasoners analyse best audits/base --scorer shortest
      reasoners analyse best audits/base --scorer reward_model.jsonl --k 1,4,16
      reasoners analyse best audits/base audits/tuned --scorer my_rewards.py:brevity --json
      reasoners analyse best audits/base audits/tuned --scorer base_scores.jsonl --scorer tuned_scores.jsonl
    """
    from eval.analyses.best import best_sheet

    each = iter(_one_each(scorers, len(audits)))

    def sheet(folder: Path, found: Sequence[Count]) -> Sheet:
        return best_sheet(folder, found, _scores(next(each), folder, found), parse_ks(k_list))

    rules = {"scorer": scorers[0] if len(scorers) == 1 else list(scorers)}
    _show(audits, False, sheet, rules, confidence, json_target, mixed_settings)


def _one_each(scorers: Sequence[str], audits: int) -> Sequence[str]:
    """Return a scorer for each audit. Raises `ToolkitError`: too many, too few, one file for two audits."""
    if len(scorers) not in (1, audits):
        raise ToolkitError(
            f"{len(scorers)} times --scorer for {audits} {'audit' if audits == 1 else 'audits'}: give it once, or "
            "once for each audit, in their order."
        )
    files = [Path(x).resolve() for x in scorers if x.endswith(".jsonl")]
    if audits > 1 and files and (len(scorers) == 1 or len(set(files)) < len(files)):
        raise ToolkitError(
            f"--scorer {scorers[0]} holds the scores of one audit's samples, and problem_id and sample_index do not "
            "say of which: give --scorer once for each audit, in their order, each with a file of its own."
        )
    return list(scorers) * audits if len(scorers) == 1 else scorers


def _shares(text: str) -> list[float]:
    try:
        found = sorted({float(word) for word in text.split(",")})
    except ValueError:
        raise ToolkitError(
            f"--tau takes numbers above 0 and up to 1, separated by commas; got `{text}`."
        ) from None
    return found


def _scores(scorer: str, folder: Path, counts: Sequence[Count]) -> Mapping[tuple[str, int], float | None]:
    from eval.analyses import best as kinds
    from eval.analyses.stored import judged_samples

    if scorer.endswith(".jsonl"):
        return kinds.file_scores(Path(scorer))
    if scorer in kinds.LENGTHS:
        return kinds.length_scores(judged_samples(folder, counts), scorer)
    if scorer.startswith("score:"):
        return kinds.stored_scores(judged_samples(folder, counts), scorer.removeprefix("score:"))
    return _rewarded(scorer, folder)


def _rewarded(name: str, folder: Path) -> dict[tuple[str, int], float | None]:
    """Score the stored samples with a reward. Raises `ToolkitError`: an unknown reward, a column it lacks."""
    from eval.extent import Extent
    from rewards import Suite
    from rewards.records import iter_records
    from rewards.runner import Runner

    runner, extent = Runner(), Extent.read(folder)
    try:
        suite = Suite.from_config([name], runner)
        stored = (record.rollout for record in iter_records(folder, "audit"))
        rollouts = [r for r in stored if extent.holds(r.prompt_id, r.index)]
        suite.check([r.columns for r in rollouts[:1]], str(folder))
        verdicts = suite.score(rollouts)
    finally:
        runner.close()
    return {(str(r.prompt_id), r.index): v.total for r, v in zip(rollouts, verdicts, strict=True)}


def _show(
    audits: Sequence[Path],
    counts: bool,
    make: Callable[[Path, Sequence[Count]], Sheet],
    rules: dict[str, Any],
    confidence: float,
    json_target: str | None,
    mixed: bool,
) -> None:
    """Print the sheets of one audit, or of base and tuned with their paired difference."""
    from eval.analyses.figures import paired_figures
    from eval.analyses.tables import print_figures
    from eval.clusters import merge_clusters
    from eval.intervals import TARGET

    if len(audits) > 2:
        raise click.UsageError(f"give one audit, or a base and a tuned one; got {len(audits)}.")
    read, names, differ = _read(audits, counts, mixed)
    sheets = [make(place, found) for place, found in zip(audits, merge_clusters(read), strict=True)]
    found = [sheet.figures(confidence) for sheet in sheets]
    gains = paired_figures(sheets[0], sheets[1], confidence) if len(sheets) == 2 else []
    result = {
        "confidence": confidence,
        "target": TARGET,
        "warnings": differ,
        **rules,
        "audits": [
            {
                "name": name,
                "problems": len(sheet.counts),
                "figures": [asdict(x) for x in of],
                "notes": list(sheet.notes),
            }
            for name, sheet, of in zip(names, sheets, found, strict=True)
        ],
        "differences": [asdict(x) for x in gains],
    }
    if emit_json(json_target, result):
        return
    for line in differ:
        click.echo(f"warning: {line}", err=True)
    print_figures(names, found, gains, confidence)
    told = {key: " and ".join(x) if isinstance(x, list) else x for key, x in rules.items() if key != "tau"}
    said = ", ".join(f"{key} {value}" for key, value in told.items())
    for line in [f"Rules: {said}."] if said else []:
        click.echo(line)
    for name, sheet in zip(names, sheets, strict=True):
        for note in sheet.notes:
            click.echo(f"{name}: {note}")


def _read(
    audits: Sequence[Path], counts: bool, mixed: bool
) -> tuple[list[Sequence[Count]], list[str], list[str]]:
    """Return the counts and names of audits, and in what two differ that should be the same.

    Raises:
        EvalError: as reading does; or they differ, and that is not wanted.
    """
    from eval import load_audit, read_counts
    from eval.comparable import check_comparable

    if counts:
        return [read_counts(place) for place in audits], _names(audits, [p.stem for p in audits]), []
    views = [load_audit(place, 0) for place in audits]
    differ = check_comparable(list(zip(views, audits, strict=True)), mixed)
    return [v.counts for v in views], _names(audits, [v.name for v in views]), differ


def _names(audits: Sequence[Path], names: list[str]) -> list[str]:
    if len(set(names)) == len(names):
        return names
    return (
        [place.name for place in audits]
        if len({p.name for p in audits}) == len(audits)
        else ["base", "tuned"]
    )
