"""Several rewards as one: weights, gates, products, clips, schedules, routing, group terms.

A term pays `weight x schedule x clip(value x factor)`; a closed gate puts the floor of the range for `value x factor`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewards.bound import BoundReward
from rewards.contract import Rollout, Score, Status
from rewards.errors import BadReference, RewardError, unknown_name
from rewards.judge import FLOORED, MASKED
from rewards.registry import load_reward
from rewards.runner import Runner
from rewards.schedule import Schedule, read_clip, read_schedule

TERM_KEYS = ("name", "label", "weight", "params", "requires", "when", "times", "clip", "schedule", "only")
ONLY = ("train", "eval")


@dataclass(frozen=True)
class Term:
    """One reward of a suite.

    Attributes:
        reward: the bound reward.
        label: its name in metrics and records; unique in the suite.
        weight: its factor in the total; 0 = scored and logged, never paid.
        requires: label of a gate: this term pays its floor unless the gate scored its full value.
        when: routing: column -> accepted values; a row that does not match gets `not_applicable`.
        times: label of a factor: this term's value is multiplied by that term's score. Neither may go below 0; this
            term may if its clip does not. A factor with nothing to say about the row counts as 1.
        clip: lowest and highest value of the term, after the product and before the weight.
        schedule: factor of the weight over training. At 0 the term is logged only, and cannot mask a sample.
        only: "train" or "eval": the term applies to rollouts of that split only.
    """

    reward: BoundReward
    label: str
    weight: float = 1.0
    requires: str | None = None
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    times: str | None = None
    clip: tuple[float, float] | None = None
    schedule: Schedule | None = None
    only: str | None = None

    def applies(self, rollout: Rollout, split: str | None = None) -> bool:
        """Whether this term scores the row. `split` defaults to the rollout's own; "" = not known: it does."""
        known = rollout.source.split if split is None else split
        if self.only and known and (known == "train") != (self.only == "train"):
            return False
        return all(rollout.columns.get(column) in values for column, values in self.when.items())

    def weight_at(self, progress: float) -> float:
        """Return the weight at a progress of training in [0, 1]."""
        return self.weight * self.schedule.factor(progress) if self.schedule else self.weight


@dataclass(frozen=True)
class Verdict:
    """All that a suite says about one rollout.

    Attributes:
        total: the weighted sum; None when the sample is masked.
        correct: whether every paying term that is no shaping scored its best (`BoundReward.full`, or the bottom of
            its range where its weight is negative); None when masked, or when shaping alone paid.
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
            _check_links(term, terms)
        self.terms = tuple(terms)

    @classmethod
    def from_config(cls, entries: Sequence[Mapping[str, Any] | str], runner: Runner | None = None) -> Suite:
        """Build a suite from config entries: a name, or a mapping with the keys of `TERM_KEYS`.

        Raises:
            RewardError: unknown reward, key or parameter; the message gives the nearest valid name.
        """
        return cls([_term({"name": e} if isinstance(e, str) else e, runner) for e in entries])

    def check(self, rows: Sequence[Mapping[str, Any]], where: str, split: str = "") -> None:
        """Refuse a dataset in which some row lacks a column that a reward needs, or gets no reward.

        `split` ("train", "eval") leaves out the terms that are for the other one.

        Raises:
            RewardError: naming row, column, reward and dataset.
        """
        for number, row in enumerate(rows):
            rollout = Rollout(completion="", columns=row)
            terms = [t for t in self.terms if t.applies(rollout, split)]
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
                _check_row(term, row, f"{where}, row {number}")

    @property
    def span(self) -> float:
        """How far the largest total can lie from the smallest, before products, clips and schedules."""
        ranges = [(abs(t.weight), t.clip or t.reward.spec.range) for t in self.terms]
        return sum(weight * (high - low) for weight, (low, high) in ranges)

    def score(
        self,
        rollouts: Sequence[Rollout],
        groups: Sequence[Hashable] | None = None,
        *,
        split: str | None = None,
        progress: float = 1.0,
    ) -> list[Verdict]:
        """Judge rollouts.

        Args:
            rollouts: what is judged.
            groups: which rollouts belong to one prompt's group, for group terms; their `prompt_id` if None.
            split: "train", "eval" or another name (counted as eval), for terms with `only`; None = what each
                rollout's source says.
            progress: share of the training done, for schedules. 1 by default: outside training the composition
                is the one that training ends with.
        """
        table: list[dict[str, Score]] = [{} for _ in rollouts]
        for term in (t for t in self.terms if not t.reward.spec.group):
            picked = [i for i, r in enumerate(rollouts) if term.applies(r, split)]
            scores = term.reward.score_rollouts([rollouts[i] for i in picked])
            for i, score in zip(picked, scores, strict=True):
                table[i][term.label] = score
        if any(t.reward.spec.group for t in self.terms):
            base = [self._verdict(scores, progress).total for scores in table]
            keys = list(groups) if groups is not None else [r.prompt_id for r in rollouts]
            self._score_groups(rollouts, keys, base, split, table)
        return [self._verdict(scores, progress) for scores in table]

    def _score_groups(
        self,
        rollouts: Sequence[Rollout],
        keys: Sequence[Hashable],
        base: Sequence[float | None],
        split: str | None,
        table: list[dict[str, Score]],
    ) -> None:
        groups_of: dict[Hashable, list[int]] = {}
        for i, key in enumerate(keys):
            groups_of.setdefault(key, []).append(i)
        for members in groups_of.values():
            for term in (t for t in self.terms if t.reward.spec.group):
                if not any(term.applies(rollouts[i], split) for i in members):
                    continue
                found = term.reward.score_group([rollouts[i] for i in members], [base[i] for i in members])
                for i, score in zip(members, found, strict=True):
                    if term.applies(rollouts[i], split):
                        table[i][term.label] = score

    def _verdict(self, scores: dict[str, Score], progress: float) -> Verdict:
        total, paying = 0.0, []
        best: list[bool] = []  # of each term with a say in `correct`
        for term in self.terms:
            score = scores.get(term.label)
            if score is None or not term.weight or score.status is Status.NOT_APPLICABLE:
                continue
            weight = term.weight_at(progress)
            states = [score.status, *self._links_failed(term, scores)]
            paying += states if weight else [s for s in states if s not in MASKED]
            if score.value is None:
                continue
            low, full = term.reward.spec.range[0], term.reward.full
            is_open = self._open(term, scores)
            total += weight * self._paid(term, score.value if is_open else None, scores)
            if not term.reward.spec.shaping:
                value = score.value if is_open else low
                best.append(value >= full - 1e-9 if term.weight > 0 else value <= low + 1e-9)
        status = next((s for s in SERIOUS if s in paying), Status.NOT_APPLICABLE)
        masked = status in MASKED
        correct = all(best) if best and not masked else None
        return Verdict(None if masked else total, correct, status, scores)

    def _links_failed(self, term: Term, scores: Mapping[str, Score]) -> list[Status]:
        """Return the faults of the term's gate and factor: what it would pay is unknown, so it is masked."""
        links = [scores[label] for label in (term.requires, term.times) if label and label in scores]
        return [found.status for found in links if found.status in (Status.ERROR, Status.BAD_REFERENCE)]

    def _paid(self, term: Term, value: float | None, scores: Mapping[str, Score]) -> float:
        """Return what a term pays before its weight; `value` is None where its gate is closed."""
        paid = term.reward.spec.range[0] if value is None else value
        factor = scores.get(term.times) if term.times else None
        if value is not None and factor is not None and factor.value is not None:
            paid *= factor.value
        return min(max(paid, term.clip[0]), term.clip[1]) if term.clip else paid

    def _open(self, term: Term, scores: Mapping[str, Score]) -> bool:
        if term.requires is None:
            return True
        gate = next(t for t in self.terms if t.label == term.requires)
        found = scores.get(term.requires)
        if found is None or found.status is Status.NOT_APPLICABLE:
            return True
        return found.value is not None and found.value >= gate.reward.full - 1e-9


