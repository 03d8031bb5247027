"""What the metrics of a run say about its rewards: no signal, no answers, saturation, signs of hacking.

Pure functions on logged metrics. `step_signs` measures one batch; `diagnose` reads a run's history and returns warnings
that name the steps whose records to look at.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewards import Record
from rewards.text import final_text

Metrics = Mapping[str, Any]
WINDOW = 10
"""Steps compared: the last ones against as many before them."""


@dataclass(frozen=True)
class Finding:
    """One finding: a stable code, a sentence, and the steps whose records show it."""

    code: str
    sentence: str
    steps: tuple[int, int]


def step_signs(records: Sequence[Record], full: Mapping[str, float], group: int) -> dict[str, float]:
    """Return what one batch shows, by metric name, each a share in [0, 1].

    signs/duplicates: samples whose text another sample of the batch with the same prompt has too.
    signs/repetition: 1 - compressed size / size of the texts, above what short texts always lose.
    signs/FIRST_not_OTHER: samples that the first reward counts as right and the other pays nothing, and the reverse.
    groups/dead_expected: p^G + (1-p)^G for the batch's share p of correct samples: what chance alone would give
        were all prompts equally hard.

    Args:
        records: the batch's samples.
        full: label of each reward -> the value from which a completion is right (`BoundReward.full`).
        group: samples of a prompt.
    """
    labels = list(full)
    texts = [(r.rollout.prompt_id, final_text(r.rollout.completion)) for r in records]
    counts = Counter(texts)
    known = [r.verdict.correct for r in records if r.verdict.correct is not None]
    p = sum(known) / len(known) if known else 0.0
    found = {
        "signs/duplicates": sum(counts[t] > 1 for t in texts) / max(len(texts), 1),
        "signs/repetition": _repetition([text for _, text in texts]),
        "groups/dead_expected": p**group + (1 - p) ** group,
    }
    for other in labels[1:]:
        for a, b in ((labels[0], other), (other, labels[0])):
            found[f"signs/{a}_not_{b}"] = _paid_without(records, a, full[a], b)
    return found


def diagnose(history: Sequence[Metrics]) -> list[Finding]:
    """Return the warnings that the last steps of `history` give rise to; one per code at most.

    Args:
        history: rows of `metrics.jsonl` that hold `reward`, in order of step.
    """
    rows = [m for m in history if m.get("reward") is not None]
    if len(rows) < WINDOW:
        return []
    now, before = rows[-WINDOW:], rows[-2 * WINDOW : -WINDOW]
    steps = (int(now[0]["step"]), int(now[-1]["step"]))
    found = [
        *_without_signal(now),
        *_unread(now),
        *_drifted(now),
        *_scales(now),
        *(_hacking(now, before) if len(before) == WINDOW else ()),
    ]
    return [Finding(code, sentence, steps) for code, sentence in found]


def _without_signal(now: Sequence[Metrics]) -> list[tuple[str, str]]:
    right, wrong = _mean(now, "groups/all_right"), _mean(now, "groups/all_wrong")
    if right > 0.8:
        return [
            (
                "saturated",
                f"{right:.0%} of groups are all right: nothing left to learn. Stop, or use harder data.",
            )
        ]
    if wrong > 0.8:
        return [
            (
                "too_hard",
                f"{wrong:.0%} of groups are all wrong: use easier data, a warm start or partial credit.",
            )
        ]
    if _mean(now, "groups/dead") > 0.8:
        return [("dead", "over 80% of groups have one and the same reward: the advantages are zero.")]
    return []


def _drifted(now: Sequence[Metrics]) -> list[tuple[str, str]]:
    """More than one nat a token away from the reference is another model, whatever the reward says."""
    kl = _mean(now, "kl")
    if kl < 1.0:
        return []
    return [
        (
            "kl",
            f"the policy is {kl:.1f} nats a token away from its reference: raise trl.beta or lower the rate.",
        )
    ]


def _scales(now: Sequence[Metrics]) -> list[tuple[str, str]]:
    """Rewards or returns of another size than what is done with them supposes."""
    found = []
    if (tiny := _mean(now, "groups/tiny_spread")) > 0.2:
        found.append(
            (
                "tiny_spread",
                f"in {tiny:.0%} of groups the rewards differ by less than 2 % of their range, and are scaled to "
                "full-size advantages: set algorithm.std_floor, or pay coarser steps.",
            )
        )
    if (outside := _mean(now, "critic/outside")) > 0.05:
        found.append(
            (
                "critic_range",
                f"{outside:.0%} of returns lie outside the critic's bins: widen algorithm.critic.low and high.",
            )
        )
    return found


def _unread(now: Sequence[Metrics]) -> list[tuple[str, str]]:
    unparsed, cut = _mean(now, "status/unparsed"), _mean(now, "truncated")
    found = []
    if unparsed > 0.5:
        found.append(
            (
                "unparsed",
                f"{unparsed:.0%} of samples hold no answer that can be read: see their reasons.",
            )
        )
    if cut > 0.5:
        found.append(("truncated", f"{cut:.0%} of samples are cut off: raise trl.max_completion_length."))
    if (timeouts := _mean(now, "status/timeout")) > 0.05:
        found.append(("timeouts", f"{timeouts:.0%} of samples drive the verifier past its deadline."))
    return found


def _hacking(now: Sequence[Metrics], before: Sequence[Metrics]) -> list[tuple[str, str]]:
    """Reward that rises fast while texts shrink or repeat is worth a look; it proves nothing."""
    rise = _mean(now, "reward") - _mean(before, "reward")
    spread = max(_mean(now, "reward_std"), _mean(before, "reward_std"), 1e-6)
    if rise < 0.5 * spread:
        return []
    length, earlier = _mean(now, "completions/mean_length"), _mean(before, "completions/mean_length")
    more_alike = _mean(now, "signs/repetition") - _mean(before, "signs/repetition")
    signs = []
    if earlier and length < 0.6 * earlier:
        signs.append(f"completions shrank from {earlier:.0f} to {length:.0f} tokens")
    if more_alike > 0.15:
        signs.append("texts repeat themselves more")
    if not signs:
        return []
    return [
        (
            "hacking",
            f"reward rose by {rise:.2f} while {' and '.join(signs)}: read samples before you believe it.",
        )
    ]


def _mean(rows: Sequence[Metrics], name: str) -> float:
    values = [m[name] for m in rows if isinstance(m.get(name), int | float)]
    return sum(values) / len(values) if values else 0.0


def _paid_without(records: Sequence[Record], paid: str, full: float, unpaid: str) -> float:
    def value(record: Record, label: str) -> float | None:
        score = record.verdict.scores.get(label)
        return None if score is None else score.value

    both = [(value(r, paid), value(r, unpaid)) for r in records]
    found = [a is not None and b is not None and a >= full - 1e-9 and b <= 0.0 for a, b in both]
    return sum(found) / max(len(records), 1)


def _repetition(texts: Sequence[str]) -> float:
    """Return the mean over texts of how far each compresses beyond one half; short texts count as 0."""
    shares = []
    for text in texts:
        raw = text.encode("utf-8", "replace")
        packed = len(zlib.compress(raw, 1)) / len(raw) if len(raw) >= 64 else 1.0
        shares.append(max(0.0, 1.0 - 2.0 * packed))
    return sum(shares) / len(shares) if shares else 0.0
