"""How far the verifier's own errors could move pass@k.

If the verifier pays a wrong answer with chance FP and refuses a right one with chance FN, the share it pays is
q = p (1 - FN) + (1 - p) FP, so that p = (q - FP)/(1 - FP - FN)   (Rogan and Gladen, Am. J. Epidemiol. 107:71, 1978).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import expm1, inf, lgamma
from pathlib import Path
from typing import Any

import numpy as np

from eval.counts import Count, check_counts
from eval.errors import EvalError
from eval.passk import pass_at_k
from eval.summary import check_ks
from rewards.wilson import wilson


@dataclass(frozen=True, slots=True)
class VerifierErrors:
    """What an audit of the verifier counted: wrong answers that were paid, right ones that were not.

    Raises:
        EvalError: counts that cannot be, or error rates whose upper limits leave nothing to correct with.
    """

    false_positives: int
    of_wrong: int
    false_negatives: int
    of_right: int

    def __post_init__(self) -> None:
        for hits, of in ((self.false_positives, self.of_wrong), (self.false_negatives, self.of_right)):
            if not (isinstance(hits, int) and isinstance(of, int) and 0 <= hits <= of and of >= 1):
                raise EvalError(
                    f"the verifier's errors must be counts, at least one case each; got {hits} of {of}."
                )
        if self.positive[1] + self.negative[1] >= 1:
            raise EvalError(
                "the verifier's false positives and false negatives may add up to 100 % or more: its verdicts say "
                "nothing. Audit it on more cases, or mend it."
            )

    @property
    def positive(self) -> tuple[float, float]:
        """The 95 % interval (Wilson) of the rate of false positives."""
        return wilson(self.false_positives, self.of_wrong)

    @property
    def negative(self) -> tuple[float, float]:
        """The 95 % interval (Wilson) of the rate of false negatives."""
        return wilson(self.false_negatives, self.of_right)

    @classmethod
    def from_file(cls, path: Path | str) -> VerifierErrors:
        """Read what `reasoners rewards audit NAME --json FILE` wrote.

        Raises:
            EvalError: the file cannot be read or is something else.
        """
        try:
            found: Mapping[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
            pair = found["false_positive"], found["false_negative"]
            return cls(pair[0]["wrong"], pair[0]["cases"], pair[1]["wrong"], pair[1]["cases"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            if isinstance(error, EvalError):
                raise EvalError(f"{path}: {error}") from error
            raise EvalError(
                f"{path} is not what `reasoners rewards audit NAME --json FILE` writes ({error!r})."
            ) from error


@dataclass(frozen=True, slots=True)
class BandRow:
    """One k: pass@k as judged, and between which values the verifier's errors could have moved it."""

    k: int
    pass_at_k: float
    low: float
    high: float


def verifier_band(
    counts: Sequence[Count], errors: VerifierErrors, ks: Sequence[int] | None = None
) -> list[BandRow]:
    """Return pass@k with every problem's count corrected by the extremes of the verifier's error rates.

    `low` takes the upper limit of false positives and the lower of false negatives, `high` the reverse. The corrected
    count is real, so C(n-c, k)/C(n, k) is taken with the gamma function. Errors are taken to fall on samples at one
    rate: those that stick to a problem (one wrong answer that is always paid) can do more, and are found by
    reading samples.

    Raises:
        EvalError: as `summarise`.
    """
    found = check_counts(counts)
    chosen = check_ks(found, ks)
    (fp_low, fp_high), (fn_low, fn_high) = errors.positive, errors.negative
    rows = []
    exact = pass_at_k([x.n for x in found], [x.c for x in found], chosen).mean(axis=0).tolist()
    for k, judged in zip(chosen, exact, strict=True):
        low, high = _mean(found, k, fp_high, fn_low), _mean(found, k, fp_low, fn_high)
        rows.append(BandRow(k, judged, min(low, judged), max(high, judged)))
    return rows


def _mean(counts: Sequence[Count], k: int, fp: float, fn: float) -> float:
    return float(np.mean([_pass(x.n, _corrected(x, fp, fn), k) for x in counts]))


def _corrected(count: Count, fp: float, fn: float) -> float:
    return min(float(count.n), max(0.0, (count.c - count.n * fp) / (1 - fp - fn)))


@lru_cache(maxsize=1 << 16)
def _pass(n: int, c: float, k: int) -> float:
    """Return 1 - C(n-c, k)/C(n, k) for a real c."""
    if c >= n - k + 1:
        return 1.0
    log_fail = (lgamma(n - c + 1) - lgamma(n - c - k + 1)) - (lgamma(n + 1) - lgamma(n - k + 1))
    return -expm1(log_fail) if log_fail > -inf else 1.0
