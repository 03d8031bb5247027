"""Is a score a function of its inputs alone? Twice, in another process, in another order, one by one, as chat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rewards.conformance.awkward import as_blocks, as_chat
from rewards.conformance.fixtures import Case
from rewards.conformance.lab import Lab
from rewards.conformance.report import Check, verdict
from rewards.conformance.truth import fed
from rewards.contract import Score
from rewards.define import Reward
from rewards.runner import Runner

NAMES = ("twice", "process", "order", "single", "chat")
CHATS = 50


def steadiness(
    lab: Lab, runner: Runner, spec: Reward, cases: Sequence[Case], first: Sequence[Score]
) -> Iterator[Check]:
    """Yield the checks of `NAMES`. After a failure the later ones would say the same: they are not made."""
    trials = _trials(lab, runner, spec, cases)
    failed = ""
    for name in NAMES[:4]:
        if failed:
            yield Check(name, None, got=f"the scores already differ in `{failed}`")
            continue
        how, again = next(trials)
        check = _compared(name, how, cases, first, again)
        failed = name if check.ok is False else ""
        yield check
    trials.close()  # type: ignore[attr-defined]
    yield _chat(lab, runner, spec, cases, first)


def _trials(
    lab: Lab, runner: Runner, spec: Reward, cases: Sequence[Case]
) -> Iterator[tuple[str, Sequence[Score]]]:
    yield "the same batch again", lab.scores(runner, spec, cases)
    with lab.fresh() as other:
        yield "the same batch in another process", lab.scores(other, spec, cases)
    with lab.fresh() as other:
        turned = lab.scores(other, spec, cases[::-1])[::-1]
        yield "the batch in reverse order, in a fresh process", turned
        singles = [lab.scores(other, spec, [case])[0] for case in cases]
        yield "each case alone", singles


def _compared(
    name: str, how: str, cases: Sequence[Case], first: Sequence[Score], again: Sequence[Score]
) -> Check:
    for case, one, two in zip(cases, first, again, strict=True):
        if not _alike(one, two):
            got = f"{verdict(two)}; before: {verdict(one)}"
            allowed = "the same score: it depends on the inputs and parameters, on nothing else"
            return Check(name, False, f"{how}: {fed(case)}", got, allowed)
    return Check(name, True)


def _chat(lab: Lab, runner: Runner, spec: Reward, cases: Sequence[Case], first: Sequence[Score]) -> Check:
    texts = [(c, s) for c, s in zip(cases, first, strict=True) if isinstance(c.completion, str)][:CHATS]
    for form, word in ((as_chat, "a chat turn"), (as_blocks, "blocks of a chat turn")):
        turned = [case.with_completion(form(case.completion)) for case, _ in texts]
        for (_, before), case, score in zip(texts, turned, lab.scores(runner, spec, turned), strict=True):
            if not _alike(before, score):
                got = f"{verdict(score)}; as plain text: {verdict(before)}"
                return Check("chat", False, f"the text as {word}: {fed(case)}", got, "the same score")
    return Check("chat", True)


def _alike(one: Score, two: Score) -> bool:
    return (one.value, one.status, dict(one.parts)) == (two.value, two.status, dict(two.parts))