SERIOUS = (Status.ERROR, Status.BAD_REFERENCE, *sorted(FLOORED, reverse=True), Status.SCORED)


def _check_row(term: Term, row: Mapping[str, Any], where: str) -> None:
    """Ask a reward that looks at its rows before training. Raises `RewardError`."""
    spec = term.reward.spec
    if spec.check_row is None:
        return
    try:
        spec.check_row(row, spec.with_defaults(term.reward.params))
    except BadReference as error:
        raise RewardError(f"{where}: reward `{term.label}`: {error}") from error


def _check_links(term: Term, terms: Sequence[Term]) -> None:
    """Refuse a term that cannot be combined with the others. Raises `RewardError`."""
    if not term.label or "/" in term.label or not term.label.isprintable():
        raise RewardError(
            f"the label {term.label!r} is no name for metrics; give a `label` without `/` and control characters."
        )
    by_label = {t.label: t for t in terms}
    for verb, label in (("requires", term.requires), ("times", term.times)):
        if label is not None and label not in by_label:
            raise RewardError(f"`{term.label}` {verb} an {unknown_name('reward', label, by_label)}")
        if label == term.label:
            raise RewardError(f"`{term.label}` {verb} itself; name another reward.")
    if term.times:
        _check_product(term, by_label[term.times])
    if not math.isfinite(term.weight):
        raise RewardError(f"`{term.label}` has the weight {term.weight}; it must be a finite number.")
    if term.only is not None and term.only not in ONLY:
        raise RewardError(f"`{term.label}`: `only` must be one of {', '.join(ONLY)}, not {term.only!r}.")


def _check_product(term: Term, factor: Term) -> None:
    """Refuse a product in which what is worse may be paid more. Raises `RewardError`."""
    verb, low = f"`{term.label}` times `{factor.label}`", term.reward.spec.range[0]
    if factor.reward.spec.range[0] < 0:
        raise RewardError(
            f"{verb}: a factor's range must not go below 0, and this one's is {list(factor.reward.spec.range)}; "
            "a negative factor would pay what is wrong."
        )
    if low < 0 and not (term.clip and term.clip[0] >= 0):
        raise RewardError(
            f"{verb}: the range of `{term.label}` is {list(term.reward.spec.range)}, and below 0 a smaller factor pays "
            "more: a wrong answer would gain by it. Have the reward pay 0 for what is wrong and 1 for what is right, "
            "or set `clip: [0, 1]`."
        )


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
    label = str(entry.get("label") or bound.name)
    try:
        clip, schedule = read_clip(entry.get("clip")), read_schedule(entry.get("schedule"))
    except RewardError as error:
        raise RewardError(f"rewards entry `{label}`: {error}") from None
    links = {key: entry.get(key) for key in ("requires", "times", "only")}
    return Term(bound, label, weight, when=when, clip=clip, schedule=schedule, **links)
