"""`reasoners plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reasoners.cli.common import emit_json, json_option
from rewards.errors import ToolkitError

if TYPE_CHECKING:
    from eval.plan import Plan, Prospect

POSITIVE = click.FloatRange(0, min_open=True)


@click.command()
@click.option("--counts", type=click.Path(path_type=Path), help="Counts of a pilot audit: problem_id, n, c.")
@click.option("--prior", metavar="A,B[,NEVER]", help="Without a pilot: success rates of beta(A, B).")
@click.option("--k", type=click.IntRange(1), required=True, help="Draws of the pass@k to plan for.")
@click.option("--half-width", type=POSITIVE, help="Wanted half of the 95 % interval, as a share: 0.03.")
@click.option("--problems", type=click.IntRange(2), help="Problems, where the benchmark has no more.")
@click.option("--n", type=click.IntRange(1), help="Samples per problem, where they are fixed.")
@click.option("--target", type=click.Choice(["new", "same"]), default="new", show_default=True)
@click.option(
    "--fresh", is_flag=True, help="All problems are new: the pilot was another model's, or of others."
)
@click.option("--confidence", type=click.FloatRange(0, 1, True, True), default=0.95, show_default=True)
@click.option("--tokens", type=POSITIVE, help="Tokens per sample, for the cost.")
@click.option("--tokens-per-second", type=POSITIVE, help="Throughput, for the hours; needs --tokens.")
@json_option()
def plan(
    counts: Path | None,
    prior: str | None,
    k: int,
    half_width: float | None,
    problems: int | None,
    n: int | None,
    target: str,
    fresh: bool,
    confidence: float,
    tokens: float | None,
    tokens_per_second: float | None,
    json_target: str | None,
) -> None:
    """Plan an audit: problems, samples per problem and cost for an interval of a wanted width.

    Gives the cheapest audit that is expected to reach --half-width, or, with --problems and --n but no
    --half-width, the half-width to expect. --target new is about new problems of the same kind, same about
    these problems sampled again. Says so where more samples cannot help.

    The audit goes on from the pilot: its problems and samples are part of it. A plan that nine audits of ten would not
    keep to within 20 % says how far to extend the pilot first; then plan again from its counts. For new problems, a
    pilot whose problems share clusters is refused: give it one problem of each.

    \b
    Examples:
      reasoners plan --counts pilot.jsonl --k 8 --half-width 0.03
      reasoners plan --counts pilot.jsonl --k 8 --half-width 0.05 --problems 30
      reasoners plan --prior 0.4,1.2 --k 64 --problems 500 --n 128 --tokens 4000 --tokens-per-second 2500 --json
    """
    from eval.plan import plan_audit, predict

    if tokens is None and tokens_per_second is not None:
        raise click.UsageError(
            "--tokens-per-second needs --tokens, the tokens per sample, to tell the hours."
        )
    prospect = _prospect(counts, prior, k)
    sizes: dict[str, Any] = {"target": target, "confidence": confidence, "fresh": fresh}
    if half_width is not None:
        found = plan_audit(prospect, half_width, problems=problems, n=n, **sizes)
    elif problems is None or n is None:
        raise click.UsageError("give --half-width, or both --problems and --n.")
    else:
        found = predict(prospect, problems, n, **sizes)
    cost = _cost(found, tokens, tokens_per_second)
    said = _sentences(found, prospect, confidence, cost, fresh)
    if not found.reached and half_width is not None and found.floor > half_width:
        enough = plan_audit(prospect, half_width, **sizes)
        said.append(f"Enough would be about {enough.problems} problems with {enough.n} samples each.")
    if not emit_json(json_target, _json(found, prospect, confidence, cost, said)):
        click.echo("\n".join(said))


def _prospect(counts: Path | None, prior: str | None, k: int) -> Prospect:
    from eval import read_counts
    from eval.plan import from_pilot, from_prior

    if (counts is None) == (prior is None):
        raise click.UsageError("give either --counts (a pilot) or --prior.")
    if counts is not None:
        return from_pilot(read_counts(counts), k)
    try:
        numbers = [float(word) for word in str(prior).split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3):
        raise ToolkitError(
            f"--prior takes two or three numbers, such as 0.4,1.2 or 0.4,1.2,0.2; got `{prior}`."
        )
    return from_prior(numbers[0], numbers[1], k, *numbers[2:])


def _cost(found: Plan, tokens: float | None, rate: float | None) -> dict[str, float | None]:
    total = None if tokens is None else found.new_samples * tokens
    return {"tokens": total, "hours": None if total is None or rate is None else total / rate / 3600}


def _json(
    found: Plan, prospect: Prospect, confidence: float, cost: dict[str, float | None], said: list[str]
) -> dict[str, Any]:
    from dataclasses import asdict

    expected: dict[str, Any] = {"pass_at_k": prospect.mean, "sd_between_problems": prospect.between**0.5}
    return {
        **asdict(found),
        "samples": found.samples,
        "firm": found.firm,
        "confidence": confidence,
        **expected,
        **cost,
        "said": said,
    }


def _sentences(
    found: Plan, prospect: Prospect, confidence: float, cost: dict[str, float | None], fresh: bool
) -> list[str]:
    from eval.same_problems import TARGET as SAME
    from eval.words import percent

    about = "new problems of this kind" if found.target == "new" else SAME
    new = "" if found.new_samples == found.samples else f", {found.new_samples} of them new"
    said = [
        f"{found.problems} problems, {found.n} samples each ({found.samples} samples{new}): pass@{found.k} about "
        f"{percent(prospect.mean)}, {100 * confidence:g} % interval about {_points(found.half_width)}, for {about}.",
        f"Nine such audits of ten come out between {_points(found.low)} and {_points(found.high)}.",
    ]
    if found.target == "new":
        said.append(
            f"More samples of {found.problems} problems never bring it below {_points(found.floor)}: "
            "the problems differ by themselves."
        )
    if not found.reached:
        said.append(_unreached(found))
    if found.basis != "pilot":
        why = "k is more than the pilot's n" if found.basis == "extrapolation" else "there was no pilot"
        said.append(f"This rests on a model of the success rates, since {why}.")
    if not found.firm:
        said.append(_not_firm(found, fresh))
    if cost["tokens"] is not None:
        hours = "" if cost["hours"] is None else f", {cost['hours']:.3g} hours"
        said.append(f"Cost of what is new: {cost['tokens']:.3g} tokens{hours}.")
    return said


def _points(half_width: float) -> str:
    return f"\u00b1{100 * half_width:.2g} points"


def _not_firm(found: Plan, fresh: bool) -> str:
    first = found.first
    if first is None:
        return (
            "Not firm: chance alone moves the width of so small an audit by more than 20 %, and no pilot up to its "
            "size can tell."
        )
    counted = "" if fresh else ", which count towards the audit"
    return (
        f"Not firm. First extend the pilot to {first.problems} problems with at least {first.n} samples each "
        f"({first.new_samples} new samples{counted}), then plan again from its counts."
    )


def _unreached(found: Plan) -> str:
    wanted = _points(found.wanted or 0)
    if found.target == "new" and found.floor > (found.wanted or 0):
        return (
            f"{wanted} cannot be reached with {found.problems} problems, however many samples: add problems."
        )
    return f"{wanted} is not reached; add {'problems or samples' if found.target == 'new' else 'samples'}."
