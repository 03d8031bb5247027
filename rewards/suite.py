"""Several rewards as one: weights, gates, routing by a column, group terms."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewards.bound import BoundReward
from rewards.contract import Rollout, Score, Status
from rewards.errors import RewardError, unknown_name
from rewards.judge import FLOORED, MASKED
from rewards.registry import load_reward
from rewards.runner import Runner

TERM_KEYS = ("name", "label", "weight", "params", "requires", "when")


@dataclass(frozen=True)
class Term:
    """One reward of a suite.

    Attributes:
        reward: the bound reward.
        label: its name in metrics and records; unique in the suite.
        weight: its factor in the total; 0 = scored and logged, never paid.
        requires: label of a gate: this term pays its floor unless the gate scored its full value.
        when: routing: column -> accepted values; a row that does not match gets `not_applicable`.
    """

    reward: BoundReward
    label: str
    weight: float = 1.0
    requires: str | None = None
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def applies(self, rollout: Rollout) -> bool:
        """Whether this term scores the row."""
        return all(rollout.columns.get(column) in values for column, values in self.when.items())


@dataclass(frozen=True)
class Verdict:
    """All that a suite says about one rollout.

    Attributes:
        total: the weighted sum; None when the sample is masked.
        correct: whether every paying term scored its best (the top of its range, or the bottom where its
            weight is negative); None when masked.
        status: `scored`, or the most serious status among the paying terms.
        scores: label -> score.
    """

    total: float | None
    correct: bool | None
    status: Status
    scores: Mapping[str, Score]


class Suite:
    """The rewards of one run. `score` judges rollouts; `check` finds missing columns before a model loads."""

    def __init__(self, terms: Sequence[Term]) -> None:
        if not terms:
            raise RewardError("a suite needs at least one reward.")
        labels = [t.label for t in terms]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise RewardError(f"two rewards are labelled `{twice[0]}`; give one a `label`.")
        for term in terms:
            if term.requires is not None and term.requires not in labels:
                problem = unknown_name("reward", term.requires, labels)
                raise RewardError(f"`{term.label}` requires an {problem}")
            if term.requires == term.label:
                raise RewardError(f"`{term.label}` requires itself; name another reward.")
            if not math.isfinite(term.weight):
                raise RewardError(f"`{term.label}` has the weight {term.weight}; it must be a finite number.")
        self.terms = tuple(terms)

    @classmethod
    def from_config(cls, entries: Sequence[Mapping[str, Any] | str], runner: Runner | None = None) -> Suite:
        """Build a suite from config entries: a name, or a mapping with the keys of `TERM_KEYS`.

        Raises:
            RewardError: unknown reward, key or parameter; the message gives the nearest valid name.
        """
        return cls([_term({"name": e} if isinstance(e, str) else e, runner) for e in entries])

    def check(self, rows: Sequence[Mapping[str, Any]], where: str) -> None:
        """Refuse a dataset in which some row lacks a column that a reward needs, or gets no reward.

        Raises:
            RewardError: naming row, column, reward and dataset.
        """
        for number, row in enumerate(rows):
            rollout = Rollout(completion="", columns=row)
            terms = [t for t in self.terms if t.applies(rollout)]
            if not any(t.weight for t in terms):
                problem = "no reward with a weight applies to it; see `when` in the config"
                raise RewardError(f"{where}, row {number}: {problem}.")
            for term in terms:
                for column in term.reward.spec.columns:
                    if row.get(column) is None:
                        have = ", ".join(sorted(map(str, row)))
                        raise RewardError(
                            f"{where}, row {number}: reward `{term.label}` needs column `{column}`, which is "
                            f"missing or empty. Columns of the row: {have}."
                        )

    def score(self, rollouts: Sequence[Rollout], groups: Sequence[Hashable] | None = None) -> list[Verdict]:
        """Judge rollouts. `groups` says which belong to one prompt's group; group terms need it."""
        table: list[dict[str, Score]] = [{} for _ in rollouts]
        for term in (t for t in self.terms if not t.reward.spec.group):
            picked = [i for i, r in enumerate(rollouts) if term.applies(r)]
            scores = term.reward.score_rollouts([rollouts[i] for i in picked])
            for i, score in zip(picked, scores, strict=True):
                table[i][term.label] = score
        self._score_groups(rollouts, groups, table)
        return [self._verdict(scores) for scores in table]

    def _score_groups(
        self, rollouts: Sequence[Rollout], groups: Sequence[Hashable] | None, table: list[dict[str, Score]]
    ) -> None:
        terms = [t for t in self.terms if t.reward.spec.group]
        if not terms:
            return
        keys = list(groups) if groups is not None else [r.prompt_id for r in rollouts]
        base = [self._verdict(scores).total for scores in table]
        groups_of: dict[Hashable, list[int]] = {}
        for i, key in enumerate(keys):
            groups_of.setdefault(key, []).append(i)
        for members in groups_of.values():
            for term in terms:
                found = term.reward.score_group([rollouts[i] for i in members], [base[i] for i in members])
                for i, score in zip(members, found, strict=True):
                    if term.applies(rollouts[i]):
                        table[i][term.label] = score

    def _verdict(self, scores: dict[str, Score]) -> Verdict:
        total, correct, paying = 0.0, True, []
        for term in self.terms:
            score = scores.get(term.label)
            if score is None or not term.weight or score.status is Status.NOT_APPLICABLE:
                continue
            paying.append(score.status)
            gate = scores.get(term.requires) if term.requires else None
            if gate is not None and gate.status in (Status.ERROR, Status.BAD_REFERENCE):
                paying.append(gate.status)  # whether the gate is open is unknown: masked, not punished
            if score.value is None:
                continue
            low, high = term.reward.spec.range
            value = score.value if self._open(term, scores) else low
            total += term.weight * value
            if not term.reward.spec.group:
                correct = correct and (value >= high - 1e-9 if term.weight > 0 else value <= low + 1e-9)
        status = next((s for s in SERIOUS if s in paying), Status.NOT_APPLICABLE)
        masked = status in MASKED
        return Verdict(None if masked else total, None if masked else correct, status, scores)

    def _open(self, term: Term, scores: Mapping[str, Score]) -> bool:
        if term.requires is None:
            return True
        gate = next(t for t in self.terms if t.label == term.requires)
        found = scores.get(term.requires)
        if found is None or found.status is Status.NOT_APPLICABLE:
            return True
        return found.value is not None and found.value >= gate.reward.full - 1e-9


