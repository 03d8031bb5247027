"""The letter that a sentence chooses. Asked only where the reference is the letter of an option."""

from __future__ import annotations

import re

from rewards.math.extract.words import RULED_OUT, denied

LETTER = re.compile(r"(?<![A-Za-z\\'\u2019.])\(?([A-Z])\)?(?![A-Za-z'\u2019])")
ARTICLE = re.compile(r"\s+(?!(?:or|and|nor|is|but|not|because|since|as)\b)[a-z]{2,}")
ALONE = re.compile(r"\(?(?P<bare>[A-Za-z])\)?|\(?(?P<letter>[A-Z])(?:\)|[.:])\s*[^\n]*")
HEDGE = re.compile(r"(?<![A-Za-z])(?:or|maybe|perhaps|and|not)(?![A-Za-z])", re.IGNORECASE)
DOUBT_BEFORE = re.compile(r"(?<![A-Za-z])(?:or|maybe|perhaps|either)\s*\Z", re.IGNORECASE)
DOUBT_AFTER = re.compile(r"\s*,?\s*\(?(?:or|maybe|perhaps)(?![A-Za-z])", re.IGNORECASE)
CLAUSE = re.compile(r"[,;.\uff0c\uff1b\u3002]|(?<![A-Za-z])(?:but|because|since|as|whereas)(?![A-Za-z])")
WRAPPED = re.compile(
    r"\\(?:text|textbf|mathrm|mathbf|textit|textrm|bf|boxed)(?![A-Za-z])|[{}$*_`]|\\[()\[\]]"
)


def stated_letter(text: str) -> str | None:
    """Return the letter that the content of a box or tag is, alone or before the option's text: "(B) 12", "B: 12"."""
    plain = WRAPPED.sub(" ", text).strip(" .")
    match = ALONE.fullmatch(plain)
    if match is None or len(set(LETTER.findall(plain))) > 1 or HEDGE.search(plain):
        return None
    return (match["letter"] or match["bare"]).upper()


def chosen_letter(phrase: str) -> str | None:
    """Return the one letter that a sentence chooses, None if it chooses none or several.

    Letters after a negation are not chosen: "D, it can't be A or B". A letter with the option's text, "(B) 12", is.
    """
    plain = WRAPPED.sub(" ", phrase)
    letters: list[str] = []
    negated = False
    at = 0
    for match in LETTER.finditer(plain):
        before = plain[at : match.start()]
        negated = denied(before, 0, len(before)) or (negated and not CLAUSE.search(before))
        ruled_out = RULED_OUT.match(plain, match.end())
        at = match.end() if ruled_out is None else ruled_out.end()
        if ruled_out is not None or negated or _word(plain, match):
            continue
        if DOUBT_BEFORE.search(before) or DOUBT_AFTER.match(plain, match.end()):
            return None
        letters.append(match[1])
    return letters[0] if len(set(letters)) == 1 else None


def _word(plain: str, match: re.Match[str]) -> bool:
    """Whether the letter is the English word "A" or "I"."""
    return match[1] in "AI" and "(" not in match[0] and ARTICLE.match(plain, match.end()) is not None
