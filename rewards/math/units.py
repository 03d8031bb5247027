r"""Units: the canonical name of a written one, and exact conversion between those that measure the same thing.

`unit_name(r"\text{ square feet}")` is `ft^2`. A compound is read as a product of powers, `km/h`, `kg*m/s^2`, so that
60 km/h is 1000 m/min without a table of speeds. Factors are exact fractions (BIPM, The International System of Units,
9th edition; NIST Handbook 44, appendix C). Temperatures are not converted: their scales differ in their zero. Nor are
currencies, but for their own hundredths. Which words are units is a closed list; a counted thing, "5 apples", is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

Dimension = tuple[tuple[str, int], ...]
MAX_CHARS = 80
"""No unit is longer when written out."""
MAX_EXPONENT = 12


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its canonical name, its size in the base units of its dimension, and that dimension.

    The dimension is a sorted tuple of (base quantity, exponent): `(("length", 2),)` for an area.
    """

    name: str
    factor: Fraction
    dimension: Dimension


# name | size | dimension | other spellings; a name with a * takes the metric prefixes, in symbols and in words.
_TABLE = """
*m | 1 | length | metre meter 米
in | 0.0254 | length | inch inches ″
ft | 0.3048 | length | foot feet
yd | 0.9144 | length | yard
mi | 1609.344 | length | mile
nmi | 1852 | length | nauticalmile
furlong | 201.168 | length |
fathom | 1.8288 | length |
ly | 9460730472580800 | length | lightyear
au | 149597870700 | length |
angstrom | 1/10000000000 | length | Å ångström
acre | 4046.8564224 | length^2 |
ha | 10000 | length^2 | hectare 公顷
*L | 0.001 | length^3 | l liter litre 升
gal | 0.003785411784 | length^3 | gallon
qt | 0.000946352946 | length^3 | quart
pt | 0.000473176473 | length^3 | pint
cup | 0.0002365882365 | length^3 |
floz | 0.0000295735295625 | length^3 | fluidounce
tbsp | 0.00001478676478125 | length^3 | tablespoon
tsp | 0.00000492892159375 | length^3 | teaspoon
*g | 0.001 | mass | gram gramme 克
tonne | 1000 | mass | t metricton 吨
lb | 0.45359237 | mass | pound
oz | 0.028349523125 | mass | ounce
ton | 907.18474 | mass | shortton
stone | 6.35029318 | mass |
*s | 1 | time | sec second 秒
min | 60 | time | minute 分钟
h | 3600 | time | hr hour 小时
day | 86400 | time | 天
week | 604800 | time | wk
fortnight | 1209600 | time |
month | 1 | month | mo
year | 12 | month | yr 年
decade | 120 | month |
century | 1200 | month | centuries
*Hz | 1 | time^-1 | hertz
rpm | 1/60 | time^-1 |
*N | 1 | mass length time^-2 | newton
*Pa | 1 | mass length^-1 time^-2 | pascal
atm | 101325 | mass length^-1 time^-2 | atmosphere
bar | 100000 | mass length^-1 time^-2 |
*J | 1 | mass length^2 time^-2 | joule
torr | 101325/760 | mass length^-1 time^-2 |
dyn | 1/100000 | mass length time^-2 | dyne
erg | 1/10000000 | mass length^2 time^-2 |
*cal | 4.184 | mass length^2 time^-2 | calorie
*eV | 1.602176634e-19 | mass length^2 time^-2 | electronvolt
*W | 1 | mass length^2 time^-3 | watt
hp | 745.69987158227022 | mass length^2 time^-3 | horsepower
*A | 1 | current | amp ampere
*C | 1 | current time | coulomb
*V | 1 | mass length^2 time^-3 current^-1 | volt
*ohm | 1 | mass length^2 time^-3 current^-2 | Ω
*F | 1 | mass^-1 length^-2 time^4 current^2 | farad
*T | 1 | mass time^-2 current^-1 | tesla
*mol | 1 | amount | mole
K | 1 | kelvin | kelvin
celsius | 1 | celsius | °C degreecelsius degreecentigrade centigrade ℃
fahrenheit | 1 | fahrenheit | °F degreefahrenheit ℉
bit | 1 | information |
byte | 8 | information |
degree | 1 | angle | deg ° 度
arcmin | 1/60 | angle | arcminute minuteofarc
arcsec | 1/3600 | angle | arcsecond secondofarc
gradian | 9/10 | angle |
revolution | 360 | angle | rev
rad | 1 | radian | radian
sr | 1 | solidangle | steradian
percent | 1/100 | percent | % pct percentage ％
dollar | 1 | dollar | $ usd US$ usdollar buck
cent | 1/100 | dollar | ¢ penny pennies
euro | 1 | euro | € eur
sterling | 1 | sterling | £ gbp poundsterling
pence | 1/100 | sterling |
yen | 1 | yen | ¥ jpy
yuan | 1 | yuan | 元 cny rmb
rupee | 1 | rupee | ₹ inr Rs
won | 1 | won | ₩ krw
ruble | 1 | ruble | ₽ rub rouble
peso | 1 | peso |
franc | 1 | franc | chf
unit | 1 | unit |
"""
_COMPOUNDS = {
    "mph": "mi/h",
    "kph": "km/h",
    "kmph": "km/h",
    "fps": "ft/s",
    "mps": "m/s",
    "cc": "cm^3",
    "kWh": "kW*h",
    "psi": "lb/in^2",
    "sqft": "ft^2",
    "sqm": "m^2",
    "平方米": "m^2",
    "立方米": "m^3",
    "平方厘米": "cm^2",
    "立方厘米": "cm^3",
    "厘米": "cm",
    "千米": "km",
    "公里": "km",
    "千克": "kg",
    "公斤": "kg",
    "毫升": "mL",
}
_PREFIXES = (
    ("n", "nano", Fraction(1, 10**9)),
    ("μ", "micro", Fraction(1, 10**6)),
    ("m", "milli", Fraction(1, 1000)),
    ("c", "centi", Fraction(1, 100)),
    ("d", "deci", Fraction(1, 10)),
    ("k", "kilo", Fraction(1000)),
    ("M", "mega", Fraction(10**6)),
    ("G", "giga", Fraction(10**9)),
)


