"""The words and commands that the parser knows. Tables only."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _spread(rows: dict[tuple[str, str], str]) -> dict[str, tuple[str, str]]:
    return {word: meaning for meaning, words in rows.items() for word in words.split()}


GREEK: Final = frozenset(
    _words(
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho varrho sigma"
        " tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar"
        " aleph nabla partial"
    )
)
_FUNCTIONS: Final = (
    "sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth arsinh arcosh artanh exp ln"
    " log lg gcd lcm max min sgn arg det floor ceil abs"
)
FUNCTION_WORDS: Final[dict[str, str]] = {
    **{name: name for name in _FUNCTIONS.split()},
    "tg": "tan", "ctg": "cot", "cosec": "csc", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "arctg": "arctan", "arcctg": "arccot", "asinh": "arsinh", "acosh": "arcosh", "atanh": "artanh",
    "arcsinh": "arsinh", "arccosh": "arcosh", "arctanh": "artanh", "sign": "sgn", "signum": "sgn",
    "ceiling": "ceil", "factorial": "factorial", "binomial": "binomial", "binom": "binomial", "Re": "re", "Im": "im",
    "conjugate": "conjugate", "hcf": "gcd", "Arg": "arg", "Log": "log", "Ln": "ln", "sqrt": "sqrt", "cbrt": "cbrt",
}  # fmt: skip
CALLED_WORDS: Final = frozenset(
    _words(
        "sum product integral limit derivative doublefactorial permutations norm cases mod det gamma overline"
    )
)
"""Words that are functions only where a bracket follows at once."""
LABELS: Final = frozenset(_words("max min sign arg"))
"""Functions that only name what follows before a colon or an equals sign: `max: 5`."""
INVERSES: Final[dict[str, str]] = {
    "sin": "arcsin", "cos": "arccos", "tan": "arctan", "cot": "arccot", "sec": "arcsec", "csc": "arccsc",
    "sinh": "arsinh", "cosh": "arcosh", "tanh": "artanh",
}  # fmt: skip
CONSTANT_WORDS: Final = {
    "pi": "pi",
    "infinity": "infinity",
    "infty": "infinity",
    "inf": "infinity",
    "oo": "infinity",
}
USUAL_FUNCTIONS: Final = frozenset({"f", "g", "h", "F", "G", "H", "phi", "varphi"})
"""Letters read as functions wherever a bracket follows at once: `f(x+1)`."""

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    **{name: ("sym", name.removeprefix("var")) for name in GREEK},
    **{
        name: ("func", FUNCTION_WORDS[name])
        for name in FUNCTION_WORDS
        if name not in ("sqrt", "binom", "Re", "Im")
    },
    **_spread(
        {
            ("const", "pi"): "pi",
            ("const", "infinity"): "infty infin",
            ("func", "re"): "Re",
            ("func", "im"): "Im",
            ("rel", "<="): "le leq leqslant leqq",
            ("rel", ">="): "ge geq geqslant geqq",
            ("rel", "<"): "lt",
            ("rel", ">"): "gt",
            ("rel", "!="): "ne neq",
            ("rel", "in"): "in",
            ("rel", "notin"): "notin",
            ("rel", "subset"): "subset subseteq",
            ("rel", "approx"): "approx simeq cong thickapprox sim doteq",
            ("rel", "="): "equiv triangleq coloneqq",
            ("rel", "to"): "to rightarrow longrightarrow mapsto",
            ("*", "*"): "times cdot ast",
            ("/", "/"): "div",
            ("pm", "+"): "pm",
            ("pm", "-"): "mp",
            ("setop", "union"): "cup bigcup",
            ("setop", "intersection"): "cap bigcap",
            ("setop", "difference"): "setminus backslash smallsetminus",
            (":", ":"): "colon",
            ("join", "or"): "lor vee",
            ("join", "and"): "land wedge",
            ("bar", ""): "mid vert",
            ("bar", "l"): "lvert",
            ("bar", "r"): "rvert",
            ("norm", ""): "Vert |",
            ("norm", "l"): "lVert",
            ("norm", "r"): "rVert",
            ("open", "["): "lbrack",
            ("close", "]"): "rbrack",
            ("open", "{"): "lbrace {",
            ("close", "}"): "rbrace }",
            ("open", "<"): "langle",
            ("close", ">"): "rangle",
            ("open", "floor"): "lfloor",
            ("close", "floor"): "rfloor",
            ("open", "ceil"): "lceil",
            ("close", "ceil"): "rceil",
            ("unit", "%"): "%",
            ("money", "$"): "$",
            ("money", "euro"): "euro",
            ("money", "sterling"): "pounds",
            ("money", "yen"): "yen",
            ("money", "rupee"): "rupee",
            ("degree", "°"): "degree",
            ("circ", ""): "circ",
            ("'", "'"): "prime",
            ("set", "empty"): "emptyset varnothing",
            ("set", "R"): "R Reals reals",
            ("set", "N"): "N",
            ("set", "Z"): "Z",
            ("set", "Q"): "Q",
            ("dots", ""): "ldots cdots dots dotsc dotsb vdots ddots",
            ("soft", ""): "quad qquad newline",
            ("amp", ""): "&",
            ("row", ""): "cr",
            ("cond", "forall"): "forall",
            ("over", "/"): "over",
            ("over", "binomial"): "choose",
            ("mod", "mod"): "bmod mod",
            ("mod", "pmod"): "pmod",
            ("cmd", "frac"): "frac dfrac tfrac cfrac",
            ("cmd", "binom"): "binom dbinom tbinom",
            ("cmd", "sqrt"): "sqrt",
            ("cmd", "box"): "boxed fbox framebox",
            ("cmd", "sum"): "sum",
            ("cmd", "product"): "prod",
            ("cmd", "integral"): "int",
            ("cmd", "limit"): "lim",
            (
                "cmd",
                "accent",
            ): "vec overrightarrow widehat tilde widetilde underline mathring overleftrightarrow",
            ("cmd", "hat"): "hat",
            ("cmd", "dot"): "dot",
            ("cmd", "ddot"): "ddot",
            ("cmd", "dddot"): "dddot",
            ("mark", "odot"): "odot",
            ("mark", "oplus"): "oplus",
            ("mark", "dagger"): "dagger",
            ("cmd", "bar"): "bar overline",
        }
    ),
}
SKIPPED: Final = frozenset(
    _words(
        ", ; : ! > / ( ) [ ] displaystyle textstyle scriptstyle limits nolimits mathstrut hfill hline therefore because"
        " angle triangle star bullet noindent centering left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr"
        " Biggl Biggr middle thinspace enspace enskip small large Large it sf tt protect vphantom strut"
    )
)
SIDES: Final = {
    "left": "l",
    "right": "r",
    "bigl": "l",
    "bigr": "r",
    "Bigl": "l",
    "Bigr": "r",
    "biggl": "l",
    "biggr": "r",
}
STYLES: Final[dict[str, str]] = {
    **dict.fromkeys(
        _words("text textnormal textrm textit textsf texttt mbox hbox mathrm operatorname mathit"), "text"
    ),
    **dict.fromkeys(_words("textbf mathbf boldsymbol bm pmb"), "bold"),
    **dict.fromkeys(_words("mathcal mathscr mathfrak mathsf mathop mathbin mathrel ensuremath"), ""),
}
SWITCHES: Final = {"rm": "text", "bf": "bold", "tt": "text"}
MATRICES: Final = frozenset(
    {"matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array", "tabular"}
)
ALIGNED: Final = frozenset(
    {
        "aligned",
        "align",
        "gathered",
        "gather",
        "split",
        "equation",
        "alignat",
        "alignedat",
        "multline",
        "displaymath",
    }
)
"""Environments that only set lines one under the other: their `&` mean nothing, their rows are a list."""
JOINS: Final[dict[str, str]] = {
    "and": "and", "or": "or", "und": "and", "oder": "or", "et": "and", "ou": "or", "и": "and", "или": "or",
    "和": "and", "或": "or", "与": "and", "及": "and", "且": "and",
    "または": "or", "と": "and", "或者": "or", "以及": "and",
}  # fmt: skip
CONDITIONS: Final = frozenset({"where", "for", "if", "when", "whenever", "with", "其中", "forall"})
LEADS: Final = frozenset(
    {"only", "exactly", "about", "approximately", "approx", "roughly", "just", "either", "both"}
)
"""Words in front of a value that leave it as it is."""
SHORT_UNITS: Final = frozenset(_words("in cm mm km dm nm kg mg ml mL cl ft lb oz yd mi hr Hz kJ kW MB GB kB"))
"""Units of two letters that need no upright font; any other two letters are a product."""
BASES: Final = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "sixteen": 16,
}  # fmt: skip
PHRASES: Final = {
    "all real numbers": "R", "all reals": "R", "the real numbers": "R", "the set of real numbers": "R",
    "the set of all real numbers": "R", "any real number": "R", "all integers": "Z", "all complex numbers": "C",
    "all natural numbers": "N", "all rational numbers": "Q", "empty set": "empty", "the empty set": "empty",
}  # fmt: skip
"""Words that name a set."""
SCALES: Final = {
    "hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12,
    "万": 10_000, "亿": 10**8,
}  # fmt: skip
"""Words that multiply the numeral before them."""
NUMERALS: Final = {
    word: value
    for value, word in enumerate(
        _words(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
            " seventeen eighteen nineteen"
        )
    )
} | {
    word: 10 * tens
    for tens, word in enumerate(_words("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)
}  # fmt: skip
"""Numbers in words, read where they are the whole answer."""
NO_THINGS: Final = frozenset(
    _words(
        "is are was were be isn't not never no none nor neither or and/or maybe perhaps possibly probably if unless"
        " wrong false incorrect right correct impossible than least most more less fewer almost nearly other except but"
        " unlikely doubtful doubtfully squared cubed plus minus times half halves third thirds fourths fifths sixths"
        " sevenths eighths ninths tenths hundredths thousandths remainder"
    )
)
"""Words that say something of a value; behind a numeral they are no unit and nothing counted."""
ORDINALS: Final = frozenset({"th", "st", "nd", "rd"})
SHORT_WORDS: Final = frozenset(
    _words(
        "is of to in on at by be if no so as an it he we us my up go do me am or and the all any are was has had not"
        " but for its one two six ten yes odd red day may can who how her his she him new old out our you let set see"
        " get use per non nor big few cat dog sum none only true even fall rise zero four five nine lies lie mon tue"
        " wed thu fri sat sun jan feb mar apr jun jul aug sep oct nov dec cup kid box bag pen egg way men man map"
        " east west la le un il el es der die das"
    )
)
"""Words that would otherwise be read as products of letters."""
