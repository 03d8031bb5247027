"""Statements and lists: relations, set operations, ratios, "and" and "or", conditions."""

from __future__ import annotations

from rewards.math import budget
from rewards.math.parse.terms import Terms
from rewards.math.tree import (
    Constant,
    Logic,
    Matrix,
    NamedSet,
    Node,
    Number,
    Op,
    Ratio,
    Relation,
    Sequence,
    SetBuilder,
    SetOp,
    Symbol,
    Text,
    Where,
)
from rewards.math.verdict import OverBudget, Unreadable
from rewards.math.walk import walk

SEPARATORS = frozenset({",", ";", "join", "setop"})
"""Between statements, `x < 0 \\cup x > 3`, a union is an "or"."""
SET_LETTERS = frozenset("RQZNC")
ORDERS = frozenset({"<", "<=", ">", ">="})
SET_WORDS = {"union": "or", "intersection": "and"}
LOGIC = frozenset({"land", "lor", "wedge", "vee"})
MEMBER = ("in", "notin")


class Parser(Terms):
    """The whole grammar: `Parser(tokens).read()`."""

    __slots__ = ()

    def read(self) -> Node:
        """Read all tokens as one list, statement or value."""
        node = self.listing()
        if self.token.kind != "end":
            raise self.unexpected()
        return node

    def listing(self) -> Node:
        """Read items, and the condition that follows them all."""
        before = self._universal()
        items, joins = [self._statement()], set()
        while self.token.kind in SEPARATORS:
            joins |= self._separators()
            opens = (
                self.token.kind == "bar" and self.in_set
            )  # `{0, |x|}`: behind a comma no bar parts a condition
            if self.token.kind == "cond" or (self.ended() and not opens):
                break
            items.append(self._statement())
        node = assembled(items, joins)
        for _ in range(budget.MAX_POSTFIX):
            if self.token.kind != "cond":
                break
            node = Where(node, self._condition())
        else:
            raise OverBudget(f"more than {budget.MAX_POSTFIX} conditions")
        return node if before is None else Where(node, before)

    def _separators(self) -> set[str]:
        found: set[str] = set()
        while self.token.kind in SEPARATORS:
            sign = self.step()
            text = sign.text
            if text == "difference":
                raise self.unexpected("behind a statement")
            if sign.raw in LOGIC:
                found.add("logic")
            found.add(SET_WORDS.get(text, text))
        return found

    def _universal(self) -> Node | None:
        """Read `for all x > 0,` in front of a statement."""
        if self.token.kind != "cond":
            return None
        self._skip_conditions()
        node = self.relation()
        if not (self.take(",") or self.take(":")):
            raise self.unexpected("behind a condition")
        return node

    def _skip_conditions(self) -> None:
        while self.token.kind == "cond" or (
            self.token.kind == "prose" and self.token.raw.casefold() in ("all", "any", "every")
        ):
            self.step()

    def _condition(self) -> Node:
        self._skip_conditions()
        at, state = self.at, self.state()
        try:
            items, joins = [self._statement()], set()
            while self.token.kind in SEPARATORS:
                joins |= self._separators()
                items.append(self._statement())
            if self.token.kind == "cond" or self.ended():
                return assembled(items, joins)
        except Unreadable:
            self.restore(state)
        return self._condition_in_words(at)

    def _condition_in_words(self, at: int) -> Node:
        self.back_to(at)
        words: list[str] = []
        while not self.ended():
            words.append(self.step().raw)
        if not words:
            raise self.unexpected("where a condition was expected")
        return Text(" ".join(words).casefold())

    def _statement(self) -> Node:
        kept, self.condition = self.condition, None
        if self.token.kind == "rel" and self.token.text in ("=", "approx"):
            self.step()  # `= 5`
        node = self.relation()
        condition, self.condition = self.condition, kept
        return node if condition is None else Where(node, condition)

    def relation(self) -> Node:
        """Read a chain of relations, or one side alone."""
        first = self._side()
        sides: list[Node] = [first]
        ops: list[Op] = []
        while (self.token.kind == "rel" and not self.ended()) or self._modulus():
            bracket = self.take("open")
            sign = self.step()
            ops.append("mod" if sign.kind == "mod" else sign.text)  # type: ignore[arg-type]  # as in the table
            bounded = ops[-1] in ORDERS and self.token.kind not in ("open", "set")
            sides.append(self._member(self.sum() if bounded else self._side(), ops[-1]))
            if bracket:
                self.need("close")
        if not ops:
            return first
        return _chain([_name(sides[0], ops[0]), *sides[1:]], ops)

    def _modulus(self) -> bool:
        """Whether the modulus of a congruence follows: `(mod 5)` in either spelling."""
        return self.token.text == "pmod" or (self.token.kind == "open" and self.ahead().kind == "mod")

    def _member(self, side: Node, op: Op) -> Node:
        """`x in R` names the set, whatever its font."""
        if op in MEMBER and isinstance(side, Symbol) and side.name in SET_LETTERS:
            return NamedSet(side.name)
        return side

    def _side(self) -> Node:
        parts = [self.sum()]
        if self.token.kind == "setop":
            return self._set_operation(parts[0])
        if self.token.kind == ":" and not self.in_set:
            if isinstance(parts[0], Text):
                self.step()
                return Relation((_name(parts[0], "="), self._side()), ("=",))
            while self.token.kind == ":" and not self.ended():
                self.step()
                parts.append(self.sum())
            return Ratio(tuple(parts))
        return parts[0]

    def _set_operation(self, node: Node) -> Node:
        parts = [self._member(node, "in")]
        while self.token.kind == "setop":
            op = self.token.text
            while self.take("setop", op):
                parts.append(self._member(self.sum(), "in"))
            parts = [SetOp(op, tuple(parts))]  # type: ignore[arg-type]  # the table holds no other name
            self.deeper()
        return parts[0]