def _dimension(text: str) -> Dimension:
    parts = (part.partition("^") for part in text.split())
    return tuple(sorted((base, int(power or 1)) for base, _, power in parts))


def _rows() -> Iterator[tuple[Unit, tuple[str, ...]]]:
    for line in _TABLE.strip().splitlines():
        name, size, dimension, words = (cell.strip() for cell in line.split("|"))
        metric, name = name.startswith("*"), name.removeprefix("*")
        unit = Unit(name, Fraction(size), _dimension(dimension))
        yield unit, tuple(words.split())
        for short, long, scale in _PREFIXES if metric else ():
            longs = tuple((long if len(word) > 1 else short) + word for word in words.split())
            yield Unit(short + name, unit.factor * scale, unit.dimension), longs


def _tables() -> tuple[dict[str, Unit], dict[str, Unit]]:
    """The symbols, in which case matters, and the words, in which it does not."""
    symbols: dict[str, Unit] = {}
    words: dict[str, Unit] = {}
    for unit, others in _rows():
        symbols.setdefault(unit.name, unit)
        for word in (unit.name, *others):
            symbols.setdefault(word, unit)
            if len(word) > 2:
                words.setdefault(word.casefold(), unit)
    return symbols, words


_SYMBOLS, _WORDS = _tables()
_LATEX = re.compile(
    r"\\(?:text|textnormal|textrm|textit|textbf|mathrm|mathit|mathbf|rm|operatorname|unit|mbox|hbox)\b"
)
_BLANK = re.compile(r"\\[ ,;:!]|\\quad\b|~|[{}]|\s+")
_SIGNS = (
    (re.compile(r"\^ ?\{? ?\\circ\b ?\}?|\\degree\b|\\circ\b"), "°"),
    (re.compile(r"\\(?:mu|micro)\b|µ"), "μ"),
    (re.compile(r"\\Omega\b"), "Ω"),
    (re.compile(r"\\(?:cdot|times)\b|[·⋅×]"), "*"),
    (re.compile(r"\\pounds\b"), "£"),
    (re.compile(r"\\euro\b"), "€"),
    (re.compile(r"\\([%$])"), r"\1"),
    (re.compile(r"²"), "^2"),
    (re.compile(r"³"), "^3"),
    (re.compile(r"⁻¹"), "^-1"),
    (re.compile(r"\*\*"), "^"),
)
_POWERS = {"square": 2, "sq": 2, "sq.": 2, "squared": 2, "cubic": 3, "cu": 3, "cu.": 3, "cubed": 3}
_FACTOR = re.compile(r"([^\s*/^()\d]+)(?:\^\(?([+-]?\d{1,3})\)?)?")


