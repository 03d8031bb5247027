"""The reward `progress`: how much nearer to the answer the thought came."""

from __future__ import annotations

from typing import Any

from rewards.contract import Score
from rewards.define import reward
from rewards.errors import BadReference
from rewards.progress.formulas import cumulative_regret, sum_progress


@reward("progress", domain="reasoning", range=(-1.0, 1.0), cost="inline", shaping=True)
def progress_reward(values: Any = None) -> Score | None:
    """Pay J_end - J_0, the gain in the probability of success that the thought brought (MRT); weight it with alpha.

    Column `values`: J_0, J_1, ...; training with a section `progress` fills it. Rows without it are not applicable.
    """
    if values is None:
        return None
    if not isinstance(values, list | tuple) or not all(_is_number(v) for v in values):
        raise BadReference(f"`values` is {values!r:.60}, not a list of probabilities")
    try:
        gain = sum_progress(values)
    except ValueError as error:
        raise BadReference(str(error)) from error
    parts = {
        "start": float(values[0]),
        "end": float(values[-1]),
        "episodes": float(len(values) - 1),
        "regret": cumulative_regret(values),
    }
    return Score(gain, parts=parts, reason=f"from {values[0]:.3g} to {values[-1]:.3g}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
