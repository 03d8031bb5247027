"""A place in the tokens, with what the text around it decides: the depth, and which signs close something."""

from __future__ import annotations

from rewards.math import budget
from rewards.math.parse.tokens import Token
from rewards.math.tree import Node
from rewards.math.verdict import OverBudget, Unreadable

State = tuple[bool, bool, bool, int, Node | None, int]
CLOSING = frozenset({"end", "close", "}", "amp", "row", "end_env"})


class Cursor:
    """Reads tokens one after the other. The rules of the grammar stand in the classes above this one."""

    __slots__ = ("at", "bars", "condition", "depth", "in_set", "integrals", "token", "tokens", "vectors")

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.token = tokens[0]
        self.depth = 0
        self.bars = False  # a bar closes what is open
        self.vectors = False  # a `>` closes what is open
        self.in_set = False  # a bar or a colon parts the element from its condition
        self.integrals = 0  # open integrals: a `d` before a letter ends the integrand
        self.condition: Node | None = None  # `(k in Z)` behind a value, until its statement ends

    def step(self) -> Token:
        """Go past the token and return it."""
        token = self.token
        if self.at + 1 < len(self.tokens):
            self.at += 1
        self.token = self.tokens[self.at]
        return token

    def back_to(self, at: int) -> None:
        """Stand at a token again."""
        self.at = at
        self.token = self.tokens[at]

    def ahead(self, count: int = 1) -> Token:
        """Return a token further on; the last one is the end."""
        return self.tokens[min(self.at + count, len(self.tokens) - 1)]

    def take(self, kind: str, text: str | None = None) -> bool:
        """Go past the token if it is this one."""
        if self.token.kind == kind and (text is None or self.token.text == text):
            self.step()
            return True
        return False

    def need(self, kind: str) -> None:
        """Go past a token that must be this one.

        Raises:
            Unreadable: it is another.
        """
        if not self.take(kind):
            raise self.unexpected(f"where {kind!r} was expected")

    def unexpected(self, why: str = "") -> Unreadable:
        """Return the error that names the token."""
        shown = self.token.raw[:20] or self.token.kind
        return Unreadable(f"unexpected {shown!r} at token {self.at + 1} {why}".rstrip())

    def deeper(self) -> None:
        """Count one level of nesting.

        Raises:
            OverBudget: too many levels.
        """
        self.depth += 1
        if self.depth > budget.MAX_DEPTH:
            raise OverBudget(f"brackets or exponents nest deeper than {budget.MAX_DEPTH}")

    def inside(self, *, bars: bool = False, vectors: bool = False, in_set: bool = False) -> Node:
        """Read a list inside brackets, with the signs that close it; the signs of the outside wait."""
        kept = self.state()
        self.restore((bars, vectors, in_set, 0, None, self.depth))
        self.deeper()
        node = self.listing()
        self.restore(kept)
        return node

    def state(self) -> State:
        """Return what the text around this place decides."""
        return (self.bars, self.vectors, self.in_set, self.integrals, self.condition, self.depth)

    def restore(self, state: State) -> None:
        """Set what `state` returned."""
        self.bars, self.vectors, self.in_set, self.integrals, self.condition, self.depth = state

    def ended(self) -> bool:
        """Whether the token closes something or ends the text."""
        kind = self.token.kind
        if kind in CLOSING:
            return True
        if kind == "bar":
            return (self.bars or self.in_set) and self.token.text != "l"
        if kind == "norm":
            return self.bars and self.token.text != "l"
        if kind == "rel":
            return self.vectors and self.token.text == ">"
        return kind == ":" and self.in_set

    def listing(self) -> Node:
        """Read items up to the closing sign."""
        raise NotImplementedError

    def relation(self) -> Node:
        """Read a chain of relations, or one side alone."""
        raise NotImplementedError

    def sum(self) -> Node:
        """Read terms."""
        raise NotImplementedError

    def product(self) -> Node:
        """Read factors."""
        raise NotImplementedError

    def factor(self) -> Node:
        """Read a value with its powers and the signs behind it."""
        raise NotImplementedError
