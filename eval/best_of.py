"""best-of-k under a scorer: what is gained by keeping the best-scored of k samples. Exact, from n samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from eval.errors import EvalError
from eval.passk import Floats, checked, fail_at_k


def best_of_k(scores: npt.ArrayLike, outcomes: npt.ArrayLike, ks: Sequence[int]) -> Floats:
    """Return the expected outcome of the best-scored of k samples of one problem, for each k.

    The k samples are drawn without replacement from the n given; the r-th lowest is the best of them with
    chance C(r-1, k-1)/C(n, k). Samples of equal score share their chance, as a random choice among them
    would. With the outcome itself as score it is pass@k; with a constant score it is pass@1.

    Args:
        scores: shape (n,), the scorer's values.
        outcomes: shape (n,), what counts: 1 for a correct sample and 0 for a wrong one, or any value.
        ks: draws, each within 1..n.

    Raises:
        EvalError: shapes that differ, a value that is not finite, k outside 1..n.
    """
    score, value = np.asarray(scores, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    if score.ndim != 1 or score.shape != value.shape or not score.size:
        raise EvalError(f"one score and one outcome per sample; got shapes {score.shape} and {value.shape}.")
    if not (np.isfinite(score).all() and np.isfinite(value).all()):
        raise EvalError("a score or an outcome is not a finite number; leave such samples out.")
    n = score.size
    checked(n, 0, list(ks))
    _, level, size = np.unique(score, return_inverse=True, return_counts=True)
    worth = np.bincount(level.ravel(), weights=value) / size
    up_to = np.concatenate([np.zeros((1, len(ks))), fail_at_k(n, n - np.cumsum(size), list(ks))])
    found: Floats = worth @ np.diff(up_to, axis=0)  # up_to: the chance that all k are at this level or below
    return found
