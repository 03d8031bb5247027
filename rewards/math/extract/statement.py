"""The final statement of a completion that uses no box, tag or `####`."""

from __future__ import annotations

import re
from itertools import pairwise

from rewards.math.extract.clean import trimmed
from rewards.math.extract.found import Found
from rewards.math.extract.hedges import leading_value, refuse_doubt, refuse_hedge
from rewards.math.extract.segments import MATH, Window
from rewards.math.extract.values import inner, only_formulas, stated_value, unit_after, values
from rewards.math.extract.words import CONCLUSION, DOUBT, NEGATION, STRONG, denied
from rewards.places import NoAnswer

MAX_SENTENCES = 80
MAX_RIVALS = 8
BACK = 3
"""How many closing sentences without a value may follow the one that states it."""
NEAR = 1
LATER = re.compile(rf"{CONCLUSION.pattern}|\s*(?:however|but|nevertheless)(?![A-Za-z])", re.IGNORECASE)
"""How a last sentence begins that goes beyond an answer announced before."""
BOUNDARY = re.compile(
    r"(?<=[.!?])[*_\"'\u201d)]{0,4}(?=\s+(?!\Z))|(?<=\ue000\.)(?=[A-Z])|(?<=[\u3002\uff01\uff1f])|\n[ \t]*\n\s*|\n"
)
ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|approx|resp|cf|vs|Mr|Mrs|Dr|No|St)|(?:^|\n)\s*\d{1,2})\.\Z")
SAID = re.compile(
    r".*\b(?:is|are|was|were|est|sont|ist|sind|es|son|è|é)\s+(?:(?:the|a|an)\s+)?(?P<rest>\S.*)", re.DOTALL
)
"""What a sentence says of its subject, for a reference in words."""
TAKEN_BACK = re.compile(
    r"\W{0,3}(?:\w+ ){0,2}(?:not|never|neither|anything but|wrong|incorrect|correct|right)\b", re.IGNORECASE
)
OPTION = re.compile(r"(?:\bis|:)[\s*(]*[A-Z][)*]*\.[\s*]*\Z")
HEADER = re.compile(r"[\s*_#>:\-]*(?:[\w ]{0,20})?answers?[\s*_:]*", re.IGNORECASE)


def sentences(view: Window, end: int) -> list[tuple[int, int]]:
    """Return the last sentences of the window in order; a formula is never cut."""
    prose = view.prose[:end]
    cuts: list[int] = []
    for match in BOUNDARY.finditer(prose):
        if _ends(prose, match):
            cuts.append(match.end())
    edges = [0, *cuts[-MAX_SENTENCES:], end] if len(cuts) <= MAX_SENTENCES else [*cuts[-MAX_SENTENCES:], end]
    found = []
    for left, right in pairwise(edges):
        if prose[left:right].strip():
            found.append((left, right))
    return found


def _ends(prose: str, match: re.Match[str]) -> bool:
    before = prose[: match.start()].rstrip(" \t")[-12:]
    after = prose[match.end() : match.end() + 40].lstrip()
    if not match[0].startswith("\n"):
        return not ABBREVIATION.search(before)
    if before.endswith((":", "\uff1a", ",", "=")) or before.rstrip("*").endswith(":"):
        return bool(STRONG.match(after)) if not before.endswith("=") else False
    if after.startswith(MATH) and before[-1:] not in ".!?\u3002" and not HEADER.fullmatch(before):
        return False
    return not (after[:1].islower() and after[:1].isascii() and before[-1:].isalnum())


def find_statement(view: Window, end: int, want: str) -> Found | None:
    """Return the announced answer ("the answer is ..."), else the value of the last sentence, else None.

    Args:
        view: the window.
        end: where the statement ends in it.
        want: "choice", "text" or "value": what the reference is.

    Raises:
        NoAnswer: the last sentence takes the answer back, or denies one.
    """
    parts = sentences(view, end)
    announced = [(i, phrase) for i, part in enumerate(parts) for phrase in _announcements(view, *part)]
    if announced and announced[-1][0] < len(parts) - NEAR:
        later = _concluded(view, parts[-1:], want) if LATER.match(view.prose, *parts[-1]) else None
        if later is not None:
            return later
    if announced:
        return _announced(view, parts, announced, want)
    return _concluded(view, parts, want)


