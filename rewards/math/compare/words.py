r"""Answers in words, and letters of options.

Words are compared without case, articles and blanks around; nothing is guessed about their meaning, but for yes and no,
"no solution" as the empty set, and a number with its noun ("15th day" answers 15). Words never equal mathematics
else, in either direction: a reference in words is not met by a formula.
"""

from __future__ import annotations

import re
from fractions import Fraction

from rewards.math.compare.context import Context, Match
from rewards.math.parse.vocabulary import NO_THINGS
from rewards.math.tree import Choice, Constant, Mul, NamedSet, Node, Number, Symbol, Text

_ARTICLES = {"a", "an", "the"}
_SAME = {"true": "yes", "false": "no", "correct": "yes", "incorrect": "no", "&": "and"}
_PHRASES = {"doesnotexist": "dne", "doesn'texist": "dne", "doesntexist": "dne", "infinite": "infinitelymany"}
_EMPTY = {
    "no solution",
    "no solutions",
    "no real solution",
    "no real solutions",
    "empty set",
    "none",
    "nosolution",
}
_REALS = {"all real numbers", "all reals", "real numbers", "all real number", "any real number", "reals"}
_COUNTED = re.compile(r"(?:day |no |number |option )?(\d{1,15})(?:st|nd|rd|th)?(?: ([a-z]+)(?: [a-z]+)?)?")
_HEDGES = NO_THINGS | {
    "about",
    "to",
    "and",
    "half",
    "hundred",
    "thousand",
    "million",
    "billion",
    "dozen",
    "percent",
}
_HEDGES |= {"times", "over", "minus", "plus", "th"}


def match_words(reference: Node, predicted: Node, context: Context) -> Match | None:
    """Pairs in which a side is words or the letter of an option."""
    if isinstance(reference, Choice) or isinstance(predicted, Choice):
        return _choices(reference, predicted)
    if not isinstance(reference, Text) and not isinstance(predicted, Text):
        return None
    left, right = _spelled(reference), _spelled(predicted)
    if left and right and _plain(left) == _plain(right):
        return Match(True, "words")
    plain = [node for node in (_meant(reference), _meant(predicted)) if not isinstance(node, Text)]
    if len(plain) == 2:
        return Match(context.match(plain[0], plain[1]).equal, "words for a value")
    return Match(False, "words against mathematics")


def _choices(reference: Node, predicted: Node) -> Match:
    """A letter against a letter; a lower-case one answers where the reference is an option."""
    one, other = _letter(reference), _letter(predicted)
    if isinstance(reference, Choice):
        other = other.upper()
    return Match(one == other and len(one) == 1, "choice")


def _letter(node: Node) -> str:
    if isinstance(node, Choice):
        return node.letter
    if isinstance(node, Text):
        return node.words.upper() if len(node.words) == 1 else ""
    return _spelled(node) or ""


def _spelled(node: Node) -> str | None:
    """The word that a node spells: words themselves, or variables side by side, `Even`."""
    if isinstance(node, Text):
        return node.words
    if isinstance(node, Symbol):
        return node.name
    if isinstance(node, Constant):
        return node.name if len(node.name) == 1 else None
    if isinstance(node, Mul):
        letters = [_spelled(part) for part in node.factors]
        return "".join(letter for letter in letters if letter) if all(letters) else None
    return None


def _plain(words: str) -> str:
    """The words without articles, yes and no in one spelling, blanks dropped."""
    written = words.casefold().split()
    kept = [word for word in written if word not in _ARTICLES] or written
    joined = "".join(_SAME.get(word, word) for word in kept)
    return _PHRASES.get(joined, joined)


def _meant(node: Node) -> Node:
    """The value that words stand for, or the node as it is."""
    if not isinstance(node, Text):
        return node
    if re.sub(r"\A(?:there (?:is|are)|it has|the equation has) | exists?\Z", "", node.words) in _EMPTY:
        return NamedSet("empty")
    if node.words in _REALS:
        return NamedSet("R")
    found = _COUNTED.fullmatch(node.words)
    if found and _HEDGES.isdisjoint(node.words.split()):
        return Number(Fraction(int(found[1])))
    return node
