"""Functions as steps: each is rewritten to few basic ones, and folds where its value is certain.

Basic functions are sin, cos, tan, their inverses, the hyperbolic ones, ln, abs, floor, factorial, sgn, re, im, arg,
conjugate, gcd, lcm, min, max and mod. Conventions: arccot takes values in (0, pi), arcsec x = arccos(1/x).
"""

from __future__ import annotations

import math
from fractions import Fraction

from rewards.math.algebra.arithmetic import FOLD_BITS, bits, exact_log
from rewards.math.algebra.decision import Undefined, Unsupported
from rewards.math.algebra.forms import Forms

HALF = Fraction(1, 2)
_SINES = {
    Fraction(0): Fraction(0),
    Fraction(1, 6): HALF,
    HALF: Fraction(1),
    Fraction(5, 6): HALF,
    Fraction(1): Fraction(0),
}
_RECIPROCAL = {"sec": "cos", "csc": "sin", "coth": "tanh"}
_OF_RECIPROCAL = {"arcsec": "arccos", "arccsc": "arcsin"}
_ODD = frozenset(("sin", "tan", "arcsin", "arctan", "sinh", "tanh", "arsinh", "artanh", "sgn"))
_EVEN = frozenset(("cos", "cosh", "abs"))
_SMALL_FACTORIAL = 100


def make_call(forms: Forms, name: str, args: list[int]) -> int:
    """Return the step of a known function applied to steps."""
    if name in ("binomial", "permutations") and len(args) == 2:
        return _falling(forms, name, args)
    if name == "log" and len(args) == 2:
        return _log(forms, args[0], args[1])
    if name in ("gcd", "lcm", "min", "max"):
        return _of_many(forms, name, args)
    if name == "mod" and len(args) == 2:
        quotient = make_call(forms, "floor", [forms.mul([args[0], forms.pow(args[1], forms.number(-1))])])
        return forms.add([args[0], forms.mul([forms.number(-1), args[1], quotient])])
    if len(args) != 1:
        raise Unsupported(f"{name} of {len(args)} arguments")
    return _of_one(forms, name, args[0])


def _of_one(forms: Forms, name: str, x: int) -> int:
    minus = forms.number(-1)
    if name == "exp":
        return forms.pow(forms.put("constant", "e"), x)
    if name == "ln":
        return _log(forms, x, forms.put("constant", "e"))
    if name == "gamma":
        return _of_one(forms, "factorial", forms.add([x, minus]))
    if name == "ceil":
        return forms.mul([minus, _of_one(forms, "floor", forms.mul([minus, x]))])
    if name in _RECIPROCAL:
        return forms.pow(_of_one(forms, _RECIPROCAL[name], x), minus)
    if name in _OF_RECIPROCAL:
        return _of_one(forms, _OF_RECIPROCAL[name], forms.pow(x, minus))
    if name == "cot":
        return forms.mul([_of_one(forms, "cos", x), forms.pow(_of_one(forms, "sin", x), minus)])
    if name == "arccot":
        quarter = forms.mul([forms.number(HALF), forms.put("constant", "pi")])
        return forms.add([quarter, forms.mul([minus, _of_one(forms, "arctan", x)])])
    return _basic(forms, name, x)


def _basic(forms: Forms, name: str, x: int) -> int:
    coefficient, _ = forms.split(x)
    if coefficient < 0 and (name in _ODD or name in _EVEN):
        positive = forms.mul([forms.number(-1), x])
        found = _basic(forms, name, positive)
        return forms.mul([forms.number(-1), found]) if name in _ODD else found
    if name in ("sin", "cos", "tan"):
        turn = _turns(forms, x)
        exact = None if turn is None else _trigonometric(name, turn)
        return forms.put("call", name, (x,)) if exact is None else forms.number(exact)
    value = forms.value(x)
    exact = None if value is None else _folded(name, value)
    return forms.put("call", name, (x,)) if exact is None else forms.number(exact)


def _turns(forms: Forms, x: int) -> Fraction | None:
    """Return t where x = t pi with a small fraction t."""
    if forms.value(x) == 0:
        return Fraction(0)
    coefficient, rest = forms.split(x)
    known = rest is not None and forms.steps[rest] == ("constant", "pi", ())
    return coefficient if known and bits(coefficient) < FOLD_BITS else None


