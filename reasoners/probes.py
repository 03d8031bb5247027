"""Forced answers: what a policy would say if it had to stop thinking here, and how likely that is to be right.

A sample's thought is cut into episodes. After each, and before the first, the thought is broken off by a fixed text
and the same policy answers at once. J is the share of right answers among a few, or the probability of the reference
answer. No gradient flows through it. What it costs is reported.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from reasoners.algorithms.progress import ProgressSection
from reasoners.progress_fit import check_outcome
from rewards import Rollout, Suite, ToolkitError, Verdict
from rewards.progress import episode_spans
from rewards.text import final_text

Ids = list[int]
VALUES = "values"
"""Column of J_0, J_1, ... that the reward `progress` reads."""


class Policy(Protocol):
    """The model under training, as probes use it; any engine will do."""

    def encode(self, text: str) -> Ids:
        """Return a text's tokens, without special ones added."""

    def decode(self, ids: Ids) -> str:
        """Return tokens as text, special ones left out."""

    def answer(self, prompts: Sequence[Ids], max_tokens: int, temperature: float) -> list[Ids]:
        """Return one sampled continuation of each prompt."""

    def log_probability(self, prompts: Sequence[Ids], texts: Sequence[Ids]) -> list[float]:
        """Return the summed log-probability of each text after its prompt."""


@dataclass(frozen=True)
class Trace:
    """One sample: its rollout, the tokens of its prompt and its completion."""

    rollout: Rollout
    prompt: Ids
    completion: Ids


@dataclass(frozen=True)
class Probed:
    """What is known of one sample.

    Attributes:
        values: J_0 and J after each episode (or after the last alone); None where no forced answer could be judged.
        ends: tokens of the completion up to the end of each episode (or of the last alone).
    """

    values: list[float] | None
    ends: list[int]


@dataclass
class Cost:
    """What probing took: forced terminations, answers sampled, and their tokens."""

    terminations: int = 0
    answers: int = 0
    tokens: int = 0


@dataclass(frozen=True)
class _Stop:
    """A place where a thought is broken off: a key that equal places share, and the prompt that follows.

    The key is the row and the tokens: rows with one text and different references are judged each by its own.
    """

    key: tuple[str, tuple[int, ...]]
    ids: Ids = field(compare=False)
    rollout: Rollout = field(compare=False)


