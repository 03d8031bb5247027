"""Guess control: how much of pass@k at large k is guessing, and how far the verifier's errors could move it."""

from eval.guess.answers import Answers, read_answers, stated_answer
from eval.guess.control import ChanceRow, GuessControl, ProblemChance, control_guesses
from eval.guess.health import Health, sample_health
from eval.guess.power import Power, baseline_power
from eval.guess.prior import Guess, answer_guesses, baseline_guesses, choice_guesses
from eval.guess.verifier import BandRow, VerifierErrors, verifier_band

__all__ = [
    "Answers",
    "BandRow",
    "ChanceRow",
    "Guess",
    "GuessControl",
    "Health",
    "Power",
    "ProblemChance",
    "VerifierErrors",
    "answer_guesses",
    "baseline_guesses",
    "baseline_power",
    "choice_guesses",
    "control_guesses",
    "read_answers",
    "sample_health",
    "stated_answer",
    "verifier_band",
]