def _trigonometric(name: str, turn: Fraction) -> Fraction | None:
    """Return the rational value of a trigonometric function at turn x pi, if it is rational (Niven's theorem)."""
    if name == "cos":
        return _trigonometric("sin", turn + HALF)
    turn %= 2 if name == "sin" else 1
    if name == "sin":
        return -_SINES[turn - 1] if turn > 1 and turn - 1 in _SINES else _SINES.get(turn)
    if turn == HALF:
        raise Undefined("a tangent at its pole")
    return {Fraction(0): Fraction(0), Fraction(1, 4): Fraction(1), Fraction(3, 4): Fraction(-1)}.get(turn)


def _folded(name: str, value: Fraction) -> Fraction | None:
    if name in ("abs", "re", "conjugate"):
        return abs(value) if name == "abs" else value
    if name == "floor":
        return Fraction(math.floor(value))
    if name == "sgn":
        return Fraction((value > 0) - (value < 0))
    if name == "factorial" and value.denominator == 1:
        if value < 0:
            raise Undefined("the factorial of a negative integer")
        return Fraction(math.factorial(int(value))) if value <= _SMALL_FACTORIAL else None
    if name == "doublefactorial" and value.denominator == 1 and -1 <= value <= _SMALL_FACTORIAL:
        return Fraction(math.prod(range(int(value), 0, -2)))
    if value == 0 and name not in ("arg", "arccos", "arcosh", "cosh", "factorial", "doublefactorial"):
        return Fraction(0)
    return Fraction(1) if value == 0 and name == "cosh" else None


def _log(forms: Forms, x: int, base: int) -> int:
    value, over = forms.value(x), forms.value(base)
    if value == 0:
        raise Undefined("the logarithm of 0")
    if x == base:
        return forms.number(1)
    if value is not None and over is not None and value > 0 and over > 0 and over != 1:
        exact = exact_log(value, over)
        if exact is not None:
            return forms.number(exact)
    if forms.steps[base] == ("constant", "e", ()):
        return forms.number(0) if value == 1 else forms.put("call", "ln", (x,))
    natural = forms.put("constant", "e")
    return forms.mul([_log(forms, x, natural), forms.pow(_log(forms, base, natural), forms.number(-1))])


def _falling(forms: Forms, name: str, args: list[int]) -> int:
    """n!/(n-k)!, over k! for a binomial coefficient."""
    n, k = forms.value(args[0]), forms.value(args[1])
    if n is not None and k is not None and n.denominator == k.denominator == 1 and 0 <= n <= 300:
        count = math.comb if name == "binomial" else math.perm
        return forms.number(count(int(n), int(k)) if k >= 0 else 0)
    minus = forms.number(-1)
    if k is not None and k.denominator == 1 and 0 <= k <= 12:
        terms = [forms.add([args[0], forms.number(-j)]) for j in range(int(k))]
        below = math.factorial(int(k)) if name == "binomial" else 1
        return forms.mul([forms.number(Fraction(1, below)), *terms])
    rest = forms.add([args[0], forms.mul([minus, args[1]])])
    parts = [_of_one(forms, "factorial", args[0]), forms.pow(_of_one(forms, "factorial", rest), minus)]
    if name == "binomial":
        parts.append(forms.pow(_of_one(forms, "factorial", args[1]), minus))
    return forms.mul(parts)


def _of_many(forms: Forms, name: str, args: list[int]) -> int:
    if not args:
        raise Unsupported(f"{name} of nothing")
    values = [v for v in map(forms.value, args) if v is not None]
    args = sorted(set(args))
    if len(args) == 1 and name in ("min", "max"):
        return args[0]
    if len(values) < len(args) or max(map(bits, values)) > FOLD_BITS:
        return forms.put("call", name, tuple(args))
    if name in ("min", "max"):
        return forms.number(min(values) if name == "min" else max(values))
    if any(v.denominator != 1 for v in values):
        raise Unsupported(f"{name} of fractions")
    return forms.number((math.gcd if name == "gcd" else math.lcm)(*map(int, values)))
