"""The quantile of Student's t, so that intervals need no further package.

The distribution function is the regularised incomplete beta function I_x(a, b), evaluated by its continued
fraction (DLMF 8.17.22, by the modified method of Lentz) and inverted by bisection.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from eval.errors import EvalError

_TINY = 1e-300
_STEPS = 100_000


def t_quantile(probability: float, dof: float) -> float:
    """Return the x with P(T <= x) = probability, T of Student's t with `dof` degrees of freedom.

    Relative error below 1e-10 for probabilities in [1e-6, 1 - 1e-6] and dof from 1 to 1e7.

    Raises:
        EvalError: probability outside (0, 1), or dof not positive.
    """
    if not 0.0 < probability < 1.0 or not dof > 0:
        raise EvalError(f"no t quantile for probability {probability!r} with {dof!r} degrees of freedom.")
    if probability == 0.5:
        return 0.0
    if probability < 0.5:
        return -t_quantile(1.0 - probability, dof)
    tail = 1.0 - probability
    # The t has heavier tails than the normal, whose quantile is therefore a lower bound.
    low = NormalDist().inv_cdf(probability)
    high = 2.0 * low + 1.0
    while _upper_tail(high, dof) > tail:
        low, high = high, 2.0 * high
    while high - low > 4e-16 * high:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if _upper_tail(middle, dof) > tail:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _upper_tail(x: float, dof: float) -> float:
    """Return P(T > x) for x >= 0."""
    square = x * x
    return 0.5 * incomplete_beta(dof / 2.0, 0.5, dof / (dof + square), square / (dof + square))


def incomplete_beta(a: float, b: float, x: float, y: float) -> float:
    """Return I_x(a, b), given x and y = 1 - x (both, because 1 - x loses the digits of a small y)."""
    if x <= 0.0:
        return 0.0
    if y <= 0.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - incomplete_beta(b, a, y, x)
    log_x = math.log1p(-y) if y < 0.5 else math.log(x)
    log_y = math.log1p(-x) if x < 0.5 else math.log(y)
    front = math.exp(_log_gamma_ratio(a, b) + a * log_x + b * log_y)
    return front * _fraction(a, b, x) / a


def _log_gamma_ratio(a: float, b: float) -> float:
    """Return log(Gamma(a+b) / (Gamma(a) Gamma(b)))."""
    large, small = max(a, b), min(a, b)
    if large < 100.0:
        return math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    # The difference of two large log-gammas cancels; Stirling's series gives it directly.
    growth = (large + small - 0.5) * math.log1p(small / large) + small * math.log(large) - small
    return growth + _stirling(large + small) - _stirling(large) - math.lgamma(small)


def _stirling(z: float) -> float:
    square = z * z
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / z


def _fraction(a: float, b: float, x: float) -> float:
    d = 1.0 / _away(1.0 - (a + b) * x / (a + 1.0))
    c, value = 1.0, d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d = 1.0 / _away(1.0 + term * d)
            c = _away(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < 1e-16:
            break
    return value


def _away(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
