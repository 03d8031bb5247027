"""`reasoners rewards score`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from reasoners.cli.common import json_flag, reward_params, runner_options
from rewards.contract import Score
from rewards.errors import RewardError, ToolkitError

if TYPE_CHECKING:
    from rewards.bound import BoundReward

CHUNK = 512
"""Rows in memory at a time."""


@click.command("score")
@click.argument("name")
@click.argument("params", nargs=-1, metavar="[PARAM=VALUE]...")
@click.option("--in", "source", required=True, help="JSON Lines of rows to score; - reads standard input.")
@click.option(
    "--out", "target", required=True, help="Where the scores go, row by row; - writes standard output."
)
@runner_options
@json_flag
def score_command(
    name: str,
    params: tuple[str, ...],
    source: str,
    target: str,
    workers: int | None,
    deadline: float,
    as_json: bool,
) -> None:
    """Score rows with the reward NAME: registered, path.py:function, or module:attribute.

    A row holds `completion` (text) or `messages` (chat turns), and the columns the reward needs, such as
    `answer`. The output has one row for each, in order: value, status, parts, reason, seconds. A row that
    cannot be scored (not JSON, no completion, no column) has the status `error` and a reason; the exit status
    is 0 all the same.

    \b
    Examples:
      reasoners rewards score number --in cases.jsonl --out scores.jsonl where=boxed
      reasoners rewards score my_rewards.py:brevity --in cases.jsonl --out - limit=200
    """
    from rewards.registry import load_reward
    from rewards.runner import Runner

    if source != "-" and target != "-" and Path(source).resolve() == Path(target).resolve():
        raise ToolkitError("--in and --out are the same file; the scores would overwrite the rows.")
    bound = load_reward(name, **reward_params(name, params))
    if bound.spec.group:
        raise RewardError(
            f"`{name}` is a group reward: it compares the samples of one prompt; put it in a suite."
        )
    bound.runner = Runner(workers, deadline)
    tally = Tally()
    try:
        with _opened(source, "rb") as lines, _opened(target, "wb") as out:
            for chunk in _chunks(line for line in lines if line.strip()):
                for score in _score_lines(bound, chunk):
                    out.write(_score_json(score))
                    tally.add(score)
    except OSError as error:
        raise ToolkitError(f"scoring stopped after {tally.rows} rows: {error}.") from error
    finally:
        bound.runner.close()
    text = json.dumps(tally.summary()) if as_json else f"{name}: {tally.sentence()}"
    click.echo(text, err=target == "-")


class Tally:
    """Counts by status and the mean of the values."""

    def __init__(self) -> None:
        self.rows, self.total, self.valued = 0, 0.0, 0
        self.statuses: Counter[str] = Counter()

    def add(self, score: Score) -> None:
        """Count one score."""
        self.rows += 1
        self.statuses[score.status.value] += 1
        if score.value is not None:
            self.total += score.value
            self.valued += 1

    def summary(self) -> dict[str, Any]:
        """Return rows, statuses and the mean value over the rows that have one (None if none has)."""
        mean = self.total / self.valued if self.valued else None
        return {"rows": self.rows, "statuses": dict(self.statuses), "mean": mean, "valued": self.valued}

    def sentence(self) -> str:
        """Return the summary as one line."""
        mean = f"mean value {self.total / self.valued:.4f} over {self.valued}" if self.valued else "no value"
        statuses = ", ".join(f"{count} {status}" for status, count in self.statuses.most_common()) or "none"
        return f"{self.rows} rows: {statuses}; {mean}."


@contextmanager
def _opened(path: str, mode: str) -> Iterator[IO[bytes]]:
    if path == "-":
        yield sys.stdin.buffer if "r" in mode else sys.stdout.buffer
        sys.stdout.flush()
        return
    try:
        stream = open(path, mode)  # noqa: SIM115 - closed below
    except OSError as error:
        raise ToolkitError(f"cannot open {path}: {error.strerror}.") from error
    with stream:
        yield stream


def _chunks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    lines = iter(lines)
    while chunk := list(islice(lines, CHUNK)):
        yield chunk


def _score_lines(bound: BoundReward, lines: list[bytes]) -> list[Score]:
    """Score the rows that can be; the others get the status `error` in their place."""
    from rewards.bound import row_rollout
    from rewards.judge import failed

    scores: dict[int, Score] = {}
    rollouts = {}
    for at, line in enumerate(lines):
        try:
            rollouts[at] = row_rollout(_row(line))
            bound.spec.arguments(rollouts[at])
        except RewardError as error:
            rollouts.pop(at, None)
            scores[at] = failed(str(error))
    scores.update(zip(rollouts, bound.score_rollouts(list(rollouts.values())), strict=True))
    return [scores[at] for at in range(len(lines))]


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RewardError(f"the line is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise RewardError(f"the line holds a {type(row).__name__}, not an object")
    return row


def _score_json(score: Score) -> bytes:
    row = {
        "value": score.value,
        "status": score.status.value,
        "parts": dict(score.parts),
        "reason": score.reason,
        "seconds": round(score.seconds, 6),
    }
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
