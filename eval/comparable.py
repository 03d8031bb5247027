"""Whether audits may be compared: were the models asked the same, sampled alike and judged by the same rewards?

What a model is asked is also the tools it may call, how often, and the arguments of its chat template. No difference
are: model, engine, seed, number of samples, adaptive sampling, greedy accuracy, formats.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.store import CODE, OldSettingsError, flat, stored_marks, stored_settings
from eval.views import AuditView

_FREE = ("seed", "n")
"""Sampling settings that may differ."""


@dataclass(frozen=True)
class Asked:
    """How one audit was made, as far as it is known.

    Attributes:
        name: of the audit, for sentences.
        sampling: setting -> value; empty = not known.
        rewards: label -> the reward's entry; None = not known.
        shown: what the prompts and turns hold beside the problem (tools, rounds, template); None = not known.
        marks: problem id -> fingerprint of prompt and columns; empty = not known.
        code: label -> what the reward's code is known by; empty = not known.
        why: why its settings file is not read, as it is of an older version; empty if it is, or if there is none.
    """

    name: str
    sampling: Mapping[str, Any]
    rewards: Mapping[str, Mapping[str, Any]] | None
    marks: Mapping[str, str]
    why: str = ""
    shown: Mapping[str, Any] | None = None
    code: Mapping[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, view: AuditView, folder: Path | None) -> Asked:
        """Read what the audit's folder says; `folder` is None for counts from a file.

        Raises:
            EvalError: its settings file was edited, or is none.
        """
        stored: Mapping[str, Any] = {}
        marks: Mapping[str, str] = {}
        why = ""
        if folder is not None:
            try:
                stored, marks = stored_settings(folder), stored_marks(folder)
            except OldSettingsError as error:
                why = str(error)
        judged = {x.problem_id for x in view.counts}
        sampling = view.sampling or stored.get("sampling") or {}
        rewards = stored.get("rewards")
        return cls(
            view.name,
            {key: value for key, value in sampling.items() if key not in _FREE},
            None if rewards is None else {str(r.get("label", i)): r for i, r in enumerate(rewards)},
            {p: mark for p, mark in marks.items() if p in judged},
            why,
            _shown(stored.get("model")),
            stored.get(CODE) or {},
        )


def check_comparable(audits: Sequence[tuple[AuditView, Path | None]], mixed: bool = False) -> list[str]:
    """Return in what the audits differ that should be the same, one sentence each; the first is the base.

    Args:
        audits: views with their folders; None where there is none, as for plain counts.
        mixed: differences are wanted, so they are told and not refused.

    Raises:
        EvalError: there are differences, and `mixed` is not set; or a settings file was edited.
    """
    found = differences([Asked.of(view, folder) for view, folder in audits])
    if found and not mixed:
        raise EvalError(
            f"these audits are not comparable. {' '.join(found)} Audit all models with the same settings, or give "
            "--mixed-settings to compare them nevertheless; these sentences then come first."
        )
    return found


def not_known(audits: Sequence[tuple[AuditView, Path | None]]) -> list[str]:
    """Return a sentence for each audit whose settings, or some of them, are not known. Raises EvalError: edited."""
    asked = [Asked.of(view, folder) for view, folder in audits]
    fields = dict.fromkeys(key for side in asked for key in side.sampling)
    judged = any(side.code for side in asked)
    said = []
    for side in asked:
        missing = [key for key in fields if key not in side.sampling] if side.sampling else ["sampling"]
        missing += ["rewards"] if side.rewards is None else []
        missing += ["the rewards' code"] if side.rewards and not side.code and judged else []
        missing += [] if side.marks else ["prompts"]
        if missing:
            why = f" ({side.why})" if side.why else ""
            said.append(
                f"The settings of {side.name} are not known ({', '.join(missing)}){why}: whether the models were "
                "asked and judged alike cannot be checked."
            )
    return said


def differences(asked: Sequence[Asked]) -> list[str]:
    """Return in what the others differ from the first, one sentence each; what is not known is no difference."""
    base = asked[0]
    return [
        sentence
        for other in asked[1:]
        for sentence in (
            *_sampling(base, other),
            *_rewards(base, other),
            *_turns(base, other),
            *_problems(base, other),
        )
    ]


def _shown(mark: Any) -> dict[str, Any] | None:
    """Return what an engine's mark says of tools and template, each empty where it says nothing; None without mark."""
    if not isinstance(mark, Mapping):
        return None
    template = mark.get("template") or (mark.get("extra") or {}).get("chat_template_kwargs")
    return flat(
        {"tools": mark.get("tools") or None, "rounds": mark.get("rounds"), "template": template or {}}
    )


def _turns(base: Asked, other: Asked) -> list[str]:
    if base.shown is None or other.shown is None:
        return []
    left, right = base.shown, other.shown
    both = left["tools"] and right["tools"]
    return [
        f"Asked differently: {key} is {_text(left.get(key))} in {base.name} and {_text(right.get(key))} in "
        f"{other.name}."
        for key in dict.fromkeys([*left, *right])
        if left.get(key) != right.get(key) and (both or key != "rounds")
    ]


def _sampling(base: Asked, other: Asked) -> list[str]:
    return [
        f"Sampled differently: {key} is {_text(value)} in {base.name} and {_text(other.sampling[key])} in {other.name}."
        for key, value in base.sampling.items()
        if key in other.sampling and other.sampling[key] != value
    ]


def _rewards(base: Asked, other: Asked) -> list[str]:
    if base.rewards is None or other.rewards is None:
        return []
    said = []
    for label in dict.fromkeys([*base.rewards, *other.rewards]):
        owners = [side for side in (base, other) if label in (side.rewards or {})]
        if len(owners) == 1:
            said.append(f"Judged differently: only {owners[0].name} has the reward `{label}`.")
            continue
        left, right = flat(base.rewards[label]), flat(other.rewards[label])
        said += [
            f"Judged differently: {key} of the reward `{label}` is {_text(left.get(key))} in {base.name} and "
            f"{_text(right.get(key))} in {other.name}."
            for key in dict.fromkeys([*left, *right])
            if left.get(key) != right.get(key)
        ]
        said += _code(label, base, other)
    return said


def _code(label: str, base: Asked, other: Asked) -> list[str]:
    """Return whether one reward's code differs; another reward under the same label is told of already."""
    names = [(side.rewards or {})[label].get("name") for side in (base, other)]
    left, right = base.code.get(label), other.code.get(label)
    if names[0] != names[1] or not left or not right or left == right:
        return []
    return [
        f"Judged differently: the code of the reward `{label}` (its file, or one beside it that it imports) is not the "
        f"same in {base.name} and {other.name}."
    ]


def _problems(base: Asked, other: Asked) -> list[str]:
    common = [p for p in base.marks if p in other.marks]
    changed = [p for p in common if base.marks[p] != other.marks[p]]
    if not changed:
        return []
    return [
        f"Asked differently: {len(changed)} of {len(common)} common problems have another prompt or other columns in "
        f"{other.name} than in {base.name}, the first `{changed[0]}`."
    ]


def _text(value: Any) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False, default=str)
