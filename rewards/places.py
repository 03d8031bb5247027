"""Where a completion may state its answer: the last box, the last tag, after a marker. All in linear time."""

from __future__ import annotations

import re
from collections import deque
from functools import cache

from rewards.text import answer_part

BOX = re.compile(r"\\f?box(?:ed)?(?![A-Za-z])")
BRACE = re.compile(r"[{}]")


class NoAnswer(Exception):  # noqa: N818 - it names a state of the completion, not a fault
    """The completion states no answer there; the message says why, for `Score.reason`."""


def spoken_part(completion: str, prefilled: bool = False) -> str:
    """Return what follows the thinking, see `answer_part`. Raises `NoAnswer` if the thinking never ends."""
    text = answer_part(completion, prefilled)
    if text is None:
        raise NoAnswer("the thinking block is never closed")
    return text


def has_box(text: str) -> bool:
    r"""Whether there is a `\boxed` or `\fbox` at all."""
    return BOX.search(text) is not None


def last_box(text: str) -> str:
    r"""Return what the last `\boxed{...}` holds, braces balanced. Raises `NoAnswer`."""
    start = last_match(BOX, text)
    if start is None:
        raise NoAnswer(r"there is no \boxed{...}")
    rest = text[start.end() :].lstrip(" ")
    if not rest.startswith("{"):
        raise NoAnswer(r"the last \boxed has no braces")
    depth = 0
    for brace in BRACE.finditer(rest):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return rest[1 : brace.start()]
    raise NoAnswer(r"the last \boxed{ is never closed")


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the last match, or None, without keeping the others."""
    newest = deque(pattern.finditer(text), maxlen=1)
    return newest[0] if newest else None


def has_tag(text: str, tag: str) -> bool:
    """Whether the tag is opened or closed anywhere."""
    return _tag_pattern(tag).search(text) is not None


def last_tag(text: str, tag: str) -> str:
    """Return what the last closed `<tag>...</tag>` holds. Raises `NoAnswer`."""
    opened: re.Match[str] | None = None
    found: tuple[int, int] | None = None
    for match in _tag_pattern(tag).finditer(text):
        if not match[1]:
            opened = match
        elif opened is not None:
            found, opened = (opened.end(), match.start()), None
    if opened is not None:
        raise NoAnswer(f"the last <{tag}> is never closed")
    if found is None:
        raise NoAnswer(f"there is no <{tag}>...</{tag}>")
    return text[slice(*found)]


def after_last(text: str, marker: str) -> str:
    """Return everything after the last `marker`. Raises `NoAnswer`; `ValueError` if the marker is empty."""
    if not marker:
        raise ValueError("the marker must not be empty")
    _, sign, rest = text.rpartition(marker)
    if not sign:
        raise NoAnswer(f"there is no `{marker}`")
    return rest


@cache
def _tag_pattern(tag: str) -> re.Pattern[str]:
    return re.compile(rf"<(/?){re.escape(tag)}>", re.IGNORECASE)
