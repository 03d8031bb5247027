"""One audit: sample every problem n times, judge the samples, keep them, and sum up.

Batches are the unit of loss: a process that dies leaves whole batches, and the same call goes on with
exactly the samples that are missing. A masked sample (the verifier failed, or the reference is unusable)
counts neither as wrong nor as right: it leaves the problem's n.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eval.backends.contract import Backend
from eval.errors import EvalError
from eval.focus import Focus
from eval.intact import marked
from eval.sampling import Request, Sample, Sampling, rollout_of
from eval.store import CODE, SampleStore, stored_marks, write_json
from eval.tally import AUDIT, GREEDY, Problem, first_format, problem_clusters, tally
from rewards import Record, Rollout, Source, Suite
from rewards.sources import code_mark

Progress = Callable[[str, int, int], None]
"""Told after each batch: what is sampled, how many samples are done, how many there are in all."""


@dataclass(frozen=True)
class Auditor:
    """A model with everything that turns a problem into judged samples."""

    backend: Backend
    suite: Suite
    sampling: Sampling
    formats: Mapping[str, str] = field(default_factory=dict)
    name: str = "audit"
    model_name: str = ""

    def fill(
        self,
        store: SampleStore,
        problems: Sequence[Problem],
        n: int | Mapping[str, Sequence[int]],
        split: str,
        progress: Progress | None,
    ) -> None:
        """Make the samples that the store lacks, batch by batch."""
        by_id = {p.id: p for p in problems}
        pairs = store.missing(list(by_id), n, split)
        total = len(problems) * n if isinstance(n, int) else sum(map(len, n.values()))
        done = total - len(pairs)
        requests = [Request(by_id[p].prompt, index, by_id[p].columns) for p, index in pairs]
        sampling = self.sampling if split == AUDIT else replace(self.sampling, temperature=0.0)
        patterns = {name: re.compile(pattern) for name, pattern in self.formats.items()}
        for samples in self.backend.batches(requests, sampling):
            rollouts = [self._rollout(by_id[pairs[s.prompt][0]], s, split, sampling) for s in samples]
            verdicts = self.suite.score(rollouts)
            tags = [first_format(patterns, s.text) for s in samples]
            store.append([Record(*found) for found in zip(rollouts, verdicts, tags, strict=True)])
            done += len(samples)
            if progress is not None:
                progress(split, done, total)

    def _rollout(self, problem: Problem, sample: Sample, split: str, sampling: Sampling) -> Rollout:
        source = Source(
            run=self.name,
            model=self.model_name,
            split=split,
            seed=sampling.seed,
            sampling=sampling.to_json(),
        )
        return rollout_of(problem, sample, source, sample.index)


def run_audit(
    out: Path,
    problems: Sequence[Problem],
    suite: Suite,
    backend: Backend,
    *,
    n: int,
    sampling: Sampling,
    name: str = "audit",
    model_name: str = "",
    greedy: bool = True,
    ks: Sequence[int] | None = None,
    formats: Mapping[str, str] | None = None,
    focus: Focus | None = None,
    progress: Progress | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Audit a model and write `out/audit.json`; samples that are in `out` already are not made again.

    Args:
        out: the audit's folder; holds `audit.json`, `settings.json` and `records/`.
        problems: with distinct ids.
        suite: what judges the samples. Its group terms are left out: they do not decide what is correct.
        backend: the model, ready to be sampled (see `eval.backends`).
        n: samples per problem; more than are stored tops up, fewer uses the first n.
        sampling: how tokens are drawn, with the seed.
        name: of the audit, for reports.
        model_name: of the model, for reports.
        greedy: also make one greedy sample per problem.
        ks: draws to report; default: powers of two up to the smallest n, and that n.
        formats: name -> regular expression searched in a completion; the first match is the sample's tag. Other
            formats for stored samples change the shares, and not the tags that are stored.
        focus: after the first `n`, sample more where one pass@k is uncertain (see `eval.focus`).
        progress: told after each batch.
        say: receives one line about what is reused.

    Returns:
        The content of audit.json.

    Raises:
        EvalError: no problems, a problem twice, settings that differ from those of the samples in `out`,
            n > 1 at temperature 0, or a suite that masked every sample.
    """
    check_audit(problems, n, sampling, ks, formats or {}, focus)
    backend.prepare([p.prompt for p in problems], sampling)
    suite = Suite([t for t in suite.terms if not t.reward.spec.group])
    auditor = Auditor(backend, suite, sampling, formats or {}, name, model_name)
    settings = {
        "model": dict(backend.mark()),
        "sampling": sampling.to_json(),
        "rewards": _rewards(suite),
        CODE: {t.label: code_mark(t.reward.spec.fn) for t in suite.terms},
    }
    with SampleStore(out, settings, _marks(out, problems), say) as store:
        kept = len(problems) * n - len(store.missing([p.id for p in problems], n))
        if kept:
            say(f"{out}: {kept} of {len(problems) * n} samples are there already and are used")
        auditor.fill(store, problems, n, AUDIT, progress)
        if greedy:
            auditor.fill(store, problems, 1, GREEDY, progress)
        header = {
            "name": name,
            "model": model_name,
            "sampling": sampling.to_json(),
            "n": n,
            "seed": sampling.seed,
        }
        found = tally(store, problems, suite, n, ks, formats=formats, greedy=greedy)
        result = {**header, **found}
        if focus is not None:
            chosen: dict[str, list[int]] | None = None
            for _ in range(focus.parts(n) - 1):
                chosen = focus.indices(store, problems, n, chosen)
                auditor.fill(store, problems, chosen, AUDIT, progress)
            result["focus"] = focus.result(store, problems, n, chosen or {})
        return _written(out, marked(result))


