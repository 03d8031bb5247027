"""What changed between two sets of scores of the same samples: counts, means, and which samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SHOWN = 10
"""Samples kept for each list of examples."""
STATES = ("paid", "unpaid", "masked")


@dataclass(frozen=True, slots=True)
class Side:
    """One score of a sample: its value (None when masked), its status, and whether it was paid in full."""

    value: float | None
    status: str
    paid: bool | None

    @property
    def state(self) -> str:
        """Return "paid", "unpaid" or "masked"."""
        return "masked" if self.value is None or self.paid is None else "paid" if self.paid else "unpaid"


@dataclass
class Changes:
    """A running comparison; memory does not grow with the number of samples.

    Attributes:
        rows: samples compared.
        changed: samples whose value or status is another.
        statuses: (old, new) -> samples.
        states: (old, new) of "paid", "unpaid", "masked" -> samples.
        sums: sum and number of the old values, then of the new ones.
        largest: the samples whose value changed most, as plain rows.
        lost: samples that were paid and are not any more.
        won: samples that were not paid and are now.
    """

    rows: int = 0
    changed: int = 0
    statuses: Counter[tuple[str, str]] = field(default_factory=Counter)
    states: Counter[tuple[str, str]] = field(default_factory=Counter)
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])
    largest: list[dict[str, Any]] = field(default_factory=list)
    lost: list[dict[str, Any]] = field(default_factory=list)
    won: list[dict[str, Any]] = field(default_factory=list)

    def add(self, key: Mapping[str, Any], old: Side, new: Side, reason: str = "") -> None:
        """Compare one sample; `key` identifies it."""
        self.rows += 1
        self.statuses[old.status, new.status] += 1
        was, is_now = old.state, new.state
        self.states[was, is_now] += 1
        for at, value in ((0, old.value), (2, new.value)):
            if value is not None:
                self.sums[at] += value
                self.sums[at + 1] += 1
        if old.value == new.value and old.status == new.status and was == is_now:
            return
        both = old.value is not None and new.value is not None
        self.changed += not (both and old.status == new.status and was == is_now and _near(old, new))
        row = {
            **key,
            "old": old.value,
            "new": new.value,
            "old_status": old.status,
            "new_status": new.status,
            "reason": reason,
        }
        if both and not _near(old, new):
            self.largest.append(row)
            if len(self.largest) > 8 * SHOWN:
                self._trim()
        if was == "paid" != is_now and len(self.lost) < SHOWN:
            self.lost.append(row)
        if is_now == "paid" != was and len(self.won) < SHOWN:
            self.won.append(row)

    def merge(self, other: Changes) -> None:
        """Add the samples of another comparison, which come after these."""
        self.rows += other.rows
        self.changed += other.changed
        self.statuses += other.statuses
        self.states += other.states
        self.sums = [a + b for a, b in zip(self.sums, other.sums, strict=True)]
        self.largest += other.largest
        self._trim()
        self.lost = (self.lost + other.lost)[:SHOWN]
        self.won = (self.won + other.won)[:SHOWN]

    def _trim(self) -> None:
        self.largest.sort(key=lambda row: -abs(row["new"] - row["old"]))  # stable: the first of equals stays
        del self.largest[SHOWN:]

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain types; `from_json` reads it back."""
        self._trim()
        old_sum, old_count, new_sum, new_count = self.sums
        return {
            "rows": self.rows,
            "changed": self.changed,
            "old_mean": old_sum / old_count if old_count else None,
            "new_mean": new_sum / new_count if new_count else None,
            "statuses": [[*pair, count] for pair, count in sorted(self.statuses.items())],
            "states": [[*pair, count] for pair, count in sorted(self.states.items())],
            "sums": self.sums,
            "largest": self.largest,
            "lost": self.lost,
            "won": self.won,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Changes:
        """Read what `to_json` wrote."""
        return cls(
            rows=found["rows"],
            changed=found["changed"],
            statuses=Counter({(a, b): count for a, b, count in found["statuses"]}),
            states=Counter({(a, b): count for a, b, count in found["states"]}),
            sums=list(found["sums"]),
            largest=list(found["largest"]),
            lost=list(found["lost"]),
            won=list(found["won"]),
        )


def _near(old: Side, new: Side) -> bool:
    assert old.value is not None
    assert new.value is not None
    return abs(old.value - new.value) <= 1e-9
