"""`reasoners analyse`: further figures of audits, and what needs a model beside an audit's samples."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reasoners.cli.analyse_figures import best, consistency, majority
from reasoners.cli.common import emit_json, json_option
from rewards.errors import ToolkitError

if TYPE_CHECKING:
    from eval.sampling import Sampling

PLACE = click.Path(path_type=Path)
MANY = click.IntRange(1)


@click.group()
def analyse() -> None:
    """Ask further questions of an audit: of its counts and samples, or of models about its samples.

    \b
    Examples:
      reasoners analyse consistency audits/base audits/tuned
      reasoners analyse majority audits/base --k 1,8,64
      reasoners analyse best audits/base --scorer shortest
      reasoners analyse perplexity audits/base audits/tuned --model Qwen/Qwen2.5-0.5B
      reasoners analyse temperature audits/base --base Qwen/Qwen2.5-0.5B --tuned runs/gsm8k/model
    """


@analyse.command()
@click.argument("audits", nargs=-1, required=True, type=PLACE, metavar="AUDIT...")
@click.option(
    "--model",
    "models",
    multiple=True,
    required=True,
    help="Folder, hub id or embedded model; repeat for more.",
)
@click.option(
    "--problems", type=MANY, default=50, show_default=True, help="The first problems of each audit."
)
@click.option("--samples", type=MANY, default=4, show_default=True, help="The first samples of each problem.")
@click.option("--batch-size", type=MANY, default=8, show_default=True)
@json_option()
def perplexity(
    audits: tuple[Path, ...],
    models: tuple[str, ...],
    problems: int,
    samples: int,
    batch_size: int,
    json_target: str | None,
) -> None:
    """Say how likely each MODEL finds what each AUDIT's model wrote.

    If the base finds the tuned model's texts as likely as its own, training sharpened what was there.

    \b
    Examples:
      reasoners analyse perplexity audits/base audits/tuned --model Qwen/Qwen2.5-0.5B --model runs/gsm8k/model
      reasoners analyse perplexity audits/tuned --model embedded:proxy --problems 10 --json
    """
    from eval.analyses import chat_template_of, perplexities, spread, written_samples
    from reasoners.models import load_model

    texts = {folder: written_samples(folder, problems, samples) for folder in audits}
    rows: list[dict[str, Any]] = []
    for name in models:
        model, tokenizer = load_model(name, say=_say)
        for folder, found in texts.items():
            prompts, written = [x.prompt for x in found], [x.text for x in found]
            values = perplexities(model, tokenizer, prompts, written, batch_size, chat_template_of(folder))
            rows.append({"model": name, "audit": str(folder), **asdict(spread(values)), "values": values})
    if emit_json(json_target, rows):
        return
    for row in rows:
        click.echo(
            f"{row['model']} on {row['audit']}: median {row['median']:.3g}, half within {row['lower']:.3g} to "
            f"{row['upper']:.3g}, 80 % within {row['low']:.3g} to {row['high']:.3g} ({row['count']} samples)"
        )


@analyse.command()
@click.argument("audit", type=PLACE)
@click.option("--base", required=True, help="The model whose entropy is wanted, at the audit's temperature.")
@click.option("--tuned", required=True, help="The model whose temperature is sought.")
@click.option("--problems", type=MANY, default=32, show_default=True, help="Prompts, the first of the audit.")
@click.option(
    "--samples", type=MANY, default=2, show_default=True, help="Samples per prompt and temperature."
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.02,
    show_default=True,
    help="Relative error of the entropy at which the search ends.",
)
@json_option()
def temperature(
    audit: Path, base: str, tuned: str, problems: int, samples: int, tolerance: float, json_target: str | None
) -> None:
    """Find the temperature at which TUNED's samples are as varied as BASE's: equal mean entropy per token.

    Prompts and sampling settings are those of AUDIT.

    \b
    Examples:
      reasoners analyse temperature audits/base --base Qwen/Qwen2.5-0.5B --tuned runs/gsm8k/model
      reasoners analyse temperature audits/base --base embedded:proxy --tuned runs/demo/model --json
    """
    from eval.analyses import chat_template_of, match_temperature, token_entropy, written_samples
    from eval.analyses.entropy import entropy_of
    from reasoners.models import load_model

    sampling = _sampling(audit)
    prompts = list({x.problem_id: x.prompt for x in written_samples(audit, problems, 1)}.values())
    template = chat_template_of(audit)
    target = token_entropy(*load_model(base, say=_say), prompts, sampling, samples, template=template)
    entropy = entropy_of(*load_model(tuned, say=_say), prompts, sampling, samples, template)
    found = match_temperature(entropy, target, start=sampling.temperature, tolerance=tolerance)
    result = {"base_temperature": sampling.temperature, **asdict(found)}
    if not emit_json(json_target, result):
        click.echo(
            f"{base} at temperature {sampling.temperature:g}: {target:.4f} nats per token. {tuned} has "
            f"{found.entropy:.4f} at temperature {found.temperature:.3f} ({len(found.probes)} probes)."
        )


def _sampling(audit: Path) -> Sampling:
    from eval import Sampling, load_audit

    settings = dict(load_audit(audit, 0).sampling)
    try:
        found = replace(Sampling(), **settings)
    except TypeError as error:
        raise ToolkitError(f"{audit} was not sampled by this toolkit: {error}.") from error
    if found.temperature == 0:
        raise ToolkitError(
            f"{audit} was sampled at temperature 0, where the entropy is 0: there is none to match."
        )
    return found


def _say(line: str) -> None:
    click.echo(line, err=True)


for _command in (consistency, majority, best):
    analyse.add_command(_command)
