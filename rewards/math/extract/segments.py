r"""Where the mathematics stands in a text: `$...$`, `\(...\)`, `\[...\]`, display environments.

The window is copied with each of these replaced by as many `MATH` characters, so that patterns on the prose around
keep their offsets and never look into a formula.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MATH = "\ue000"
MAX_INLINE = 2_000
PROSE = re.compile(r"(?:(?<![\\A-Za-z{])[A-Za-z]{2,}[ ,]+){3}")
ENVIRONMENT = re.compile(r"\\begin\{(align|equation|gather|multline|eqnarray|math|displaymath)(\*?)\}")
DELIMITER = re.compile(r"\$\$|(?<!\\)\$|\\\[|\\\(|\\begin\{")
NOTE = re.compile(r"<<[^<>\n]{0,200}>>")


@dataclass(frozen=True, slots=True)
class Segment:
    """One formula: its range with the delimiters, and the range between them."""

    start: int
    end: int
    inner: int
    close: int


@dataclass(frozen=True, slots=True)
class Window:
    """The last part of a completion.

    Attributes:
        text: what is read, with calculator notes such as `<<5*3=15>>` blanked.
        prose: the same with formulas masked; both have the completion's offsets minus `offset`.
        segments: the formulas in order.
        offset: where the window begins in the completion.
    """

    text: str
    prose: str
    segments: tuple[Segment, ...]
    offset: int


def window(completion: str, start: int, end: int, size: int) -> Window:
    """Return the last `size` characters of a range, cut at the beginning of a line where it can be."""
    first = max(start, end - size)
    if first > start:
        line = completion.find("\n", first, first + size // 4)
        first = line + 1 if line >= 0 else first
    text = NOTE.sub(lambda m: " " * len(m[0]), completion[first:end])
    found = tuple(_segments(text))
    pieces, at = [], 0
    for s in found:
        stop = "." if text[s.inner : s.close].rstrip().endswith(".") else MATH
        pieces += [text[at : s.start], MATH * (s.end - s.start - 1), stop]
        at = s.end
    return Window(text, "".join([*pieces, text[at:]]), found, first)


def _segments(text: str) -> list[Segment]:
    found: list[Segment] = []
    at = 0
    while match := DELIMITER.search(text, at):
        segment = _closed(text, match)
        if segment is None:
            at = match.end()
        else:
            found.append(segment)
            at = segment.end
    return found


def _closed(text: str, match: re.Match[str]) -> Segment | None:
    mark, start, inner = match[0], match.start(), match.end()
    if mark == "\\begin{":
        opened = ENVIRONMENT.match(text, start)
        closing = "" if opened is None else f"\\end{{{opened[1]}{opened[2]}}}"
        inner = inner if opened is None else opened.end()
    else:
        closing = {"$$": "$$", "$": "$", "\\[": "\\]", "\\(": "\\)"}[mark]
    close = text.find(closing, inner, inner + MAX_INLINE) if closing else -1
    if close < 0:
        return None
    if mark == "$":
        while close > 0 and text[close - 1] == "\\":
            close = text.find("$", close + 1, inner + MAX_INLINE)
        if close < 0 or not _formula(text, inner, close):
            return None
    return Segment(start, close + len(closing), inner, close)


def _formula(text: str, inner: int, close: int) -> bool:
    """Whether `$...$` is mathematics and not two prices."""
    content = text[inner:close]
    if not content.strip() or "\n\n" in content or text[close + 1 : close + 2].isdigit():
        return False
    if content[-1].isspace() and not content[0].isspace() and content[0].isdigit():
        return False
    return PROSE.search(content) is None
