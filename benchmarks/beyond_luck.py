"""How often two equal models show a problem that is new or lost "beyond luck"; nominal 5 %.

    python benchmarks/beyond_luck.py [--repeats 400] [--seed 0]

Both models of an audit have one rate per problem. Beside ours stands the adjustment of only those problems that were
seen to be new or lost (Holm, one-sided), which looks at the data to choose its family.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from eval import Count
from eval.compare import Pair
from eval.passk import Floats
from eval.support import holm, luck, support_table

ERROR = 0.05
CHANGED = ("new", "lost")


def populations(rng: np.random.Generator) -> dict[str, tuple[Floats, int]]:
    """Return name -> rates of the problems, samples per problem."""
    return {
        "all 0.08, 500 x 64": (np.full(500, 0.08), 64),
        "beta(4, 4), 1319 x 16": (rng.beta(4, 4, 1319), 16),
        "beta(4, 40), 500 x 64": (rng.beta(4, 40, 500), 64),
        "beta(2, 20), 500 x 128": (rng.beta(2, 20, 500), 128),
        "beta(0.4, 1.2), 500 x 64": (rng.beta(0.4, 1.2, 500), 64),
    }


def audited(rates: Floats, n: int, rng: np.random.Generator) -> list[Pair]:
    """Return an audit of two models that solve each problem at its rate."""
    base, tuned = rng.binomial(n, rates, (2, len(rates))).tolist()
    pairs = enumerate(zip(base, tuned, strict=True))
    return [Pair(Count(str(i), n, b), Count(str(i), n, t)) for i, (b, t) in pairs]


def ours(pairs: Sequence[Pair]) -> bool:
    """Whether the support table names a problem beyond luck."""
    found = support_table(pairs)
    return bool(found.new_beyond_luck or found.lost_beyond_luck)


def seen_alone(pairs: Sequence[Pair]) -> bool:
    """Whether Holm's adjustment over the problems that became new or lost leaves one below the error."""
    counts = [
        (p.base, p.tuned) if p.change == "new" else (p.tuned, p.base) for p in pairs if p.change in CHANGED
    ]
    chances = [luck(zero.n, some.n, some.c) for zero, some in counts]
    return bool(chances) and min(holm(chances)) < ERROR


def main() -> None:
    """Print a line per population."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=400, help="audits per population (default 400)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    for name, (rates, n) in populations(rng).items():
        shown = [(ours(p), seen_alone(p)) for p in (audited(rates, n, rng) for _ in range(options.repeats))]
        mine, naive = np.mean(shown, axis=0)
        print(f"{name:26s} ours {mine:.3f}   seen alone {naive:.3f}   (nominal {ERROR})", flush=True)


if __name__ == "__main__":
    main()
