"""From the tree of the parser to steps. Nothing is recursive in the depth of the expression."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from rewards.math.algebra.decision import Unsupported
from rewards.math.algebra.forms import Forms
from rewards.math.algebra.special import make_call
from rewards.math.tree import (
    FUNCTIONS,
    Add,
    Based,
    Call,
    Constant,
    Matrix,
    Mul,
    Node,
    Number,
    Pow,
    Quantity,
    Ratio,
    Symbol,
)

UNROLL = 200
"""Sums and products with numeric bounds are written out up to this many terms."""
NESTING = 4
"""Bound variables (sums, integrals, determinants) nest at most this deep."""
_BINDERS = frozenset(("sum", "product", "integral", "derivative", "limit"))


class Builder:
    """Builds steps from nodes.

    Args:
        forms: where the steps go.
        ten: what a logarithm without base means: base 10 if true, else base e.
    """

    def __init__(self, forms: Forms, ten: bool = False) -> None:
        self.forms, self.ten = forms, ten
        self.choices = False
        """Whether a logarithm without base was met."""
        self._depth = 0

    def build(self, node: Node, names: Mapping[str, int] | None = None) -> int:
        """Return the step of a node; `names` says which steps stand for which symbols.

        Raises:
            Unsupported: a part is no scalar. OverBudget, Undefined: as `Forms`.
        """
        names = names or {}
        work: list[tuple[Node, int]] = [(node, -1)]
        done: list[int] = []
        while work:
            node, count = work.pop()
            if count < 0:
                self.forms.spend(1)
                parts = _parts(node)
                work.append((node, len(parts)))
                work.extend((part, -1) for part in reversed(parts))
                continue
            args = done[len(done) - count :]
            del done[len(done) - count :]
            done.append(self._make(node, args, names))
        return done[0]

    def _make(self, node: Node, args: list[int], names: Mapping[str, int]) -> int:
        forms = self.forms
        match node:
            case Number(value):
                return forms.number(value)
            case Based(value):
                return forms.number(value)
            case Symbol(name):
                return names[name] if name in names else forms.put("symbol", name)
            case Constant(name):
                return forms.put("constant", name)
            case Add():
                return forms.add(args)
            case Mul():
                return forms.mul(args)
            case Pow():
                return forms.pow(args[0], args[1])
            case Ratio():
                return forms.mul([args[0], forms.pow(args[1], forms.number(-1))])
            case Quantity(_, unit):
                return self._quantity(args[0], unit)
            case Call(name, parts):
                return self._call(name, parts, args, names)
        raise Unsupported(type(node).__name__)

    def _quantity(self, value: int, unit: str) -> int:
        forms = self.forms
        if unit == "degree":
            return forms.mul([forms.number(Fraction(1, 180)), forms.put("constant", "pi"), value])
        if unit == "percent":
            return forms.mul([forms.number(Fraction(1, 100)), value])
        return forms.mul([value, forms.put("symbol", f"unit {unit}")])

    def _call(self, name: str, parts: tuple[Node, ...], args: list[int], names: Mapping[str, int]) -> int:
        if name not in FUNCTIONS:
            return self.forms.put("unknown", name, tuple(args))
        if name in _BINDERS:
            return self._bound(name, parts, names)
        if name == "det":
            return self._determinant(parts, names)
        if name == "log" and len(args) == 1:
            self.choices = True
            args = [*args, self.forms.number(10) if self.ten else self.forms.put("constant", "e")]
        return make_call(self.forms, name, args)

    def _bound(self, name: str, parts: tuple[Node, ...], names: Mapping[str, int]) -> int:
        """A sum or product written out, or else an opaque function of its parts with the bound variable renamed."""
        if len(parts) < 2 or not isinstance(parts[1], Symbol) or self._depth >= NESTING:
            raise Unsupported(name)
        self._depth += 1
        try:
            limits = [self.build(part, names) for part in parts[2:]]
            if name in ("sum", "product") and (span := self._span(limits)) is not None:
                bound = parts[1].name
                terms = [self.build(parts[0], {**names, bound: self.forms.number(k)}) for k in span]
                return self.forms.add(terms) if name == "sum" else self.forms.mul(terms)
            local = self.forms.put("symbol", f"bound {self._depth}")
            free = name == "derivative" or (name == "integral" and not limits)
            inner = names if free else {**names, parts[1].name: local}
            head = [self.build(parts[0], inner), self.build(parts[1], inner)]
            return self.forms.put("opaque", name, (*head, *limits))
        finally:
            self._depth -= 1

    def _span(self, limits: list[int]) -> range | None:
        if len(limits) != 2:
            return None
        low, high = (self.forms.value(limit) for limit in limits)
        if low is None or high is None or low.denominator != 1 or high.denominator != 1:
            return None
        return range(int(low), int(high) + 1) if high - low < UNROLL else None

    def _determinant(self, parts: tuple[Node, ...], names: Mapping[str, int]) -> int:
        matrix = parts[0] if len(parts) == 1 else None
        if not isinstance(matrix, Matrix) or not 0 < len(matrix.rows) <= 4 or self._depth >= NESTING:
            raise Unsupported("det")
        if any(len(row) != len(matrix.rows) for row in matrix.rows):
            raise Unsupported("det")
        self._depth += 1
        try:
            return self._expand([[self.build(entry, names) for entry in row] for row in matrix.rows])
        finally:
            self._depth -= 1

    def _expand(self, rows: list[list[int]]) -> int:
        if len(rows) == 1:
            return rows[0][0]
        terms = []
        for column, entry in enumerate(rows[0]):
            minor = self._expand([[*row[:column], *row[column + 1 :]] for row in rows[1:]])
            terms.append(self.forms.mul([self.forms.number((-1) ** column), entry, minor]))
        return self.forms.add(terms)


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case Add(parts) | Mul(parts):
            return parts
        case Pow(base, exponent):
            return base, exponent
        case Ratio(parts) if len(parts) == 2:
            return parts
        case Quantity(value, _):
            return (value,)
        case Call(name, parts) if name not in _BINDERS and name != "det":
            return parts
        case Number() | Symbol() | Constant() | Based() | Call():
            return ()
    raise Unsupported(type(node).__name__)
