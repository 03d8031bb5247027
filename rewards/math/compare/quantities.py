"""Values with a unit, percent, angles, clock times, ratios and numerals in a base.

A unit on one side only is never held against the answer ("lenient"), so 10 cm answers 10 and 10 answers 10 cm. With a
unit on both sides they must measure the same thing, and the values agree after exact conversion. A base on one side
only is treated likewise: 1011 answers 1011_2, and 11 does not. A clock time without am or pm answers one with it.
"""

from __future__ import annotations

from fractions import Fraction

from rewards.math.compare.context import Context, Match
from rewards.math.compare.numeric import exact
from rewards.math.compare.values import is_written, match_scalars, near
from rewards.math.tree import Add, Based, Clock, Constant, Mul, Node, Number, Pow, Quantity, Ratio, Symbol
from rewards.math.units import Unit, convert, read_unit

HALF_DAY = 12 * 3600
HUNDREDTH = Fraction(1, 100)
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GREEK = {"Omega": "Ω", "mu": "μ"}
_ANGLES = {"degree", "arcmin", "arcsec", "gradian", "revolution"}


def match_quantities(reference: Node, predicted: Node, context: Context) -> Match | None:
    """Pairs in which a side is a quantity, a clock time, a ratio or a based numeral."""
    reference, predicted = _gathered(reference), _gathered(predicted)
    reference, predicted = _measured(reference, predicted), _measured(predicted, reference)
    for kind, rule in ((Clock, _clocks), (Ratio, _ratios), (Based, _based), (Quantity, _quantities)):
        if isinstance(reference, kind) or isinstance(predicted, kind):
            return rule(reference, predicted, context)
    return None


def _gathered(node: Node) -> Node:
    """`$400 + $60` and `3 * $5` as one quantity."""
    parts = node.terms if isinstance(node, Add) else node.factors if isinstance(node, Mul) else ()
    found = [part for part in parts if isinstance(part, Quantity)]
    if not found or len({part.unit for part in found}) > 1:
        return node
    if isinstance(node, Add):
        whole = len(found) == len(parts)
        return Quantity(Add(tuple(part.value for part in found)), found[0].unit) if whole else node
    if len(found) > 1 or not isinstance(node, Mul):
        return node
    factors = tuple(part.value if isinstance(part, Quantity) else part for part in parts)
    return Quantity(Mul(factors), found[0].unit)


def _measured(node: Node, other: Node) -> Node:
    """`300 K` and `9.81 m/s^2` in letters as quantities, where they spell a unit and the other side has one."""
    if not isinstance(other, Quantity) or not isinstance(node, Mul) or read_unit(other.unit) is None:
        return node
    values: list[Node] = []
    letters: list[tuple[str, int]] = []
    for part in node.factors:
        base, power = (part.base, exact(part.exponent)) if isinstance(part, Pow) else (part, Fraction(1))
        if isinstance(base, Symbol) and power is not None and power.denominator == 1:
            letters.append((GREEK.get(base.name, base.name), int(power)))
        else:
            values.append(part)
    simple = "".join(letter for letter, _ in letters) if all(power == 1 for _, power in letters) else ""
    product = "*".join(letter if power == 1 else f"{letter}^{power}" for letter, power in letters)
    unit = read_unit(simple) or read_unit(product)
    if unit is None or not values or any(exact(value) is None for value in values):
        return node
    return Quantity(values[0] if len(values) == 1 else Mul(tuple(values)), unit.name)


def _quantities(reference: Node, predicted: Node, context: Context) -> Match:
    left, one = _split(reference)
    right, other = _split(predicted)
    policy = context.options.units
    if "percent" in (one, other):
        return _percent(left, right, one, other, context)
    if policy == "ignore" or one == other:
        return Match(context.match(left, right).equal, "unit")
    if one and other:
        return _converted(left, right, one, other, context)
    if policy == "strict":
        return Match(False, "unit")
    return _one_sided(left, right, one, other, context)


def _split(node: Node) -> tuple[Node, str]:
    """The value and the unit; "unit" itself, as in 6 square units, is no unit."""
    if not isinstance(node, Quantity):
        return node, ""
    return node.value, "" if node.unit.startswith("unit") else node.unit


def _one_sided(left: Node, right: Node, one: str, other: str, context: Context) -> Match:
    """A unit on one side only: the numbers decide; a bare angle may also be in radians."""
    plain = context.match(left, right).equal
    if not plain and (one or other) in _ANGLES:
        turned = (_radians(left, one), right) if one else (left, _radians(right, other))
        if any(_has_pi(side) for side in (left, right)) and context.match(*turned).equal:
            return Match(True, "degrees and radians")
    return Match(plain, "unit on one side")


def _has_pi(node: Node) -> bool:
    return node == Constant("pi") or (isinstance(node, Mul) and Constant("pi") in node.factors)


def _radians(node: Node, unit: str) -> Node:
    size = read_unit(unit)
    factor = Number((size.factor if size else Fraction(1)) / 180)
    return Mul((node, factor, Constant("pi")))


def _converted(left: Node, right: Node, one: str, other: str, context: Context) -> Match:
    source, target = read_unit(other), read_unit(one)
    if source is None and target is None:
        same = _noun(one).endswith(_noun(other)) or _noun(other).endswith(_noun(one))
        return Match(context.match(left, right).equal, "noun") if same else Match(False, "different units")
    if source is None or target is None:
        return Match(False, "different units")
    if {one, other} & {"rad"} and {one, other} & _ANGLES:
        sides = [n if u == "rad" else _radians(n, u) for n, u in ((left, one), (right, other))]
        return Match(context.match(*sides).equal, "degrees and radians")
    return _scaled(left, right, source, target, context)


