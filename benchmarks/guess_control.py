"""How much of a guessed gain at large k the guess control flags, and how much of a true one, by simulation.

    python benchmarks/guess_control.py [--repeats 200] [--problems 300] [--seed 0]

Of the problems 30 % are guesses: each sample picks one of four options. The others are solved at rates drawn from a
beta distribution, and wrong samples give wrong answers of their own. Gain is pass@n - pass@1, summed over problems.
Printed: the share of the guesses' gain that is flagged (goal at least 95 %) and of the others' (goal under 5 %), by
where g comes from: declared choices, a run without reasoning, or the answers alone. The run without reasoning has n
samples, and, as `longer`, as many as `eval.guess.baseline_power` asks for, which warns where n is too few; what it
foretells is printed. Then two populations for which no goal is set: guesses that lean to one option per problem, and
four-option problems that the model half knows.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from eval.counts import Count
from eval.guess import (
    Answers,
    Guess,
    answer_guesses,
    baseline_guesses,
    baseline_power,
    choice_guesses,
    control_guesses,
)
from eval.guess.control import ALPHA

Rng = np.random.Generator
GUESSED = 0.3
OPTIONS = "abcd"
POPULATIONS = {"hard (beta .35, 1.5)": (0.35, 1.5), "easy (beta .9, .5)": (0.9, 0.5)}


def guessed(name: str, n: int, rng: Rng, lean: float = np.inf, known: float = 0.0) -> tuple[Count, Answers]:
    """Return a four-option problem; `lean` is the concentration of the picks, `known` the share answered for sure."""
    picks = np.full(4, 0.25) if np.isinf(lean) else rng.dirichlet([lean] * 4)
    picks = (1 - known) * picks + known * np.eye(4)[0]
    drawn = dict(
        zip(rng.permutation(list(OPTIONS)).tolist(), rng.multinomial(n, picks).tolist(), strict=True)
    )
    right = next(iter(drawn))
    wrong = {form: count for form, count in drawn.items() if form != right and count}
    return Count(name, n, drawn[right]), Answers(name, (right,), drawn[right], wrong)


def reasoned(name: str, n: int, p: float, rng: Rng) -> tuple[Count, Answers]:
    """Return a problem with a free answer: a few common mistakes and a long tail of others."""
    c = int(rng.binomial(n, p))
    mistakes = [*rng.integers(0, 1000, 6).tolist(), *rng.integers(0, 1000, 200).tolist()]
    weights = np.concatenate([rng.dirichlet([1.0] * 6) * 0.6, np.full(200, 0.4 / 200)])
    wrong: dict[str, int] = {}
    for at, count in enumerate(rng.multinomial(n - c, weights).tolist()):
        if count:
            wrong[str(mistakes[at])] = wrong.get(str(mistakes[at]), 0) + count
    right = str(int(rng.integers(0, 1000)))
    wrong.pop(right, None)
    return Count(name, n, c), Answers(name, (right,), c, wrong)


def without_reasoning(rates: npt.NDArray[np.float64], n: int, rng: Rng) -> list[Count]:
    """Return a run that answers at once: guesses as before, the others at a tenth of their rate."""
    return [Count(str(i), n, int(rng.binomial(n, p))) for i, p in enumerate(rates)]


def shares(counts: list[Count], source: Mapping[str, Guess], spurious: set[str]) -> npt.NDArray[np.float64]:
    """Return flagged and whole gain of the guesses, then of the others."""
    flagged = set(control_guesses(counts, source, ks=[counts[0].n]).flagged)
    found = np.zeros(4)
    for x in counts:
        gain = float(x.c > 0) - x.c / x.n
        at = 0 if x.problem_id in spurious else 2
        found[at] += gain * (x.problem_id in flagged)
        found[at + 1] += gain
    return found


def simulate(
    shape: tuple[float, float], problems: int, n: int, repeats: int, rng: Rng
) -> dict[str, list[float]]:
    """Return, per source of g, the flagged share of the spurious and of the true gain."""
    totals = {name: np.zeros(4) for name in ("choices", "baseline", "longer", "answers")}
    longer = max(n, baseline_power(n, n, ALPHA).wanted or n)
    cut = round(GUESSED * problems)
    names = [str(i) for i in range(problems)]
    for _ in range(repeats):
        rates = np.concatenate([np.full(cut, 0.25), rng.beta(*shape, problems - cut)])
        both = [guessed(names[i], n, rng) for i in range(cut)]
        both += [reasoned(names[i], n, float(rates[i]), rng) for i in range(cut, problems)]
        counts, answers = [x for x, _ in both], [y for _, y in both]
        at_once = np.concatenate([rates[:cut], rates[cut:] / 10])
        sources = {
            "choices": choice_guesses(dict.fromkeys(names[:cut], 4)),
            "baseline": baseline_guesses(without_reasoning(at_once, n, rng)),
            "longer": baseline_guesses(without_reasoning(at_once, longer, rng)),
            "answers": answer_guesses(answers),
        }
        for name, source in sources.items():
            totals[name] += shares(counts, source, set(names[:cut]))
    return {name: [t[0] / t[1], t[2] / t[3]] for name, t in totals.items()}


def outside(n: int, repeats: int, rng: Rng) -> None:
    """Print what is flagged of two populations that the test cannot, or need not, get right."""
    for lean in (20.0, 5.0):
        problems = [guessed(str(i), n, rng, lean=lean)[0] for i in range(repeats)]
        source = choice_guesses({x.problem_id: 4 for x in problems})
        found = shares(problems, source, {x.problem_id for x in problems})
        print(
            f"guesses that lean (Dirichlet {lean:g}), n = {n}: {found[0] / found[1]:.3f} of their gain flagged"
        )
    for known in (0.1, 0.2, 0.4):
        problems = [guessed(str(i), n, rng, known=known)[0] for i in range(repeats)]
        source = choice_guesses({x.problem_id: 4 for x in problems})
        found = shares(problems, source, set())
        print(
            f"four options, {known:.0%} of samples know, n = {n}: {found[2] / found[3]:.3f} of their gain flagged"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    print(f"{given.problems} problems, {given.repeats} repeats; share of gain flagged: guesses / true")
    for name, shape in POPULATIONS.items():
        for n in (16, 32, 64, 128, 256):
            found = simulate(shape, given.problems, n, given.repeats, rng)
            line = "  ".join(f"{source} {a:.3f} / {b:.3f}" for source, (a, b) in found.items())
            power = baseline_power(n, n, ALPHA)
            print(
                f"{name:<22} n = {n:<4} {line}  foretold {power.share:.3f}, wanted {power.wanted}", flush=True
            )
    outside(128, 20 * given.repeats, rng)


if __name__ == "__main__":
    main()
