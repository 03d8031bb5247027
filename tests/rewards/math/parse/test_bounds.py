"""Whatever the text, the parser answers soon, with a tree or one of two errors, and executes nothing."""

from __future__ import annotations

import inspect
import re
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rewards.math
from rewards.math import budget
from rewards.math.parse import parse
from rewards.math.show import show
from rewards.math.verdict import OverBudget, Unreadable

HOSTILE = {
    "braces": "{" * 100_000,
    "digits": "9" * 1_000_000,
    "long numeral": "9" * (budget.MAX_DIGITS + 1),
    "nested roots": r"\sqrt{" * 2_000 + "2" + "}" * 2_000,
    "bare roots": r"\sqrt " * 3_000 + "2",
    "tower": "2^" * 3_000 + "2",
    "brackets": "[" * 3_000 + "1" + "]" * 3_000,
    "applied": "f(" * 3_000,
    "factorials": "x" + "!" * 3_000,
    "fractions": r"\frac1" * 3_000,
    "units": "5 cm^2 " * 3_000,
    "powers of ten": "1e999999999",
    "vectors": "<" * 3_000,
    "conditions": "x where " * 3_000 + "x",
    "integrals": r"\int " * 3_000 + "x dx",
    "environments": r"\begin{pmatrix}" * 3_000,
}
HARMLESS = {
    "signs": "-" * 10_000 + "1",
    "a large set": "{" + ",".join(map(str, range(5_000))) + "}",
    "a long sum": "+".join(["x"] * 5_000),
    "a long list": "1," * 5_000 + "1",
    "a giant that is only written": "1/2006! + 5^(5^(5^(5^5)))",
    "words": "word " * 5_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_too_much_is_over_budget_at_once(name: str) -> None:
    began = time.monotonic()
    with pytest.raises(OverBudget):
        parse(HOSTILE[name])
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", HARMLESS)
def test_much_is_read_in_time(name: str) -> None:
    began = time.monotonic()
    assert len(show(parse(HARMLESS[name]))) <= budget.SHOWN
    assert time.monotonic() - began < 5


NESTS = [
    (r"\sin(", "+1)^2!"),
    ("(1,x=2,", "+1)"),
    (r"\{1,2-3\ln(", r")\}"),
    (r"1+2\sqrt{", "}"),
    ("2^{1+3x", "}"),
]


@pytest.mark.parametrize(("opening", "closing"), NESTS)
def test_the_form_of_a_deep_tree_costs_its_size(opening: str, closing: str) -> None:
    began = time.monotonic()
    for levels in (8, 16):
        show(parse(opening * levels + "x" + closing * levels))
    with pytest.raises(OverBudget):
        parse(opening * 60 + "x" + closing * 60)
    assert time.monotonic() - began < 5


def test_a_caller_deep_in_its_own_stack_gets_the_same_error() -> None:
    def deep(levels: int) -> None:
        if levels:
            deep(levels - 1)
            return
        with pytest.raises(OverBudget):
            parse("(" * 40 + "1" + ")" * 40)

    deep(800 - len(inspect.stack()))


def test_the_deepest_text_fits_the_stack_of_a_thread() -> None:
    read: list[object] = []
    text = r"\sqrt{1+(" * (budget.MAX_DEPTH // 4) + "x" + ")}" * (budget.MAX_DEPTH // 4)
    thread = threading.Thread(target=lambda: read.append(parse(text)))
    thread.start()
    thread.join(20)
    assert len(read) == 1


@pytest.mark.parametrize(
    "text", [r"\textcm", r"5\textnormalx", r"\mathrmd", r"\leftx", r"\quadx", r"\unknown", "\\"]
)
def test_names_that_run_into_the_next_letter_end(text: str) -> None:
    _check(text)


@given(st.text(max_size=80))
def test_any_text_is_a_tree_or_one_of_two_errors(text: str) -> None:
    _check(text)


def _check(text: str) -> None:
    try:
        tree = parse(text)
    except (Unreadable, OverBudget):
        return
    assert len(show(tree)) <= budget.SHOWN
    assert hash(tree) == hash(parse(text))


_PIECES = (
    r"\text \mathrm \quad \degree \$ \$5 cm \operatorname \over \begin \end \textbf{ "
    r"\frac \sqrt { } ( ) [ ] \{ \} | ^ _ 1 2.5 x y f \pi e i + - * / = < \le , ; : ! % \text{ cm}"
    r" \begin{pmatrix} \end{pmatrix} & \\ \sum \int dx \pm \cup \in \mathbb{R} $ \boxed and or where \left"
    r" \right \circ ' . \infty"
)
PIECES = st.sampled_from([*_PIECES.split(), " ", "\n"])


@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_pieces_are_a_tree_or_one_of_two_errors(text: str) -> None:
    _check(text)


FORBIDDEN = re.compile(
    r"(?<![\w.])(?:eval|exec|compile|__import__)\(|parse_expr\(|literal_eval\(|\bsympify\("
)


def test_nothing_in_the_verifier_executes_text() -> None:
    files = sorted(Path(rewards.math.__path__[0]).rglob("*.py"))
    assert len(files) > 10
    assert [f"{file}: {hit[0]}" for file in files for hit in FORBIDDEN.finditer(file.read_text())] == []