def unit_name(text: str) -> str | None:
    r"""Return the canonical name of a written unit, or None if the text is no unit that is known.

    Takes symbols, words and plurals, LaTeX text, `cm^2`, `square feet`, `miles per hour`, `^\circ`, `\%`, `\$`.
    """
    unit = read_unit(text)
    return None if unit is None else unit.name


@lru_cache(maxsize=4096)
def read_unit(text: str) -> Unit | None:
    """Return the unit that the whole text is, or None."""
    if not text or len(text) > MAX_CHARS:
        return None
    for pattern, plain in _SIGNS:
        text = pattern.sub(plain, text)
    text = _BLANK.sub(" ", _LATEX.sub(" ", text)).strip()
    text = re.sub(r" ?([\^/*]) ?", r"\1", text).rstrip(".").strip()
    return _single(text.replace(" ", "").replace("-", "")) or _compound(text)


def same_dimension(a: Unit, b: Unit) -> bool:
    """Whether the two measure the same thing, so that one converts to the other."""
    return a.dimension == b.dimension


def convert(value: Fraction, source: Unit, target: Unit) -> Fraction | None:
    """Return a value in `source` as one in `target`, exactly, or None if they measure different things."""
    return value * source.factor / target.factor if same_dimension(source, target) else None


def _single(word: str) -> Unit | None:
    if word in _COMPOUNDS:
        return _compound(_COMPOUNDS[word])
    found = _SYMBOLS.get(word) or _WORDS.get(word.casefold())
    if found is not None or len(word) < 3:
        return found
    lower = word.casefold().rstrip(".")
    forms = (lower, lower.removesuffix("s"), lower.removesuffix("es"), lower.replace("degrees", "degree"))
    known = next((form for form in forms if len(form) > 1 and form in _WORDS), None)
    if known is not None:
        return _WORDS[known]
    short = lower.removesuffix("s")  # lbs, yds, hrs, kms
    return _SYMBOLS.get(short) if len(short) > 1 and short != lower and short.isalpha() else None


def _compound(text: str) -> Unit | None:
    """Read `km/h`, `kg m s^-2`, `square feet`, `metres per second squared`, `dollars per hour`."""
    sign, factors, exact = 1, [], Fraction(1)
    dimension: dict[str, int] = {}
    for word, power, divided in _factors(text):
        unit = _single(word) if word else None
        if unit is None or abs(power) > MAX_EXPONENT:
            return None
        sign = -1 if divided else 1
        factors.append((unit.name, power, divided))
        exact *= unit.factor ** (sign * power)
        for base, inner in unit.dimension:
            dimension[base] = dimension.get(base, 0) + sign * power * inner
    if not factors or factors[0][2]:
        return None
    return Unit(_shown(factors), exact, tuple(sorted((b, p) for b, p in dimension.items() if p)))


def _factors(text: str) -> Iterator[tuple[str, int, bool]]:
    """Yield (word, power, whether it stands below the line); an empty word where the text is no unit."""
    for at, part in enumerate(re.split(r"/| per | a (?=\w+$)", text)):
        words: list[tuple[str, int]] = []
        waiting = 1
        for token in re.split(r"[\s*-]+(?!\d)", part.strip("() ")):
            lower = token.casefold()
            match = _FACTOR.fullmatch(token)
            if lower in ("square", "sq", "sq.", "cubic", "cu", "cu."):
                waiting = _POWERS[lower]
            elif lower in _POWERS and words:
                words[-1] = (words[-1][0], words[-1][1] * _POWERS[lower])
            elif match is None:
                words.append(("", 1))
            else:
                words.append((match[1], int(match[2] or 1) * waiting))
                waiting = 1
        yield from ((word, power, at > 0) for word, power in words or [("", 1)])


def _shown(factors: list[tuple[str, int, bool]]) -> str:
    over = [name if power == 1 else f"{name}^{power}" for name, power, divided in factors if not divided]
    below = [name if power == 1 else f"{name}^{power}" for name, power, divided in factors if divided]
    return "*".join(over) + "".join("/" + part for part in below)
