"""Why a completion got its score: what was read where, which rule decided, and what would have paid.

Any reward can be explained by its arguments, what it returned and a completion that it would pay. A plugin says
more by a function `explain_FUNCTION` (see `rewards.hooks`). It takes the same arguments as the reward, every parameter
included, and returns an `Explanation`, within the deadline of a sample:

    def explain_number(completion: str, answer: Any, *, where: Where, ...) -> Explanation: ...

It uses the reward's own code to read, and leaves the value to the reward: the rules stand in one place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from rewards.bound import BoundReward
from rewards.contract import Rollout, Score, Status
from rewards.define import INJECTED, reward
from rewards.errors import BadReference, RewardError
from rewards.hooks import find_hook
from rewards.locate import locate
from rewards.places import NoAnswer
from rewards.registry import find_reward
from rewards.text import answer_part, final_text

T = TypeVar("T")
REFERENCES = ("answer", "solution", "label", "target", "reference", "gold", "ground_truth")
"""Columns in which a reference answer stands by custom, for rewards that do not explain themselves."""


RULES = {
    Status.SCORED: "The reward decided by its own rules.",
    Status.UNPARSED: "The reward found nothing to check in the completion: it costs the floor of the range.",
    Status.TIMEOUT: "The completion drove the reward past its time or memory: it costs the floor of the range.",
    Status.ERROR: "The reward failed on this sample: it is masked, neither paid nor punished.",
    Status.BAD_REFERENCE: "The reference is unusable: the sample is masked, neither paid nor punished.",
    Status.NOT_APPLICABLE: "The reward has nothing to say about this row: it is left out.",
}


@dataclass(frozen=True)
class Explanation:
    """What a plugin says about one completion.

    Attributes:
        span: start and end, in characters of the final message, of what was taken as the answer.
        read_gold: the reference in the form in which it is compared; None if it is unusable.
        read_prediction: the answer in that form; None if there is none.
        rule: one sentence on where the answer was found and what decided.
        lines: anything else worth knowing.
        would_pay: completions that should be paid; the first that is will be shown.
        prefilled: the thinking block was opened by the chat template.
        reads_thinking: the thinking block is read as well.
    """

    span: tuple[int, int] | None = None
    read_gold: str | None = None
    read_prediction: str | None = None
    rule: str = ""
    lines: tuple[str, ...] = ()
    would_pay: tuple[str, ...] = ()
    prefilled: bool = False
    reads_thinking: bool = False


@dataclass(frozen=True)
class Explained:
    """An explanation with the score it explains.

    Attributes:
        reward: the reward's name.
        range: its lowest and highest value.
        score: what the reward said.
        text: the final message.
        answer_at: where the part after the thinking begins; None if the thinking never ends.
        arguments: what the function was called with, columns and parameters, shortened.
        reading: what the plugin says, or the little that is known of any reward.
        paid: a completion that this reward pays in full for this row; None if none was found.
        own: whether the plugin explains itself.
    """

    reward: str
    range: tuple[float, float]
    score: Score
    text: str
    answer_at: int | None
    arguments: Mapping[str, str]
    reading: Explanation
    paid: str | None
    own: bool
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain types."""
        score, reading = self.score, self.reading
        return {
            "reward": self.reward,
            "range": list(self.range),
            "value": score.value,
            "status": score.status.value,
            "reason": score.reason,
            "parts": dict(score.parts),
            "seconds": score.seconds,
            "completion": self.text,
            "answer_at": self.answer_at,
            "span": None if reading.span is None else list(reading.span),
            "extracted": None if reading.span is None else self.text[slice(*reading.span)],
            "read_gold": reading.read_gold,
            "read_prediction": reading.read_prediction,
            "rule": reading.rule,
            "lines": [*reading.lines, *self.notes],
            "would_pay": self.paid,
            "arguments": dict(self.arguments),
            "explains_itself": self.own,
        }


