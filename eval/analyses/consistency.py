"""How surely a model solves what it solves, from counts: pass^k, G-Pass@k, mG-Pass@k and Cover@tau in one sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from eval.analyses.figures import Column, Sheet
from eval.consistency import g_pass_at_k, mg_pass_at_k, pass_hat_k
from eval.counts import Count, check_counts
from eval.cover import cover_at
from eval.intervals import Interval
from eval.passk import pass_at_k
from eval.summary import check_ks, columns

TAUS = (0.5, 0.75)


def consistency_sheet(
    counts: Iterable[Count],
    ks: Sequence[int] | None = None,
    taus: Sequence[float] = TAUS,
    confidence: float = 0.95,
) -> Sheet:
    """Return pass@k, G-Pass@k_tau, mG-Pass@k and pass^k for every k, and Cover@tau for every tau.

    At k = 1 all but Cover@tau are the accuracy, which stands once, as pass@1; mG-Pass@k is an empty sum there.

    Args:
        counts: one per problem.
        ks: draws; default: powers of two up to the smallest n, and that n.
        taus: shares of correct samples, in (0, 1]; G-Pass@k at 1 is pass^k.
        confidence: of Cover's interval.

    Raises:
        EvalError: no counts, a k above some n, tau outside (0, 1].
    """
    found = check_counts(counts)
    covers = [cover_at(found, tau, confidence) for tau in taus]
    chosen = check_ks(found, ks)
    n, c = columns(found)
    shown = [Column(f"pass@{k}", k, pass_at_k(n, c, k)) for k in chosen]
    several = [k for k in chosen if k > 1]
    for tau in taus:
        shown += [Column(f"G-Pass@{k}, tau {tau:g}", k, g_pass_at_k(n, c, k, tau)) for k in several]
    shown += [Column(f"mG-Pass@{k}", k, mg_pass_at_k(n, c, k)) for k in several]
    shown += [Column(f"pass^{k}", k, pass_hat_k(n, c, k)) for k in several]
    for tau, at in zip(taus, covers, strict=True):
        above = np.asarray(c >= tau * n * (1 - 1e-12), dtype=np.float64)
        shown.append(Column(f"Cover@{tau:g}", None, above, Interval(at.estimate, at.low, at.high)))
    return Sheet(found, shown)
