"""Audits to show: a small pair with hostile texts, and the same as a folder on disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from eval import AuditView, Count, SampleView, summarise
from eval.files import write_table
from eval.guess import choice_guesses, control_guesses
from eval.guess.view import GuessView
from eval.report import Curve, Report, RunView
from eval.store import SampleStore
from rewards import Record, Rollout, Score, Source, Status, Verdict, write_records

HOSTILE = (
    "</script><script>document.title='owned'</script>",
    "<!--<script>",
    "<img src=https://example.com/x.png onerror=\"document.title='owned'\">",
    "{{ 7 * 7 }} {% raw %} &lt;b&gt; \u2028 \ud800 \x00",
)
BASE = {"p1": 0, "p2": 3, "p10": 8, "p3": 2, "<b>p4</b>": 0}
TUNED = {"p1": 5, "p2": 0, "p10": 8, "p3": 7, "<b>p4</b>": 0}


def view(name: str, counts: dict[str, int], n: int = 8) -> AuditView:
    samples = [
        SampleView(HOSTILE[0], 1.0, "scored", True, False, HOSTILE[2], 0, "chain"),
        SampleView(HOSTILE[1] + HOSTILE[3], float("nan"), "unparsed", False, True, "", 1),
        SampleView("", None, "bad_reference", None, None, "no usable answer", 2),
    ]
    return AuditView(
        name=name,
        summary=summarise([Count(p, n, c) for p, c in counts.items()]),
        rates={"truncated": 0.125, "unparsed": 0.25, "error": 0.0},
        sampling={"temperature": 1.0, "top_p": 1.0},
        greedy_accuracy=0.4,
        samples=dict.fromkeys(counts, samples),
        prompts={p: f"{HOSTILE[2]} prompt of {p}" for p in counts},
        references=dict.fromkeys(counts, HOSTILE[0]),
        model=f"models/{name}",
        seed=3,
    )


def report() -> Report:
    curve = Curve("Reward $x$ <i>", "step", "mean & <b>", {"train": ([1, 2, 3], [0.1, float("nan"), 0.3])})
    audits = [view("base <b>", BASE), view("tuned", TUNED)]
    return Report(
        "A <title>", audits, curves=[curve], notes=["Mind <i>this</i>."], provenance={"config": "a&b"}
    )


def full_report() -> Report:
    """The same with guess control, an explanation, and a training run."""
    guesses = [
        GuessView(control_guesses([Count(p, 8, c) for p, c in counts.items()], choice_guesses({"p3": 4})), {})
        for counts in (BASE, TUNED)
    ]
    steps = [1, 2, 3]
    run = RunView(
        "run <i>",
        [Curve("Parts & <b>", "step", "mean", {"a": (steps, [0.1, 0.2, 0.4])})],
        [("steps 1 to 3", "reward rose: read <b>samples</b>.")],
        {"steps": "3"},
    )
    explained = {(0, "p1", 0): {"answer": HOSTILE[2], "read as": "<b>7</b>"}}
    return replace(report(), guesses=guesses, explained=explained, runs=[run])


def audit_folder(
    folder: Path, name: str, counts: dict[str, int], n: int = 8, prompt: str = "What is {}?", cap: int = 100
) -> Path:
    """Write an audit as `reasoners audit` does, with records; `cap` in new tokens."""
    records = [
        Record(
            Rollout(
                completion=f"{name} answers {i}",
                prompt=p,
                prompt_id=p,
                index=i,
                completion_tokens=10 * (i + 1),
                truncated=i == 7,
                source=Source(run=name, split="audit"),
            ),
            Verdict(
                float(i < c), i < c, Status.SCORED, {"number": Score(float(i < c), reason=f"reason {i}")}
            ),
            tag="chain",
        )
        for p, c in counts.items()
        for i in range(n)
    ]
    write_records(folder / "records", "audit-00000000", records)
    summary = summarise([Count(p, n, c) for p, c in counts.items()])
    content = {
        "name": name,
        "model": f"models/{name}",
        "sampling": {"temperature": 1.0, "max_new_tokens": cap},
        "n": n,
        "seed": 0,
        "problems": len(counts),
        "greedy_accuracy": None,
        "rates": {"truncated": 0.125, "unparsed": 0.0, "error": 0.0},
        "formats": {"chain": 1.0},
        "notes": ["one thing to know"],
        "summary": summary.to_json(),
        "prompts": {p: prompt.format(p) for p in counts},
        "references": dict.fromkeys(counts, "42"),
    }
    (folder / "audit.json").write_text(json.dumps(content), encoding="utf-8")
    _name_by_content(folder)
    return folder


def stored_model(folder: Path, **mark: object) -> None:
    """Write the settings file of an audit's samples, with this mark of the model."""
    scratch = folder.with_name(f"{folder.name}-settings")
    SampleStore(scratch, {"model": mark, "rewards": []}, {}).close()
    (scratch / "settings.json").rename(folder / "settings.json")


def as_sampled(folder: Path, settings: Mapping[str, Any]) -> Path:
    """Give a specimen the settings.json of an audit that sampled."""
    with TemporaryDirectory() as other:
        SampleStore(Path(other), settings, {}).close()
        shutil.copy(Path(other) / "settings.json", folder)
    return folder


def _name_by_content(folder: Path) -> None:
    """Name the record files as an audit does."""
    for number, path in enumerate(sorted((folder / "records").glob("*.parquet"))):
        table = pq.read_table(path)
        path.unlink()
        write_table(folder / "records", "audit", number, number, table)
