"""The last tier, by option: sympy decides in a worker process that is killed at its deadline.

sympy's objects are built from the tree. No text is ever given to `sympify`, `parse_expr` or a constructor that
would parse it: names become `Symbol` and `Function`, which take them literally, and numbers are exact.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from rewards.contract import Status
from rewards.define import reward
from rewards.math.algebra.decision import Unsupported
from rewards.math.tree import FUNCTIONS, Add, Based, Call, Constant, Mul, Node, Number, Pow, Symbol

NODES = 400
"""The most parts of an expression that are worth a deadline."""
_PLAIN = (
    "sin cos tan cot sec csc exp ln:log floor ceil:ceiling factorial doublefactorial:factorial2 abs:Abs sgn:sign"
    " arcsin:asin arccos:acos arctan:atan arccot:acot arcsec:asec arccsc:acsc sinh cosh tanh coth arsinh:asinh"
    " arcosh:acosh artanh:atanh re im arg conjugate gamma binomial min:Min max:Max gcd lcm mod:Mod"
)


def ask_sympy(a: Node, b: Node, deadline: float = 2.0) -> bool | None:
    """Return whether sympy shows two expressions equal, or different; None where it does not know in time.

    Works from any thread; from asyncio call it in `asyncio.to_thread`, since it waits for the worker.

    Args:
        a: one tree.
        b: the other.
        deadline: seconds the worker may take, once sympy is loaded.
    """
    from rewards.runner import default_runner

    spec = dataclasses.replace(equal, deadline=deadline, ref=f"{__name__}:equal")
    score = default_runner().run(spec, {}, [{"a": a, "b": b}])[0]
    if score.status is not Status.SCORED or score.value is None:
        return None
    return {1.0: True, 0.0: False}.get(score.value)


@reward("sympy equality", domain="math", imports=("sympy",))
def equal(a: Node, b: Node) -> float:
    """Pay 1 if the two trees are equal, 0 if they differ, 1/2 if sympy cannot tell. It runs in a worker."""
    try:
        difference = to_sympy(a) - to_sympy(b)
    except Unsupported:
        return 0.5
    found = difference.doit().equals(0)
    return 0.5 if found is None else float(bool(found))


def to_sympy(node: Node) -> Any:
    """Build the sympy object of a tree. Raises `Unsupported`."""
    work: list[tuple[Node, int]] = [(node, -1)]
    done: list[Any] = []
    for _ in range(2 * NODES):
        if not work:
            return done[0]
        node, count = work.pop()
        parts = _parts(node)
        if count < 0:
            work.append((node, len(parts)))
            work.extend((part, -1) for part in reversed(parts))
            continue
        args = done[len(done) - count :]
        del done[len(done) - count :]
        done.append(_made(node, args))
    raise Unsupported(f"more than {NODES} parts")


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case Add(parts) | Mul(parts) | Call(_, parts):
            return parts
        case Pow(base, exponent):
            return base, exponent
    return ()


def _made(node: Node, args: list[Any]) -> Any:
    import sympy

    match node:
        case Number(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Based(value):
            return sympy.Integer(value)
        case Symbol(name):
            return sympy.Symbol(name, real=True)
        case Constant(name):
            return {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "infinity": sympy.oo}[name]
        case Add():
            return sympy.Add(*args)
        case Mul():
            return sympy.Mul(*args)
        case Pow():
            return sympy.Pow(args[0], args[1])
        case Call(name, _):
            return _function(name)(*args) if name in FUNCTIONS else sympy.Function(name)(*args)
    raise Unsupported(type(node).__name__)


def _function(name: str) -> Callable[..., Any]:
    import sympy

    plain = dict((f"{pair}:{pair}").split(":")[:2] for pair in _PLAIN.split())
    if name in plain:
        found: Callable[..., Any] = getattr(sympy, plain[name])
        return found
    makers: dict[str, Callable[..., Any]] = {
        "log": lambda x, base=sympy.E: sympy.log(x, base),
        "sum": lambda term, k, *ends: sympy.Sum(term, (k, *ends)),
        "product": lambda term, k, *ends: sympy.Product(term, (k, *ends)),
        "integral": lambda body, x, *ends: sympy.Integral(body, (x, *ends) if ends else x),
        "derivative": lambda body, x, *order: sympy.Derivative(body, x, *order),
        "limit": lambda body, x, to, *_: sympy.Limit(body, x, to, "+-"),
    }
    if name not in makers:
        raise Unsupported(name)
    return makers[name]
