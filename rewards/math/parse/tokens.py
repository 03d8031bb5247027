r"""Cut a cleaned text into tokens: numerals are read here, words and commands get their meaning from the tables.

One pass, one pattern, no look-back beyond the token before. Braces of `\text{...}` and other styles leave no token:
what stands in them is cut like all else, with its words marked upright.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from rewards.math import budget
from rewards.math.parse import vocabulary as v
from rewards.math.parse.numerals import PATTERN as NUMERAL
from rewards.math.parse.numerals import numeral
from rewards.math.tree import Number
from rewards.math.units import unit_name
from rewards.math.verdict import OverBudget, Unreadable


class Token:
    """A token: `kind` decides what the parser does, `text` is its canonical text, `gap` whether a blank precedes."""

    __slots__ = ("gap", "kind", "number", "raw", "text")

    def __init__(self, kind: str, text: str = "", gap: bool = False, raw: str = "") -> None:
        self.kind = kind
        self.text = text
        self.gap = gap
        self.raw = raw or text
        self.number: Number | None = None

    def __repr__(self) -> str:
        return f"{self.kind}:{self.text}" if self.text != self.kind else self.kind


_HAN = "\u3040-\u9fff"
_HAN_JOINS = "[和或与及且]"
_WORDS = rf"[^\W\d_{_HAN}]+|或者|以及|または|{_HAN_JOINS}|[{_HAN}]+?(?={_HAN_JOINS}|[^{_HAN}]|$)"
_PATTERN = re.compile(
    rf"(?P<blank>[ \t\r\f\xa0~]+)|(?P<line>\n\s*)|(?P<number>{NUMERAL})|(?P<word>{_WORDS})"
    r"|(?P<row>\\\\\\\\)|(?P<twice>\\\\[A-Za-z]+)|(?P<newrow>\\\\(?:\[[^\]\n]{0,9}pt\])?)|(?P<command>\\(?:[A-Za-z]+|.))"
    r"|(?P<rel><=|>=|=<|=>|!=|<>|:=|==|->|~=)|(?P<power>\*\*)|(?P<factorials>!!)|(?P<dots>\.\.\.+)|(?P<sign>.)",
    re.DOTALL,
)
_RELATIONS: Final = {
    "<=": "<=", "=<": "<=", ">=": ">=", "=>": "to", "!=": "!=", "<>": "!=", ":=": "=", "==": "=", "->": "to",
    "~=": "approx", "<": "<", ">": ">", "=": "=",
}  # fmt: skip
_OPEN: Final = {"(": "(", "[": "["}
_CLOSE: Final = {")": ")", "]": "]"}
_ENV = re.compile(r"\s*\{\s*([A-Za-z]+)\*?\s*\}")
_COLUMNS = re.compile(r"\s*\{[lcr|@{} ]{0,80}?\}(?=\s*[^}])")
_BLACKBOARD = re.compile(r"\s*\{?\s*([A-Za-z])\s*\}?")
_LENGTH = re.compile(r"\*?\s*\{[^{}]{0,20}\}")
_WORD = re.compile(r"\s+[^\W\d_]{2}")
_NAMED = re.compile(r"[\s}]*(?::|=(?!=))")
_TO = re.compile(r"[\s}]*\d")
_DIGIT = re.compile(r"\s*(\d)")
ENDS = frozenset(
    {
        "num",
        "sym",
        "const",
        "unit",
        "set",
        "close",
        "}",
        "!",
        "!!",
        "degree",
        "dots",
        "'",
        "prose",
        "circ",
        "end_env",
    }
)
"""Kinds of the tokens that an operand can end with."""
STARTS = frozenset(
    {
        "num",
        "sym",
        "const",
        "func",
        "cmd",
        "open",
        "{",
        "bar",
        "norm",
        "set",
        "begin",
        "money",
        "prose",
        "dots",
    }
)
"""Kinds of the tokens that an operand can start with, signs apart."""


@dataclass(slots=True)
class Lexer:
    """The state of one pass: tokens so far, open braces with the style that they began, open environments."""

    text: str
    tokens: list[Token] = field(default_factory=list)
    braces: list[tuple[str | None, int]] = field(
        default_factory=list
    )  # the style that ends, the digits to resume
    brackets: int = 0
    styles: list[str] = field(default_factory=list)
    environments: list[str] = field(default_factory=list)
    doubled: bool = False
    side: str = ""
    loose: bool = False  # a comma with a blank stands somewhere, so `1,234` in brackets is one number
    single: int = 0  # arguments of \frac that may be one digit each

    def run(self) -> list[Token]:
        """Cut the whole text."""
        text, at, gap, end = self.text, 0, False, len(self.text)
        self.loose = ", " in text or ";" in text
        match = _PATTERN.match
        while at < end:
            if self.single and (digit := _DIGIT.match(text, at)):
                self._digit(digit[1], gap)
                at, gap = digit.end(), False
                continue
            found = match(text, at)
            assert found is not None  # the last alternative takes any character
            kind, raw, at = found.lastgroup, found[0], found.end()
            if kind == "blank":
                gap = True
                continue
            if kind == "number":
                at -= self._numeral(found, raw, gap)
            elif kind == "word":
                self._word(raw, gap, at)
            elif kind == "sign":
                self._sign(raw, gap)
            elif kind == "command" or kind == "twice":
                at = self._command(raw, gap, at)
            else:
                self._other(kind or "", raw, gap)
            if len(self.tokens) > budget.MAX_TOKENS:
                raise OverBudget(f"the text has more than {budget.MAX_TOKENS} tokens")
            gap = False
        if any(token.kind in ("soft", "open", "close") for token in self.tokens):
            _settle(self.tokens)
        self.tokens.append(Token("end"))
        return self.tokens

    def _add(self, kind: str, text: str, gap: bool, raw: str = "") -> None:
        self.tokens.append(Token(kind, text, gap, raw))
        if kind == "cmd" and text in ("frac", "binom"):
            self.single = 2
        elif self.single and kind not in "{}":
            self.single -= 1

    def _other(self, kind: str, raw: str, gap: bool) -> None:
        if kind == "line":
            self._add("soft", "line", True)
        elif kind == "row" or kind == "newrow":
            self._add("row" if self.environments else "soft", "row", True)
        elif kind == "rel":
            self._add("rel", _RELATIONS[raw], gap)
        elif kind == "power":
            self._add("^", "^", gap)
        elif kind == "dots":
            self._add("dots", "", gap)
        else:
            self._add("!!", "!!", gap)

    def _digit(self, raw: str, gap: bool) -> None:
        self._add("num", raw, gap)
        self.tokens[-1].number = Number(Fraction(int(raw)))

    def _numeral(self, found: re.Match[str], raw: str, gap: bool) -> int:
        """Append the numeral; return how many characters of the match it leaves."""
        before = self.tokens[-1].kind if self.tokens else ""
        listed = self.brackets > 0 and not self.loose
        number, used = numeral(found, plain="\\" not in self.text, listed=listed, sub=before in ("_", "^"))
        self._add("num", raw[:used], gap)
        self.tokens[-1].number = number
        return len(raw) - used

    def _sign(self, raw: str, gap: bool) -> None:
        if raw == "{":
            before = self.tokens[-1].kind if self.tokens else ""
            argument = before in ("cmd", "func", "^", "_", "}")
            self.brackets += not argument
            self.braces.append((None if argument else "set", self.single))
            self.single = 0
            self._add("{", "{", gap)
        elif raw == "}":
            self._close_brace(gap)
        elif raw in _OPEN:
            self.brackets += 1
            self._add("open", raw, gap)
        elif raw in _CLOSE:
            self.brackets -= 1
            self._add("close", raw, gap)
        elif raw in "<>=":
            self._add("rel", raw, gap)
        elif raw == "|":
            self._add("bar", self.side, gap)
        elif raw == "%":
            self._add("unit", "%", gap)
        elif raw == "$":
            self._add("money", "$", gap)
        elif raw == "&":
            if not (self.environments and self.environments[-1] in v.ALIGNED):
                self._add("amp", "", gap)
        elif raw == "." and self.side:
            pass
        else:
            self._add(raw, raw, gap)
        self.side = ""

    def _close_brace(self, gap: bool) -> None:
        style, single = self.braces.pop() if self.braces else (None, 0)
        self.single = max(0, single - 1)
        if style is None or style == "set":
            self.brackets -= style == "set"
            if len(self.tokens) > 1 and self.tokens[-1].kind == "{" and self.tokens[-2].kind in ENDS:
                self.tokens.pop()  # `{}` that only ends a command
                return
            self._add("}", "}", gap)
            while self.styles and self.styles[-1].startswith("switch"):
                self.styles.pop()
        elif self.styles:
            self.styles.pop()

    def _command(self, raw: str, gap: bool, at: int) -> int:
        name = raw.lstrip("\\")
        if raw.startswith("\\\\"):
            if self.environments and not self.doubled:
                self._add("row", "row", True)
                return at - len(name)
            if _meaning(name) is None and name not in ("begin", "end"):
                self._add("soft", "row", True)
                return at - len(name)
            self.doubled = self.doubled or name == "begin"
        if name in v.STYLES or name in v.SWITCHES:
            return self._style(name, at)
        if name in ("begin", "end"):
            return self._environment(name, at)
        if name == "mathbb" or name == "Bbb":
            found = _BLACKBOARD.match(self.text, at)
            if found:
                self._add("set", found[1], gap)
                return found.end()
        if name in ("hspace", "vspace", "phantom", "hphantom", "color", "textcolor", "tag", "label"):
            found = _LENGTH.match(self.text, at)
            return found.end() if found else at
        return self._meant(name, gap, at)

    def _meant(self, name: str, gap: bool, at: int) -> int:
        if name in v.SKIPPED or name.isspace():
            self.side = v.SIDES.get(name, self.side)
            return at
        if name not in v.COMMANDS:  # \quadx: the longest name that is known
            known = _meaning(name)
            if known is None:
                raise Unreadable(f"unknown command \\{name[:20]}")
            at -= len(name) - len(known)
            if known in v.STYLES:
                return self._style(known, at)
            if known in v.SKIPPED:
                return at
            name = known
        kind, text = v.COMMANDS[name]
        if kind == "open":
            self.brackets += 1
        elif kind == "close":
            self.brackets -= 1
        elif kind in ("bar", "norm") and self.side:
            text = self.side
        self.side = ""
        self._add(kind, text, gap, name)
        return at

    def _style(self, name: str, at: int) -> int:
        style = v.STYLES.get(name)
        if style is None:
            self.styles.append("switch " + v.SWITCHES[name])
            return at
        rest = at
        if name == "operatorname" and self.text.startswith("*", at):
            rest += 1
        while rest < len(self.text) and self.text[rest] == " ":
            rest += 1
        if rest < len(self.text) and self.text[rest] == "{":
            self.braces.append((style, self.single))
            self.styles.append(style)
            self.single = 0
            return rest + 1
        if rest < len(self.text) and self.text[rest].isalpha():
            self.styles.append(style)
            self._word(self.text[rest], False, rest + 1)
            self.styles.pop()
            return rest + 1
        return at

    def _environment(self, name: str, at: int) -> int:
        found = _ENV.match(self.text, at)
        if found is None:
            raise Unreadable(f"\\{name} without a name")
        at, kind = found.end(), found[1]
        if name == "end":
            if self.environments:
                self.environments.pop()
            self._add("end_env", kind, False)
            return at
        self.environments.append(kind)
        self._add("begin", kind, True)
        if kind in ("array", "tabular"):
            columns = _COLUMNS.match(self.text, at)
            at = columns.end() if columns else at
        return at

    def _word(self, word: str, gap: bool, at: int) -> None:
        style = self.styles[-1] if self.styles else ""
        upright = bool(style) and any(s.endswith(("text", "bold")) for s in self.styles)
        last = self.tokens[-1].kind if self.tokens else ""
        add, low = self._add, word.casefold()
        if len(word) == 1:
            if upright and style.endswith("text") and last in ENDS - {"sym", "const"} and unit_name(word):
                add("unit", word, gap)
            elif last == "num" and word in "xX" and self._times(at):
                add("*", "*", gap)
            elif style.endswith("bold") and word in "ijk":
                add("sym", word + "_hat", gap)
            elif word in "ei":
                add("const", word, gap)
            elif "\u4e00" <= word <= "\u9fff":
                self._meaning_of(word, low, gap, last, at, True)
            else:
                add("sym", word, gap)
        elif low in v.ORDINALS and last == "num" and not (gap and low != "th"):
            pass
        else:
            self._meaning_of(word, low, gap, last, at, upright)

    def _times(self, at: int) -> bool:
        """Whether the x after a numeral is a times sign: `5 x 4`."""
        rest = self.text[at : at + 3]
        return rest[:1] == " " and rest[1:2].isdigit() and self.text[max(0, at - 2)] == " "

    def _meaning_of(self, word: str, low: str, gap: bool, last: str, at: int, upright: bool) -> None:
        add = self._add
        if low in v.CALLED_WORDS and self.text.startswith("(", at):
            add("func", low, gap, word)
        elif low in v.JOINS:
            add("join", v.JOINS[low], gap, word)
        elif (last in ENDS or (last == "/" and upright)) and self._is_unit(word, last, gap, upright, at):
            add("unit", word, gap)
        elif low in v.LABELS and _NAMED.match(self.text, at):
            add("prose", word, gap)
        elif word in v.FUNCTION_WORDS or low in v.FUNCTION_WORDS:
            name = v.FUNCTION_WORDS.get(word) or v.FUNCTION_WORDS[low]
            kind, text = {"sqrt": ("cmd", "sqrt"), "cbrt": ("cmd", "cbrt")}.get(name, ("func", name))
            add(kind, text, gap, word)
        elif low in v.CONSTANT_WORDS:
            add("const", v.CONSTANT_WORDS[low], gap, word)
        elif word in v.GREEK:
            add("sym", word.removeprefix("var"), gap)
        elif low == "mod" or low == "modulo":
            add("mod", "mod", gap, word)
        elif low == "to" and last == "num" and _TO.match(self.text, at):
            add(":", ":", gap, word)
        elif low in v.CONDITIONS:
            add("cond", low, gap, word)
        elif low == "in" and last in ENDS and last != "prose":
            add("rel", "in", gap, word)
        elif upright or (_is_prose(word, low) and not (len(word) == 2 and self._alone(low, last, at))):
            if word.isupper() and len(word) <= 4 and word.isascii() and low not in v.SHORT_WORDS:
                self._letters(word, gap)
            else:
                add("prose", word, gap)
        else:
            self._split(word, low, gap)

    def _is_unit(self, word: str, last: str, gap: bool, upright: bool, at: int) -> bool:
        if last == "sym" and not (gap and len(word) > 2) and not upright:
            return False
        if (
            len(word) == 2
            and not upright
            and (word not in v.SHORT_UNITS or not self._measures(word, last, gap))
        ):
            return False
        if not upright and word in v.FUNCTION_WORDS and self.text[at : at + 2].strip():
            return False
        return unit_name(word) is not None

    def _alone(self, low: str, last: str, at: int) -> bool:
        """Whether no other word stands beside two letters: `v = at` is a product, "at home" is not."""
        beside = last in ("prose", "join", "cond", "unit") or _WORD.match(self.text, at)
        return not beside and low != "no" and low.isascii()

    def _measures(self, word: str, last: str, gap: bool) -> bool:
        """Two letters are a unit behind a numeral or a blank; `2mg` is a product, `2 mg` a mass."""
        return last == "unit" or (last == "num" and word != "mg") or (gap and last in ("num", "}", "close"))

    def _split(self, word: str, low: str, gap: bool) -> None:
        """`sinx` is sin x, `xy` is x y."""
        for start in (0, 1):
            for length in (6, 4, 3, 2):
                name = word[start : start + length]
                if name in v.FUNCTION_WORDS and len(word) - start - length <= 1 and len(name) == length:
                    self._letters(word[:start], gap)
                    self._word(name, gap, 0)
                    self._letters(word[start + length :], False)
                    return
        self._letters(word, gap)

    def _letters(self, word: str, gap: bool) -> None:
        for letter in word:
            self._add("const" if letter in "ei" else "sym", letter, gap)
            gap = False


def _meaning(name: str) -> str | None:
    """The longest beginning of a command's name that is a command."""
    for length in range(min(len(name), 16), 1, -1):
        if name[:length] in v.COMMANDS or name[:length] in v.SKIPPED or name[:length] in v.STYLES:
            return name[:length]
    return None


