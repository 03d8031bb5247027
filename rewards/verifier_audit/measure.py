"""Run a verifier on labelled and generated cases, and count what it gets wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from rewards.bound import BoundReward, row_rollout
from rewards.contract import Score, Status
from rewards.errors import RewardError
from rewards.hooks import find_hook
from rewards.verifier_audit.case import Case, gold_of
from rewards.verifier_audit.choices import choice_cases
from rewards.verifier_audit.general import general_cases
from rewards.verifier_audit.numbers import number_cases, number_of, plain
from rewards.verifier_audit.shapes import Shape, paid_shapes
from rewards.verifier_audit.sql import COLUMNS, sql_cases
from rewards.verifier_audit.tool_use import places, tool_use_cases
from rewards.wilson import wilson

EXAMPLES = 3
LABELLED = "labelled"
USABLE = "usable"
Row = Mapping[str, Any]


@dataclass
class Family:
    """The cases of one kind and what the verifier did with them.

    Attributes:
        name: the kind, such as "hedge".
        pays: whether these cases should be paid.
        cases: judged cases; masked ones are not among them.
        wrong: how many were judged wrongly.
        masked: cases that the verifier did not judge: it failed, or does not apply.
        examples: some of the wrong ones: completion, reference, value, reason.
    """

    name: str
    pays: bool
    cases: int = 0
    wrong: int = 0
    masked: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the family with its rate of errors and the rate's 95 % interval."""
        low, high = wilson(self.wrong, self.cases)
        rate = self.wrong / self.cases if self.cases else None
        kind = "false_negative" if self.pays else "false_positive"
        return {**vars(self), "kind": kind, "rate": rate, "low": low, "high": high}


