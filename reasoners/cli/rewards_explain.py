"""`reasoners rewards explain`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reasoners.cli.common import (
    check_audit,
    emit_json,
    json_option,
    parse_assignments,
    reward_params,
    visible,
)
from rewards.errors import RewardError, ToolkitError

if TYPE_CHECKING:
    from rewards.bound import BoundReward
    from rewards.explain import Explained
    from rewards.records import Record

AROUND = 160
"""Characters shown on either side of what was extracted."""


@click.command("explain")
@click.argument("name")
@click.argument("params", nargs=-1, metavar="[PARAM=VALUE]...")
@click.option("--completion", metavar="TEXT", help="What the model wrote; - reads standard input.")
@click.option("--answer", help="The reference answer: the row's column `answer`.")
@click.option("--prompt", default="", help="The prompt, for rewards that read it.")
@click.option("--column", "columns", multiple=True, metavar="K=V", help="Another column of the row.")
@click.option("--record", type=click.Path(path_type=Path), help="Take the sample from this run or audit.")
@click.option("--id", "prompt_id", help="With --record: the prompt's id.")
@click.option("--sample", type=int, help="With --record: the sample's index; default: the first found.")
@click.option("--step", type=int, help="With --record: the step; default: the first found.")
@json_option()
def explain_command(
    name: str,
    params: tuple[str, ...],
    completion: str | None,
    answer: str | None,
    prompt: str,
    columns: tuple[str, ...],
    record: Path | None,
    prompt_id: str | None,
    sample: int | None,
    step: int | None,
    json_target: str | None,
) -> None:
    """Say why a completion got its reward: what was read where, which rule decided, what would have paid.

    NAME is a reward as for `reasoners rewards score`. With --record it may also be the label that the run's
    config gave to a reward; the parameters set there are then used.

    \b
    Examples:
      reasoners rewards explain number --completion 'So it is 5 or 6.' --answer 5
      reasoners rewards explain number --completion '50%' --answer 0.5 percent=hundredth
      reasoners rewards explain sum --record runs/demo --id eval-0003 --sample 1
    """
    from rewards.explain import explain

    if (completion is None) == (record is None):
        raise click.UsageError("give the sample: --completion TEXT, or --record RUN with --id PROMPT_ID.")
    if record is None:
        if prompt_id is not None or sample is not None or step is not None:
            raise click.UsageError("--id, --sample and --step choose a record; they need --record RUN.")
        bound = _bound(name, {}, params)
        text = sys.stdin.read() if completion == "-" else str(completion)
        rollout = _rollout(text, prompt, answer, columns)
        explained, stored = explain(bound, rollout), None
    else:
        if prompt_id is None:
            raise click.UsageError("--record needs --id PROMPT_ID.")
        if answer is not None or columns or prompt:
            raise click.UsageError("--record brings prompt and columns; leave out the options that set them.")
        check_audit(record)
        entry = configured(record, name)
        bound = _bound(entry.get("name", name), entry.get("params") or {}, params)
        stored = find_record(record, prompt_id, sample, step)
        explained = explain(bound, stored.rollout)
    payload = explained.to_json() | ({} if stored is None else {"record": _stored(stored)})
    if not emit_json(json_target, payload):
        click.echo("\n".join(_lines(explained, stored)))


def configured(run: Path, name: str) -> dict[str, Any]:
    """Return the entry of the run's or audit's settings whose label or name is `name`; empty if there is none.

    Raises:
        ToolkitError: the settings are there and cannot be read.
    """
    for folder in (run, run.parent):
        known = [e for e in _stored_rewards(folder) if isinstance(e, dict)]
        fits = [e for key in ("label", "name") for e in known if e.get(key) == name]
        if fits:
            return dict(fits[0])
    return {}


def _stored_rewards(folder: Path) -> list[Any]:
    """Return the rewards of `config.yaml` (a run) or `settings.json` (an audit)."""
    import yaml

    from eval.store import stored_settings

    path = folder / "config.yaml"
    if not path.is_file():
        return list(stored_settings(folder).get("rewards") or [])
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ToolkitError(f"cannot read {path}: {error}.") from error
    found = tree.get("rewards") if isinstance(tree, dict) else None
    return found if isinstance(found, list) else []


def find_record(run: Path, prompt_id: str, sample: int | None, step: int | None) -> Record:
    """Return the first stored record that fits. Raises `RecordError` with the nearest ids."""
    from rewards.errors import RecordError
    from rewards.rescore import find_records

    others: list[str] = []
    for record in find_records(run, prompt_id):
        rollout = record.rollout
        if sample in (None, rollout.index) and step in (None, rollout.source.step):
            return record
        others.append(f"step {rollout.source.step} sample {rollout.index}")
    shown = ", ".join(others[:12]) + (", ..." if len(others) > 12 else "")
    raise RecordError(f"`{prompt_id}` in {run} has no such sample; it has: {shown}.")


def _bound(name: str, configured: dict[str, Any], params: tuple[str, ...]) -> BoundReward:
    from rewards.registry import load_reward

    return load_reward(name, **{**configured, **reward_params(name, params)})


def _rollout(text: str, prompt: str, answer: str | None, columns: tuple[str, ...]) -> Any:
    from rewards.bound import row_rollout

    row: dict[str, Any] = {} if answer is None else {"answer": answer}
    for pair in columns:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise ToolkitError(f"--column `{pair}` is not of the form K=V.")
        if key in ("completion", "prompt", "messages"):
            raise RewardError(
                f"--column {key}=...: that is no column; use --{key.replace('messages', 'completion')}."
            )
        row[key] = value if value[:1] not in ("[", "{") else parse_assignments([pair])[key]
    return row_rollout({"completion": text, "prompt": prompt, **row})


def _stored(record: Record) -> dict[str, Any]:
    rollout, verdict = record.rollout, record.verdict
    return {
        "prompt_id": rollout.prompt_id,
        "sample": rollout.index,
        "step": rollout.source.step,
        "split": rollout.source.split,
        "truncated": rollout.truncated,
        "total": verdict.total,
        "status": verdict.status.value,
        "scores": {k: {"value": s.value, "status": s.status.value} for k, s in verdict.scores.items()},
    }


def _lines(found: Explained, stored: Record | None) -> Iterator[str]:
    score, reading = found.score, found.reading
    low, high = found.range
    value = "masked" if score.value is None else f"{score.value:g}"
    yield f"{found.reward}: {value} ({score.status.value}), of {low:g} to {high:g}"
    if stored is not None:
        s = _stored(stored)
        total = "masked" if s["total"] is None else f"{s['total']:g}"
        cut = ", truncated" if s["truncated"] else ""
        yield f"record      {s['prompt_id']} sample {s['sample']}, {s['split']} step {s['step']}: total {total}{cut}"
    if reading.rule:
        yield f"rule        {visible(reading.rule)}"
    if score.reason:
        yield f"reason      {visible(score.reason)}"
    for part, amount in score.parts.items():
        yield f"part        {part} = {amount:g}"
    yield f"completion  {marked(found)}"
    if found.answer_at is None:
        yield "thinking    never closed: nothing of the completion is read"
    elif found.answer_at:
        yield f"thinking    the first {found.answer_at} characters are not read"
    if found.own:
        yield f"reference   {_form(reading.read_gold)}"
        yield f"answer      {_form(reading.read_prediction)}"
    for key, text in found.arguments.items():
        yield f"given       {key} = {visible(text)}"
    for line in (*reading.lines, *found.notes):
        yield f"note        {visible(line)}"
    if found.paid is not None and score.value != high:
        yield f"would pay   {visible(found.paid)}"
    if not found.own:
        yield "This reward does not explain itself; see `rewards.explain` for how it can."


def _form(text: str | None) -> str:
    return "none that can be read" if text is None else f"read as {visible(text)}"


def marked(found: Explained) -> str:
    """Return the completion around what was extracted, which stands between >>> and <<<."""
    text, span = found.text, found.reading.span
    if span is None:
        return visible(text if len(text) <= 3 * AROUND else f"{text[:AROUND]} ... {text[-2 * AROUND :]}")
    start, end = span
    before = ("... " if start > AROUND else "") + text[max(0, start - AROUND) : start]
    after = text[end : end + AROUND] + (" ..." if len(text) > end + AROUND else "")
    inside = text[start:end]
    inside = inside if len(inside) <= 3 * AROUND else f"{inside[:AROUND]} ... {inside[-AROUND:]}"
    return f"{visible(before)}>>>{visible(inside)}<<<{visible(after)}"
