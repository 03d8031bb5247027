"""The algebra of scalar expressions: whether two of them are equal, and what a constant one is worth.

Equal means: the same function on the common domain. Symbols are real and take positive values first; a negative
value counts where both sides are real there, so sqrt(x^2) is not x, while sqrt(1/n) is 1/sqrt(n) and ln(x^2) is
2 ln x. Odd roots of negative numbers are real, even ones imaginary in constants and where i is written. Symbols in
the exponent of -1 or under a factorial are positive integers. A logarithm without base is natural or decimal,
the same on both sides. Unknown functions are equal at equal arguments.

An equality of rational expressions is certain up to 2^-100, one of others means 60 equal digits at three points or,
for constants, at two precisions. A difference is never a matter of rounding.
"""

from __future__ import annotations

from rewards.math.algebra.decision import Decision
from rewards.math.algebra.same import same
from rewards.math.algebra.sympy_tier import ask_sympy
from rewards.math.algebra.values import approx, exact_value, real_value

__all__ = ["Decision", "approx", "ask_sympy", "exact_value", "real_value", "same"]
