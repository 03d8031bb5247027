"""What a mathematical answer means, as a small tree of frozen values. No logic lives here.

The parser makes it, the comparison reads it, `show` prints it. Every node is hashable and compares by structure.
Nothing in it can be executed: a name is a string and a number is an exact fraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Op = Literal["=", "!=", "<", "<=", ">", ">=", "in", "notin", "subset", "approx", "to", "mod"]


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number. `places` counts the digits written after a decimal point; None = no point was written."""

    value: Fraction
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Symbol:
    """A variable: `x`, `alpha`, `x_1`, `x_max`; subscripts are part of the name, primes too (`f'`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A known number that is no fraction. `e` and `i` are constants; the comparison may read them as names."""

    name: Literal["pi", "e", "i", "infinity"]


@dataclass(frozen=True, slots=True)
class Add:
    """A sum; a difference is a sum with a factor -1."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mul:
    """A product; a quotient is a product with a power -1. Order is as written."""

    factors: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Pow:
    """A power; a root is a power with the exponent 1/n."""

    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table `FUNCTIONS`, or an unknown one as written (`f`, `P`)."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class PlusMinus:
    """Plus or minus the term: two values. `flipped` is the sign that goes the other way round."""

    term: Node
    flipped: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with its unit, canonical where `units` knows it: `cm^2`, `km/h`, `percent`, `degree`, `dollar`.

    Words of no known unit, `chocolate candies`, stand case-folded with one blank between them.
    """

    value: Node
    unit: str


@dataclass(frozen=True, slots=True)
class Based:
    """A numeral in a stated base: 1011_2. `value` is exact."""

    value: int
    base: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day or a length of time in seconds; `half` is "am", "pm" or "" where none is written."""

    seconds: int
    half: Literal["am", "pm", ""] = ""


@dataclass(frozen=True, slots=True)
class Ratio:
    """a : b : c."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A chain of relations: one side more than there are operators; `a < b <= c`, `x = y = 3`, `x in S`."""

    sides: tuple[Node, ...]
    ops: tuple[Op, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Items in brackets, or bare. `opening` and `closing` are "(", "[", "{", "<", "|" or "" for a bare list.

    `(1, 2)` may be a pair or an open interval, `[1, 2]` a list or a closed one, `{1, 2}` is a set: the comparison
    decides what to read, since only it sees both sides. Half-open forms, `(1, 2]`, are intervals.
    """

    items: tuple[Node, ...]
    opening: str = ""
    closing: str = ""


@dataclass(frozen=True, slots=True)
class SetBuilder:
    """{x in D | condition}; `element` is the x or `x in D` part."""

    element: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class NamedSet:
    """R, Q, Z, N, C, empty; a suffix says which part: `R+`, `Z*`, `Z>=0`."""

    name: str


@dataclass(frozen=True, slots=True)
class SetOp:
    """A union, intersection or difference of sets; "or" between intervals is a union."""

    op: Literal["union", "intersection", "difference"]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Logic:
    """Statements or values joined by a word: `x < 1 or x > 3`. Values joined by "and" or "or" become a Sequence."""

    op: Literal["or", "and"]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """A statement with its condition: `f(x) = x for all x in R`, `k pi, k in Z`."""

    body: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of a matrix; a column vector has rows of one entry. A determinant is Call("det", (Matrix,))."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Text:
    """Words: an answer in prose, case-folded, punctuation dropped, one blank between words."""

    words: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The letter of a multiple-choice option, in upper case."""

    letter: str


Node = (
    Number
    | Symbol
    | Constant
    | Add
    | Mul
    | Pow
    | Call
    | PlusMinus
    | Quantity
    | Based
    | Clock
    | Ratio
    | Relation
    | Sequence
    | SetBuilder
    | NamedSet
    | SetOp
    | Logic
    | Where
    | Matrix
    | Text
    | Choice
)

_NAMES = (
    "sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth arsinh arcosh artanh"
    " exp ln log abs floor ceil factorial doublefactorial binomial permutations gcd lcm min max sgn re im arg"
    " conjugate det sum product integral limit derivative gamma mod"
)
FUNCTIONS = frozenset(_NAMES.split())
"""Functions that the algebra knows. `log` has one argument (base 10 or e is for the comparison) or (value, base).

`sum`, `product`: (term, symbol, low, high). `integral`: (integrand, symbol) or with low and high. Roots are powers.
"""
