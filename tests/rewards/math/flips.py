r"""From a reference: answers that differ from it, each for a reason that needs no computer.

Why each truly differs. A numeral, sign or exponent of a reference in `golds` stands where the value is one-to-one in it
(see there), so another numeral is another value; a collection whose elements differ in writing loses one of them when
one is changed, dropped or, in an ordered one, exchanged with another; a half-open interval is not the closed one.
What would leave the value as it is, is left alone: subscripts, a sign of 0, an end at infinity, arguments of functions
that are periodic or lose something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

NUMERAL = re.compile(r"(?<![\d.])\d+(?:\.\d+)?")
SUBSCRIPT = re.compile(r"_(?:\{[^{}]*\}|\d+|[a-zA-Z])")
EXPONENT = re.compile(r"\^(?:\{(\d+)\}|(\d))")
FRACTION = re.compile(r"\\frac\{(\d+)\}\{(\d+)\}")
UNITS = {
    "cm": ("m", "kg", "cm^2"),
    "m": ("cm", "s"),
    "m^2": ("m", "cm^2", "m^3"),
    "miles": ("km", "hours"),
    "kg": ("g", "m"),
    "hours": ("minutes", "days", "km"),
    "km/h": ("m/s", "km", "mph"),
    "mL": ("L", "mg"),
    "days": ("hours", "weeks"),
    "km": ("m", "miles", "km/h"),
    "cm^3": ("cm^2", "m^3"),
    "m/s^2": ("m/s", "km/h"),
    "liters": ("mL", "kg"),
}
OTHER_TEXT = {
    "even": "odd",
    "odd": "even",
    "yes": "no",
    "parallel": "perpendicular",
    "Romeo and Juliet": "Hamlet",
}
ORDERED = ("tuple", "interval", "ratio", "clock")


def flips(kind: str, gold: str) -> Iterator[tuple[str, str]]:
    """Yield (what was done, an answer that is wrong for `gold`), none twice."""
    makers = [units, choices, texts] if kind in ("quantity", "choice", "text", "angle", "percent") else []
    if kind not in ("choice", "text"):
        makers += [digits, exponents, fractions, constants]
    if kind not in ("choice", "text", "clock", "ratio", "based", "angle"):
        makers.append(signs)
    if kind in ("interval", "inequality"):
        makers += [ends, relations]
    seen = {gold}
    for maker in makers:
        for answer in maker(gold, kind):
            if answer not in seen:
                seen.add(answer)
                yield maker.__name__, answer
    for answer in elements(gold, kind):
        if answer not in seen:
            seen.add(answer)
            yield "elements", answer


def digits(gold: str, kind: str) -> Iterator[str]:
    skipped = [range(*m.span()) for m in SUBSCRIPT.finditer(gold)]
    for match in NUMERAL.finditer(gold):
        if any(match.start() in span for span in skipped):
            continue
        for numeral in _other_numerals(match[0], kind):
            yield gold[: match.start()] + numeral + gold[match.end() :]


def _other_numerals(numeral: str, kind: str) -> Iterator[str]:
    if kind == "clock":  # 12:60 is no time, so only the last digit moves
        yield numeral[:-1] + str((int(numeral[-1]) + 1) % 10)
        return
    for place, digit in enumerate(numeral):
        for step in (1, 3) if digit != "." else ():
            low = 1 if place == 0 and numeral != "0" else 0
            other = (
                (int(digit) - low + step) % (10 - low) + low if kind != "based" else 1 - min(int(digit), 1)
            )
            if str(other) != digit and (kind != "based" or place):
                yield numeral[:place] + str(other) + numeral[place + 1 :]
    if kind == "based":
        return
    yield numeral + "7"  # 0.4587 does not round to 0.458
    if len(numeral) > 1 and numeral[-2] != "." and not ("." in numeral and numeral.endswith("0")):
        yield numeral[:-1]
    for place in range(1, len(numeral) - 1):
        left, right = numeral[place : place + 2]
        if left != right and "." not in (left, right):
            yield numeral[:place] + right + left + numeral[place + 2 :]


def exponents(gold: str, kind: str) -> Iterator[str]:
    for match in EXPONENT.finditer(gold):
        old = int(match[1] or match[2])
        for new in {old + 1, max(old - 1, 1), old + 2} - {old}:
            yield f"{gold[: match.start()]}^{{{new}}}{gold[match.end() :]}"


def fractions(gold: str, kind: str) -> Iterator[str]:
    for match in FRACTION.finditer(gold):
        top, bottom = match.groups()
        if top != bottom:
            yield f"{gold[: match.start()]}\\frac{{{bottom}}}{{{top}}}{gold[match.end() :]}"


def constants(gold: str, kind: str) -> Iterator[str]:
    for old, new in (
        (r"\pi", "e"),
        (r"\ln", r"\log_{2}"),
        (r"\sqrt{", r"\sqrt[4]{"),
        (r"\sqrt[3]", r"\sqrt"),
    ):
        for match in re.finditer(re.escape(old) + ("" if old.endswith(("{", "]")) else r"(?![a-z])"), gold):
            yield gold[: match.start()] + new + " " + gold[match.end() :]


def signs(gold: str, kind: str) -> Iterator[str]:
    for place, character in enumerate(gold):
        after = gold[place + 1 :]
        if character in "+-" and not re.match(r"\\infty|0(?![.\d])", after):
            other = "-" if character == "+" else "+" if place and gold[place - 1] not in "([{,&<=\\" else ""
            yield gold[:place] + other + after
    for start in sorted(_element_starts(gold)):
        if not re.match(r"[-+([{]|\\[{b]|\\infty|\\\$|0(?![.\d])", gold[start:]):
            yield gold[:start] + "-" + gold[start:]


def _element_starts(gold: str) -> set[int]:
    """Where an element or a side of a relation begins, at any depth of brackets but in no argument of a function."""
    starts = set() if gold.startswith("\\begin") else {0}
    depth_of_arguments = 0
    for match in re.finditer(r"\\\{|\\\}|\\\\|\\(?:leq|le|ge|in)(?![a-z])|pmatrix\}|[{}]|[(\[,;&<>=]", gold):
        token = match[0]
        if token == "{":
            depth_of_arguments += 1
        elif token == "}":
            depth_of_arguments -= 1
        elif token == "(" and re.search(r"[a-z)}\]]$", gold[: match.start()]):
            continue
        elif (depth_of_arguments == 0 and token not in ("(", "[")) or _opens_items(
            gold, match.start(), token
        ):
            starts.add(match.end())
        if token.endswith("matrix}"):
            depth_of_arguments = 0
    return {
        start
        for start in starts
        if (start < len(gold) and gold[start] not in "\\ )]")
        or gold[start:].startswith(("\\frac", "\\sqrt", "\\pi"))
    }


def _opens_items(gold: str, place: int, token: str) -> bool:
    return token in ("(", "[") and "," in gold[place:] and not re.search(r"[\w)}\]^]$", gold[:place])


def ends(gold: str, kind: str) -> Iterator[str]:
    other = {"(": "[", "[": "(", ")": "]", "]": ")"}
    for place, character in enumerate(gold if kind == "interval" else ""):
        beside = gold[place + 1 :] if character in "([" else gold[:place]
        infinite = re.match(r"[-+]?\\infty", beside) if character in "([" else beside.endswith("\\infty")
        inside = re.search(r"\\(?:sqrt|frac)$", gold[:place])
        if character in other and not infinite and not inside:
            yield gold[:place] + other[character] + gold[place + 1 :]


def relations(gold: str, kind: str) -> Iterator[str]:
    strict = {"<": r"\le ", ">": r"\ge ", r"\le": "<", r"\leq": "<", r"\ge": ">"}
    turned = {"<": ">", ">": "<", r"\le": r"\ge ", r"\leq": r"\ge ", r"\ge": r"\le "}
    for match in re.finditer(r"[<>]|\\(?:leq|le|ge)(?![a-z])", gold):
        for table in (strict, turned):
            yield gold[: match.start()] + table[match[0]] + gold[match.end() :]
    if r"\cup" in gold:
        yield gold.replace(r"\cup", r"\cap")


def elements(gold: str, kind: str) -> Iterator[str]:
    """Drop, add, repeat or exchange elements at the outermost level."""
    if kind == "matrix":
        yield from _entries(gold)
    found = _items(gold)
    if found is None or kind not in ("tuple", "list", "set", "ratio", "interval"):
        return
    left, items, by, right = found
    if len(set(items)) != len(items) or len(items) < 2:
        return
    pieces = (
        [] if kind == "interval" and by == "," else [items[:n] + items[n + 1 :] for n in range(len(items))]
    )
    if kind != "interval" or by != ",":
        pieces.append([*items, "1234"] if kind != "interval" else items[:1])
    if kind in ORDERED and not (kind == "interval" and by != ","):
        pieces += [[*items[:n], items[n + 1], items[n], *items[n + 2 :]] for n in range(len(items) - 1)]
    for piece in pieces:
        yield left + by.join(piece) + right


def _items(gold: str) -> tuple[str, list[str], str, str] | None:
    by = ":" if ":" in gold else r"\cup" if r"\cup" in gold else ","
    left = next((b for b in (r"\{", "(", "[") if gold.startswith(b)), "") if by == "," else ""
    closing = {r"\{": r"\}", "(": ")", "[": "]", "": ""}[left]
    inner = gold[len(left) : len(gold) - len(closing)] if closing else gold
    if (left in ("(", "[") and re.search(r"[)\]],[(\[]", inner)) or (
        left in ("(", "[") and gold[-1] not in ")]"
    ):
        left, closing, inner = "", "", gold
    items, depth, start = [], 0, 0
    for match in re.finditer(re.escape(by) + r"|[()\[\]{}]", inner):
        if match[0] in "([{":
            depth += 1
        elif match[0] in ")]}":
            depth -= 1
        elif depth == 0:
            items.append(inner[start : match.start()])
            start = match.end()
    right = gold[len(gold) - len(closing) :] if closing else ""
    return left, [*items, inner[start:]], by, right


def _entries(gold: str) -> Iterator[str]:
    head, body, tail = re.split(r"(?<=matrix\})(?!$)|(?=\\end)", gold)
    rows = [row.split("&") for row in body.split(r"\\")]
    flat = [(r, c) for r, row in enumerate(rows) for c in range(len(row))]
    for (r, c), (s, d) in pairwise(flat):
        if rows[r][c] != rows[s][d]:
            changed = [list(row) for row in rows]
            changed[r][c], changed[s][d] = rows[s][d], rows[r][c]
            yield head + r"\\".join("&".join(row) for row in changed) + tail
    if len(rows) > 1:
        yield head + r"\\".join("&".join(row) for row in rows[1:]) + tail
    if len(rows[0]) > 1:
        yield head + r"\\".join("&".join(row[:-1]) for row in rows) + tail


def units(gold: str, kind: str) -> Iterator[str]:
    match = re.fullmatch(r"(.*) \\text\{ ([^}]*)\}(\^\d)?", gold)
    if match:
        for other in UNITS[match[2] + (match[3] or "")]:
            yield rf"{match[1]} \text{{ {other.partition('^')[0]}}}" + (
                f"^{other[-1]}" if "^" in other else ""
            )
    if gold.startswith(r"\$"):
        yield gold[2:] + r" \text{ euros}"
    for sign, others in (
        (r"\%", (r"\text{ cm}", r"^\circ")),
        (r"^\circ", (r"\text{ rad}", r"\%")),
        (r"^{\circ}", (r"\text{ cm}",)),
    ):
        for other in others if gold.endswith(sign) else ():
            yield gold.removesuffix(sign) + other


def choices(gold: str, kind: str) -> Iterator[str]:
    letter = re.search(r"(?<![a-z])[A-E](?![a-z])", gold) if kind == "choice" else None
    for other in "ABCDE" if letter else "":
        if letter and other != letter[0]:
            yield gold.replace(letter[0], other)
            yield rf"\text{{{other}}}"
    if letter:
        yield "ABCDE"


def texts(gold: str, kind: str) -> Iterator[str]:
    for word, other in OTHER_TEXT.items() if kind == "text" else ():
        if word == re.sub(r"\\text\{(.*)\}", r"\1", gold):
            yield from (rf"\text{{{other}}}", rf"\text{{not {word}}}", rf"\text{{{word} or {other}}}", "5")
