r"""The last `\boxed{...}`, or the last few that make one statement."""

from __future__ import annotations

import re

from rewards.math.extract.found import Found
from rewards.math.extract.words import RULED_OUT
from rewards.places import NoAnswer

BOX = re.compile(r"(?:\\f?box(?:ed)?|\x08oxed|\x0cbox)(?![A-Za-z])")
DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
MAX_GROUP = 32
MAX_GAP = 80
MAX_CONTENT = 60_000
NAME = r"(?:[A-Za-z](?:_(?:\w|\{\w{1,9}\}))?|\\[a-z]{2,7}(?:_(?:\w|\{\w{1,9}\}))?)(?:\([a-z]\))?"
GLUE = re.compile(
    r"(?P<before>[\s$.;,]|\\[()\[\]]|\\q?quad(?![a-z])|\\[ ,;:!]|\\\\|&)*"
    r"(?P<word>and|or|und|et|y|e|oder|ou|o|和|或|\u3001|\uff0c|\uff1b|,|;|\\q?quad|\\\\|"
    r"\\(?:text|textrm|mathrm|mbox)\{ ?(?:and|or|,) ?\})"
    r"(?:[\s$.;,]|\\[()\[\]]|\\q?quad(?![a-z])|\\[ ,;:!]|\\\\|&|and(?![a-z])|or(?![a-z])"
    r"|\\(?:text|textrm|mathrm|mbox)\{ ?(?:and|or|,) ?\})*"
    rf"(?P<name>{NAME} ?=)?[\s$]*"
)
LABEL = re.compile(rf"(?P<name>{NAME} ?=)[\s$]*\Z")
OTHER = re.compile(
    r"[\s$.,*\\)\]]{0,8}\(?(?:or|oder|ou|或者?|maybe|possibly|perhaps|alternatively|(?=it could))(?![a-hj-z]),?"
    r"(?: ?(?:maybe|possibly|perhaps|else|rather|even|(?:it|this) (?:is|(?:could|might|may)(?: also)? be)))*"
    r"(?!,? (?:about|approximately|roughly)(?![a-z]))(?P<other>[^\n;]{1,60})",
    re.IGNORECASE,
)


def find_box(text: str, start: int, end: int) -> Found | None:
    r"""Return what the last box holds, or the last boxes where connecting words alone stand between them.

    Empty boxes are passed over: they quote the instruction.

    A candidate that follows, "... or 6", is a rival.

    Raises:
        NoAnswer: the last box is never closed, holds more than can be read, or is called wrong.
    """
    boxes = _filled(text, [m.start() for m in BOX.finditer(text, start, end)], end)
    if not boxes:
        return None
    group = [boxes[0]]
    names: list[str] = []
    for box in boxes[1:]:
        glue = GLUE.fullmatch(text, box[3], group[-1][0]) if group[-1][0] - box[3] <= MAX_GAP else None
        if glue is None:
            break
        names.append(glue["name"] or "")
        group.append(box)
    if RULED_OUT.match(text, boxes[0][3], min(end, boxes[0][3] + MAX_GAP)):
        raise NoAnswer("the text rules out what its last box holds")
    if len(group) == 1:
        _, inner, close, _ = group[0]
        after = OTHER.match(text, boxes[0][3], min(end, boxes[0][3] + MAX_GAP))
        rivals = (after["other"].strip(" .,$()[]\\"),) if after else ()
        return Found(inner, close, text[inner:close], "box", rivals=rivals)
    label = LABEL.search(text[max(start, group[-1][0] - 40) : group[-1][0]])
    names.append(label["name"] if label and any(names) else "")
    parts = [f"{name} {text[box[1] : box[2]]}".strip() for name, box in zip(names, group, strict=True)]
    parts = list(dict.fromkeys(reversed(parts)))
    return Found(group[-1][1], group[0][2], ", ".join(parts), "box" if len(parts) == 1 else "boxes")


def _filled(text: str, starts: list[int], end: int) -> list[tuple[int, int, int, int]]:
    """Return the last boxes that hold something, last first: start, content's start and end, end."""
    found: list[tuple[int, int, int, int]] = []
    for at in reversed(starts[-2 * MAX_GROUP :]):
        found_one = _content(text, at, end)
        if found_one is None:
            if not found:
                raise NoAnswer(r"the last \boxed{ is never closed")
            break
        inner, close, after = found_one
        if not text[inner:close].strip(" ~.\\"):
            continue
        if not found or after <= found[-1][0]:  # an outer box of one already taken says nothing new
            found.append((at, inner, close, after))
        if len(found) > MAX_GROUP:
            break
    return found


def _content(text: str, at: int, end: int) -> tuple[int, int, int] | None:
    match = BOX.match(text, at, end)
    here = match.end() if match else at
    while here < end and text[here] in " \n":
        here += 1
    if here >= end:
        return None
    if text[here] != "{":
        bare = DIGITS.match(text, here, end)  # `\boxed 12` is meant as a whole
        after = bare.end() if bare else here + 1
        return here, after, after
    depth = 0
    for brace in BRACE.finditer(text, here, min(end, here + MAX_CONTENT)):
        if brace[0] in "{}":
            depth += 1 if brace[0] == "{" else -1
            if depth == 0:
                return here + 1, brace.start(), brace.end()
    return None