class Prober:
    """Estimates J along thoughts.

    Args:
        section: how thoughts are cut and answers forced.
        suite: judges forced answers.
        policy: answers them.
    """

    def __init__(self, section: ProgressSection, suite: Suite, policy: Policy) -> None:
        self.section, self.suite, self.policy = section, suite, policy
        self.cost = Cost()
        check_outcome(section, suite)

    def probe(self, traces: Sequence[Trace]) -> list[Probed]:
        """Return J along each sample. Equal places, such as the beginning of a prompt's samples, are probed once."""
        cut = [self._cut(trace) for trace in traces]
        found = []
        for values, (_, ends) in zip(self._values([stops for stops, _ in cut]), cut, strict=True):
            whole = [v for v in values if v is not None]
            found.append(Probed(whole if len(whole) == len(values) else None, ends))
        return found

    def at_budgets(
        self, traces: Sequence[Trace], budgets: Sequence[int]
    ) -> tuple[list[int], list[list[float | None]]]:
        """Return each thought's length in tokens, and J where it is cut after each of `budgets` tokens.

        A thought no longer than a budget has finished: it is answered as it stands.
        """
        lengths = [self._length(trace) for trace in traces]
        stops = [
            [self._stop(trace, min(b, n), n <= b) for b in budgets]
            for trace, n in zip(traces, lengths, strict=True)
        ]
        return lengths, self._values(stops)

    def _length(self, trace: Trace) -> int:
        thought = self.policy.decode(trace.completion).partition(self.section.end)[0]
        return token_ends(trace.completion, [len(thought)], self.policy.decode)[0]

    def _values(self, stops: Sequence[Sequence[_Stop]]) -> list[list[float | None]]:
        """Return J at each stop of each sample."""
        self.cost = Cost()
        places = {stop.key: stop for row in stops for stop in row}
        known = dict(zip(places, self._estimate(list(places.values())), strict=True))
        return [[known[stop.key] for stop in row] for row in stops]

    def _cut(self, trace: Trace) -> tuple[list[_Stop], list[int]]:
        """Return where a sample is stopped, and the episodes' ends in tokens."""
        s = self.section
        thought = self.policy.decode(trace.completion).partition(s.end)[0]
        spans = episode_spans(
            thought,
            markers=s.markers,
            min_paragraphs=s.min_paragraphs,
            max_cuts=s.max_cuts,
            group_size=s.group_size,
        )
        ends = token_ends(trace.completion, [b for _, b in spans], self.policy.decode)
        ends = ends[-1:] if s.probes == "ends" else ends
        finished = [False] * len(ends)
        finished[-1:] = [True] * bool(ends)
        stops = [(0, False), *zip(ends, finished, strict=True)]
        return [self._stop(trace, tokens, done) for tokens, done in stops], ends

    def _stop(self, trace: Trace, tokens: int, finished: bool) -> _Stop:
        s = self.section
        forced = self.policy.encode(("" if finished else s.stop) + s.end + s.header)
        ids = trace.prompt + trace.completion[:tokens] + forced
        key = (trace.rollout.prompt_id, tuple(ids))
        return _Stop(key, ids, self._said(trace.rollout, trace.completion[:tokens] + forced))

    def _said(self, rollout: Rollout, completion: Ids) -> Rollout:
        text = self.policy.decode(completion)
        chat = not isinstance(rollout.completion, str)
        said = [{"role": "assistant", "content": text}] if chat else text
        columns = {k: v for k, v in rollout.columns.items() if k != VALUES}
        return replace(
            rollout, completion=said, columns=columns, completion_tokens=len(completion), truncated=False
        )

    def _estimate(self, stops: list[_Stop]) -> list[float | None]:
        self.cost.terminations = len(stops)
        if self.section.estimate == "logprob":
            return self._by_probability(stops)
        count = self.section.samples
        asked = [stop for stop in stops for _ in range(count)]
        answers = self.policy.answer(
            [s.ids for s in asked], self.section.answer_tokens, self.section.temperature
        )
        self.cost.answers, self.cost.tokens = len(answers), sum(map(len, answers))
        said = [_and_then(s.rollout, self.policy.decode(a)) for s, a in zip(asked, answers, strict=True)]
        right = [self._right(v) for v in self.suite.score(said, list(range(len(said))), split="train")]
        return [_mean(right[i : i + count]) for i in range(0, len(right), count)]

    def _by_probability(self, stops: list[_Stop]) -> list[float | None]:
        column = self.section.reference
        texts = []
        for stop in stops:
            if stop.rollout.columns.get(column) is None:
                raise ToolkitError(
                    f"progress.estimate: logprob needs the column `{column}`; see progress.reference."
                )
            texts.append(self.policy.encode(str(stop.rollout.columns[column])))
        self.cost.tokens = sum(map(len, texts))
        return [min(1.0, math.exp(p)) for p in self.policy.log_probability([s.ids for s in stops], texts)]

    def _right(self, verdict: Verdict) -> float | None:
        if self.section.outcome is None:
            return None if verdict.correct is None else float(verdict.correct)
        score = verdict.scores.get(self.section.outcome)
        if score is None or score.value is None:
            return None
        term = next(t for t in self.suite.terms if t.label == self.section.outcome)
        return float(score.value >= term.reward.full - 1e-9)


def token_ends(ids: Ids, ends: Sequence[int], decode: Callable[[Ids], str]) -> list[int]:
    """Return for each end in characters the fewest tokens whose text reaches it; not falling.

    A token that lies across an end belongs to the episode before it.
    """
    found: list[int] = []
    low = 0
    for end in ends:
        high = len(ids)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if len(decode(ids[:middle])) < end else (low, middle)
        found.append(low)
    return found


def with_values(rollout: Rollout, probed: Probed) -> Rollout:
    """Return a rollout with the column that the reward `progress` reads."""
    if probed.values is None:
        return rollout
    return replace(rollout, columns={**rollout.columns, VALUES: probed.values})


def _and_then(rollout: Rollout, answer: str) -> Rollout:
    text = final_text(rollout.completion) + answer
    chat = not isinstance(rollout.completion, str)
    said: Any = [{"role": "assistant", "content": text}] if chat else text
    return replace(rollout, completion=said)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None