def _marks(out: Path, problems: Sequence[Problem]) -> dict[str, str]:
    """Return problem id -> mark; one that was made as it was in the past stays as it is stored."""
    known: Mapping[str, str] = {}
    with suppress(OSError):  # a folder that cannot be read is for the store to name
        known = stored_marks(out)
    return {p.id: p.mark(known.get(p.id, "")) for p in problems}


def _written(out: Path, result: dict[str, Any]) -> dict[str, Any]:
    """Write audit.json; return what is in it. Raises `EvalError`."""
    try:
        write_json(out / "audit.json", result)
    except OSError as error:
        raise EvalError(f"cannot write {out}/audit.json: {error.strerror or error}.") from error
    return result


def check_audit(
    problems: Sequence[Problem],
    n: int,
    sampling: Sampling,
    ks: Sequence[int] | None = None,
    formats: Mapping[str, str] | None = None,
    focus: Focus | None = None,
) -> None:
    """Refuse an audit that cannot be made; for arguments see `run_audit`. Needs no model.

    Raises:
        EvalError: no problems, a problem twice, n or k out of range, n > 1 at temperature 0, a bad pattern, a
            `cluster` that cannot be used.
    """
    if not problems:
        raise EvalError("there are no problems to audit.")
    often, times = Counter(p.id for p in problems).most_common(1)[0]
    if times > 1:
        raise EvalError(f"problem `{often}` occurs {times} times; ids must be distinct.")
    problem_clusters(problems)
    if n < 1:
        raise EvalError(f"n must be at least 1; got {n}.")
    if sampling.temperature == 0 and n > 1:
        raise EvalError(
            f"at temperature 0 all {n} samples would be one and the same; set n=1 or a temperature."
        )
    if ks is not None and not all(1 <= k <= n for k in ks):
        raise EvalError(f"k must be within 1..n={n}; got {', '.join(map(str, ks))}.")
    if focus is not None:
        focus.check(n)
    for name, pattern in (formats or {}).items():
        try:
            re.compile(pattern)
        except re.error as error:
            raise EvalError(f"format `{name}`: `{pattern}` is no regular expression ({error}).") from error


def _rewards(suite: Suite) -> list[dict[str, Any]]:
    """Return what decides the verdicts, as plain data."""
    terms = [
        {
            "label": t.label,
            "name": t.reward.name,
            "params": dict(t.reward.params),
            "weight": t.weight,
            "requires": t.requires,
            "when": {k: list(v) for k, v in t.when.items()},
            **{k: v for k in ("times", "clip", "schedule", "only") if (v := getattr(t, k)) is not None},
        }
        for t in suite.terms
    ]
    found: list[dict[str, Any]] = json.loads(json.dumps(terms, default=str))
    return found
