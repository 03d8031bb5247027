r"""Commands and functions: fractions, roots, sums, integrals, limits, accents, `\sin^2 x`, `\log_2 8`."""

from __future__ import annotations

from fractions import Fraction

from rewards.math.parse.build import ONE, E, product, quotient
from rewards.math.parse.names import DOTS, Names
from rewards.math.parse.vocabulary import INVERSES
from rewards.math.tree import Call, Constant, Mul, Node, Number, Pow, Relation, Sequence, Symbol

HALF = Number(Fraction(1, 2))
TEN = Number(Fraction(10))
GOES_ON = frozenset({"sym", "const"})
"""Kinds that continue a function's argument without brackets: `sin 2 pi x`."""


class Commands(Names):
    """Rules that begin with a name."""

    __slots__ = ()

    def command(self) -> Node:
        """Read a command with its arguments."""
        name = self.step().text
        match name:
            case "frac":
                return self._fraction()
            case "binom":
                return Call("binomial", (self.argument(), self.argument()))
            case "sqrt":
                return self._root()
            case "cbrt":
                return Pow(self._operand(), Number(Fraction(1, 3)))
            case "box":
                return self.argument()
            case "sum" | "product":
                return self._series(name)
            case "integral":
                return self._integral()
            case "limit":
                return self._limit()
            case _:
                return self._accent(name)

    def _fraction(self) -> Node:
        found = self.quotient_of_differentials()
        if found is not None:
            return found
        over, below = self.argument(), self.argument()
        return quotient(over, below)

    def _root(self) -> Node:
        index: Node | None = None
        if self.token.kind == "open" and self.token.text == "[" and self.token.raw != "lbrack":
            self.step()
            index = self.inside()
            self.need("close")
        radicand = self._operand()
        return Pow(radicand, HALF if index is None else quotient(ONE, index))

    def _operand(self) -> Node:
        if self.token.kind == "open" and self.token.text == "(":
            return self.bracket()
        return self.argument()

    def _limits(self) -> tuple[Node | None, Node | None]:
        low = high = None
        for _ in range(2):
            if self.take("_"):
                low = self.argument()
            elif self.take("^"):
                high = self.argument()
        return low, high

    def _series(self, name: str) -> Node:
        self._index()
        low, high = self._limits()
        self.deeper()
        term = self.product()
        self.depth -= 1
        if isinstance(low, Relation) and low.ops == ("=",) and high is not None:
            return Call(name, (term, low.sides[0], low.sides[1], high))
        return Call(name, tuple(part for part in (term, low, high) if part is not None))

    def _index(self) -> None:
        """Read the index i of `\\sum_{i=1}` as a variable from here on, not as the imaginary unit."""
        letter = self.ahead(2)
        if self.token.kind == "_" and letter.kind == "const" and self.ahead(3).text == "=":
            self._no_constant(letter.text)

    def _no_constant(self, letter: str) -> None:
        for token in self.tokens[self.at :]:
            if token.kind == "const" and token.text == letter:
                token.kind = "sym"

    def _integral(self) -> Node:
        low, high = self._limits()
        self.deeper()
        self.integrals += 1
        body: Node = ONE if self._at_differential() else self.sum()
        self.integrals -= 1
        self.depth -= 1
        if not self._at_differential():
            raise self.unexpected("where the integral's d was expected")
        self.step()
        parts = (body, self.factor_alone(), low, high)
        return Call("integral", tuple(part for part in parts if part is not None))

    def _at_differential(self) -> bool:
        return self.token.kind == "sym" and self.token.text == "d" and self.ahead().kind == "sym"

    def _limit(self) -> Node:
        low, _ = self._limits()
        self.deeper()
        body = self.product()
        self.depth -= 1
        if isinstance(low, Relation) and low.ops == ("to",):
            return Call("limit", (body, *low.sides))
        return Call("limit", (body,) if low is None else (body, low))

    def _accent(self, name: str) -> Node:
        if name in DOTS:
            return self.dotted(DOTS[name])
        node = self.argument()
        if name == "bar" and isinstance(node, Mul) and _written_in_order(node):
            return Call("overline", node.factors)
        if name == "bar" and (isinstance(node, Symbol | Constant) and node.name in "zwi"):
            return Call("conjugate", (node,))
        if name == "hat" and isinstance(node, Symbol | Constant):
            return node if node.name.endswith("_hat") else Symbol(node.name + "_hat")
        return node

    def function(self) -> Node:
        """Read a function of the table, with its power or base, and its argument."""
        name = self.step().text
        base: Node | None = None
        power: Node | None = None
        for _ in range(2):
            if base is None and self.take("_"):
                base = self.argument()
            elif power is None and self.take("^"):
                power = self._power()
        if name == "log" and base is None and self.token.kind == "num" and self.token.text in ("2", "10"):
            after = self.ahead()
            if not self.token.gap and after.kind == "open" and not after.gap:
                base = self.step().number
        if power == Number(Fraction(-1)) and name in INVERSES:
            name, power = INVERSES[name], None
        at = self.at
        args = self._arguments()
        if name in ("sum", "product") and len(args) > 1 and isinstance(args[1], Constant):
            self.back_to(at)
            self._no_constant(args[1].name)
            args = self._arguments()
        node = _called(name, args, base)
        return node if power is None else Pow(node, power)

    def _power(self) -> Node:
        if self.take("-"):
            one = self.factor_alone()
            return Number(-one.value) if isinstance(one, Number) else one
        return self.argument()

    def _arguments(self) -> tuple[Node, ...]:
        token = self.token
        if token.kind == "open" and token.text in ("(", "[", "{"):
            node = self.bracket()
            if isinstance(node, Sequence) and node.opening:
                return node.items
            return (node,)
        if token.kind == "{":
            node = self.group()
            return node.items if isinstance(node, Sequence) and not node.opening else (node,)
        self.deeper()
        sign = self.take("-")
        factors = [self.factor()]
        while self._continues(factors):
            factors.append(self.factor())
        if self.token.kind == "/" and self.ahead().kind == "num" and self._angle(factors):
            self.step()
            factors = [quotient(product(factors), self.factor_alone())]
        self.depth -= 1
        node = product(factors)
        return (product([Number(Fraction(-1)), node]) if sign else node,)

    def _continues(self, factors: list[Node]) -> bool:
        if self.integrals and self._at_differential():
            return False
        if self.token.kind in GOES_ON:
            return True
        numbers = all(isinstance(factor, Number) for factor in factors)
        return numbers and self.token.kind == "cmd" and self.token.text in ("frac", "sqrt")

    def _angle(self, factors: list[Node]) -> bool:
        return any(isinstance(factor, Constant) and factor.name == "pi" for factor in factors)


def _written_in_order(node: Mul) -> bool:
    r"""Whether a bar covers digits, `\\overline{ab}`: lower-case letters, which are no product."""
    return any(isinstance(part, Symbol) and part.name.islower() for part in node.factors)


def _called(name: str, args: tuple[Node, ...], base: Node | None) -> Node:
    if len(args) == 1:
        if name == "exp":
            return Pow(E, args[0])
        if name == "lg":
            return Call("log", (args[0], TEN))
        if base is not None and name == "log":
            return Call("log", (args[0], base))
    if base is not None:
        args = (*args, base)
    return Call(name, args)
