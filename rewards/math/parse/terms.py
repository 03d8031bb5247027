"""Products and sums: signs, quotients, multiplication without a sign, mixed numbers, units."""

from __future__ import annotations

from fractions import Fraction

from rewards.math.parse.atoms import Atoms
from rewards.math.parse.build import exact, is_set, negated, product, quotient, total
from rewards.math.parse.tokens import STARTS
from rewards.math.parse.vocabulary import LEADS, NO_THINGS, SCALES
from rewards.math.tree import (
    Call,
    Logic,
    Node,
    Number,
    PlusMinus,
    Quantity,
    Relation,
    Sequence,
    SetOp,
    Symbol,
    Text,
    Where,
)
from rewards.math.units import convert, read_unit, unit_name
from rewards.math.verdict import Unreadable
from rewards.math.walk import walk

WORDY = frozenset({"unit", "prose"})
STATEMENTS = Relation | Logic | Where


class Terms(Atoms):
    """Rules for what stands between two relations."""

    __slots__ = ()

    def sum(self) -> Node:
        """Read terms with their signs; a difference of sets is a `SetOp`."""
        terms: list[Node] = []
        while True:
            minus, either = self._signs()
            term = self.product()
            if either:
                term = PlusMinus(term, either == "-")
                if minus:
                    term = negated(term)
            elif minus:
                if terms and is_set(terms[-1]) and is_set(term):
                    term = SetOp("difference", (total(terms), term))
                    terms = []
                else:
                    term = negated(term)
            terms.append(term)
            if self.token.kind not in ("+", "-", "pm"):
                break
        if self.token.kind != "over":
            return total(terms)
        over = self.step().text  # the whole group stands above it
        self.deeper()
        below = self.sum()
        self.depth -= 1
        return quotient(total(terms), below) if over == "/" else Call(over, (total(terms), below))

    def _signs(self) -> tuple[bool, str]:
        minus, either = False, ""
        while self.token.kind in ("+", "-", "pm"):
            sign = self.step()
            if sign.kind == "pm":
                either = sign.text
            else:
                minus ^= sign.kind == "-"
        return minus, either

    def product(self) -> Node:
        """Read factors, up to a sign that no factor begins with."""
        while (
            self.token.kind == "prose" and self.token.raw.casefold() in LEADS and self.ahead().kind in STARTS
        ):
            self.step()
        first = self.token
        node = self.factor()
        if isinstance(node, Number) and first.kind == "num":
            node = self._mixed(node)
        factors = [node]
        while True:
            kind = self.token.kind
            if kind == "*":
                self.step()
                factors.append(self._signed())
            elif kind == "/":
                self.step()
                factors = [quotient(product(factors), self._divisor(factors))]
            elif kind in WORDY:
                node = self._quantity(product(factors))
                factors = [self._and_more(node) if self.token.kind == "num" else node]
            elif kind == "money" and self._follows_number():
                unit = self.step().text
                factors = [Quantity(product(factors), unit_name(unit) or unit)]
            elif kind == "mod":
                if self.token.text == "pmod":
                    break
                self.step()
                factors = [Call("mod", (product(factors), self.factor()))]
            elif kind == "sym" and self._speed():
                factors = [self._quantity(product(factors))]
            elif self._stops() or not self._implied(factors):
                break
        return product(factors)

    def _signed(self) -> Node:
        minus = False
        while self.token.kind in ("+", "-"):
            minus ^= self.step().kind == "-"
        node = self.factor()
        return negated(node) if minus else node

    def _stops(self) -> bool:
        """Whether no factor begins here."""
        kind = self.token.kind
        if kind == "set" or kind not in STARTS or self.ended() or self._differential():
            return True
        return kind == "open" and self.ahead().kind == "mod"

    def _speed(self) -> bool:
        """`10 m/s`: letters behind a numeral and a blank are a unit if they end the text as one."""
        token = self.token
        if not token.gap or self.tokens[self.at - 1].kind != "num" or self.ahead().kind != "/":
            return False
        after = 5 if self.ahead(3).kind == "^" else 3
        return (
            self.ahead(2).text in ("s", "h")
            and self.ahead(after).kind == "end"
            and token.text in ("m", "g", "L")
        )

    def _differential(self) -> bool:
        return self.integrals > 0 and self._at_differential()

    def _follows_number(self) -> bool:
        return self.tokens[self.at - 1].kind in ("num", "}")

    def _implied(self, factors: list[Node]) -> bool:
        """Append a factor that no sign stands before; False if it is the statement's condition instead."""
        token = self.token
        if token.kind == "num" and self.tokens[self.at - 1].kind in ("num", "unit"):
            raise self.unexpected("right after a numeral")
        node = self.factor()
        if isinstance(node, STATEMENTS) and self.condition is None:
            self.condition = node
            return False
        last = factors[-1]
        counted = isinstance(last, Quantity) and unit_name(last.unit) is None
        if counted or isinstance(node, Text | STATEMENTS) or isinstance(last, Text | STATEMENTS):
            raise Unreadable("words between values")
        factors.append(node)
        return True

    def _divisor(self, over: list[Node]) -> Node:
        """Read what stands below a slash: letters right behind belong to it, `1/2x` apart."""
        start = self.token
        first = self._signed()
        below = [first]
        coefficient = isinstance(first, Number) and start.kind == "num"
        if coefficient and all(isinstance(factor, Number) for factor in over):
            return first
        while (
            self.token.kind in STARTS
            and self.token.kind not in ("set", "prose", "money")
            and not self.ended()
        ):
            if (coefficient and self.token.gap) or self._differential() or self.token.kind == "num":
                break
            if not self._implied(below):
                break
        return product(below)

    def _mixed(self, whole: Number) -> Node:
        """`1 1/2` and `12 \\frac{3}{5}` are sums; an improper fraction behind a numeral is a factor."""
        if not exact(whole) or whole.value.denominator != 1 or self.tokens[self.at - 1].kind != "num":
            return whole
        token = self.token
        if token.kind == "num" and token.gap and self.ahead().kind == "/" and self.ahead(2).kind == "num":
            over, below = token.number, self.ahead(2).number
            if (
                over is None
                or below is None
                or not exact(over)
                or not exact(below)
                or over.value >= below.value
            ):
                raise self.unexpected("right after a numeral")
            for _ in range(3):
                self.step()
            return Number(whole.value + over.value / below.value)
        if token.kind == "cmd" and token.text == "frac":
            part = self.factor()
            if isinstance(part, Number) and part.places is None and 0 < part.value < 1:
                return Number(whole.value + part.value)
            return product([whole, part])
        return whole

    def _quantity(self, value: Node) -> Node:
        """Read the unit behind a value, or the words that say what is counted."""
        if isinstance(value, Text | Relation):
            raise Unreadable("words between values")
        scale = SCALES.get(self.token.raw.casefold())
        if scale is not None and isinstance(value, Number | Quantity):
            self.step()
            value = _scaled(value, scale)
            if self.token.kind not in WORDY:
                return value
        words: list[str] = []
        while self.token.kind in WORDY or self.token.kind in ("sym", "/", "*"):
            if self.token.kind in ("/", "*"):
                if not self._unit_goes_on(words):
                    break
                words.append(self.step().text)
            elif self.token.kind == "sym" and words and words[-1] not in ("/", "*"):
                break
            words.append(self.step().raw)
            words[-1] += self._unit_power()
        written = " ".join(words)
        unit = unit_name(written)
        if unit is None and len(words) > 1 and (first := unit_name(words[0])) is not None:
            unit = first  # `5 cm long`
        if unit is None:
            if any(
                isinstance(node, Symbol | Relation | Text) for node in walk(value)
            ) or not NO_THINGS.isdisjoint(written.casefold().split()):
                raise Unreadable("words between values")
            unit = written.casefold()
        if isinstance(value, Sequence) and value.opening == "":
            raise Unreadable("a unit behind a list")
        return Quantity(value, unit[:80])

    def _and_more(self, large: Node) -> Node:
        """`5 ft 3 in` is one length, in the smaller unit."""
        self.deeper()
        small = self.product()
        self.depth -= 1
        if isinstance(small, Quantity) and isinstance(large, Quantity):
            one, other = read_unit(large.unit), read_unit(small.unit)
            if one and other and isinstance(small.value, Number) and isinstance(large.value, Number):
                value = convert(large.value.value, one, other)
                if value is not None:
                    return Quantity(Number(value + small.value.value, small.value.places), small.unit)
        raise Unreadable("a numeral right behind a unit")

    def _unit_goes_on(self, words: list[str]) -> bool:
        """Whether the sign after a unit leads to another: `km/h`, but not `km / x`."""
        after = self.ahead()
        if not words or after.kind not in ("unit", "prose", "sym"):
            return False
        return unit_name(words[0]) is not None and unit_name(after.raw) is not None

    def _unit_power(self) -> str:
        if self.token.kind != "^":
            return ""
        at = self.at
        self.step()
        braced = self.take("{")
        sign = "-" if self.take("-") else ""
        token = self.step()
        if token.kind == "num" and (not braced or self.take("}")):
            return f"^{sign}{token.text[:3]}"
        self.back_to(at)
        return ""


def _scaled(value: Node, scale: int) -> Node:
    """Return the value times a word's number; the unit of `$3 million` stays outside."""
    if isinstance(value, Quantity):
        return Quantity(_scaled(value.value, scale), value.unit)
    return (
        Number(value.value * scale)
        if isinstance(value, Number)
        else product([value, Number(Fraction(scale))])
    )