def _noun(word: str) -> str:
    """A counted thing in the singular; with an adjective it is still the same thing."""
    return word.casefold().removesuffix("s")


def _scaled(left: Node, right: Node, source: Unit, target: Unit, context: Context) -> Match:
    """Compare in the reference's unit, so that its rounding is to its own digits."""
    factor = convert(Fraction(1), source, target)
    if factor is None:
        return Match(False, "different units")
    value = exact(right)
    if value is not None and isinstance(left, Number) and isinstance(right, Number) and is_written(right):
        equal = left.value == value * factor  # two written numbers: exact, as without units
        return Match(equal or near(left.value, value * factor, context), "converted unit")
    scaled = Number(value * factor) if value is not None else Mul((Number(factor), right))
    return Match(match_scalars(left, scaled, context).equal, "converted unit")


def _percent(left: Node, right: Node, one: str, other: str, context: Context) -> Match:
    """10 % and 10 ("drop"), and 1/10 ("hundredth"); "strict" and "hundredth" read 10 % as the number 1/10."""
    policy = context.options.percent
    if one == other:
        return Match(context.match(left, right).equal, "percent")
    if (one and other) or (policy == "strict" and not (one and other)):
        return Match(False, "percent")
    if policy == "drop":
        return Match(context.match(left, right).equal, "percent dropped")
    sides = [_hundredth(n) if unit else n for n, unit in ((left, one), (right, other))]
    return Match(context.match(*sides).equal, "percent as hundredths")


def _hundredth(node: Node) -> Node:
    if isinstance(node, Number):
        places = None if node.places is None else node.places + 2
        return Number(node.value * HUNDREDTH, places)
    return Mul((node, Number(HUNDREDTH)))


def _clocks(reference: Node, predicted: Node, context: Context) -> Match:
    sides = [_clock(reference), _clock(predicted)]
    if sides[0] is None or sides[1] is None:
        return Match(_duration(reference, predicted), "duration")
    (one, half), (other, second) = sides[0], sides[1]
    if half and second:
        return Match(_of_day(one, half) == _of_day(other, second), "clock time")
    same = one == other or _of_day(one, half) == _of_day(other, second)
    return Match(same, "clock time")


def _clock(node: Node) -> tuple[int, str] | None:
    if isinstance(node, Clock):
        return node.seconds, node.half
    if isinstance(node, Ratio) and len(node.parts) in (2, 3):
        parts = [exact(part) for part in node.parts]
        whole = [int(part) for part in parts if part is not None and part.denominator == 1]
        if len(whole) == len(parts) and all(10 <= n < 60 for n in whole[1:]):  # 12:0 is no time
            return sum(n * scale for n, scale in zip(whole, (3600, 60, 1), strict=False)), ""
    return None


def _of_day(seconds: int, half: str) -> int:
    return seconds if not half else seconds % HALF_DAY + (HALF_DAY if half == "pm" else 0)


def _duration(reference: Node, predicted: Node) -> bool:
    """A clock reading as a length of time against one with a unit: 1:30 and 90 minutes."""
    clock, other = (reference, predicted) if isinstance(reference, Clock) else (predicted, reference)
    value, unit = _split(other)
    size, number = read_unit(unit), exact(value)
    if not isinstance(clock, Clock) or clock.half or size is None or number is None:
        return False
    return size.dimension == (("time", 1),) and number * size.factor == clock.seconds


def _ratios(reference: Node, predicted: Node, context: Context) -> Match:
    """a:b = c:d, and a:b against the fraction a/b; a whole number is a ratio that lost a part."""
    if isinstance(reference, Quantity) or isinstance(predicted, Quantity):
        return Match(False, "ratio against quantity")
    left, right = _parts(reference), _parts(predicted)
    if len(left) == len(right) > 1:
        pairs = [(_times(left[0], y), _times(right[0], x)) for x, y in zip(left[1:], right[1:], strict=True)]
        zeros = [exact(a) == 0 for a in left] == [exact(b) == 0 for b in right]
        return context.all(pairs, "ratio") if zeros else Match(False, "ratio")
    if {len(left), len(right)} == {1, 2} and not any(is_written(n) for n in (reference, predicted)):
        one, other = _quotient(left), _quotient(right)
        return Match(
            None if one is None or other is None else context.match(one, other).equal, "ratio as quotient"
        )
    return Match(False, "ratio")


def _parts(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, Ratio) else (node,)


def _times(a: Node, b: Node) -> Node:
    left, right = exact(a), exact(b)
    return Number(left * right) if left is not None and right is not None else Mul((a, b))


def _quotient(parts: tuple[Node, ...]) -> Node | None:
    if len(parts) == 1:
        return parts[0]
    top, bottom = exact(parts[0]), exact(parts[1])
    if bottom == 0:
        return None
    if top is not None and bottom is not None:
        return Number(top / bottom)
    return Mul((parts[0], Pow(parts[1], Number(Fraction(-1)))))


def _based(reference: Node, predicted: Node, context: Context) -> Match:
    if isinstance(reference, Based) and isinstance(predicted, Based):
        return Match(reference.value == predicted.value, "numeral in a base")
    if context.options.units == "strict":
        return Match(False, "base on one side")
    based, other = (reference, predicted) if isinstance(reference, Based) else (predicted, reference)
    number = exact(other)
    if not isinstance(based, Based) or number is None or number.denominator != 1:
        return Match(False, "base on one side")
    return Match(_numeral(based.value, based.base) == str(number), "base on one side")


def _numeral(value: int, base: int) -> str:
    if not 2 <= base <= len(DIGITS) or value.bit_length() > 4096:
        return ""
    sign, value, digits = "-" if value < 0 else "", abs(value), ""
    while value or not digits:
        value, digit = divmod(value, base)
        digits = DIGITS[digit] + digits
    return sign + digits
