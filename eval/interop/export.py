"""An audit in the form of lm-evaluation-harness: `results.json` and `samples_TASK.jsonl`.

pass@k stands as `pass@K,none` with `pass@K_stderr,none`, the standard error over problems, or over clusters of them.
A line of samples is a problem with all its responses; `correct` holds one verdict per response and `cluster` the
problem's cluster, which the harness itself has no place for.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from eval.clusters import cluster_labels, cluster_values
from eval.errors import EvalError
from eval.extent import Extent
from eval.passk import pass_at_k
from eval.store import write_json
from eval.views import AuditView, load_audit
from rewards.files import whole_file
from rewards.records import iter_records


def export_lm_eval(folder: Path, out: Path, task: str = "audit") -> list[Path]:
    """Write an audit's results and, where it has them, samples; return the files.

    Args:
        folder: the audit's folder.
        out: where the files go; made if missing.
        task: name of the task in them.

    Raises:
        EvalError: no audit there, or `out` cannot be written.
    """
    view = load_audit(folder, samples=0)
    counts = view.counts
    figures: dict[str, Any] = {"alias": task}
    clusters = cluster_labels(counts)
    for row in view.summary.rows:
        passed = pass_at_k([c.n for c in counts], [c.c for c in counts], [row.k])
        each = cluster_values(passed, clusters)[:, 0]
        error = float(np.std(each, ddof=1)) / math.sqrt(len(each)) if len(each) > 1 else "N/A"
        figures |= {f"pass@{row.k},none": row.pass_at_k, f"pass@{row.k}_stderr,none": error}
    sampling = dict(view.sampling)
    results = {
        "results": {task: figures},
        "configs": {task: {"task": task, "repeats": max(c.n for c in counts), "generation_kwargs": sampling}},
        "versions": {task: 0},
        "n-shot": {task: 0},
        "higher_is_better": {task: {f"pass@{row.k}": True for row in view.summary.rows}},
        "n-samples": {task: {"original": len(counts), "effective": len(counts)}},
        "config": {
            "model": "reasoners",
            "model_args": view.model,
            "random_seed": view.seed,
            "gen_kwargs": sampling,
        },
    }
    written = [out / "results.json"]
    try:
        write_json(written[0], results)
        lines = _lines(folder, view)
        if lines:
            written.append(out / f"samples_{task}.jsonl")
            with whole_file(written[1]) as partial, partial.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    except OSError as error:
        raise EvalError(f"cannot write {out}: {error.strerror or error}.") from error
    return written


def _lines(folder: Path, view: AuditView) -> list[dict[str, Any]]:
    """Return one line per problem of the audit, its first n samples by index; none where it keeps no samples."""
    if not (folder / "records").is_dir():
        return []
    clusters = {count.problem_id: {"cluster": count.cluster} for count in view.counts if count.cluster}
    extent = Extent.read(folder)
    samples: dict[str, list[tuple[int, str, bool | None]]] = defaultdict(list)
    for record in iter_records(folder, "audit"):
        r = record.rollout
        if not extent.holds(r.prompt_id, r.index):
            continue
        text = r.completion if isinstance(r.completion, str) else str(r.completion[-1].get("content", ""))
        samples[r.prompt_id].append((r.index, text, record.verdict.correct))
    lines = []
    for problem, found in samples.items():
        found.sort(key=lambda sample: sample[0])
        judged = [correct for _, _, correct in found if correct is not None]
        lines.append(
            {
                "doc_id": problem,
                "doc": {"id": problem},
                "target": view.references.get(problem, ""),
                "arguments": {"gen_args_0": {"arg_0": view.prompts.get(problem, "")}},
                "resps": [[text for _, text, _ in found]],
                "filtered_resps": [text for _, text, _ in found],
                "filter": "none",
                "metrics": ["exact_match"],
                "exact_match": sum(judged) / len(judged) if judged else None,
                "correct": [correct for _, _, correct in found],
                **clusters.get(problem, {}),
            }
        )
    return lines