SERIOUS = (Status.ERROR, Status.BAD_REFERENCE, *sorted(FLOORED, reverse=True), Status.SCORED)


def _term(entry: Mapping[str, Any], runner: Runner | None) -> Term:
    if not isinstance(entry, Mapping):
        raise RewardError(
            f"rewards entry {entry!r} is neither a name nor a mapping with {', '.join(TERM_KEYS)}."
        )
    for key in entry:
        if key not in TERM_KEYS:
            raise RewardError(f"rewards entry {dict(entry)!r}: " + unknown_name("key", key, TERM_KEYS))
    if "name" not in entry:
        raise RewardError(f"rewards entry {dict(entry)!r} has no `name`.")
    for key in ("params", "when"):
        if not isinstance(entry.get(key) or {}, Mapping):
            raise RewardError(
                f"rewards entry `{entry['name']}`: `{key}` must be a mapping, not {entry[key]!r}."
            )
    try:
        weight = float(entry.get("weight", 1.0))
    except (TypeError, ValueError):
        raise RewardError(
            f"rewards entry `{entry['name']}`: the weight {entry['weight']!r} is no number."
        ) from None
    bound = load_reward(str(entry["name"]), **(entry.get("params") or {}))
    bound.runner = runner
    when = {
        column: tuple(values) if isinstance(values, list | tuple) else (values,)
        for column, values in (entry.get("when") or {}).items()
    }
    label = entry.get("label") or bound.name
    return Term(bound, label, weight, entry.get("requires"), when)
