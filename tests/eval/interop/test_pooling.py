"""Files of one task are pooled; problems of different tasks under one id are not, in every format whose ids restart."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.errors import EvalError
from eval.interop.contract import Imported, task_of
from eval.interop.read import read_foreign


def harness(path: Path, asked: list[str], hashed: bool = True, said: str = "") -> Path:
    rows = [
        {
            "doc_id": at,
            "target": "4",
            "arguments": {"gen_args_0": {"arg_0": text}},
            "resps": [[f"{text} {said}"]],
            "filtered_resps": [f"{text} {said}"],
            "filter": "none",
            "metrics": ["exact_match"],
            "exact_match": float(at % 2),
            **({"doc_hash": f"hash of {text}"} if hashed else {}),
        }
        for at, text in enumerate(asked)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def older_harness(path: Path, asked: list[str]) -> Path:
    return harness(path, asked, hashed=False)


def details(path: Path, asked: list[str]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {
            "doc": {"id": str(at), "query": text, "choices": ["4"], "gold_index": [0]},
            "model_response": {"text": ["a", "b"]},
            "metric": {"avg@n:n=2": 0.5},
        }
        for at, text in enumerate(asked)
    ]
    path = path.with_suffix(".parquet")
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def log(path: Path, asked: list[str]) -> Path:
    return _log(path, asked, {"task": path.stem.split("_")[1] if "_" in path.stem else ""}, packed=False)


def packed_log(path: Path, asked: list[str]) -> Path:
    name = path.stem.split("_")[1] if "_" in path.stem else ""
    return _log(path, asked, {"task": "same", "task_args": {"subset": name}} if name else {}, packed=True)


def _log(path: Path, asked: list[str], head: dict[str, Any], packed: bool) -> Path:
    samples = [
        {
            "id": at + 1,
            "epoch": epoch,
            "input": text,
            "target": "4",
            "output": {"choices": [{"message": {"role": "assistant", "content": f"{text} {epoch}"}}]},
            "scores": {"match": {"value": "C" if epoch == 1 else "I"}},
        }
        for at, text in enumerate(asked)
        for epoch in (1, 2)
    ]
    path = path.with_suffix(".eval" if packed else ".json")
    if not packed:
        path.write_text(json.dumps({"eval": head, "samples": samples}))
        return path
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.json", json.dumps({"eval": head}))
        for sample in samples:
            archive.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
    return path


Write = Callable[[Path, list[str]], Path]
WRITERS = [
    pytest.param("lm-eval", harness, "0", "doc_hash", id="lm-eval"),
    pytest.param("lm-eval", older_harness, "0", "prompt or target", id="lm-eval without hashes"),
    pytest.param("lighteval", details, "0", "query", id="lighteval"),
    pytest.param("inspect", log, "1", "input", id="inspect json"),
    pytest.param("inspect", packed_log, "1", "input", id="inspect eval"),
]
ANATOMY = [f"anatomy {i}" for i in range(4)]
ASTRONOMY = [f"astronomy {i}" for i in range(5)]


def counts(kind: str, *paths: Path) -> list[tuple[str, int]]:
    return [(c.problem_id, c.n) for c in read_foreign(kind, paths).all_counts()]


@pytest.mark.parametrize(("kind", "write", "first", "mark"), WRITERS)
def test_problems_of_two_tasks_under_one_id_are_refused(
    tmp_path: Path, kind: str, write: Write, first: str, mark: str
) -> None:
    one = write(tmp_path / "samples_anatomy_2026-01-01.jsonl", ANATOMY)
    two = write(tmp_path / "samples_astronomy_2026-01-01.jsonl", ASTRONOMY)
    assert (len(counts(kind, one)), len(counts(kind, two))) == (4, 5)
    with pytest.raises(EvalError, match=rf"two problems of the tasks `.*anatomy.*` and `.*astronomy.*` have the id "
                       rf"`{first}`: their {mark} differs\..*a folder of its own"):  # fmt: skip
        counts(kind, one, two)


@pytest.mark.parametrize(("kind", "write", "first", "mark"), WRITERS)
def test_files_that_name_no_task_are_told_apart_by_what_they_ask(
    tmp_path: Path, kind: str, write: Write, first: str, mark: str
) -> None:
    one, two = write(tmp_path / "one.jsonl", ANATOMY), write(tmp_path / "two.jsonl", ASTRONOMY)
    with pytest.raises(EvalError, match=rf"two problems have the id `{first}`: their {mark} differs"):
        counts(kind, one, two)


@pytest.mark.parametrize(("kind", "write", "first", "mark"), WRITERS)
@pytest.mark.parametrize("names", [("one", "two"), ("samples_a_2026-01-01", "samples_a_2026-01-02"),
                                   ("samples_a", "samples_b")])  # fmt: skip
def test_files_of_the_same_documents_are_pooled(
    tmp_path: Path, kind: str, write: Write, first: str, mark: str, names: tuple[str, str]
) -> None:
    one, two = (write(tmp_path / f"{name}.jsonl", ANATOMY) for name in names)
    alone = dict(counts(kind, one))
    assert dict(counts(kind, one, two)) == {problem: 2 * n for problem, n in alone.items()}
    assert read_foreign(kind, [one, two]).notes == read_foreign(kind, [one]).notes


@pytest.mark.parametrize(("kind", "write", "first", "mark"), WRITERS)
def test_a_task_that_shuffles_with_the_seed_is_pooled_and_noted(
    tmp_path: Path, kind: str, write: Write, first: str, mark: str
) -> None:
    one = write(tmp_path / "samples_gpqa_2026-01-01.jsonl", ["q (A) x (B) y", "r"])
    two = write(tmp_path / "samples_gpqa_2026-01-02.jsonl", ["q (A) y (B) x", "r"])
    found = read_foreign(kind, [one, two])
    assert len(found.all_counts()) == 2
    assert any(f"differ in the {mark} of a problem; they are pooled" in note for note in found.notes)


def test_tasks_whose_ids_do_not_meet_are_one_import(tmp_path: Path) -> None:
    one = harness(tmp_path / "samples_a.jsonl", ANATOMY)
    rows = [json.loads(line) for line in harness(tmp_path / "b.jsonl", ASTRONOMY).read_text().splitlines()]
    two = tmp_path / "samples_b.jsonl"
    two.write_text("".join(json.dumps({**row, "doc_id": f"b{row['doc_id']}"}) + "\n" for row in rows))
    assert len(counts("lm-eval", one, two)) == 9


def test_marks_of_two_kinds_are_not_compared() -> None:
    """An export has no doc_hash: it pools with the file that it was made from."""
    found = Imported()
    found.ask("0", "doc_hash", "a")
    found.ask("0", "prompt", "b")
    found.ask("0", "prompt", "")
    with pytest.raises(EvalError, match="their prompt differs"):
        found.ask("0", "prompt", "c")


@pytest.mark.parametrize(
    ("stem", "task"),
    [
        ("samples_gsm8k_2026-01-01T10-00-00.123456", "gsm8k"),
        ("samples_mmlu_college_physics_2026-01-01", "mmlu_college_physics"),
        ("details_lighteval|gpqa:diamond|0_2026-01-01T10-00-00", "lighteval|gpqa:diamond|0"),
        ("samples_sums", "sums"),
        ("base", ""),
    ],
)
def test_the_task_in_a_file_s_name(stem: str, task: str) -> None:
    assert task_of(stem) == task
