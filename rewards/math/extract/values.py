"""Where values stand in a sentence, and which of them the sentence states."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from rewards.math.extract.segments import MATH, Window
from rewards.math.extract.words import (
    CONCLUSION,
    CONDITION,
    CONNECTOR,
    COPULA,
    REASON,
    RESULT,
    SUBORDINATE,
    TRAILING,
    WEAK_COPULA,
)
from rewards.math.parse.vocabulary import SCALES
from rewards.math.units import unit_name

FUNCTION = (
    r"(?:sqrt|sin|cos|tan|cot|sec|csc|ln|log|exp|arc(?:sin|cos|tan)|pi|inf|infinity|oo|mod|abs)(?![A-Za-z])"
)
ATOM = (
    rf"(?:[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+(?![A-Za-z0-9]))?%?|\.[0-9]+|{FUNCTION}"
    r"|\\[A-Za-z]+(?:\{[^{}\n]{0,80}(?:\{[^{}\n]{0,80}\}[^{}\n]{0,80}){0,6}\}){0,2}|\\[{}%$,;!:| ]"
    r"|(?<![^\W\d_])(?<!['\u2019])[A-Za-z](?:_\{?\w{1,4}\}?)?(?![^\W\d_]|['\u2019])"
    r"|[\u00bd\u00bc\u00be\u2153\u2154\u03c0\u221e\u221a\u2205\u211d\u2124\u211a\u00b2\u00b3\u2460-\u2473\u00b0$\u20ac\u00a3\u00a5%!'\u2032]"
    r"|[-+*/^=<>\u2264\u2265\u2260\u00b1\u00d7\u00b7\u00f7\u2212\u222a\u2229\u2208\u2192|()\[\]{}:~&\uff08\uff09\uff0d\uff1a])"
)
RUN = re.compile(
    rf"{ATOM}(?:(?:(?<=[=$])[ ]{{2,200}}|[ ]?){ATOM})*"
)  # a note of the calculator leaves blanks
STRONG = re.compile(
    r"[0-9\\\u03c0\u221e\u221a\u2205\u211d\u2124\u211a\u00bd\u00bc\u00be\u2153\u2154\u2460-\u2473]"
)
OPERATORS = ("\u00d7", "\u00f7", "\u00b7", "+")
WAYS = re.compile(r"\s*(?:different |distinct |possible )?ways(?![a-z])")
WORKED = re.compile(r"[-$(]*[0-9][^=A-Za-z\\]*[^=A-Za-z\\0-9.,$ ][^=A-Za-z\\]*=")
"""Arithmetic with its result: `$60 + $40 = $100`."""
BETWEEN = re.compile(rf"\s*(?:{CONNECTOR}\s*){{0,2}}")
NAME_ONLY = re.compile(
    r"\s*(?:\\(?:triangle|angle|overline|vec|mathrm|text|odot|square))?\s*\{?[A-Za-z]{1,4}(?:\([A-Za-z]\))?\}?\s*"
)
WORD = re.compile(r"[ \u00a0]?([^\W\d_]+\.?(?:[/^][^\W_]+)?|[%\u00b0\u2103$\u20ac\u00a3\u00a5]\w?)")


@dataclass(frozen=True, slots=True)
class Value:
    """One value, or several joined by "and", "or" or commas, as they stand in the window."""

    start: int
    end: int
    text: str
    formula: bool


def stated_value(view: Window, start: int, end: int) -> Value | None:
    """Return the value that a sentence states, None if it has none or several without a sign which.

    A value counts if the words before it say so ("is", "equals", ...) or the words after it do ("... is our
    answer"), if it is the only one, or, in a conclusion written with formulas, if it is the last formula.
    """
    found = _concluding(view, values(view, start, end), start, end)
    if not found:
        return None
    for value in found:
        if TRAILING.match(view.prose, value.end, end):
            return value
    main = _main_clause(view, found, CONDITION, end)
    told = _told(view, main, start, end)
    if told is None and len(main) < len(found) and "=" in found[-2].text and _follows(view, *found[-2:]):
        return found[-1]  # the value of $x + y$ when $x = 3$ and $y = 5$ is 8
    return told or _standing(view, main, start, end)


def _told(view: Window, found: list[Value], start: int, end: int) -> Value | None:
    """Return the last value that an "is" or its like stands before."""
    told = [v for v in found if COPULA.search(view.prose, max(start, v.start - 60), v.start)]
    firm = [v for v in told if not WEAK_COPULA.search(view.prose, max(start, v.start - 30), v.start)]
    return (_main_clause(view, firm or told, SUBORDINATE, end) or told)[-1] if told else None


def _standing(view: Window, found: list[Value], start: int, end: int) -> Value | None:
    """Return the value that its form or its place makes the stated one."""
    ways = [v for v in found if WAYS.match(view.prose, v.end, end)]
    if len(ways) == 1:
        return ways[0]
    found = _main_clause(view, found, SUBORDINATE, end)
    worked = [v for v in found if WORKED.match(v.text)]
    if len(worked) == 1:
        return worked[0]
    if len({value.text for value in found}) == 1:
        return found[-1]
    formulas = [v for v in found if v.formula and not NAME_ONLY.fullmatch(v.text)]
    if len(formulas) == 1 or (formulas and CONCLUSION.match(view.prose, start, end)):
        return formulas[-1]
    return None


def _follows(view: Window, one: Value, other: Value) -> bool:
    """Whether nothing but "is" stands between two values."""
    match = COPULA.search(view.prose, one.end, other.start)
    return match is not None and not view.prose[one.end : match.start()].strip()


def _concluding(view: Window, found: list[Value], start: int, end: int) -> list[Value]:
    """Return the values behind a reason in front of the sentence, and behind the last "so" in it."""
    reason = REASON.match(view.prose, start, end)
    if reason is not None:
        found = [value for value in found if value.start >= reason.end()] or found
    for result in reversed(list(RESULT.finditer(view.prose, start, end))):
        behind = [value for value in found if value.start >= result.end()]
        if behind:
            return behind
    return found


def _main_clause(view: Window, found: list[Value], word: re.Pattern[str], end: int) -> list[Value]:
    """Return the values before a clause that the word opens after the first of them."""
    cut = word.search(view.prose, found[0].end, end)
    return [value for value in found if cut is None or value.end <= cut.start()]


def values(view: Window, start: int, end: int) -> list[Value]:
    """Return the values of a range in order, those that connecting words alone separate taken together."""
    groups: list[list[tuple[int, int, bool]]] = []
    for piece in _pieces(view, start, end):
        if groups and BETWEEN.fullmatch(view.prose, groups[-1][-1][1], piece[0]):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return [_value(view, group) for group in groups]


def unit_after(view: Window, at: int, end: int) -> int:
    """Return where a unit or a word such as "million" ends that stands at `at`, or `at` itself if there is none."""
    best = here = at
    for _ in range(3):
        match = WORD.match(view.prose, here, end)
        if match is None or match[1] in ("a", "an"):
            break
        here = match.end()
        word = view.prose[at:here].strip()
        if word.casefold() in SCALES:
            at = best = here
        elif unit_name(word) is not None:
            best = here
    return best


def _pieces(view: Window, start: int, end: int) -> list[tuple[int, int, bool]]:
    segments = view.segments
    first = bisect_left(segments, start, key=lambda s: s.start)
    found = []
    at = start
    for segment in segments[first:]:
        if segment.start >= end:
            break
        found += _runs(view, at, segment.start)
        found.append((segment.start, segment.end, True))
        at = segment.end
    return [*found, *_runs(view, min(at, end), end)]


def _runs(view: Window, start: int, end: int) -> list[tuple[int, int, bool]]:
    found = []
    for match in RUN.finditer(view.prose, start, end):
        text = match[0]
        left = len(text) - len(text.lstrip(" :=,)]}*~&>|/'"))
        right = len(text.rstrip(" :=,([{*-+~&</"))
        if text[left : left + 1] in OPERATORS and "=" in text[left:right]:  # `10 quarts x 2 = 20 pints`
            left = text.rindex("=", left, right) + 1
            left += len(text[left:right]) - len(text[left:right].lstrip())
        if left < right and STRONG.search(text, left, right):
            found.append((match.start() + left, match.start() + right, False))
    return found


def _value(view: Window, group: list[tuple[int, int, bool]]) -> Value:
    start, end = group[0][0], group[-1][1]
    pieces = []
    at = start
    for left, right, formula in group:
        pieces.append(view.text[at:left])
        pieces.append(inner(view, left, right) if formula else view.text[left:right])
        at = right
    return Value(start, end, "".join(pieces), any(formula for _, _, formula in group))


def inner(view: Window, start: int, end: int) -> str:
    r"""Return a formula without its delimiters; of a display of several rows the last one."""
    segment = next(s for s in view.segments if s.start == start)
    content = re.sub(r"(?<!\\)\$", "", view.text[segment.inner : segment.close]).strip().rstrip(".,; ")
    while content.startswith("\\\\"):  # a line break, left over where a box was taken out of escaped text
        content = content[2:].lstrip()
    if view.text.startswith("\\begin{", segment.start) or "\\begin{al" in content:
        content = re.sub(r"\\(?:begin|end)\{(?:aligned|align\*?|split|gathered)\}", "", content)
        rows = [row for row in re.split(r"\\\\(?:\[[^\]]{0,9}\])?", content) if row.strip(" &\n")]
        content = rows[-1] if rows and "\\begin{" not in content else content
        content = content.replace("&", " ").strip().removeprefix("=").strip()
    return content


def only_formulas(view: Window, start: int, end: int) -> bool:
    """Whether nothing but formulas, numbers, units and connecting words stand in a range."""
    rest = view.prose[start:end].replace(MATH, " ")
    rest = re.sub(r"\\[A-Za-z]+(?:\{[^{}\n]{0,80}\})?|<[/a-z]{1,5}>", " ", rest)
    words = re.findall(r"[^\W\d_]{2,}", rest)
    known = re.compile(rf"{FUNCTION}|and|or|for|all|in|union|et|ou|und|oder|no|am|pm", re.IGNORECASE)
    others = [w for w in words if not known.fullmatch(w) and unit_name(w) is None]
    return not others
