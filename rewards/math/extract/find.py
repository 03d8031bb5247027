"""Find the one place in which a completion states its answer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from rewards.math.extract.boxes import find_box
from rewards.math.extract.choice import stated_letter
from rewards.math.extract.clean import statement_end, trimmed, turn_end
from rewards.math.extract.found import WINDOW, Found
from rewards.math.extract.segments import window
from rewards.math.extract.statement import find_statement
from rewards.math.extract.words import CORRECTION, STRONG
from rewards.places import NoAnswer, last_match, spoken_part

Where = Literal["auto", "boxed", "tag", "hash", "statement", "whole"]
Want = Literal["value", "choice", "text"]
TAG = re.compile(r"<(/?)answer>", re.IGNORECASE)
HASH = re.compile(r"####(?!#)[ \t]*+([^\n]*)")
JSON = re.compile(
    r'[{,]\s*"(?:final_?|correct_?)?answer"\s*:\s*("(?:[^"\\\n]|\\.)*+"|[-+0-9.eE/]++|\[[^\[\]\n]*+\])\s*[,}]',
    re.IGNORECASE,
)
HEADING = re.compile(r"[*_ ]{0,8}[A-Za-z]{2}")
NUMBER = re.compile(r"(?<![\w.,/])[-+\u2212]?(?:[0-9][0-9.,/]*|\.[0-9]+)%?")
MAX_WHOLE = 600
"""A longer text without any statement is no answer as a whole."""


def find_answer(
    completion: str,
    where: Where = "auto",
    *,
    want: Want = "value",
    last_number: bool = False,
    prefilled: bool = False,
) -> Found:
    r"""Return where a completion states its answer.

    Args:
        completion: the final message, thinking included; the thinking is never searched.
        where: "auto" takes the last of `\boxed{}`, `<answer>`, `####` and JSON's `"answer": ...`; without them the
            announced answer ("The answer is 42."), the value of the final sentence, or a text that is an answer and
            nothing else. Other values look in one place only.
        want: what the reference is, see `rewards.math.reference`: a letter is looked for only where it is one.
        last_number: take the last number of the text where nothing else is found.
        prefilled: the chat template opened a thinking block, so all is thinking until it is closed.

    Raises:
        NoAnswer: nothing is stated there, or what is stated is taken back.
    """
    start = len(completion) - len(spoken_part(completion, prefilled))
    end = start + turn_end(completion[start:])
    if where in ("auto", "boxed", "tag", "hash"):
        found = _explicit(completion, start, end, where)
        if found is not None:
            return _corrected(completion, _with_statement(completion, found, want), end, want)
        if where != "auto":
            raise NoAnswer(f"there is no answer in the place asked for ({where})")
    found = _spoken(completion, start, end, where, want, last_number)
    if not found.text.strip(" $"):
        raise NoAnswer("no answer is stated")
    return found


def _with_statement(text: str, found: Found, want: Want) -> Found:
    """Return an explicit answer; if it is a sentence that announces one, what it announces is its formula."""
    if want != "value" or found.end - found.start > MAX_WHOLE or not STRONG.search(found.text):
        return found
    try:
        inside = find_statement(
            window(text, found.start, found.end, MAX_WHOLE), found.end - found.start, want
        )
    except NoAnswer:
        return found
    if inside is None or inside.rule != "announced":
        return found
    return replace(found, narrower=inside.text)


def _corrected(text: str, found: Found, end: int, want: Want) -> Found:
    """Return an explicit answer; what is announced behind it is a rival, which must say the same.

    Behind "wait" or "actually" an announcement that names no answer takes the explicit one back.
    """
    tail = min(end, found.end + MAX_WHOLE)
    word = CORRECTION.match(text, found.end, tail)
    at = found.end if word is None else word.end()
    if not STRONG.search(text[at:tail]):
        return found
    try:
        later = find_statement(window(text, at, tail, MAX_WHOLE), tail - at, want)
    except NoAnswer:
        if word is not None:
            raise
        return found
    if later is None or (word is None and later.rule != "announced"):
        return found
    return replace(found, rivals=(*found.rivals, later.narrower or later.text))


def _explicit(text: str, start: int, end: int, where: Where) -> Found | None:
    """Return what the last box, tag, `####` or answer in JSON holds, whichever stands last."""
    found = []
    if where in ("auto", "tag"):
        found.append(_tag(text, start, end))
    if where in ("auto", "hash"):
        found.append(_hash(text, start, end))
    if where == "auto":
        found.append(_json(text, start, end))
    if where in ("auto", "boxed"):
        found.append(find_box(text, start, end))
    present = [one for one in found if one is not None]
    last = max(present, key=lambda one: one.end, default=None)
    if last is not None and last.rule in ("tag", "hash", "json"):
        inside = find_box(text, last.start, last.end)
        last = inside if inside is not None else last
    return last


def _tag(text: str, start: int, end: int) -> Found | None:
    opened: re.Match[str] | None = None
    found: tuple[int, int] | None = None
    for match in TAG.finditer(text, start, end):
        if not match[1]:
            opened = match
        elif opened is not None:
            found, opened = (opened.end(), match.start()), None
    if opened is not None:
        raise NoAnswer("the last <answer> is never closed")
    if found is None:
        return None
    left, right = trimmed(text, *found)
    return Found(left, right, _undelimited(text[left:right]), "tag")


def _hash(text: str, start: int, end: int) -> Found | None:
    """Return the last `#### ...`; with text after it, it is a heading if it holds words or numbers follow."""
    match = last_match(HASH, text[start:end])
    if match is None or not match[1].strip():
        return None
    after = text[start + match.end() : end]
    if after.strip() and (HEADING.match(match[1]) or re.search(r"[0-9$]", after)):
        return None
    left, right = trimmed(text, start + match.start(1), start + match.end(1))
    return Found(left, right, _undelimited(text[left:right]), "hash")


def _json(text: str, start: int, end: int) -> Found | None:
    """Return the last `"answer": ...` of an object of JSON, also of one that prose stands around."""
    match = last_match(JSON, text[start:end]) if "answer" in text and "{" in text else None
    if match is None:
        return None
    left, right = start + match.start(1), start + match.end(1)
    value = text[left:right]
    if value.startswith('"'):
        value = (
            value[1:-1].replace("\\\\", "\\").replace('\\"', '"')
        )  # LaTeX stands there with single ones as well
    return Found(left, right, _undelimited(value.strip()), "json")


def _spoken(text: str, start: int, end: int, where: Where, want: Want, last_number: bool) -> Found:
    if want == "choice" and where in ("auto", "whole"):
        left, right = trimmed(text, max(start, text.rfind("\n", start, len(text[:end].rstrip())) + 1), end)
        if stated_letter(text[left:right]) is not None:
            return Found(left, right, text[left:right], "whole text")
    if where != "whole":
        view = window(text, start, end, WINDOW)
        stop = statement_end(text, view.offset, end) - view.offset
        found = find_statement(view, max(stop, 0), want)
        if found is not None:
            return found
        if last_number and (match := last_match(NUMBER, text[view.offset : end])):
            left = view.offset + match.start()
            value = match[0].rstrip(".,/")
            return Found(left, left + len(value), value, "last number")
    left, right = trimmed(text, start, end)
    if where == "statement" or (where == "auto" and not _is_answer(text, left, right, end, want)):
        raise NoAnswer("no answer is stated")
    if not 0 < right - left <= MAX_WHOLE:
        raise NoAnswer("the text is empty" if left >= right else "the text is too long for one answer")
    return Found(left, right, _undelimited(text[left:right]), "whole text")


def _is_answer(text: str, left: int, right: int, end: int, want: Want) -> bool:
    """Whether a text without any statement may be an answer itself: one line, no question, no numbers in prose."""
    line = text[left : min(right, left + MAX_WHOLE + 1)]
    if "\n" in line or line.endswith(("?", "\uff1f")):
        return False
    return want != "value" or not re.search(r"[0-9]", line)


def _undelimited(text: str) -> str:
    """Return a text without the one pair of delimiters around it."""
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) + len(closing):
            inside = text[len(opening) : -len(closing)]
            if opening not in inside and closing not in inside:
                return inside.strip()
    return text
