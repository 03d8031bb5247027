r"""Read an answer, in LaTeX or as people type it, into the tree. Nothing is evaluated and nothing can be executed.

A tokenizer and a recursive descent over it, each with a budget, in time linear in the text. What the rules decide:

- Products without a sign: `2x`, `x(x+1)`, `xy` (letters of no known word). `1/2x` is x/2; `a/bc` is a/(bc).
- `f(x)` is a function applied for f, g, h, F, G, H and phi; for any other letter only where `T(10)` is all that stands
  left of an equals sign, or where several values stand in the brackets: `A(1, 2)`. Else it is a product.
- `3\frac{1}{2}` and `1 1/2` are mixed numbers if the fraction is proper.
- `1,234` is one number outside brackets; inside them a comma parts items, unless some comma has a blank behind it.
- A bracket around one value only groups it, so `(C)`, `\text{(C)}` and `C` are all the Symbol C. `{...}` of LaTeX
  around a list is a set, `\boxed{...}` around one is not.
- `\sin^{-1} x` is arcsin x, `\sin^2 x` is (sin x)^2, `\exp x` is e^x. `sin 2 pi x` takes all of the letters.
- `n = 1, 2, 3` gives n a list. `k\pi, k \in \mathbb{Z}` and `k\pi\ (k \in \mathbb{Z})` are values with a condition.
- `1:30` and `12:00` are clock times, `5:8` is a ratio: see `fast.clock`.
- A numeral followed by words that are no unit counts them: `40 chocolate candies`.
- `(a) 5, (b) 6` names its parts: see `parts`. `5P2` and `{}_5C_2` select. See `names` for derivatives.
- Words that are no mathematics make a `Text`; a list of them with commas or "and" is a list of texts.
"""

from __future__ import annotations

import re

from rewards.math import budget
from rewards.math.clean import clean
from rewards.math.parse.fast import arc, based, clock, date, plain_number, spelled
from rewards.math.parse.parts import labelled
from rewards.math.parse.statements import Parser
from rewards.math.parse.tokens import Token, tokenize
from rewards.math.tree import Logic, Node, Relation, Sequence, Symbol, Text, Where
from rewards.math.verdict import OverBudget, Unreadable

_STYLE = re.compile(r"\\[A-Za-z]+")
_NO_WORD = re.compile(r"[\W_]+")


def parse(text: str) -> Node:
    """Return the tree of an answer.

    Raises:
        Unreadable: it is neither mathematics that is known nor words.
        OverBudget: it is too long, too deep, or holds too large a numeral.
    """
    quick = plain_number(text) if len(text) <= budget.MAX_DIGITS else None
    if quick is not None:
        return quick
    if len(text) > budget.MAX_CHARACTERS:
        raise OverBudget(f"the text has more than {budget.MAX_CHARACTERS} characters")
    try:
        return _read(text)
    except RecursionError:  # the caller stands deep in a stack of its own
        raise OverBudget("brackets or exponents nest too deep") from None


def _read(text: str) -> Node:
    cleaned = clean(text)
    quick = (
        plain_number(cleaned)
        or clock(cleaned)
        or based(cleaned)
        or arc(cleaned)
        or spelled(cleaned)
        or date(cleaned)
    )
    if quick is not None:
        return quick
    parts = labelled(cleaned)
    if parts is not None:
        return Sequence(
            tuple(_part(letter, _plain(part)) for letter, part in zip("abcdefgh", parts, strict=False))
        )
    return _plain(cleaned)


def _part(letter: str, node: Node) -> Node:
    """Return the part under its letter; `(a) x = 2` says 2."""
    if isinstance(node, Relation) and set(node.ops) == {"="}:
        return Relation((Symbol(letter), *node.sides), ("=", *node.ops))
    if isinstance(node, Relation | Logic | Where):
        raise Unreadable("a statement in a labelled part")
    return Relation((Symbol(letter), node), ("=",))


def _plain(cleaned: str) -> Node:
    """Read a cleaned text that has no labels."""
    tokens = [Token("end")]
    try:
        tokens = tokenize(cleaned)
        return Parser(tokens).read()
    except Unreadable:
        words = _prose(cleaned, tokens)
        if words is None:
            raise
        return words


def _prose(cleaned: str, tokens: list[Token]) -> Text | None:
    """Return the words of a text that is no mathematics, or None if it has no word of a language."""
    if not any(token.kind == "prose" for token in tokens):
        return None
    return Text(_NO_WORD.sub(" ", _STYLE.sub(" ", cleaned)).strip().casefold())


__all__ = ["parse"]
