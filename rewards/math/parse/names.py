r"""Names: letters with subscripts and primes, and derivatives of names, which are names too.

`\frac{dx}{dt}`, `dx/dt`, `\frac{\partial f}{\partial x}`, `\dot{x}` and `y'(x)` are `derivative(x, t)`, one value that
nothing is cancelled in. Where a text has the derivative of x, `x(t)` is x; elsewhere it is a product.
"""

from __future__ import annotations

from fractions import Fraction

from rewards.math.parse.brackets import Brackets
from rewards.math.parse.tokens import Token
from rewards.math.tree import Call, Node, Number, Symbol
from rewards.math.verdict import Unreadable

SIGNS = ("d", "partial")
DOTS = {"dot": 1, "ddot": 2, "dddot": 3}
MAX_ORDER = 9


class Names(Brackets):
    """Rules that begin with a letter."""

    __slots__ = ("moving",)

    def __init__(self, tokens: list[Token]) -> None:
        super().__init__(tokens)
        self.moving: frozenset[str] | None = None

    def symbol(self) -> Symbol:
        """Read a letter with its subscript and primes."""
        token = self.step()
        if self.token.kind in ("_", "'"):
            return self.named(token.text)
        return Symbol(token.text)

    def named(self, name: str) -> Symbol:
        """Read the subscript and the primes that belong to a letter's name."""
        while self.token.kind == "'":
            self.step()
            name += "'"
        if self.take("_"):
            sub = self._subscript()
            name += "_" + sub
        while self.token.kind == "'":
            self.step()
            name += "'"
        if len(name) > 60:
            raise Unreadable("a subscript is too long")
        return Symbol(name)

    def _subscript(self) -> str:
        if self.token.kind != "{":
            return self.step().text
        self.step()
        parts: list[str] = []
        while self.token.kind != "}":
            if self.token.kind in ("end", "{"):
                raise self.unexpected("in a subscript")
            parts.append(self.step().raw)
        self.step()
        if not parts:
            raise Unreadable("an empty subscript")
        return "".join(parts)

    def dotted(self, order: int) -> Node:
        r"""Read what stands under the dots of `\dot{x}`, and the time behind it."""
        node = self.argument()
        if not isinstance(node, Symbol):
            raise Unreadable("dots above what is no name")
        if self.token.kind == "_":
            node = self.named(node.name)
        self.time()
        return derivative(node, Symbol("t"), order)

    def time(self) -> Symbol | None:
        """Go past `(t)` if that is what follows at once, and return its letter."""
        token, letter, close = self.token, self.ahead(), self.ahead(2)
        if token.kind != "open" or token.gap or letter.kind != "sym" or close.text != ")":
            return None
        for _ in range(3):
            self.step()
        return Symbol(letter.text)

    def moves(self, letter: str) -> bool:
        """Whether the text has the derivative of this letter."""
        if self.moving is None:
            found: set[str] = set()
            last = Token("end")
            for at, token in enumerate(self.tokens):
                if token.kind == "sym":
                    name = self._behind(at + 1)
                    if name.kind == "'" or last.text in DOTS:
                        found.add(token.text)
                    if token.text in SIGNS and name.kind == "sym" and (last.kind == "{" or self._divided(at)):
                        found.add(name.text)
                if token.kind != "{" or last.text not in DOTS:
                    last = token
            self.moving = frozenset(found)
        return letter in self.moving

    def _divided(self, at: int) -> bool:
        return any(token.kind == "/" for token in self.tokens[at + 2 : at + 6])

    def _behind(self, at: int) -> Token:
        """The token at a place, past an exponent's signs and digits."""
        while self.tokens[min(at, len(self.tokens) - 1)].kind in ("^", "{", "num", "}"):
            at += 1
        return self.tokens[min(at, len(self.tokens) - 1)]

    def quotient_of_differentials(self) -> Node | None:
        r"""Read `{d^2 x}{d t^2}` of a fraction, or an operator `{d}{dt}` and what it is applied to; None for others."""
        at = self.at
        over = self._half(over=True)
        below = self._half() if over is not None and self.take("}") else None
        if over is None or below is None or below[1] is None or over[::2] != below[::2] or not self.take("}"):
            self.back_to(at)
            return None
        body: Node | None = over[1]
        if body is None:
            self.deeper()
            body = self.product()
            self.depth -= 1
        return derivative(body, below[1], over[2])

    def _half(self, over: bool = False) -> tuple[str, Symbol | None, int] | None:
        """Read `{d^2 x` or `{d x^2` up to its brace: the sign, the name and the order."""
        if not self.take("{") or self.token.kind != "sym" or self.token.text not in SIGNS:
            return None
        sign, order = self.step().text, self._order()
        if self.token.kind != "sym":
            return (sign, None, order) if over else None
        name = self.symbol()
        if over:
            self.time()
        else:
            order = self._order()
        return sign, name, order

    def _order(self) -> int:
        """Read an exponent that is a small number; 1 if there is none, 0 if it is something else."""
        if not self.take("^"):
            return 1
        braced = self.take("{")
        value = self.step().number
        if (braced and not self.take("}")) or value is None or not 0 < value.value <= MAX_ORDER:
            return 0
        return int(value.value) if value.value.denominator == 1 else 0

    def inline_derivative(self) -> Node | None:
        """Read `dx/dt` or `d^2x/dt^2`, written without blanks; None for others."""
        at = self.at
        if self.token.text != "d" or self.token.kind != "sym":
            return None
        self.step()
        order = self._order()
        if order and self.token.kind == "sym" and not self.token.gap:
            name = self.symbol()
            if (
                self.take("/")
                and self.token.text == "d"
                and self.ahead().kind == "sym"
                and not self.ahead().gap
            ):
                self.step()
                variable = self.symbol()
                if self._order() == order:
                    return derivative(name, variable, order)
        self.back_to(at)
        return None


def derivative(node: Node, variable: Symbol, order: int) -> Node:
    """Return the derivative as a call; the order stands in it where it is not 1. Raises `Unreadable`."""
    if order < 1:
        raise Unreadable("the order of a derivative is no small number")
    parts = (node, variable) if order == 1 else (node, variable, Number(Fraction(order)))
    return Call("derivative", parts)
