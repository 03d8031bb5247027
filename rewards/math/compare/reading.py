"""Read a tree as a set of real numbers: intervals, inequalities, set-builder notation, unions, domains.

What cannot be read so, a set of pairs or the integers, is None; the rules then compare by structure.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from rewards.math.compare.context import Context
from rewards.math.compare.integers import is_integer_domain, members
from rewards.math.compare.numeric import order
from rewards.math.compare.pieces import HIGH, LOW, Piece, Unordered, complement, intersection, normal, point
from rewards.math.compare.shape import is_infinite, is_name, negative, symbols
from rewards.math.compare.unsolved import solved
from rewards.math.tree import (
    Add,
    Choice,
    Logic,
    Matrix,
    Mul,
    NamedSet,
    Node,
    Number,
    Op,
    Relation,
    Sequence,
    SetBuilder,
    SetOp,
    Text,
    Where,
)

INEQUALITIES: frozenset[Op] = frozenset({"<", "<=", ">", ">=", "!="})
_UP: frozenset[Op] = frozenset({"<", "<="})
_DOWN: frozenset[Op] = frozenset({">", ">="})
_MEMBER: tuple[tuple[Op, ...], ...] = (("in",), ("notin",))
_FAVOURED = "xyztuvwnmk"
_ZERO = Number(Fraction(0))
_NO_SCALAR = (Text, Choice, Matrix, Sequence, NamedSet, SetOp, SetBuilder, Relation, Logic, Where)
_DOMAINS = {
    "R": (Piece(LOW, HIGH, False, False),),
    "R+": (Piece(_ZERO, HIGH, False, False),),
    "R>0": (Piece(_ZERO, HIGH, False, False),),
    "R>=0": (Piece(_ZERO, HIGH, True, False),),
    "R-": (Piece(LOW, _ZERO, False, False),),
    "R<0": (Piece(LOW, _ZERO, False, False),),
    "R<=0": (Piece(LOW, _ZERO, False, True),),
    "R*": (Piece(LOW, _ZERO, False, False), Piece(_ZERO, HIGH, False, False)),
    "empty": (),
}


class RealSet(NamedTuple):
    """The pieces, and the variable that runs through them where one was written."""

    pieces: tuple[Piece, ...]
    variable: Node | None = None


def is_set_like(node: Node) -> bool:
    """Whether a node can only be a set or a statement about one; `(1, 2)` and `{1, 2}` may be something else."""
    if isinstance(node, SetOp | SetBuilder | NamedSet):
        return True
    if isinstance(node, Relation):
        return bool(INEQUALITIES & set(node.ops)) or node.ops in _MEMBER
    if isinstance(node, Logic):
        return any(is_set_like(part) for part in node.parts)
    if isinstance(node, Add):
        return any(is_set_like(term) or isinstance(term, Sequence) for term in node.terms)
    if isinstance(node, Sequence) and not node.opening and node.items:
        return all(isinstance(item, Relation) and is_set_like(item) for item in node.items)
    return is_interval(node)


def is_interval(node: Node) -> bool:
    """Whether a node can only be an interval: it is half open, or has an infinite end."""
    if not isinstance(node, Sequence) or len(node.items) != 2 or not _brackets(node):
        return False
    return node.opening + node.closing in ("(]", "[)") or any(map(is_infinite, node.items))


def _brackets(node: Sequence) -> bool:
    return node.opening in ("(", "[") and node.closing in (")", "]")


def read_set(node: Node, context: Context) -> RealSet | None:
    """Return the set of real numbers that a node states, or None."""
    try:
        return _read(node, context)
    except Unordered:
        return None


def _read(node: Node, context: Context) -> RealSet | None:
    context.spend()
    if isinstance(node, Relation):
        return _relation(node, context)
    if isinstance(node, Sequence):
        return _sequence(node, context)
    if isinstance(node, NamedSet):
        return RealSet(_DOMAINS[node.name]) if node.name in _DOMAINS else None
    if isinstance(node, SetBuilder):
        return _builder(node, context)
    if isinstance(node, SetOp):
        return _combined(node.op, node.parts, context)
    if isinstance(node, Logic):
        return _combined("union" if node.op == "or" else "intersection", node.parts, context)
    if isinstance(node, Add) and is_set_like(node):
        return _subtracted(node, context)
    return None if isinstance(node, _NO_SCALAR) else RealSet((point(node),))


def _sequence(node: Sequence, context: Context) -> RealSet | None:
    if node.opening == "{":
        return (
            None
            if any(isinstance(i, _NO_SCALAR) for i in node.items)
            else RealSet(tuple(map(point, node.items)))
        )
    if not node.opening:
        return _listed(node, context)
    if len(node.items) != 2 or not _brackets(node) or any(isinstance(i, _NO_SCALAR) for i in node.items):
        return None
    low, high = node.items
    if order(low, high) == 1 or (low == high and node.opening + node.closing != "[]"):
        return None  # (1, 1) is a point of the plane
    ends = not is_infinite(low) and node.opening == "[", not is_infinite(high) and node.closing == "]"
    return RealSet((Piece(low, high, *ends),))


def _listed(node: Sequence, context: Context) -> RealSet | None:
    """A bare list: intervals and values are joined; statements too, unless they bound one range together."""
    if not is_set_like(node):
        return _combined("union", node.items, context)
    found = _combined("intersection", node.items, context)
    return found if found and found.pieces else _combined("union", node.items, context)


def _combined(op: str, parts: tuple[Node, ...], context: Context) -> RealSet | None:
    if op == "intersection" and (domain := next(filter(_is_of_integers, parts), None)):
        return _whole(domain, tuple(part for part in parts if part is not domain), context)
    sets: list[RealSet] = []
    for part in parts:
        found = _read(part, context)
        if found is None:
            return None
        sets.append(found)
    variables = list(dict.fromkeys(found.variable for found in sets if found.variable is not None))
    if len(variables) > 1 or not sets:
        return None
    pieces = list(sets[0].pieces)
    for other in sets[1:]:
        if op == "union":
            pieces.extend(other.pieces)
        else:
            outside = other.pieces if op == "intersection" else complement(other.pieces, context)
            pieces = intersection(pieces, outside, context)
    return RealSet(tuple(pieces), variables[0] if variables else None)


def _is_of_integers(node: Node) -> bool:
    return isinstance(node, Relation) and node.ops == ("in",) and is_integer_domain(node.sides[1])


def _whole(domain: Node, parts: tuple[Node, ...], context: Context) -> RealSet | None:
    """The integers of the other parts."""
    found = _combined("intersection", parts, context)
    if found is None or not isinstance(domain, Relation) or found.variable not in (None, domain.sides[0]):
        return None
    pieces = members(domain.sides[1], found.pieces, context)
    return None if pieces is None else RealSet(pieces, domain.sides[0])


def _subtracted(node: Add, context: Context) -> RealSet | None:
    """A - B, where the sign was read as a minus."""
    parts = [node.terms[0]]
    for term in node.terms[1:]:
        taken = term.factors[-1] if isinstance(term, Mul) else term
        if negative(taken) != term:
            return None
        parts.append(taken)
    return _combined("difference", tuple(parts), context)


def _builder(node: SetBuilder, context: Context) -> RealSet | None:
    element = node.element
    if not isinstance(element, Relation) or element.ops != ("in",):
        found = _read(node.condition, context)
    else:
        found = _combined("intersection", (element, node.condition), context)
        element = element.sides[0]
    if found is None or found.variable not in (None, element) or not is_name(element):
        return None
    return RealSet(found.pieces)


def _relation(node: Relation, context: Context) -> RealSet | None:
    if node.ops in _MEMBER:
        found = _read(node.sides[1], context)
        if found is None or found.variable is not None:
            return None
        inside = found.pieces if "in" in node.ops else tuple(complement(found.pieces, context))
        return RealSet(inside, node.sides[0])
    at = _variable(node)
    if at is None:
        return None
    if not is_name(node.sides[at]) and (found := _solution(node, at, context)) is not None:
        return found
    pieces: tuple[Piece, ...] = (Piece(LOW, HIGH, False, False),)
    for side, op in _bounds(node, at):
        if op == "!=" and isinstance(side, Sequence) and side.opening in ("", "{"):
            excluded = _combined("union", side.items, context)
            return excluded and RealSet(tuple(complement(excluded.pieces, context)), node.sides[at])
        if isinstance(side, _NO_SCALAR):
            return None
        bound = _ray(side, op, context)
        pieces = bound if len(node.sides) == 2 else _both(pieces, bound, context)
    return RealSet(pieces, node.sides[at])


def _solution(node: Relation, at: int, context: Context) -> RealSet | None:
    """The solutions of an inequality in which more than the variable stands on its side."""
    parts = []
    for bound, op in _bounds(node, at):
        found = None if isinstance(bound, _NO_SCALAR) else solved(node.sides[at], op, bound)
        if found is None:
            return None
        relations = tuple(Relation((found.variable, end), (sign,)) for end, sign in found.bounds)
        parts.append(_combined("intersection" if found.every else "union", relations, context))
    return parts[0] if len(parts) == 1 else _met(parts, context)


def _met(parts: list[RealSet | None], context: Context) -> RealSet | None:
    one, other = parts
    if one is None or other is None:
        return None
    return RealSet(tuple(intersection(one.pieces, other.pieces, context)), one.variable)


def _both(pieces: tuple[Piece, ...], bound: tuple[Piece, ...], context: Context) -> tuple[Piece, ...]:
    """a < x < b with letters for ends is (a, b) as written, though nobody knows which is larger."""
    try:
        return tuple(intersection(pieces, bound, context))
    except Unordered:
        one, other = pieces[0], bound[0]
        if len(pieces) == len(bound) == 1 and (one.high, other.low) == (HIGH, LOW):
            return (Piece(one.low, other.high, one.low_closed, other.high_closed),)
        if len(pieces) == len(bound) == 1 and (other.high, one.low) == (HIGH, LOW):
            return (Piece(other.low, one.high, other.low_closed, one.high_closed),)
        raise


def _variable(node: Relation) -> int | None:
    """Which side is the variable: the middle one of three; of two, the name, or the only side with letters."""
    if not set(node.ops) <= INEQUALITIES | {"="}:
        return None
    if len(node.sides) == 3:
        return 1 if symbols(node.sides[1]) and _same_way(node.ops) else None
    if len(node.sides) != 2:
        return None
    names = [at for at in (0, 1) if is_name(node.sides[at])]
    if len(names) == 2:
        return max(names, key=lambda at: -_rank(node.sides[at]))
    if names:
        return names[0]
    lettered = [at for at in (0, 1) if symbols(node.sides[at])]
    return lettered[0] if len(lettered) == 1 else None


def _rank(node: Node) -> int:
    name = getattr(node, "name", "")
    return _FAVOURED.index(name[0]) if name and name[0] in _FAVOURED else len(_FAVOURED)


def _same_way(ops: tuple[Op, ...]) -> bool:
    return set(ops) <= _UP or set(ops) <= _DOWN


def _bounds(node: Relation, at: int) -> list[tuple[Node, Op]]:
    """The other sides, each with the operator that stands between the variable and it."""
    turned: dict[Op, Op] = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
    bounds = []
    if at > 0:
        op = node.ops[at - 1]
        bounds.append((node.sides[at - 1], turned.get(op, op)))
    if at < len(node.ops):
        bounds.append((node.sides[at + 1], node.ops[at]))
    return bounds


def _ray(end: Node, op: Op, context: Context) -> tuple[Piece, ...]:
    if op == "=":
        return (point(end),)
    if op == "!=":
        return tuple(complement([point(end)], context))
    closed = op in ("<=", ">=") and not is_infinite(end)
    return (Piece(LOW, end, False, closed),) if op in _UP else (Piece(end, HIGH, closed, False),)


def simplified(pieces: tuple[Piece, ...], context: Context) -> list[Piece] | None:
    """Return the pieces in their normal form, or None where their ends cannot be put in order."""
    try:
        return normal(pieces, context)
    except Unordered:
        return None
