"""Equations, definitions and chains of relations.

`x = 3` answers 3, whichever side has the name; with a name on both sides it is looked at only if the options ask. A
chain takes its last side only behind a name: `x = 5 + 5 + 1 = 1/3` says 1/3. Between numbers it must be true to have
a value: `2 + 2 = 4` says 4, and `2 + 2 = 5` says nothing. An equation in the answer with letters on the left and a
number but 0 on the right, `a + b = 5`, says 5; in the reference it does not, for there it may be a curve.
"""

from __future__ import annotations

from rewards.math.compare.context import Context, Match
from rewards.math.compare.equations import ZERO, match_curves, match_solved
from rewards.math.compare.named import names_of
from rewards.math.compare.shape import is_assignment, is_name, rename, symbols
from rewards.math.tree import Call, Mul, Node, Op, Relation, Sequence, Symbol, Text

_FLIPPED: dict[Op, Op] = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


def match_relations(reference: Node, predicted: Node, context: Context) -> Match | None:
    """Pairs in which a side is a relation."""
    if isinstance(reference, Relation) and isinstance(predicted, Relation):
        if set(reference.ops) == set(predicted.ops) == {"="}:
            return _two_equations(reference, predicted, context)
        return _chains(reference, predicted, context)
    if isinstance(reference, Relation):
        return _against_value(reference, predicted, True, context)
    if isinstance(predicted, Relation):
        return _against_value(predicted, reference, False, context)
    return None


def value_of(node: Relation, is_reference: bool, context: Context) -> Node | None:
    """Return the value that an equation states, or None if it states none."""
    if set(node.ops) != {"="}:
        return None
    first, last = node.sides[0], node.sides[-1]
    if _is_label(first):
        return last
    if _is_label(last) and len(node.sides) == 2:
        return first
    if not symbols(node):
        pairs = [(first, side) for side in node.sides[1:]]
        return last if context.all(pairs, "chain").equal else None
    stated = symbols(first) and not symbols(last) and last != ZERO
    return last if stated and not is_reference else None


def _is_label(node: Node) -> bool:
    """A name, words, letters of points as in AB, or a tuple of names."""
    if isinstance(node, Sequence):
        return bool(node.items) and all(is_name(item) for item in node.items)
    if isinstance(node, Mul):
        names = node.factors[node.factors[0] == Symbol("m") :]  # the measure of an angle
        return all(isinstance(part, Symbol) and part.name[0].isupper() for part in names)
    return is_name(node) or isinstance(node, Text)


def _against_value(relation: Relation, other: Node, is_reference: bool, context: Context) -> Match:
    if relation.ops == ("in",) and _is_label(relation.sides[0]):
        value: Node | None = relation.sides[1]
    else:
        value = value_of(relation, is_reference, context)
    apart = _apart(relation)
    if apart is not None and isinstance(other, Sequence) and names_of(other):
        return context.match(*((apart, other) if is_reference else (other, apart)))
    if value is None and is_reference:
        return match_solved(relation, other, context)
    if value is None:
        return Match(False, "statement for a value")
    names = relation.sides[:-1]
    if isinstance(other, Sequence) and len(other.items) == len(names) > 1 and all(map(is_name, names)):
        value = Sequence((value,) * len(names))  # x = y = z = 5 against (5, 5, 5)
    pair = (value, other) if is_reference else (other, value)
    return Match(context.match(*pair).equal, "assignment")


def _apart(node: Relation) -> Sequence | None:
    """`(a, b) = (3, 4)` as `a = 3, b = 4`."""
    names, values = node.sides[0], node.sides[-1]
    if len(node.sides) != 2 or not isinstance(names, Sequence) or not isinstance(values, Sequence):
        return None
    if len(names.items) != len(values.items) or not all(map(is_name, names.items)):
        return None
    pairs = zip(names.items, values.items, strict=True)
    return Sequence(tuple(Relation(pair, ("=",)) for pair in pairs))


