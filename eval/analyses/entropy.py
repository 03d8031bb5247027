"""The temperature at which one model's samples are as varied as another's: equal mean token entropy.

A tuned model is surer, so at one temperature it is compared with less exploration than the base. arXiv 2504.13837
(section 4.4) raises its temperature until the mean entropy per token is the base's, and compares again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eval.analyses.perplexity import forward
from eval.errors import EvalError
from eval.sampling import Prompt, Request, Sampling

COLDEST, HOTTEST = 0.05, 5.0
FORWARD = 8
"""Sequences whose logits are held at once."""


@dataclass(frozen=True)
class Matched:
    """The temperature found, the entropy measured there, the target (nats per token), and every probe made."""

    temperature: float
    entropy: float
    target: float
    probes: tuple[tuple[float, float], ...]


def token_entropy(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[Prompt],
    sampling: Sampling,
    n: int = 1,
    batch_size: int = 32,
    template: Mapping[str, Any] | None = None,
) -> float:
    """Return the mean entropy in nats of softmax(logits / temperature) over the tokens of n samples per prompt.

    The samples are drawn with `sampling`, top-p and top-k included; the entropy is that of the whole distribution at
    its temperature, before top-p and top-k cut it. Every token weighs the same. Temperature 0 has entropy 0.
    `template` holds further arguments of the chat template.

    Raises:
        EvalError: as sampling does; or no token was made.
    """
    from eval.backends.transformers import TransformersBackend, encode

    if sampling.temperature == 0:
        return 0.0
    requests = [Request(prompt, index) for prompt in prompts for index in range(n)]
    nats, tokens = 0.0, 0
    backend = TransformersBackend(model, tokenizer, batch_size, template)
    for samples in backend.batches(requests, sampling, details=True):
        made = [
            (encode(tokenizer, requests[s.prompt].prompt, template), list(s.token_ids or ())) for s in samples
        ]
        for start in range(0, len(made), FORWARD):
            for _, logits, targets in forward(model, made[start : start + FORWARD]):
                logp = (logits / sampling.temperature).double().log_softmax(dim=-1)
                nats -= float((logp.exp() * logp).nan_to_num(nan=0.0).sum())  # 0 log 0 is 0
                tokens += len(targets)
    if not tokens:
        raise EvalError("no token was sampled, so there is no entropy to measure; give at least one prompt.")
    return nats / tokens


def match_temperature(
    entropy_at: Callable[[float], float],
    target: float,
    start: float = 1.0,
    tolerance: float = 0.02,
    most: int = 20,
) -> Matched:
    """Find the temperature at which the mean token entropy is `target`: first a bracket, then halving it.

    Args:
        entropy_at: temperature -> mean token entropy in nats, rising; for a model:
            `entropy_of(model, tokenizer, prompts, sampling)`. Use one seed, so that probes differ by temperature only.
        target: in nats per token, above 0.
        start: the first temperature tried.
        tolerance: relative error of the entropy at which the search ends.
        most: probes at most; the nearest one is returned.

    Raises:
        EvalError: a target that is not positive, or out of reach between the temperatures 0.05 and 5.
    """
    if not target > 0 or not COLDEST <= start <= HOTTEST:
        raise EvalError(
            f"target must be above 0 and start within {COLDEST:g}..{HOTTEST:g}; got {target} and {start}."
        )
    probes: list[tuple[float, float]] = []
    low, high = 0.0, float("inf")
    at = start
    while True:
        found = entropy_at(at)
        probes.append((at, found))
        if abs(found - target) <= tolerance * target or len(probes) >= most:
            break
        low, high = (at, high) if found < target else (low, at)
        if (at >= HOTTEST and found < target) or (at <= COLDEST and found > target):
            raise EvalError(
                f"an entropy of {target:.4g} nats is out of reach: at temperature {at:g} it is {found:.4g}."
            )
        at = _next(low, high)
    best = min(probes, key=lambda probe: abs(probe[1] - target))
    return Matched(*best, target, tuple(probes))


def _next(low: float, high: float) -> float:
    if high == float("inf"):
        return min(HOTTEST, low * 1.6)
    return (low + high) / 2 if low else max(COLDEST, high / 1.6)


def entropy_of(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[Prompt],
    sampling: Sampling,
    n: int = 1,
    template: Mapping[str, Any] | None = None,
) -> Callable[[float], float]:
    """Return the function temperature -> mean token entropy of a model, for `match_temperature`."""
    return lambda at: token_entropy(
        model, tokenizer, prompts, replace(sampling, temperature=at), n, template=template
    )
