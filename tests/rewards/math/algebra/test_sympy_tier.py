"""sympy, in a real worker: what it decides, its deadline, and that no text reaches it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rewards.math.algebra import ask_sympy

from .trees import Expr, fn, infinity, num, symbols

x, t, k = symbols("x t k")
AREA = fn("integral", fn("sin", t), t, 0, x)
SERIES = fn("sum", num(1, 2) ** k, k, 0, infinity)
HARD = fn("integral", fn("exp", fn("sin", t**3)), t, 0, x) ** 2


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (AREA, 1 - fn("cos", x), True),
        (AREA, 1 + fn("cos", x), False),
        (SERIES, num(2), True),
        (SERIES, num(3), False),
        (fn("limit", fn("sin", x) / x, x, 0), num(1), True),
        (fn("derivative", x**3, x), 3 * x**2, True),
    ],
)
def test_it_decides_what_needs_calculus(left: Expr, right: Expr, equal: bool) -> None:
    assert ask_sympy(left.node, right.node, 30.0) is equal


def test_it_ends_at_its_deadline() -> None:
    ask_sympy(x.node, x.node, 30.0)
    before = time.monotonic()
    assert ask_sympy(HARD.node, (HARD * x - fn("cos", HARD)).node, 0.5) is None
    assert time.monotonic() - before < 30.0


def test_it_works_in_threads_and_under_asyncio() -> None:
    found: list[bool | None] = []
    thread = threading.Thread(target=lambda: found.append(ask_sympy(SERIES.node, num(2).node, 30.0)))
    thread.start()
    thread.join()
    found.append(asyncio.run(asyncio.to_thread(ask_sympy, SERIES.node, num(3).node, 30.0)))
    assert found == [True, False]


def test_names_are_never_read_as_code(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = f"open({str(mark)!r},'w')"
    (name,) = (Expr(type(x.node)(code)),)
    assert ask_sympy((name + 1).node, (1 + name).node, 30.0) is True
    assert ask_sympy(fn(code, x).node, fn(code, x).node, 30.0) is True
    assert not mark.exists()


def test_the_algebra_loads_neither_sympy_nor_mpmath() -> None:
    code = "import sys, rewards.math.algebra; print([m for m in ('sympy', 'mpmath') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