def _name(side: Node, op: Op) -> Node:
    """Words left of an equals sign are a name."""
    return Symbol(side.words) if isinstance(side, Text) and op == "=" else side


def _chain(sides: list[Node], ops: list[Op]) -> Node:
    """A boxed relation on one side becomes part of the chain."""
    flat_sides: list[Node] = []
    flat_ops: list[Op] = []
    for at, side in enumerate(sides):
        if at:
            flat_ops.append(ops[at - 1])
        if isinstance(side, Relation):
            flat_sides.extend(side.sides)
            flat_ops.extend(side.ops)
        else:
            flat_sides.append(side)
    return Relation(tuple(flat_sides), tuple(flat_ops))


def assembled(items: list[Node], joins: set[str]) -> Node:
    """Put items of a bare list together: conditions last, values behind an equation under its name, unions."""
    if len(items) == 1:
        return items[0]
    if "logic" in joins and all(isinstance(item, Symbol) for item in items):
        raise Unreadable("a formula of logic")
    condition = _trailing_condition(items)
    if condition is not None:
        return Where(assembled(items[:-1], joins), condition)
    items = _attached(_flat(items))
    if len(items) == 1:
        return items[0]
    words = joins & {"and", "or"}
    if words and any(isinstance(item, Relation | Logic) for item in items):
        return Logic("or" if "or" in words else "and", tuple(items))
    if words == {"or"} and all(map(_interval, items)) and any(map(_surely_interval, items)):
        return SetOp("union", tuple(items))
    return Sequence(tuple(items))


def _flat(items: list[Node]) -> list[Node]:
    flat: list[Node] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Sequence) and not item.opening else (item,))
    return flat


def _trailing_condition(items: list[Node]) -> Relation | None:
    """Return `k in Z` at the end of `k pi, k in Z`: a membership of something that occurs before it."""
    last = items[-1]
    if not isinstance(last, Relation) or last.ops[0] != "in":
        return None
    names = {node for node in walk(last.sides[0]) if isinstance(node, Symbol)}
    return last if any(node in names for item in items[:-1] for node in walk(item)) else None


def _attached(items: list[Node]) -> list[Node]:
    """`n = 1, 2, 3` gives all three to n."""
    out: list[Node] = []
    values: list[Node] = []
    for item in items:
        holder = out[-1] if out else None
        plain = not isinstance(item, Relation | Logic | Where | Text)
        if plain and isinstance(holder, Relation) and holder.ops[-1] in ("=", "!="):
            values = values or [holder.sides[-1]]
            values.append(item)
            continue
        _give(out, values)
        values = []
        out.append(item)
    _give(out, values)
    return out


def _give(out: list[Node], values: list[Node]) -> None:
    if values and isinstance(out[-1], Relation):
        out[-1] = Relation((*out[-1].sides[:-1], Sequence(tuple(_flat(values)))), out[-1].ops)


def _interval(node: Node) -> bool:
    if isinstance(node, Sequence):
        return (node.opening in ("(", "[") and len(node.items) == 2) or node.opening == "{"
    return isinstance(node, SetOp | SetBuilder | NamedSet)


def _surely_interval(node: Node) -> bool:
    if not isinstance(node, Sequence):
        return True
    if node.opening == "{":
        return False
    return node.opening == "[" or node.closing == "]" or any(map(_infinite, node.items))


def _infinite(node: Node) -> bool:
    return any(part == Constant("infinity") for part in walk(node)) and not isinstance(node, Number | Matrix)
