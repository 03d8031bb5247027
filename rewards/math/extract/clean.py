"""What stands around an answer and is no part of it: tokens of the chat template, closing phrases, emphasis."""

from __future__ import annotations

import re

TURN_END = re.compile(
    r"<\|(?:im_end|im_start|endoftext|eot_id|end_of_text|end|eom_id|user|start_header_id)\|>|</s>|<end_of_turn>|<eos>"
    r"|<\uff5c[^>\n]{1,40}\uff5c>|\[/?INST\]|\n(?:Human|User|Question|Problem|Q) ?:",
)
CLOSING = re.compile(
    r"\s*(?:i hope (?:it|this)[^.!\n]{0,60}|(?:please )?let me know[^.!\n]{0,80}"
    r"|hope (?:it|this|that) helps[^.!\n]{0,40}"
    r"|q\.?e\.?d\.?|done|\u25a1|\u25a0|\u220e|\\blacksquare|\\square)\s*[.!]*\s*\Z",
    re.IGNORECASE,
)
TAIL = 200
CLOSERS = ' \t\r\n*`"\u201c\u201d\u300c\u300d\u3002.;,\uff1b\uff0c'


def turn_end(text: str) -> int:
    """Return where the assistant's turn ends: at the first token of the template that follows any text."""
    for match in TURN_END.finditer(text):
        if text[: match.start()].strip():
            return match.start()
    return len(text)


def statement_end(text: str, start: int, end: int) -> int:
    """Return `end` moved left over blanks and closing phrases such as "I hope it is correct."."""
    for _ in range(4):
        end = start + len(text[start:end].rstrip())
        at = max(start, end - TAIL)
        match = CLOSING.search(text[at:end]) if end else None
        if match is None or at + match.start() <= start:
            return end
        before = text[start : at + match.start()].rstrip()
        if before[-1:].isalnum():  # the phrase goes on in the same sentence
            return end
        end = start + len(before)
    return end


def trimmed(text: str, start: int, end: int, prose: bool = False) -> tuple[int, int]:
    """Return the range without blanks, emphasis, quotes and a full stop around it; brackets stay.

    In `prose` an exclamation mark at the end goes too; elsewhere it is a factorial.
    """
    while start < end and text[start] in ' \t\r\n*_`"\u201c\u201d\u300c\u300d:\uff1a\u2014':
        if text[start] == "_" and start + 1 < end and text[start + 1].isalnum():
            break
        start += 1
    loose = CLOSERS + "!\uff01" if prose else CLOSERS
    while end > start and text[end - 1] in loose:
        if text[end - 1] in ".," and _kept(text, start, end):
            break
        end -= 1
    return start, end


def _kept(text: str, start: int, end: int) -> bool:
    return text[max(start, end - 2) : end - 1] == "\\" or text[max(start, end - 3) : end] == "..."
