"""Identity of all other expressions: doubles tell most differences, high precision confirms an agreement."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from rewards.math.algebra import fields
from rewards.math.algebra.arithmetic import bits
from rewards.math.algebra.decision import Decision
from rewards.math.algebra.evaluate import Blurred, Evaluation, Field, Outside, Value
from rewards.math.algebra.fields import DOUBLES, Precise
from rewards.math.algebra.forms import Forms
from rewards.math.algebra.points import Coordinate, domain, points
from rewards.math.algebra.rational import exact_steps, jumps
from rewards.math.verdict import OverBudget

Verdict = Literal["differ", "agree", "blurred", "outside"]
Point = dict[int, Coordinate]
START = 220
"""Bits of the first confirmation, 66 digits."""
MOST = 6000
WORK = 12_000
"""Steps at the first precision that one comparison may cost; a function counts ten, a higher precision more."""
ENOUGH = 4


class Comparison:
    """Two steps of the same forms, compared by value."""

    def __init__(self, forms: Forms, order: list[int], pair: tuple[int, int], seed: int) -> None:
        self.forms, self.order, self.pair = forms, order, pair
        self.domain = domain(forms, order)
        self.seed = seed
        self.jumps = jumps(forms, order)
        self.cost = sum(10 if forms.steps[index].op == "call" else 1 for index in order)
        self.start = START + 2 * max((bits(v) for v in map(forms.value, order) if v), default=0)
        """Enough to tell the numbers in it from their neighbours, also under a root."""
        self.work = 0.0
        self.peak = 0

    def decide(self) -> Decision:
        """Return the decision."""
        if not self.domain.symbols:
            return self._constant()
        if self.domain.imaginary:
            return self._search(real=False) or Decision(None, "undefined")
        found = self._search(real=True)
        if found is not None:
            return found
        return self._search(real=False) or Decision(None, "undefined")

    def _search(self, real: bool) -> Decision | None:
        """Compare at points; None where the expressions have no common point."""
        agree, blurred = list[Point](), list[Point]()
        for turn, point in enumerate(points(self.forms, self.domain, self.seed)):
            verdict = self._at(DOUBLES, point, real)
            if verdict == "differ":
                return Decision(False, "numeric identity")
            if verdict != "outside":
                (agree if verdict == "agree" else blurred).append(point)
            if turn >= 9 and max(len(agree), len(blurred)) >= ENOUGH:
                break
        return self._confirm(agree, blurred, real)

    def _confirm(self, agree: list[Point], blurred: list[Point], real: bool) -> Decision | None:
        wanted = 6 if self.domain.integers or self.domain.steps else 3
        chosen = agree[:2] + agree[-1:] if len(agree) > 3 and wanted == 3 else agree + blurred
        confirmed = 0
        for point in chosen:
            verdict = self._precisely(point, real)
            if verdict == "differ":
                return Decision(False, "numeric identity")
            confirmed += verdict == "agree"
            if confirmed == wanted:
                return Decision(True, "numeric identity")
        if confirmed >= 3:
            return Decision(True, "numeric identity")
        return Decision(None, "precision") if chosen else None

    def _precisely(self, point: Point, real: bool) -> Verdict:
        prec = self.start
        while prec <= MOST:
            verdict = self._at(self._field(prec), point, real)
            if verdict != "blurred":
                return verdict
            prec *= 3
        return "blurred"

    def _constant(self) -> Decision:
        verdict = self._at(DOUBLES, {}, real=False)
        if verdict not in ("differ", "outside"):
            verdict = self._precisely({}, real=False)
            prec = 2 * self.start + 2 * self.peak
            if verdict == "agree":
                verdict = self._at(self._field(prec), {}, real=False) if prec <= MOST else "blurred"
        if verdict in ("outside", "blurred"):
            return Decision(None, "undefined" if verdict == "outside" else "precision")
        return Decision(verdict == "agree", "numeric identity")

    def _field(self, prec: int) -> Precise:
        self.work += self.cost * (prec / START) ** 1.5
        if self.work > WORK:
            raise OverBudget("too much work at high precision")
        return Precise(prec)

    def _at(self, field: Field, point: Point, real: bool) -> Verdict:
        unit = field.constants["i"]
        try:
            values = {
                symbol: field.number(x) + field.number(y) * unit if y else field.number(x)
                for symbol, (x, y) in point.items()
            }
            exact = self._exact(point) if self.jumps else None
            evaluation = Evaluation(self.forms, field, values, real, exact)
            found = evaluation.run(self.order)
            self.peak = evaluation.peak
            return compare(field, found[self.pair[0]], found[self.pair[1]])
        except Outside:
            return "outside"
        except Blurred:
            return "blurred"
        except OverBudget:
            if field is DOUBLES:
                return "blurred"
            raise

    def _exact(self, point: Point) -> dict[int, Fraction]:
        real = {symbol: x for symbol, (x, y) in point.items() if not y}
        return exact_steps(self.forms, self.order, real)


def compare(field: Field, left: Value, right: Value) -> Verdict:
    """Compare two values with their error bounds."""
    (a, below), (b, blur) = left, right
    gap, error = a - b, max(below, blur) + 1
    if gap and field.mag(gap) > error + 2:
        return "differ"
    size = max([field.mag(value) for value in (a, b) if value and field.mag(value) > error], default=0)
    return "agree" if error < size - field.prec // 2 else "blurred"


def numeric(forms: Forms, order: list[int], pair: tuple[int, int], seed: int) -> Decision:
    """Compare two steps by value. Raises `OverBudget`."""
    comparison = Comparison(forms, order, pair, seed)
    with fields.LOCK:
        return comparison.decide()