def _two_equations(reference: Relation, predicted: Relation, context: Context) -> Match:
    if _is_label(reference.sides[0]) and _is_label(predicted.sides[0]):
        found = _definitions(reference, predicted, context)
        if found.equal or not _is_curve(reference):
            return found
    elif is_assignment(reference) and not _is_curve(reference):
        value = value_of(predicted, False, context)
        if value is None:
            return Match(False, "unsolved equation")
        turned = predicted.sides[0] == value or not symbols(predicted)
        return Match(turned and context.match(reference.sides[-1], value).equal, "assignment")
    if len(reference.sides) == len(predicted.sides) == 2:
        return match_curves(reference, predicted, context) or _chains(reference, predicted, context)
    return _chains(reference, predicted, context)


def _is_curve(node: Relation) -> bool:
    """Whether the equation has variables beside the name that it defines."""
    return bool(symbols(node.sides[-1])) or not is_name(node.sides[0])


def _definitions(reference: Relation, predicted: Relation, context: Context) -> Match:
    """`x = 3` and `y = 3`; `f(x) = x` and `f(t) = t`."""
    one, other = reference.sides[0], predicted.sides[0]
    names = context.options.names
    inside = symbols(reference.sides[-1]) | symbols(predicted.sides[-1])
    if (inside or isinstance(one, Call)) and _other_derivative(one, other, inside):
        return Match(False, "derivative")
    if isinstance(one, Call) and isinstance(other, Call):
        if names and one.name != other.name:
            return Match(False, "names")
        return _functions(reference, predicted, one, other, context)
    if names and one != other:
        return Match(False, "names")
    if isinstance(one, Sequence) and isinstance(other, Sequence) and one != other:
        left, right = _apart(reference), _apart(predicted)
        if left is not None and right is not None:
            return context.match(left, right)
    if isinstance(other, Symbol) and other != one and other.name in symbols(predicted.sides[-1]):
        return Match(False, "name in its own value")
    return Match(context.match(reference.sides[-1], predicted.sides[-1]).equal, "assignment")


def _other_derivative(one: Node, other: Node, inside: set[str]) -> bool:
    """Whether names say different derivatives: f' is not f, dx/dt no dx/ds; and where x' = k x, y' is another's."""
    (base, how), (another, same) = _differentiated(one), _differentiated(other)
    return how != same or (how != ("", 0, "") and one != other and not inside.isdisjoint({base, another}))


def _differentiated(name: Node) -> tuple[str, tuple[str, int, str]]:
    """What a name differentiates, and how often and by what, as `derivatives` writes it."""
    text = name.name if isinstance(name, Call | Symbol) else ""
    written, _, by = text.partition("/d ")
    order, _, base = written.rpartition(" ")
    return base.partition("'")[0], (order, text.count("'"), by)


def _functions(reference: Relation, predicted: Relation, one: Call, other: Call, context: Context) -> Match:
    """Definitions of functions: the parameters of the prediction take the reference's names."""
    left, right = ([arg.name for arg in call.args if isinstance(arg, Symbol)] for call in (one, other))
    if len(left) != len(one.args) or len(right) != len(other.args):
        if len(one.args) != len(other.args):
            return Match(False, "function value")
        pairs = list(zip((*one.args, reference.sides[-1]), (*other.args, predicted.sides[-1]), strict=True))
        return context.all(pairs, "function value")
    if len(left) != len(right):
        return Match(False, "function")
    body = renamed(predicted.sides[-1], right, left)
    return Match(context.match(reference.sides[-1], body).equal, "function")


def renamed(node: Node, old: list[str], new: list[str]) -> Node:
    """Rename bound variables; a free one that stands in their way is moved aside."""
    names = dict(zip(old, new, strict=True))
    aside = {name: name + "*" for name in new if name not in names}
    return node if old == new else rename(node, {**aside, **names})


def _chains(reference: Relation, predicted: Relation, context: Context) -> Match:
    """Side by side with the same signs, or all of it read from the right."""
    if len(reference.sides) != len(predicted.sides):
        return Match(False, "relation")
    found = Match(False, "relation")
    if reference.ops == predicted.ops:
        found = context.all(list(zip(reference.sides, predicted.sides, strict=True)), "relation")
    turned = tuple(_FLIPPED.get(op, op) for op in reversed(predicted.ops))
    if not found.equal and reference.ops == turned and all(op in _FLIPPED for op in predicted.ops):
        pairs = list(zip(reference.sides, reversed(predicted.sides), strict=True))
        other = context.all(pairs, "relation turned round")
        found = other if other.equal is not False or found.equal is False else found
    return found
