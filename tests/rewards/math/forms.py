r"""From a reference: other ways to write the same answer, and the texts a completion puts it in."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|.")
WORDS = ("choice", "text", "quantity")
CHARACTERS = {
    r"\pi": "π",
    r"\infty": "∞",
    r"\leq": "≤",
    r"\le": "≤",
    r"\ge": "≥",
    r"\cup": "∪",
    r"\in": "∈",
    r"\times": "×",
    r"\cdot": "⋅",
    "-": "\u2212",
    r"\%": "%",
}
SYNONYMS = {
    r"\frac": (r"\dfrac", r"\tfrac", r"\cfrac"),
    r"\leq": (r"\le", r"\leqslant"),
    r"\le": (r"\leq", r"\leqslant"),
    r"\ge": (r"\geq", r"\geqslant"),
    r"\cdot": (r"\times",),
    r"\times": (r"\cdot",),
    r"^{\circ}": (r"^\circ", "°", r"^{\circ}{}"),
    r"^\circ": (r"^{\circ}", "°", r" \text{ degrees}", r"\degree"),
    r"\%": ("%", r"\text{ percent}", " percent"),
    r"\text{ cm}": (r"\mathrm{~cm}", r"\textrm{ cm}", " cm", r"\text{cm}", r" \,\text{centimeters}"),
    r"\text{ km}": (r"\mathrm{~km}", " km", r"\text{ kilometers}"),
    r"\text{ hours}": (r"\mathrm{~h}", r"\text{ hour}", " hours"),
    r"\text{ kg}": (r"\mathrm{kg}", " kg", r"\text{ kilograms}"),
    r"\text{ m}^2": (r"\mathrm{m}^{2}", r"\text{ square meters}", " m²"),
    "pmatrix": ("bmatrix",),
    "bmatrix": ("pmatrix",),
}
SHELLS = {
    "box": r"\boxed{%s}",
    "box in dollars": r"$\boxed{%s}$",
    "box in a display": "So\n\\[\n\\boxed{%s}\n\\]",
    "box and a full stop": r"The answer is $\boxed{%s}$.",
    "dollars in a box": r"\boxed{$%s$}",
    "two sorts of dollars": r"$$\boxed{%s}$$",
    "final answer": r"The final answer is $%s$. I hope it is correct.",
    "the answer is": r"Therefore, the answer is $%s$.",
    "bold": r"**Answer:** $%s$",
    "tag": r"<answer>$%s$</answer>",
    "display": r"We are done. The answer is \[%s\]",
    "parentheses": r"Final Answer: \(%s\)",
    "thought": r"<think>Perhaps \boxed{99999}?</think>It is \boxed{%s}.",
    "superseded box": r"First I had \boxed{99999}. Correcting the slip: \boxed{%s}",
}
"""Completions; `%s` is the answer."""


def forms(kind: str, gold: str) -> Iterator[tuple[str, str]]:
    """Yield (what was done, the same answer in another writing)."""
    yield "as it is", gold
    yield "blanks around", f"  {gold} "
    yield "dollars", f"${gold}$"
    yield "full stop", f"{gold}."
    yield "delimiters", rf"\({gold}\)"
    yield "display style", rf"\displaystyle {gold}"
    yield from _synonyms(gold)
    if kind not in WORDS and "\\begin" not in gold:
        yield from _layout(kind, gold)
    if kind == "number":
        yield from _numbers(gold)
    if kind == "text":
        yield "case", gold.upper() if "\\" not in gold else gold
    if kind in ("list", "set"):
        yield from _reordered(gold)


def _synonyms(gold: str) -> Iterator[tuple[str, str]]:
    for command, others in SYNONYMS.items():
        if re.search(re.escape(command) + r"(?![a-zA-Z])", gold):
            for other in others:
                yield (
                    other,
                    re.sub(
                        re.escape(command) + r"(?![a-zA-Z])",
                        lambda _, other=other: (
                            other + (" " if other[-1].isalpha() and other[0] == "\\" else "")
                        ),
                        gold,
                    ),
                )
    for command, character in CHARACTERS.items():
        if re.search(re.escape(command) + r"(?![a-zA-Z])", gold) and "\\begin" not in gold:
            yield f"character {character}", re.sub(re.escape(command) + r"(?![a-zA-Z])", character, gold)


def _layout(kind: str, gold: str) -> Iterator[tuple[str, str]]:
    tokens = TOKEN.findall(gold)
    if "overline" not in gold and kind not in ("clock", "based"):
        yield "blanks between", " ".join(t for t in tokens if t.strip())
    yield "thin spaces", re.sub(r"(?<=[\w)}\]])([+,=])(?=[\w(\\])", r"\\,\1\\;", gold)
    sized = {
        "(": r"\left(",
        "[": r"\left[",
        ")": r"\right)",
        "]": r"\right]",
        r"\{": r"\left\{",
        r"\}": r"\right\}",
    }
    if not re.search(r"sqrt\[", gold):
        yield "\\left \\right", "".join(sized.get(t, t) for t in tokens)
        big = {"(": r"\big(", "[": r"\Big[", ")": r"\big)", "]": r"\Big]"}
        yield "\\big", "".join(big.get(t, t) for t in tokens)
    yield "no braces", re.sub(r"(?<=\^)\{(\w)\}", r"\1", gold)
    yield "short fractions", re.sub(r"\\frac\{(\d)\}\{(\d)\}", r"\\frac\1\2", gold)
    yield "braces", re.sub(r"(?<=\^)(\w)(?!\w)", r"{\1}", gold)
    if kind in ("number", "closed", "symbolic", "equation"):
        yield "slashes", re.sub(r"(?<![\d}])\\frac\{(\d+)\}\{(\d+)\}$", r"\1/\2", gold)


def _numbers(gold: str) -> Iterator[tuple[str, str]]:
    if re.fullmatch(r"-?\d{4,}", gold):
        for by in (",", "{,}", r"\,", r",\!", r"\ "):
            yield f"thousands by {by}", re.sub(r"(?<=\d)(?=(?:\d{3})+$)", lambda _, by=by: by, gold)
    if re.fullmatch(r"-?\d+", gold):
        yield "a decimal of the same value", gold + ".0"
        yield "a plus sign" if gold[0] != "-" else "brackets", ("+" + gold) if gold[0] != "-" else f"({gold})"
        yield "over one", rf"\frac{{{gold}}}{{1}}"
    if re.fullmatch(r"-?\d+\.\d+", gold):
        top, places = gold.replace(".", ""), len(gold.partition(".")[2])
        yield "exact fraction", rf"\frac{{{int(top)}}}{{{10**places}}}"
        yield "scientific", rf"{int(top)}\times 10^{{-{places}}}"
        yield "zeros", gold + "00"


def _reordered(gold: str) -> Iterator[tuple[str, str]]:
    left, right = (r"\{", r"\}") if gold.startswith(r"\{") else ("", "")
    items = re.split(r",(?![^(]*\))", gold.removeprefix(left).removesuffix(right))
    yield "the other way round", left + ",".join(items[::-1]) + right
    if not left and len(items) == 2:
        yield "and", rf"{items[0]} \text{{ and }} {items[1]}"
