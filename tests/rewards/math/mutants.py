r"""Random and mutated inputs for a verifier: fragments of LaTeX, references cut, spliced and damaged, any character.

The input of index i under a seed is the same everywhere, so a run can be taken up again at any index.
"""

from __future__ import annotations

from itertools import chain
from random import Random

from .forms import SHELLS
from .golds import GOLDS
from .hostile import code, hedges, near
from .pairs import OTHER, SAME

FRAGMENTS = r"""
\frac \dfrac \tfrac \sqrt \sqrt[3] \left( \right) \left[ \right] \left\{ \right. \{ \} \pi \infty \cdot
\times \div \pm \mp \sin \cos \tan \ln \log \log_2 \exp \arcsin \sinh \sum_{k=1}^{n} \prod_{i=0}^{10}
\int_0^1 \lim_{x\to0} \binom \gcd \max \min \le \ge \neq \in \notin \subset \cup \cap \setminus \mathbb{R}
\mathbb{Z} \emptyset \mid \to \implies \iff \approx \equiv \pmod{7} \bmod \text{or} \text{and} \text{cm}
\text{if} \mathrm{kg} \textx \circ ^\circ \% \$ \boxed{ } { ( ) [ ] | \| \\ & \; \, \! \quad
\begin{pmatrix} \end{pmatrix} \begin{cases} \end{cases} \begin{array}{cc} \overline{ \lfloor \rfloor
\lceil \rceil \ldots \det \Gamma \zeta \Re \arg \overrightarrow{ \vec{ \hat{ \bar \prime ' ! !! _ ^ ^{ _{
= < > + - * / : ; , . ~ # #### $ $$ \( \) \[ x y n k i e a_1 f(x) dx 0 1 2 7 10 -3 0.5 1e5 1e400 2^{10^9}
(10^6)! 1/0 0^0 123456789012345678901234567890 99^{99^{99}} oo nan <think> </think> <answer> </answer>
answer is final Answer: or and not maybe A. (B) \textbf{ ** ` ``` sqrt( pi inf \displaystyle \hspace{1cm}
\phantom{x} \color{red} \underbrace{ \cancel{ \operatorname{sgn} \def\x{\x\x}\x \input{/etc/passwd}
"""
COMMANDS = FRAGMENTS.split()
CHARACTERS = (
    "πθ∞√≤≥≠∈∪∩∅±×÷−–—·⋅²³½¾①⑩٣५𝟓𝑥ｘ５，。：°′″％￥€£＄（）｛｝【】“”’"
    "\u200b\u200d\u202e\ufeff\x00\x08\x1b\ud800\u0338\u0301\n\t\r\xa0\u2028"
)
POOL = [
    *chain(*GOLDS.values()),
    *chain(*SAME),
    *chain(*OTHER),
    *chain(*(case[1:3] for group in (near, hedges, code) for case in group())),
]


def mutant(seed: int, index: int) -> tuple[str, str]:
    """Return (reference, completion) number `index` of a seed."""
    random = Random(seed * 1_000_003 + index)
    gold = random.choice(POOL) if random.random() < 0.8 else _damaged(random)
    text = random.choice((_fragments, _damaged, _damaged, _spliced, _noise, _doubled))(random)
    if random.random() < 0.1:
        text = gold + text if random.random() < 0.5 else text + gold
    if random.random() < 0.7:
        text = random.choice(list(SHELLS.values())) % text
    return gold, _cut(random, text) if random.random() < 0.1 else text


def _fragments(random: Random) -> str:
    by = random.choice(("", " ", ""))
    return by.join(random.choice(COMMANDS) for _ in range(random.choice((2, 4, 8, 16, 60))))


def _damaged(random: Random) -> str:
    text = random.choice(POOL)
    for _ in range(random.choice((1, 1, 2, 5))):
        at, size = random.randrange(len(text) + 1), random.choice((0, 0, 1, 2, 5))
        new = random.choice(
            (random.choice(COMMANDS), random.choice(CHARACTERS), str(random.randrange(10)), "")
        )
        text = text[:at] + new + text[at + size :]
    return text


def _spliced(random: Random) -> str:
    return _cut(random, random.choice(POOL)) + _cut(random, random.choice(POOL))


def _noise(random: Random) -> str:
    letters = random.choice((CHARACTERS, "0123456789.,+-*/^()= ", "\\{}^_&$%#~ab1", None))
    size = random.choice((1, 3, 10, 40))
    return "".join(
        chr(random.randrange(0x110000)) if letters is None else random.choice(letters) for _ in range(size)
    )


def _doubled(random: Random) -> str:
    """A piece many times over, alone, or opened and closed."""
    piece, times = random.choice(COMMANDS), random.choice((2, 3, 10, 50, 300))
    core = random.choice((random.choice(COMMANDS), "1", "x", random.choice(POOL)))
    brackets = random.choice(
        ("{}", "()", "[]", "||", "  ", ("\\sqrt{", "}"), ("\\frac{1}{", "}"), ("\\left(", "\\right)"))
    )
    return random.choice(
        (piece * times + core, brackets[0] * times + core + brackets[1] * times, (core + piece) * times)
    )


def _cut(random: Random, text: str) -> str:
    return (
        text[random.randrange(len(text) + 1) :]
        if random.random() < 0.5
        else text[: random.randrange(len(text) + 1)]
    )