def explain(bound: BoundReward, rollout: Rollout) -> Explained:
    """Score one rollout and say why. Never raises because of the completion or of the plugin.

    Raises:
        RewardError: a group reward, or a column that the reward needs is missing.
    """
    spec = bound.spec
    if spec.group:
        raise RewardError(f"`{spec.name}` compares the samples of a group; one completion has no score.")
    arguments = spec.arguments(rollout)
    score = bound.score_rollouts([rollout])[0]
    reading, problem = None, ""
    if score.status is not Status.TIMEOUT:  # reading again could take as long again
        reading, problem = _ask(bound, arguments)
    known = reading or _plain(rollout)
    if not known.rule or score.status in (Status.ERROR, Status.TIMEOUT):
        known = replace(known, rule=RULES[score.status])
    text = final_text(rollout.completion)
    tail = text if known.reads_thinking else answer_part(text, known.prefilled)
    return Explained(
        reward=spec.name,
        range=spec.range,
        score=score,
        text=text,
        answer_at=None if tail is None else len(text) - len(tail),
        arguments={
            k: _short(v)
            for k, v in {**arguments, **spec.with_defaults(bound.params)}.items()
            if k not in INJECTED
        },
        reading=known,
        paid=_paid(bound, rollout, score, known),
        own=reading is not None,
        notes=(problem,) if problem else (),
    )


@reward("explaining")
def explaining(spec: Any, arguments: Any, params: Any) -> Score:
    """Ask the plugin's hook; the explanation travels as JSON, as the name of a part."""
    hook = find_hook(spec, "explain")
    if hook is None:
        return Score(0.0)
    found = hook(**arguments, **params)
    if not isinstance(found, Explanation):
        raise TypeError(f"`{hook.__name__}` returned a value of type {type(found).__name__}, not Explanation")
    return Score(1.0, parts={json.dumps(asdict(found)): 0.0})


def _ask(bound: BoundReward, arguments: Mapping[str, Any]) -> tuple[Explanation | None, str]:
    """Return what the plugin says about itself, and what went wrong.

    Its hook runs in a worker under the deadline, as a reward does; one that no other process can find runs here.
    """
    spec, asked = bound.spec, find_reward(f"{__name__}:explaining")
    here = replace(asked, cost="inline" if spec.ref is None else "isolated")
    row = {"spec": spec, "arguments": arguments, "params": spec.with_defaults(bound.params)}
    found = BoundReward(here, runner=bound.runner).score_rollouts([Rollout("", columns=row)])[0]
    if found.value is None or found.status is Status.TIMEOUT:
        return None, f"the plugin's explanation failed: {found.reason}"
    return (None, "") if not found.parts else (_read(next(iter(found.parts))), "")


def _read(text: str) -> Explanation:
    found: Any = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(text).items()}
    return Explanation(**found)


def attempt(read: Callable[[], T]) -> tuple[T | None, str]:
    """Return what `read` returns and an empty text, or None and why there is nothing to read."""
    try:
        return read(), ""
    except (NoAnswer, BadReference) as why:
        return None, str(why)


def span_of(read: Callable[[str], str], text: str) -> tuple[int, int] | None:
    """Return where in `text` the phrase stands that `read` returns, see `rewards.locate`."""

    def guarded(changed: str) -> str | None:
        return attempt(lambda: read(changed))[0]

    return locate(guarded, text)


def _plain(rollout: Rollout) -> Explanation:
    """Explain a reward of which nothing is known: its reference column, and forms that others pay."""
    column = next((c for c in REFERENCES if isinstance(rollout.columns.get(c), str | int | float)), None)
    if column is None:
        return Explanation()
    gold = str(rollout.columns[column])
    forms = (f"\\boxed{{{gold}}}", gold, f"<answer>{gold}</answer>", f"#### {gold}")
    thought = f"<think>\nreasoning\n</think>\n<answer>{gold}</answer>"
    return Explanation(would_pay=(*forms, thought))


def _paid(bound: BoundReward, rollout: Rollout, score: Score, known: Explanation) -> str | None:
    """Return the first completion that this very reward pays in full; nothing is claimed unproven."""
    if score.value is not None and score.value >= bound.full:
        return final_text(rollout.completion)
    if score.status in (Status.BAD_REFERENCE, Status.NOT_APPLICABLE, Status.ERROR):
        return None
    for text in _candidates(known.would_pay):
        other = Rollout(completion=text, prompt=rollout.prompt, columns=rollout.columns)
        got = bound.score_rollouts([other])[0]
        if got.value is not None and got.value >= bound.full:
            return text
    return None


def _candidates(forms: Sequence[str]) -> Iterator[str]:
    yield from forms
    yield from (f"</think>\n{form}" for form in forms)


def _short(value: Any, limit: int = 200) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"