def _is_prose(word: str, low: str) -> bool:
    """Whether a run of letters is a word of a language, not a product of letters."""
    if low in v.SHORT_WORDS or not word.isascii():
        return True
    if len(word) < 4 or (word.isupper() and len(word) <= 6):
        return False
    ascending = all(a < b for a, b in itertools.pairwise(low))
    if ascending and not set(low) & set("eiou"):
        return False
    start = low[1:]
    return not (low[:-1] in v.FUNCTION_WORDS or start in v.FUNCTION_WORDS or start[:-1] in v.FUNCTION_WORDS)


def _settle(tokens: list[Token]) -> None:
    """Give `]a, b[` its brackets, and make `\\quad` and line ends commas where they part two operands."""
    kept: list[Token] = []
    depth = 0
    for at, token in enumerate(tokens):
        after = tokens[at + 1].kind if at + 1 < len(tokens) else "end"
        before = kept[-1].kind if kept else ""
        if token.kind == "soft":
            if before in ENDS and (after in STARTS or after == "soft"):
                token.kind, token.text = ",", ","
            else:
                continue
        elif (
            token.kind == "close"
            and token.text == "]"
            and before not in ENDS | {"open"}
            and not (before in ("bar", "norm") and depth > 0)  # the end of `[0, |x|]`
        ):
            token.kind, token.text = "open", "]"
        elif (
            token.kind == "open"
            and token.text == "["
            and before in ENDS
            and after not in STARTS | {"-", "+", "pm"}
        ):
            token.kind, token.text = "close", "["
        depth += (token.kind == "open") - (token.kind == "close")
        kept.append(token)
    tokens[:] = kept


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a cleaned text, the last of kind "end".

    Raises:
        OverBudget: too many tokens or digits.
        Unreadable: a command that is not known, or half of one.
    """
    return Lexer(text).run()