@dataclass
class AuditReport:
    """What an audit found.

    Attributes:
        reward: the reward's name.
        rows: rows from which cases were made.
        families: one per kind, those that should be paid first.
        unusable: references that the verifier cannot use, or pays in no common form: text, reason and, where all
            rows were looked at, the row's number.
        references: kind -> rows, where the plugin looks at its references by `references_FUNCTION`.
    """

    reward: str
    rows: int
    families: list[Family]
    unusable: list[dict[str, Any]]
    references: dict[str, int] = field(default_factory=dict)

    def total(self, pays: bool) -> Family:
        """Return all cases that should, or should not, be paid, as one family."""
        found = [f for f in self.families if f.pays == pays]
        name = "all that should be paid" if pays else "all that should not be paid"
        cases, wrong, masked = (sum(getattr(f, key) for f in found) for key in ("cases", "wrong", "masked"))
        return Family(name, pays, cases, wrong, masked)

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain types."""
        return {
            "reward": self.reward,
            "rows": self.rows,
            "families": [family.to_json() for family in self.families],
            "false_positive": self.total(False).to_json(),
            "false_negative": self.total(True).to_json(),
            "unusable": self.unusable,
            "references": self.references,
        }


def audit_reward(
    bound: BoundReward,
    rows: Sequence[Row] = (),
    labelled: Sequence[tuple[Row, bool]] = (),
    *,
    threshold: float = 0.5,
    max_rows: int = 200,
    seed: int = 0,
) -> AuditReport:
    """Audit one reward.

    Args:
        bound: the reward with its parameters. Its plugin may make the cases itself, by a function
            `audit_FUNCTION(row, params)` that yields `Case`s, see `rewards.hooks`.
        rows: dataset rows; cases are made from their references.
        labelled: rows with a `completion`, and whether it should be paid.
        threshold: what counts as paid: this share of the way from the floor to the full value.
        max_rows: at most this many rows, chosen by `seed`.

    Raises:
        RewardError: a group reward, no rows and no labelled cases, or a row without a needed column.
    """
    if bound.spec.group:
        raise RewardError(f"`{bound.name}` compares the samples of a group; it cannot be audited alone.")
    if not rows and not labelled:
        raise RewardError(f"nothing to audit `{bound.name}` with: give rows, labelled cases, or fixtures.")
    audit = _Audit(bound, threshold)
    for row, pays in labelled:
        audit.judge([(Case(LABELLED, row.get("completion"), pays), row)])
    rows = audit.usable(list(rows))
    if len(rows) > max_rows:
        rows = [rows[i] for i in sorted(Random(seed).sample(range(len(rows)), max_rows))]
    own = find_hook(bound.spec, "audit")
    labels = _labels(bound, rows)
    for row in rows:
        cases = own(row, audit.params) if own is not None else audit.made(row, labels)
        audit.judge([(case, row) for case in {repr(case): case for case in cases}.values()])
    families = sorted(audit.families.values(), key=lambda f: not f.pays)
    return AuditReport(bound.name, len(rows), families, audit.unusable, dict(audit.references))


class _Audit:
    """The reward, and the counts so far."""

    def __init__(self, bound: BoundReward, threshold: float) -> None:
        low, high = bound.spec.range
        self.bound, self.line = bound, low + threshold * (high - low)
        self.params = bound.spec.with_defaults(bound.params)
        self.families: dict[tuple[str, bool], Family] = {}
        self.unusable: list[dict[str, Any]] = []
        self.references: Counter[str] = Counter()

    def usable(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows with a reference that the reward takes, and note the others with their numbers.

        A plugin may look at all of them by `references_FUNCTION(rows, params, runner)`, which returns (kind, reason)
        for each; the kind of a good one is `USABLE`. Else all rows are asked with an empty completion where a call
        is cheap; where it is not, those alone of which cases are made.
        """
        hook = find_hook(self.bound.spec, "references")
        if hook is not None:
            return self._kinds(rows, hook)
        if self.bound.spec.cost != "inline":
            return list(rows)
        good = []
        for number, row in enumerate(rows, 1):
            whole = all(name in row for name in self.bound.spec.columns)
            found = self._score([{**row, "completion": ""}])[0] if whole else None
            if found is not None and found.status is Status.BAD_REFERENCE:
                self._refuse(row, f"{found.status.value}: {found.reason}", number)
            else:
                good.append(row)
        return good

    def _kinds(self, rows: Sequence[Row], hook: Callable[..., list[tuple[str, str]]]) -> list[Row]:
        for row in rows:
            self.bound.spec.arguments(row_rollout({**row, "completion": ""}))
        found = hook(rows, self.params, self.bound.runner)
        for number, (row, (kind, reason)) in enumerate(zip(rows, found, strict=True), 1):
            self.references[kind] += 1
            if kind != USABLE:
                self._refuse(row, f"{kind}: {reason}", number)
        return [row for row, (kind, _) in zip(rows, found, strict=True) if kind == USABLE]

    def made(self, row: Row, labels: Sequence[str]) -> Iterator[Case]:
        """Yield the cases of a row by the reward's domain; none if its reference cannot be used."""
        if self.bound.spec.domain == "tool_use":
            return tool_use_cases(row["messages"]) if self._is_right(row) else iter(())
        forms = self._forms(row)
        if not forms:
            return iter(())
        if self.bound.spec.domain == "math":
            return number_cases(row, forms, self.params.get("percent") in (None, "refuse"))
        if self.bound.spec.domain in ("classification", "choice"):
            return choice_cases(row, forms, labels)
        return sql_cases(row, forms) if self.bound.spec.domain == "sql" else general_cases(row, forms)

    def judge(self, pairs: Sequence[tuple[Case, Row]]) -> None:
        """Score cases and count them."""
        scores = self._score([{**row, "completion": case.completion} for case, row in pairs])
        for (case, row), score in zip(pairs, scores, strict=True):
            self._count(case, row, score)

    def _is_right(self, row: Row) -> bool:
        """Whether the row's own trajectory has tool calls and is paid; else it is listed as unusable."""
        turns = row.get("messages")
        if not places(turns):
            self._refuse(row, "the row has no `messages` with a right trajectory: chat turns with tool calls")
            return False
        score = self._score([{**row, "completion": turns}])[0]
        if not self._paid(score):
            self._refuse(
                row, f"its own `messages` are not paid: {score.status.value} {score.reason}".rstrip()
            )
        return self._paid(score)

    def _forms(self, row: Row) -> list[Shape]:
        gold = self._gold(row)
        if gold is None:
            self._refuse(row, "the row has no reference in a column such as `answer`")
            return []
        scores: list[Score] = []

        def pays(texts: list[str]) -> list[bool]:
            scores.extend(self._score([{**row, "completion": text} for text in texts]))
            return [self._paid(score) for score in scores]

        value = number_of(row) if self.bound.spec.domain == "math" else None
        stated = gold if value is None else plain(value)  # a reference may bring its own box, or `####`
        forms = paid_shapes(stated, self.params, self.bound.spec.domain, pays)
        if not forms:
            bad = next((s for s in scores if s.status in (Status.BAD_REFERENCE, Status.ERROR)), scores[0])
            self._refuse(
                row, f"{bad.status.value}: {bad.reason}" if bad.value is None else "paid in no common form"
            )
        return forms

    def _gold(self, row: Row) -> str | None:
        return gold_of(row, COLUMNS if self.bound.spec.domain == "sql" else ())

    def _refuse(self, row: Row, reason: str, number: int | None = None) -> None:
        where = {} if number is None else {"row": number}
        self.unusable.append({"reference": f"{self._gold(row)!s:.200}", "reason": reason, **where})

    def _score(self, rows: Sequence[Row]) -> list[Score]:
        return self.bound.score_rollouts([row_rollout(row) for row in rows])

    def _paid(self, score: Score) -> bool:
        return score.value is not None and score.value >= self.line - 1e-9

    def _count(self, case: Case, row: Row, score: Score) -> None:
        family = self.families.setdefault((case.family, case.pays), Family(case.family, case.pays))
        if score.value is None:
            family.masked += 1
            return
        family.cases += 1
        if self._paid(score) == case.pays:
            return
        family.wrong += 1
        known = {example["note"] for example in family.examples}
        if len(family.examples) < EXAMPLES and (not case.note or case.note not in known):
            family.examples.append(
                {
                    "completion": case.completion,
                    "note": case.note,
                    "reference": self._gold(row),
                    "value": score.value,
                    "status": score.status.value,
                    "reason": score.reason,
                }
            )


def _labels(bound: BoundReward, rows: Sequence[Row]) -> list[str]:
    given = bound.params.get("labels")
    found = given if isinstance(given, list | tuple) else [gold_of(row) for row in rows]
    return list(dict.fromkeys(str(label) for label in found if label is not None))
