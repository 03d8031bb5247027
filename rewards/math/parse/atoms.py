"""Single values: numerals, letters with their subscripts, applied functions, powers and the signs behind a value."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

from rewards.math import budget
from rewards.math.parse.brackets import items_of, transposed
from rewards.math.parse.build import MINUS_ONE, exact, negated, reciprocal
from rewards.math.parse.commands import Commands
from rewards.math.parse.names import derivative
from rewards.math.parse.numerals import continued
from rewards.math.parse.tokens import Token
from rewards.math.parse.vocabulary import BASES, PHRASES, USUAL_FUNCTIONS
from rewards.math.tree import (
    Based,
    Call,
    Constant,
    NamedSet,
    Node,
    Number,
    PlusMinus,
    Pow,
    Quantity,
    Relation,
    Sequence,
    Symbol,
    Text,
)
from rewards.math.units import unit_name
from rewards.math.verdict import OverBudget, Unreadable

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
DOTS = Symbol("...")
SELECTIONS = {"P": "permutations", "C": "binomial"}
ENDINGS = frozenset({"end", ",", ";", "join", "rel", "close", "}"})


class Atoms(Commands):
    """Rules for one value."""

    __slots__ = ()

    def factor_alone(self) -> Node:
        """Read one value without powers."""
        token = self.token
        match token.kind:
            case "num":
                return self._numeral()
            case "sym":
                return self.symbol()
            case "const":
                self.step()
                if token.text == "e" and self.token.kind == "_":
                    return self.named(token.text)
                return Constant(token.text)  # type: ignore[arg-type]  # the tables hold no other name
            case "func" | "cmd":
                self.deeper()
                node = self.function() if token.kind == "func" else self.command()
                self.depth -= 1
                return node
            case "open":
                return self.bracket()
            case "{":
                if self.ahead().kind == "}":
                    self.step()
                    self.step()
                    return self._selection() or NamedSet("empty")
                node = self.group()
                return Sequence(items_of(node), "{", "}") if _bare(node) else node
            case "bar" | "norm":
                return self.absolute()
            case "begin":
                return self.environment()
            case "set":
                return self._named_set()
            case "money":
                return self._money()
            case "prose":
                return self._words()
            case "dots":
                self.step()
                return DOTS
            case "-" | "+":
                self.deeper()
                self.step()
                node = self.factor_alone()
                self.depth -= 1
                return negated(node) if token.kind == "-" else node
            case "rel" if token.text == "<":
                self.step()
                return self.vector()
            case "^" | "_" if (found := self._selection()) is not None:
                return found
            case _:
                raise self.unexpected("where a value was expected")

    def factor(self) -> Node:
        """Read a value with its powers and the signs behind it."""
        start = self.token
        node = self._applied() if start.kind == "sym" else self.factor_alone()
        for _ in range(budget.MAX_POSTFIX):
            kind = self.token.kind
            if kind == "^":
                node = self._powered(node)
            elif kind == "!" or kind == "!!":
                if isinstance(node, Text):
                    self.step()
                    continue
                self.step()
                node = Call("factorial" if kind == "!" else "doublefactorial", (node,))
            elif kind == "degree":
                self.step()
                node = Quantity(node, self._temperature() or "degree")
            elif kind == "'" and isinstance(node, Quantity) and node.unit == "degree":
                raise Unreadable("minutes of arc")
            elif kind == "_" and isinstance(node, Call | NamedSet):
                raise self.unexpected("behind a value")
            else:
                return node
        raise OverBudget(f"more than {budget.MAX_POSTFIX} signs behind one value")

    def _numeral(self) -> Node:
        found = self._chosen()
        if found is not None:
            return found
        token = self.step()
        number = cast(Number, token.number)
        if self.token.kind == "dots" and not self.token.gap and number.places:
            self.step()
            return continued(number, token.text)
        if self.token.kind != "_":
            return number
        self.step()
        base = self._braced_number()
        if base is None or not 2 <= base <= 36 or number.places is not None:
            raise Unreadable(f"{token.text[:20]} has no base that is a number from 2 to 36")
        digits = token.text
        if not (digits.isascii() and digits.isdigit()) or any(
            DIGITS.index(digit) >= base for digit in digits
        ):
            raise Unreadable(f"{digits[:20]} is no numeral in base {base}")
        return Based(int(digits, base), base)

    def _chosen(self) -> Node | None:
        """Read `5P2` or `5C2`, written without blanks and with no letter behind it."""
        letter, second, after = self.ahead(), self.ahead(2), self.ahead(3)
        if letter.text not in SELECTIONS or letter.gap or second.gap or second.kind != "num":
            return None
        if not after.gap and after.kind in ("sym", "const", "_", "^", "!"):
            return None
        first = self.step().number
        self.step()
        return _selected(letter.text, first, self.step().number)

    def _selection(self) -> Node | None:
        """Read `_5P_2` or `^5P_2`: the numbers before and behind a letter that selects."""
        at = self.at
        if self.token.kind in ("^", "_"):
            self.step()
            first, letter = self.argument(), self.step().text
            if self.take("_") and letter in SELECTIONS and isinstance(first, Number):
                second = self.argument()
                return _selected(letter, first, second if isinstance(second, Number) else None)
        self.back_to(at)
        return None

    def _braced_number(self) -> int | None:
        braced = self.take("{")
        self.take("open", "(")
        token = self.token
        value = token.number.value if token.kind == "num" and token.number is not None else None
        if token.kind == "prose" and token.raw in BASES:
            value = Fraction(BASES[token.raw])
        if value is not None:
            self.step()
        self.take("close", ")")
        if braced:
            self.need("}")
        return value.numerator if value is not None and value.denominator == 1 and value < 100 else None

    def _applied(self) -> Node:
        """Read a letter, or the function that it names where a bracket follows at once."""
        at = self.at
        found = None if self.integrals else self.inline_derivative()
        if found is not None:
            return found
        node = self.symbol()
        token = self.token
        if token.kind != "open" or token.text != "(":
            return node
        if node.name == "Gamma":
            return self._call(Symbol("gamma"))
        if node.name.rstrip("'").partition("_")[0] in USUAL_FUNCTIONS or self._left_of_equation(at):
            return self._call(node)
        if node.name.endswith("'") and (variable := self.time()) is not None:
            name = Symbol(node.name.rstrip("'"))
            return derivative(name, variable, len(node.name) - len(name.name))
        if self.ahead().kind == "sym" and self.moves(node.name[0]) and self.time() is not None:
            return node
        return self._point(node)

    def _call(self, node: Symbol) -> Node:
        """Read the arguments of a function; `t(0, 4]` is a name and its interval."""
        inner = self.bracket()
        if isinstance(inner, Sequence) and inner.closing != ")":
            return Relation((node, inner), ("in",))
        return Call(node.name, inner.items if isinstance(inner, Sequence) else (inner,))

    def _point(self, node: Symbol) -> Node:
        """`A(1, 2)` is a name applied to several values, `I(0)` one at 0; `a(b + c)` is a product."""
        if not self.token.gap and self.ahead(2).text == ")" and _is_zero(self.ahead()):
            return self._call(node)
        if self.token.gap and not node.name[0].isupper():
            return node
        at = self.at
        depth = 0
        for token in self.tokens[at : at + 64]:
            if token.kind in ("open", "{"):
                depth += 1
            elif token.kind in ("close", "}"):
                depth -= 1
                if depth == 0:
                    return node
            elif token.kind == "," and depth == 1:
                return self._call(node)
        return node

    def _left_of_equation(self, at: int) -> bool:
        """Whether `T(10)` at the beginning of a statement is all that stands left of an equals sign."""
        if at and self.tokens[at - 1].kind not in (",", "join", "{", "open", "row", "begin"):
            return False
        simple = ("num", "sym", "const", ",")
        here = self.at + 1
        while here < len(self.tokens) and self.tokens[here].kind in simple and here < self.at + 12:
            here += 1
        if here == self.at + 1 or here + 1 >= len(self.tokens):
            return False
        close, sign = self.tokens[here], self.tokens[here + 1]
        return close.kind == "close" and sign.kind == "rel" and sign.text == "="

    def _named_set(self) -> Node:
        name = self.step().text
        if name == "empty":
            return NamedSet(name)
        for _ in range(2):
            if self.token.kind not in ("_", "^"):
                break
            power = self.step().kind == "^"
            text = self._suffix()
            name += "^" + text if power and text.isdigit() else text
        return NamedSet(name[:20])

    def _suffix(self) -> str:
        if self.token.kind != "{":
            return self.step().text
        self.step()
        text = ""
        while self.token.kind not in ("}", "end"):
            text += self.step().text
        self.need("}")
        return text

    def _money(self) -> Node:
        unit = unit_name(self.step().text) or "dollar"
        if self.token.kind == "num":
            return Quantity(self._numeral(), unit)
        return Quantity(self.factor_alone(), unit)

    def _words(self) -> Node:
        words: list[str] = []
        while self.token.kind == "prose" or (words and self._inner_word(self.token)):
            words.append(self.step().raw)
        said = " ".join(words).casefold()
        return NamedSet(PHRASES[said]) if said in PHRASES else Text(said)

    def _inner_word(self, token: Token) -> bool:
        """A one-letter word, or one that means something elsewhere, in the middle of prose."""
        if token.kind in ("unit", "cond"):
            return token.raw.isalpha()
        return token.raw in ("a", "A", "I") and self.ahead().kind == "prose"

    def _powered(self, base: Node) -> Node:
        self.step()
        braced = self.token.kind == "{"
        inner = self.ahead() if braced else self.token
        closes = self.ahead(2).kind == "}" if braced else True
        special = self._special(inner, base) if closes else None
        if special is not None:
            for _ in range(3 if braced else 1):
                self.step()
            if isinstance(special, Quantity) and (unit := self._temperature()):
                return Quantity(base, unit)
            return special
        self.deeper()
        exponent = self.group() if braced else self._bare_exponent()
        self.depth -= 1
        if _bare(exponent):
            raise Unreadable("a list as an exponent")
        if (
            isinstance(base, Symbol)
            and base.name.startswith("C_")
            and base.name[2:].isdigit()
            and exact(exponent)
        ):
            return Call(
                "binomial", (Number(Fraction(int(base.name[2:]))), exponent)
            )  # C with both numbers at its side
        return reciprocal(base) if exponent == MINUS_ONE else Pow(base, exponent)

    def _temperature(self) -> str | None:
        """Go past the C or F of a temperature that ends the value."""
        letter = self.token.text
        if (
            self.token.kind not in ("sym", "unit")
            or letter not in ("C", "F")
            or self.ahead().kind not in ENDINGS
        ):
            return None
        self.step()
        return "celsius" if letter == "C" else "fahrenheit"

    def _special(self, token: Token, base: Node) -> Node | None:
        """What an exponent means that is none: degrees, primes, transposition, an ordinal's ending."""
        if token.kind == "circ" or token.kind == "degree":
            return Quantity(base, "degree")
        if token.kind == "'":
            return Symbol(base.name + "'") if isinstance(base, Symbol) else None
        if token.raw in ("T", "top", "intercal") and not isinstance(base, Symbol | Number | Constant):
            return transposed(base)
        if token.kind in ("prose", "unit") and token.raw in ("th", "st", "nd", "rd"):
            return base
        return None

    def _bare_exponent(self) -> Node:
        if self.token.kind in ("-", "+"):
            sign = self.step().kind
            node = self._bare_exponent()
            return negated(node) if sign == "-" else node
        if self.take("pm"):
            return PlusMinus(self._bare_exponent())
        node = self._applied() if self.token.kind == "sym" else self.factor_alone()
        if self.token.kind == "^":
            return self._powered(node)
        return node


def _selected(letter: str, first: Number | None, second: Number | None) -> Node:
    if first is None or second is None or not exact(first) or not exact(second):
        raise Unreadable("a selection of numbers that are not whole")
    return Call(SELECTIONS[letter], (first, second))


def _is_zero(token: Token) -> bool:
    return token.number is not None and token.number.value == 0


def _bare(node: Node) -> bool:
    return isinstance(node, Sequence) and not node.opening