def _announcements(view: Window, start: int, end: int) -> list[tuple[int, int]]:
    """Return the ranges of the phrases that the announcements of one sentence leave; empty for a question."""
    if view.prose[start:end].rstrip().endswith(("?", "\uff1f")):
        return []
    found = [
        match
        for match in STRONG.finditer(view.prose[start:end])
        if not denied(view.prose, max(start, start + match.start() - 60), start + match.start())
    ]
    edges = [*(start + match.start() for match in found[1:]), end]
    ranges = [(start + match.end(), edge) for match, edge in zip(found, edges, strict=False)]
    return [(left, right) for left, right in ranges if not TAKEN_BACK.match(view.prose, left, right)]


def _announced(
    view: Window, parts: list[tuple[int, int]], announced: list[tuple[int, tuple[int, int]]], want: str
) -> Found | None:
    phrases: list[tuple[int, int, int]] = []
    for i, (start, end) in announced:
        last = i
        start, end = trimmed(view.text, start, end, prose=True)
        if start >= end and i + 1 < len(parts):  # a heading: the answer is what follows
            last = i + 1
            start, end = trimmed(view.text, *parts[last], prose=_wordy(view, *parts[last]))
        if start < end:
            phrases.append((start, end, last))
    if not phrases:
        return None
    start, end, last = phrases[-1]
    refuse_doubt(view, parts[last + 1 :], want)
    rivals = tuple(dict.fromkeys(view.text[a:b] for a, b, _ in phrases[:-1][-MAX_RIVALS:] if b - a < 200))
    rivals = tuple(rival for rival in rivals if rival != view.text[start:end])
    return _read(view, start, end, "announced", rivals, want)


def _concluded(view: Window, parts: list[tuple[int, int]], want: str) -> Found | None:
    for back, (left, right) in enumerate(reversed(parts[-BACK:])):
        start, end = trimmed(view.text, left, right, prose=_wordy(view, left, right))
        if view.prose[left:right].rstrip().endswith(("?", "\uff1f")):
            return None
        if back and want == "text":
            return None
        if want == "choice" and not back and len(parts) > 1 and OPTION.search(view.prose, *parts[-2]):
            continue  # "The best choice is: B. 12 cm": the option's text
        if want != "value" or values(view, start, end):
            refuse_doubt(view, parts[len(parts) - back :], want)
            if DOUBT.match(view.prose, start, end):
                raise NoAnswer("the last sentence is in doubt")
            return _read(view, start, end, "final sentence", (), want)
        if NEGATION.search(view.prose, left, right):
            raise NoAnswer("the last sentence denies what stands before it")
    return None


def _read(view: Window, start: int, end: int, rule: str, rivals: tuple[str, ...], want: str) -> Found | None:
    """Return the phrase as it is if it is all formula, else the value that it states."""
    whole = view.text[start:end]
    if want != "value":
        said = SAID.fullmatch(view.text, start, end) if want == "text" else None
        narrow = None if said is None or NEGATION.search(view.prose, start, end) else said["rest"]
        return Found(start + view.offset, end + view.offset, _bare(view, start, end), rule, narrow, rivals)
    value = stated_value(view, start, end)
    narrow = None if value is None else value.text
    first = values(view, start, end)
    if rule == "announced" and first and not view.prose[start : first[0].start].strip(" :*$"):
        value, narrow = leading_value(view, first, end), first[0].text
    if only_formulas(view, start, end):
        return Found(start + view.offset, end + view.offset, _bare(view, start, end), rule, narrow, rivals)
    if value is None:
        return (
            None
            if first or rule != "announced"
            else Found(start + view.offset, end + view.offset, whole, rule, None, rivals)
        )
    refuse_hedge(view, start, value, end)
    stop = unit_after(view, value.end, end)
    text = value.text + view.text[value.end : stop]
    return Found(value.start + view.offset, stop + view.offset, text, rule, value.text, rivals)


def _wordy(view: Window, start: int, end: int) -> bool:
    return not only_formulas(view, start, end)


def _bare(view: Window, start: int, end: int) -> str:
    """Return a range with the delimiters of its formulas taken off."""
    found = [s for s in view.segments if start <= s.start and s.end <= end]
    if not found:
        return view.text[start:end]
    pieces, at = [], start
    for s in found:
        pieces += [view.text[at : s.start], inner(view, s.start, s.end)]
        at = s.end
    return "".join([*pieces, view.text[at:end]]).strip()
