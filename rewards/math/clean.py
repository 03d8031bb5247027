r"""Bring the many spellings of one text to plain ASCII and LaTeX: wrappers off, unicode and HTML translated.

`clean` costs one pass per rule; each rule is a literal replacement or a pattern that cannot backtrack far.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", "0123456789+-=()ni")
_SUBSCRIPTS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙₖₘₓₐ", "0123456789+-=()nkmxa")
_SUPER_RUN = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ]+")
_METRES = re.compile(r"(?<=\d) {0,2}m(?=[²³](?!\w))")
_SUB_RUN = re.compile(r"[₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙₖₘₓₐ]+")

_SIGNS: Final[dict[str, str]] = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-",
    "×": r"\times ", "✕": r"\times ", "⋅": r"\cdot ", "·": r"\cdot ", "∙": r"\cdot ", "•": r"\cdot ",
    "÷": r"\div ", "∕": "/", "⁄": "/", "∗": "*", "±": r"\pm ", "∓": r"\mp ",
    "√": r"\sqrt ", "∛": r"\sqrt[3] ", "∜": r"\sqrt[4] ",
    "≤": r"\le ", "≦": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "≧": r"\ge ", "⩾": r"\ge ", "≠": r"\ne ",
    "≈": r"\approx ", "≅": r"\approx ", "≃": r"\approx ", "≒": r"\approx ", "≡": r"\equiv ",
    "∞": r"\infty ", "∪": r"\cup ", "∩": r"\cap ", "∖": r"\setminus ", "∈": r"\in ", "∉": r"\notin ",
    "⊂": r"\subset ", "⊆": r"\subset ", "∅": r"\emptyset ", "Ø": r"\emptyset ", "∀": r"\forall ",
    "→": r"\to ", "⟶": r"\to ", "∧": r"\land ", "∨": r"\lor ", "∣": "|", "∥": r"\| ",
    "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}", "ℚ": r"\mathbb{Q}", "ℂ": r"\mathbb{C}",
    "ℓ": r"\ell ", "°": r"\degree ", "º": r"\degree ", "˚": r"\degree ", "′": "'", "’": "'", "″": "''",
    "∑": r"\sum ", "∏": r"\prod ", "∫": r"\int ", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ",
    "⌉": r"\rceil ", "⟨": r"\langle ", "⟩": r"\rangle ", "〈": r"\langle ", "〉": r"\rangle ",
    "½": r"\frac{1}{2}", "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}", "¼": r"\frac{1}{4}", "¾": r"\frac{3}{4}",
    "⅕": r"\frac{1}{5}", "⅖": r"\frac{2}{5}", "⅗": r"\frac{3}{5}", "⅘": r"\frac{4}{5}", "⅙": r"\frac{1}{6}",
    "⅚": r"\frac{5}{6}", "⅛": r"\frac{1}{8}", "⅜": r"\frac{3}{8}", "⅝": r"\frac{5}{8}", "⅞": r"\frac{7}{8}",
    "€": r"\euro ", "£": r"\pounds ", "¥": r"\yen ", "₹": r"\rupee ", "∘": r"\circ ",
    "…": r"\ldots ", "⋯": r"\ldots ", "、": ",", "。": ".", "\u2061": "", "\u2062": " ", "\u200b": "",
    "\u200e": "", "\u200f": "", "\ufeff": "", "ϕ": r"\phi ", "ϵ": r"\epsilon ", "µ": r"\mu ",
}  # fmt: skip
_SIGN_TABLE: Final = str.maketrans(_SIGNS)
_NAMES: Final = (
    "α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu ν nu ξ xi π pi ρ rho"
    " σ sigma τ tau υ upsilon φ phi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Φ Phi"
    " Ψ Psi Ω Omega"
)
_GREEK: Final = _NAMES.split()
_GREEK_TABLE: Final = str.maketrans({_GREEK[i]: f"\\{_GREEK[i + 1]} " for i in range(0, len(_GREEK), 2)})

_ENTITIES: Final = {
    "&lt;": "<", "&gt;": ">", "&le;": r"\le ", "&ge;": r"\ge ", "&ne;": r"\ne ", "&nbsp;": " ", "&times;": r"\times ",
    "&minus;": "-", "&pi;": r"\pi ", "&infin;": r"\infty ", "&deg;": r"\degree ", "&amp;": "&", "&radic;": r"\sqrt ",
}  # fmt: skip
_ENTITY = re.compile("|".join(_ENTITIES))
_HTML: Final = {"sup": "^{", "sub": "_{", "/sup": "}", "/sub": "}", "br": "\n", "br/": "\n", "br /": "\n"}
_TAG = re.compile(r"<(/?(?:sup|sub)|br ?/?)>", re.IGNORECASE)
_DROPPED_TAG = re.compile(r"</?(?:b|i|em|strong|p|span|div|math|answer)>", re.IGNORECASE)
_ESCAPED: Final = {"\x0c": "f", "\x08": "b", "\t": "t", "\r": "r", "\x07": "a", "\x0b": "v"}
_LOST = re.compile(
    r"\\?([\x0c\x08\t\r\x07\x0b])"
    r"(?=rac|oxed|egin|eta|inom|ext|frac|imes|heta|an[^a-z]|au[^a-z]|ight|ho[^a-z]|lpha|pprox|ec[^a-z]|arphi)"
)
_NO_PRICE = re.compile(r"\$(?! ?[\d.])")
_QUOTES: Final = ("**", "__", "``", "`", '"', "“")
_BOXES = ("\\boxed{", "\\fbox{")
_REMARK = re.compile(
    r" ?\( ?(?:exactly|exact|approximately|approx\.?|simplified|in simplest form|rounded[^()]{0,40}) ?\)"
)
_BOUNDS: Final = {
    "except": "", "except for": "", "other than": "", "excluding": "", "greater than": ">", "less than": "<",
    "greater than or equal to": r"\ge", "less than or equal to": r"\le", "at least": r"\ge", "at most": r"\le",
}  # fmt: skip
_REALS = re.compile(
    r"\A(?:\\text\{ ?)?(?:the set of )?all real numbers (?:x )?"
    rf"({'|'.join(sorted(_BOUNDS, reverse=True))}) ?\}}? ?\$? ?"
    r"([^{}]{1,60}?)\$?\.?\}?\Z",
    re.IGNORECASE,
)
_MODULE = re.compile(r"\b(?:np|numpy|math|sympy|sp)\.(?=[a-z])")
_ABOUT = re.compile(r"(?:\\text\{)?[, ]{0,3}\bor (?:about|approximately|roughly)\b ?\}?")
_STYLED = re.compile(r"^(?:\\(?:displaystyle|textstyle|,|;|!|quad)(?![A-Za-z])\s*)+")
_TAIL = " \t\r\n.,;:"


def clean(text: str) -> str:
    """Return the text without wrappers, in ASCII with LaTeX names for all other signs (letters of words stay)."""
    if "<" in text:
        text = _DROPPED_TAG.sub(" ", _TAG.sub(lambda m: _HTML[m[1].lower()], text))
    if "&" in text and ";" in text:
        text = _ENTITY.sub(lambda m: _ENTITIES[m[0]], text)
    if not text.isascii():
        text = _to_ascii(text)
    if _has_control(text):
        text = _LOST.sub(lambda m: "\\" + _ESCAPED[m[1]], text)
    if "." in text:
        text = _MODULE.sub("", text)
    if "(" in text:
        text = _REMARK.sub("", text)
    if "real numbers " in text:
        text = _REALS.sub(_numbers, text)
    if "or " in text:
        text = _ABOUT.sub(r"\\approx ", text)
    return _unwrap(_dollars(text).strip())


def _numbers(match: re.Match[str]) -> str:
    """`all real numbers except 2` and `all real numbers greater than 3` in signs."""
    sign = _BOUNDS[" ".join(match[1].casefold().split())]
    return rf"\mathbb{{R}} \setminus \{{{match[2]}\}}" if sign == "" else f"x {sign} {match[2]}"


def _to_ascii(text: str) -> str:
    text = _METRES.sub(r"\\text{ m}", text)
    text = _SUPER_RUN.sub(lambda m: "^{" + m[0].translate(_SUPERSCRIPTS) + "}", text)
    text = _SUB_RUN.sub(lambda m: "_{" + m[0].translate(_SUBSCRIPTS) + "}", text)
    text = text.translate(_SIGN_TABLE).translate(_GREEK_TABLE)
    if text.isascii():
        return text
    # Full width, circled and mathematical letters become plain ones; the result may hold signs of the tables again.
    return unicodedata.normalize("NFKC", text).translate(_SIGN_TABLE).translate(_GREEK_TABLE)


def _has_control(text: str) -> bool:
    return any(sign in text for sign in _ESCAPED)


def _unwrap(text: str) -> str:
    """Take off emphasis, quotation marks, display brackets and the sentence's own full stop, layer by layer."""
    for _ in range(6):
        before = text
        if not text.endswith(("...", "\\;", "\\:", "\\,")):
            text = text.rstrip(_TAIL)
        for quote in _QUOTES:
            if text.startswith(quote) and text.endswith(quote) and len(text) > 2 * len(quote):
                text = text[len(quote) : -len(quote)].strip()
        for opening, closing in (("\\[", "\\]"), ("\\(", "\\)"), ("“", "”"), ("*", "*"), ("\\\\[", "\\\\]")):
            if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening + closing):
                text = text[len(opening) : -len(closing)].strip()
        text = _STYLED.sub("", text)
        if text.startswith(_BOXES) and text.endswith("}"):
            text = _out_of_box(text)
        if text == before:
            break
    return text


def _out_of_box(text: str) -> str:
    r"""Return what the box holds if nothing stands behind it."""
    start = text.index("{")
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return text[start + 1 : at].strip() if at == len(text) - 1 else text
    return text


def _dollars(text: str) -> str:
    r"""Drop the signs that open and close mathematics; an odd one is money, as is `\$`."""
    if "$" not in text:
        return text
    loose = text.replace("\\$", "\x00")
    loose = _NO_PRICE.sub(" ", loose) if loose.count("$") % 2 else loose.replace("$", " ")
    return loose.replace("\x00", "$")
