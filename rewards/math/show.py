"""The canonical form of a tree: one short line for people, which the parser reads back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rewards.math import budget
from rewards.math.parse.vocabulary import SHORT_UNITS
from rewards.math.tree import (
    Add,
    Based,
    Call,
    Choice,
    Clock,
    Constant,
    Logic,
    Matrix,
    Mul,
    NamedSet,
    Node,
    Number,
    PlusMinus,
    Pow,
    Quantity,
    Ratio,
    Relation,
    Sequence,
    SetBuilder,
    SetOp,
    Symbol,
    Text,
    Where,
)

# How tightly a form holds together; a part is put in brackets where its surroundings hold tighter.
_LIST, _CHAIN, _UNION, _RATIO, _SUM, _PRODUCT, _POWER, _ATOM = range(8)
_OPS: Final = {
    "to": "->",
    "approx": "≈",
    "notin": "∉",
    "in": "∈",
    "subset": "⊂",
    "!=": "≠",
    "<=": "≤",
    ">=": "≥",
}
_SET_OPS: Final = {"union": " ∪ ", "intersection": " ∩ ", "difference": " ∖ "}
_SIGNED: Final = {"factorial": "!", "doublefactorial": "!!"}
_SHOWN_BITS: Final = 6_600  # 2,000 digits: Python refuses to write out more than 4,300
_SHORT = re.compile(r"[^\W\d_]{1,2}(?![^\W\d_])")
_NAMES: Final = {"infinity": "∞"}
_SETS: Final = {"empty": "∅", "R": "ℝ", "Z": "ℤ", "N": "ℕ", "Q": "ℚ", "C": "ℂ"}


def show(node: Node, limit: int = budget.SHOWN) -> str:
    """Return the canonical form, cut to `limit` characters with a mark where it is longer.

    `parse` reads an uncut form back to an equal tree, but for the written form of decimals with many places.
    """
    try:
        text = _show(node)[0]
    except RecursionError:  # what stands side by side, `x cm x cm ...`, can make a tree as deep as it is long
        return "(nests too deep to be shown)"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _show(node: Node) -> tuple[str, int]:
    """Return the form and how tightly it holds."""
    match node:
        case Number():
            return _number(node)
        case Symbol():
            return _symbol(node.name), _ATOM
        case Constant():
            return _NAMES.get(node.name, node.name), _ATOM
        case Add():
            return _add(node), _SUM
        case Mul():
            return _mul(node), _PRODUCT
        case Pow():
            return _pow(node)
        case PlusMinus():
            return ("∓" if node.flipped else "±") + _in(node.term, _PRODUCT), _SUM
        case Call():
            return _call(node), _ATOM
        case Quantity():
            return _in(node.value, _PRODUCT) + _unit(node.unit), _PRODUCT
        case Based():
            return f"{_digits(node.value, node.base)}_{node.base}", _ATOM
        case _:
            return _structure(node)


def _structure(node: Node) -> tuple[str, int]:
    match node:
        case Sequence():
            return _sequence(node)
        case Relation():
            return _relation(node)
        case SetBuilder():
            return f"\\{{{_in(node.element, _CHAIN)} | {_in(node.condition, _LIST)}\\}}", _ATOM
        case NamedSet():
            return _named_set(node.name), _ATOM
        case SetOp():
            return _SET_OPS[node.op].join(_in(part, _RATIO) for part in node.parts), _UNION
        case Logic():
            return f" {node.op} ".join(_in(part, _CHAIN) for part in node.parts), _LIST
        case Where():
            return f"{_in(node.body, _LIST)} where {_in(node.condition, _LIST)}", _LIST
        case Ratio():
            return " : ".join(_in(part, _SUM) for part in node.parts), _RATIO
        case Matrix():
            return f"[{', '.join(f'[{_list(row)}]' for row in node.rows)}]", _ATOM
        case Clock():
            return _clock(node), _ATOM
        case Text():
            return node.words, _ATOM
        case Choice():
            return f"({node.letter})", _ATOM
        case _:
            raise TypeError(f"no form for {type(node).__name__}")


def _in(node: Node, least: int) -> str:
    text, level = _show(node)
    return text if level >= least else f"({text})"


def _list(items: Iterable[Node]) -> str:
    return ", ".join(_in(item, _CHAIN) for item in items)


def _number(node: Number) -> tuple[str, int]:
    value, places = node.value, node.places
    level = _SUM if value < 0 else _ATOM
    if max(abs(value.numerator), value.denominator).bit_length() > _SHOWN_BITS:
        return "(a number too long to be shown)", level
    if places is not None:
        scaled = value * 10**places
        if scaled.denominator == 1:
            digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
            text = f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}" if places else digits
            return ("-" if value < 0 else "") + text, level
    return (str(value), level) if value.denominator == 1 else (str(value), min(level, _PRODUCT))


def _symbol(name: str) -> str:
    head, line, sub = name.partition("_")
    if sub == "hat":
        return f"\\hat{{{head}}}"
    if not line:
        return name
    primes = sub[len(sub.rstrip("'")) :]
    sub = sub.rstrip("'")
    return f"{head}_{sub}{primes}" if len(sub) == 1 or sub.isdigit() else f"{head}_{{{sub}}}{primes}"


def _add(node: Add) -> str:
    out = _in(node.terms[0], _PRODUCT) if not _leads_minus(node.terms[0]) else _show(node.terms[0])[0]
    for term in node.terms[1:]:
        text, level = _show(term)
        if isinstance(term, PlusMinus):
            out += f" {text[0]} {text[1:]}"
        elif text.startswith("-") and _leads_minus(term):
            out += f" - {text[1:]}"
        else:
            out += f" + {text if level >= _PRODUCT else f'({text})'}"
    return out


def _leads_minus(node: Node) -> bool:
    if isinstance(node, Quantity):
        return _leads_minus(node.value)
    if isinstance(node, Mul):
        node = node.factors[0]
    return isinstance(node, Number) and node.value < 0


def _mul(node: Mul) -> str:
    factors = list(node.factors)
    out = ""
    first = factors[0]
    if isinstance(first, Number) and first.value == -1 and first.places is None and len(factors) > 1:
        out, factors = "-", factors[1:]
    for at, factor in enumerate(factors):
        below = _below(factor)
        if below is not None:
            out += ("1/" if not at else "/") + _in(below, _POWER)
        elif not at and not out and isinstance(factor, Number) and _number(factor)[1] != _PRODUCT:
            out += _show(factor)[0]
        else:
            out += ("*" if at else "") + _in(factor, _POWER)
    return out


def _below(node: Node) -> Node | None:
    """Return what stands below the line, if the factor is a reciprocal."""
    if isinstance(node, Pow) and isinstance(node.exponent, Number) and node.exponent.value == -1:
        return node.base
    if (
        isinstance(node, Number)
        and node.places is None
        and node.value.numerator == 1
        and node.value.denominator > 1
    ):
        return Number(1 / node.value)
    return None


def _pow(node: Pow) -> tuple[str, int]:
    exponent = node.exponent
    if isinstance(exponent, Number) and exponent.places is None:
        value = exponent.value
        if value == -1:
            return "1/" + _in(node.base, _POWER), _PRODUCT
        if value.numerator == 1 and value.denominator == 2:
            return f"sqrt({_in(node.base, _SUM)})", _ATOM
    return f"{_in(node.base, _ATOM)}^{_in(exponent, _ATOM)}", _POWER


def _call(node: Call) -> str:
    # Each part is shown once: twice at every level would double the work with each bracket.
    if len(node.args) == 1 and node.name in _SIGNED:
        return _in(node.args[0], _ATOM) + _SIGNED[node.name]
    args = _list(node.args)
    return f"|{args}|" if node.name == "abs" and len(node.args) == 1 else f"{node.name}({args})"


def _named_set(name: str) -> str:
    if name == "empty":
        return "∅"
    sign, part = _SETS.get(name[:1], f"\\mathbb{{{name[:1]}}}"), name[1:]
    if not part or part[0] == "^":
        return sign + part
    return f"{sign}^{part}" if part in ("+", "-", "*") else f"{sign}_{{{part}}}"


def _unit(unit: str) -> str:
    sign = {"percent": "%", "degree": "°", "celsius": "°C", "fahrenheit": "°F"}.get(unit)
    short = _SHORT.match(unit)  # `m` and `in` alone would be names
    return sign or (f" \\text{{{unit}}}" if short and short[0] not in SHORT_UNITS else f" {unit}")


def _digits(value: int, base: int) -> str:
    out = ""
    while value or not out:
        value, digit = divmod(value, base)
        out = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + out
    return out


def _clock(node: Clock) -> str:
    minutes, seconds = divmod(node.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
    return f"{text} {node.half}" if node.half else text


def _sequence(node: Sequence) -> tuple[str, int]:
    items = _list(node.items)
    if not node.opening:
        return items, _LIST
    opening, closing = {"{": ("\\{", "\\}")}.get(node.opening, (node.opening, node.closing))
    return f"{opening}{items}{closing}", _ATOM


def _relation(node: Relation) -> tuple[str, int]:
    out = _in(node.sides[0], _UNION)
    last = node.sides[-1]
    listed = isinstance(last, Sequence) and not last.opening and node.ops[-1] in ("=", "!=")
    for at, (op, side) in enumerate(zip(node.ops, node.sides[1:], strict=True), start=1):
        bare = listed and at == len(node.ops)
        text = _show(side)[0] if bare else _in(side, _UNION)
        out += f" (mod {text})" if op == "mod" else f" {_OPS.get(op, op)} {text}"
    return out, _LIST if listed else _CHAIN
