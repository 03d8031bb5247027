"""What every export shares: one suite, a name of its own, a policy for masked samples, pickling."""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal

import cloudpickle

from rewards.bound import BoundReward
from rewards.contract import Rollout
from rewards.define import Reward
from rewards.errors import RewardError
from rewards.registry import load_reward
from rewards.suite import Suite, Term, Verdict

Exportable = str | Reward | BoundReward | Suite | Sequence[Mapping[str, Any] | str]
"""A reward by name or object, a suite, or the `rewards` list of a config."""
OnMasked = Literal["floor", "raise"] | float
"""What an engine without masking gets for a sample that no verifier could judge: the lowest total (the default),
an exception, or a fixed value. The status always travels beside it."""
NAME_CHARS = 64
_taken: dict[str, str] = {}


class Exported:
    """A suite that an engine can call. `__name__` is unique in the process, and pickling keeps it."""

    def __init__(self, what: Exportable, params: Mapping[str, Any], name: str | None = None) -> None:
        self.suite = for_training(as_suite(what, params))
        self.__name__ = name or unique_name(self.suite)

    def verdicts(self, rollouts: Sequence[Rollout], progress: float = 1.0) -> list[Verdict]:
        """Judge rollouts, in order, at a progress of training in [0, 1]. Raises `RewardError` for a missing column."""
        return self.suite.score(rollouts, progress=progress)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), _dump(vars(self)))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__name__}>"


def as_suite(what: Exportable, params: Mapping[str, Any]) -> Suite:
    """Return `what` as a suite of rewards that judge one completion at a time.

    Raises:
        RewardError: no such reward, a parameter it does not take, or a group reward.
    """
    if params and not isinstance(what, str | Reward):
        raise RewardError(
            f"parameters ({', '.join(params)}) go with the name of a reward; here they are set already."
        )
    if isinstance(what, str):
        what = load_reward(what, **params)
    if isinstance(what, Reward):
        what = what.bind(**params)
    if isinstance(what, BoundReward):
        what = Suite([Term(what, what.name)])
    suite = what if isinstance(what, Suite) else Suite.from_config(what)
    for term in suite.terms:
        if term.reward.spec.group:
            raise RewardError(
                f"`{term.label}` is a group reward: it compares all samples of a prompt, and other engines hand over "
                "a few at a time. Leave it out, or train with `reasoners train`."
            )
    return suite


def for_training(suite: Suite) -> Suite:
    """Return the suite without its terms for evaluation: engines do not tell a reward what they are doing."""
    kept = [term for term in suite.terms if term.only != "eval"]
    return suite if len(kept) == len(suite.terms) else Suite(kept)


def unique_name(suite: Suite) -> str:
    """Return a name for metrics; a second, different suite of the same name gets a suffix."""
    terms = suite.terms
    plain = "+".join(term.label for term in terms)
    if len(terms) == 1 and terms[0].reward.params:
        given = ",".join(f"{key}={value}" for key, value in sorted(terms[0].reward.params.items()))
        plain += f"({given})"
    identity = repr([_identity(term) for term in terms])
    digest = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:6]
    name = re.sub(r"[^\w.=,()+-]", "_", plain)
    if len(name) > NAME_CHARS or name != plain:
        name = f"{name[:NAME_CHARS]}-{digest}"
    if _taken.setdefault(name, identity) != identity:
        name = f"{name}-{digest}"
    return name


def _identity(term: Term) -> tuple[Any, ...]:
    spec = term.reward.spec
    origin = spec.ref or f"{spec.fn.__module__}.{spec.fn.__qualname__}"
    rest = [getattr(term, f.name) for f in fields(term) if f.name != "reward"]
    return (origin, sorted(term.reward.params.items()), *rest)


def floor_of(suite: Suite) -> float:
    """Return the lowest total that the suite can give at the end of training, all its terms taking part."""
    factors = {term.label: term.reward.spec.range for term in suite.terms}
    return sum(min(term.weight_at(1.0) * end for end in _ends(term, factors)) for term in suite.terms)


def _ends(term: Term, factors: Mapping[str, tuple[float, float]]) -> list[float]:
    scales = (1.0, *factors[term.times]) if term.times else (1.0,)
    ends = [value * scale for value in term.reward.spec.range for scale in scales]
    return [min(max(end, term.clip[0]), term.clip[1]) for end in ends] if term.clip else ends


def reason_of(verdict: Verdict) -> str:
    """Return why: the reasons of all rewards, the most telling first, in one line."""
    said = sorted(verdict.scores.items(), key=lambda item: item[1].status is not verdict.status)
    return "; ".join(f"{label}: {score.reason}" for label, score in said if score.reason)


def _dump(state: Mapping[str, Any]) -> bytes:
    try:
        blob: bytes = cloudpickle.dumps(dict(state))
    except Exception as error:
        raise RewardError(
            f"`{state['__name__']}` cannot be sent to another process ({error}); "
            "put its rewards in a file of their own."
        ) from error
    return blob


def _restored(kind: type[Exported], blob: bytes) -> Exported:
    found = kind.__new__(kind)
    vars(found).update(pickle.loads(blob))
    return found
