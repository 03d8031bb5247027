"""Each foreign format: the counts in it, exactly; and what does not say right or wrong is refused by name."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.errors import EvalError
from eval.interop.contract import as_correct
from eval.interop.read import FORMATS, read_foreign


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def counts(kind: str, *paths: Path, score: str | None = None) -> dict[str, tuple[int, int]]:
    return {c.problem_id: (c.n, c.c) for c in read_foreign(kind, paths, score).all_counts()}


def harness_line(doc: int, value: Any, kept: str = "strict-match", responses: int = 1) -> dict[str, Any]:
    return {
        "doc_id": doc,
        "doc": {"question": "q"},
        "target": "#### 4",
        "arguments": {"gen_args_0": {"arg_0": f"Q{doc}", "arg_1": {"until": ["Q:"]}}},
        "resps": [[f"r{i}" for i in range(responses)]],
        "filtered_resps": ["r0"],
        "filter": kept,
        "metrics": ["exact_match"],
        "doc_hash": "a",
        "exact_match": value,
    }


def test_lm_eval_reads_one_filter_and_pools_files(tmp_path: Path) -> None:
    rows = [harness_line(d, v) for d, v in ((0, 1.0), (1, 0.0))]
    one = lines(tmp_path / "a.jsonl", [*rows, *(harness_line(d, 1.0, "flexible-extract") for d in (0, 1))])
    two = lines(tmp_path / "b.jsonl", [harness_line(1, 1.0), harness_line(0, 1.0)])
    assert counts("lm-eval", one, two, score="exact_match,strict-match") == {"0": (2, 2), "1": (2, 1)}
    assert counts("lm-eval", one, score="exact_match,flexible-extract") == {"0": (1, 1), "1": (1, 1)}
    assert counts("lm-eval", two) == {"1": (1, 1), "0": (1, 1)}
    found = read_foreign("lm-eval", [two])
    assert (found.outcomes[0].prompt, found.outcomes[0].reference, found.outcomes[0].text) == (
        "Q1",
        "#### 4",
        "r0",
    )
    with pytest.raises(
        EvalError, match=r"name the score.*exact_match,strict-match, exact_match,flexible-extract"
    ):
        counts("lm-eval", one)


def test_lm_eval_with_repeats_counts_only_what_was_judged(tmp_path: Path) -> None:
    found = read_foreign("lm-eval", [lines(tmp_path / "a.jsonl", [harness_line(0, 1.0, responses=8)])])
    assert [(c.n, c.c) for c in found.all_counts()] == [(1, 1)]
    assert "several responses but one score" in found.notes[0]
    each = lines(tmp_path / "b.jsonl", [harness_line(0, [1, 0, 1], responses=3)])
    assert counts("lm-eval", each) == {"0": (3, 2)}
    with pytest.raises(EvalError, match="2 scores for 3 responses"):
        counts("lm-eval", lines(tmp_path / "c.jsonl", [harness_line(0, [1, 0], responses=3)]))


def code_line(doc: int, value: Any, metric: str = "pass@1", texts: str = "abcd") -> dict[str, Any]:
    """A line as humaneval writes it: the filter keeps all responses, and one score stands for them."""
    kept = {"filter": "create_test", "resps": [list(texts)], "filtered_resps": [list(texts)]}
    return {"doc_id": doc, "target": "", "arguments": {}, **kept, "metrics": [metric], metric: value}


def test_lm_eval_with_a_mean_over_kept_responses_counts_them_all(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", [code_line(d, v) for d, v in enumerate((0.25, 0.0, 1.0, 0.75))])
    assert counts("lm-eval", path) == {"0": (4, 1), "1": (4, 0), "2": (4, 4), "3": (4, 3)}
    assert counts("lm-eval", path, path)["3"] == (8, 6)
    assert "only that one counts" not in " ".join(read_foreign("lm-eval", [path]).notes)
    thirds = lines(
        tmp_path / "b.jsonl", [code_line(0, 1 / 3, "avg@3", "abc"), code_line(0, 1, "avg@3", "xyz")]
    )
    assert counts("lm-eval", thirds) == {"0": (6, 4)}


@pytest.mark.parametrize(
    ("metric", "value"),
    [("pass@1", 0.3), ("pass@4", 1.0), ("pass@10", 0.5), ("f1", 0.25), ("exact_match", 0.5)],
)
def test_lm_eval_refuses_a_score_that_counts_no_response(tmp_path: Path, metric: str, value: float) -> None:
    path = lines(tmp_path / "a.jsonl", [code_line(0, value, metric)])
    with pytest.raises(
        EvalError, match=rf"row 0: 4 responses kept, and `{metric}` = {value} does not say how"
    ):
        counts("lm-eval", path)


def test_lm_eval_options_of_a_choice_are_one_sample_without_a_note(tmp_path: Path) -> None:
    options = [["-1.5", "False"], ["-0.5", "True"]]
    row = {"doc_id": 3, "target": 1, "arguments": {}, "filter": "none", "metrics": ["acc"], "acc": 1.0,
           "resps": [[option] for option in options], "filtered_resps": options}  # fmt: skip
    found = read_foreign("lm-eval", [lines(tmp_path / "a.jsonl", [row])])
    assert [(c.n, c.c) for c in found.all_counts()] == [(1, 1)]
    assert found.notes == []


@pytest.mark.parametrize("new", [True, False])
def test_lighteval_details(tmp_path: Path, new: bool) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def row(name: str, texts: list[str], **metric: float) -> dict[str, Any]:
        if not new:
            return {
                "example_id": name,
                "predictions": texts,
                "metrics": metric,
                "full_prompt": "q",
                "gold": "4",
            }
        doc = {"id": name, "query": "q", "choices": ["4"], "gold_index": [0]}
        return {"doc": doc, "model_response": {"text": texts}, "metric": metric}

    path = tmp_path / "details.parquet"
    pq.write_table(pa.Table.from_pylist([row("a", ["x"], em=1.0), row("b", ["y"], em=0.0)]), path)
    assert counts("lighteval", path) == {"a": (1, 1), "b": (1, 0)}
    found = read_foreign("lighteval", [path]).outcomes[0]
    assert (found.text, found.prompt, found.reference) == ("x", "q", "4")
    metric = {"avg@n:n=8": 0.375, "maj@n:n=8": 1.0, "pass@k:k=4&n=8": 0.9}
    pq.write_table(pa.Table.from_pylist([row("a", ["x"] * 8, **metric)]), path)
    assert counts("lighteval", path, score="avg@n:n=8") == {"a": (8, 3)}
    with pytest.raises(EvalError, match=r"8 predictions, and `pass@k:k=4&n=8` = 0.9 does not say how many"):
        counts("lighteval", path, score="pass@k:k=4&n=8")
    pq.write_table(pa.Table.from_pylist([row("a", ["x"] * 8, **{"avg@n:n=8": float("nan")})]), path)
    with pytest.raises(EvalError, match="= nan does not say how many"):
        counts("lighteval", path)
    pq.write_table(pa.table({"other": [1]}), path)
    with pytest.raises(EvalError, match="no column `metric`"):
        counts("lighteval", path)


def inspect_sample(name: Any, epoch: int, value: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": [{"type": "text", "text": f"t{epoch}"}]}
    return {"id": name, "epoch": epoch, "input": [{"role": "user", "content": "q"}], "target": ["4"],
            "output": {"choices": [{"message": message}]}, "scores": {"match": {"value": value}}}  # fmt: skip


@pytest.mark.parametrize("kind", ["json", "eval"])
def test_inspect_epochs_are_samples(tmp_path: Path, kind: str) -> None:
    values = {("a", 1): "C", ("a", 2): "I", ("b", 1): "P", ("b", 2): 1.0, ("b", 3): None, (3, 1): True}
    samples = [inspect_sample(name, epoch, value) for (name, epoch), value in values.items()]
    path = tmp_path / f"log.{kind}"
    if kind == "json":
        path.write_text(json.dumps({"version": 2, "eval": {}, "samples": samples}))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("header.json", "{}")
            for sample in samples:
                archive.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
    assert counts("inspect", path) == {"a": (2, 1), "b": (2, 1), "3": (1, 1)}
    found = read_foreign("inspect", [path])
    assert found.notes == ["1 of 5 scores are parts of 1 and count as not correct."]
    first = next(o for o in found.outcomes if o.problem == "a")
    assert (first.text, first.prompt, first.reference) == ("t1", "user: q", "4")


def test_inspect_scores_of_several_values_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps({"samples": [inspect_sample("a", 1, {"x": 1})]}))
    with pytest.raises(EvalError, match="sample a, epoch 1: the score `match` has several values"):
        counts("inspect", path)


def test_evalplus_of_both_ages(tmp_path: Path) -> None:
    path = tmp_path / "r_eval_results.json"
    states = [("pass", "pass"), ("pass", "fail"), ("fail", "pass"), ("timeout", "timeout")]
    entry = [
        {"task_id": "H/0", "solution": f"s{i}", "base_status": b, "plus_status": p}
        for i, (b, p) in enumerate(states)
    ]
    path.write_text(json.dumps({"date": "d", "hash": "h", "eval": {"H/0": entry}}))
    assert counts("evalplus", path) == {"H/0": (4, 1)}
    assert counts("evalplus", path, score="base") == {"H/0": (4, 2)}
    old = {"nfiles": 4, "base": [[b, []] for b, _ in states], "plus": [[p, []] for _, p in states]}
    path.write_text(json.dumps({"eval": {"H/0": old}}))
    assert counts("evalplus", path) == {"H/0": (4, 1)}
    path.write_text(json.dumps({"eval": {"H/0": [{"base_status": "pass", "plus_status": None}]}}))
    assert counts("evalplus", path) == {"H/0": (1, 1)}


def test_plain_files_of_counts_and_of_samples(tmp_path: Path) -> None:
    table = tmp_path / "counts.csv"
    table.write_text("id,n,c\na,8,3\nb,4,0\n")
    assert counts("plain", table) == {"a": (8, 3), "b": (4, 0)}
    more = lines(
        tmp_path / "more.jsonl", [{"problem_id": "a", "n": 2, "c": 2}, {"task_id": 7, "n": 1, "c": 0}]
    )
    assert counts("plain", table, more) == {"a": (10, 5), "b": (4, 0), "7": (1, 0)}
    samples = tmp_path / "samples.json"
    samples.write_text(
        json.dumps([{"id": "a", "correct": v, "text": "t"} for v in (True, False, 1, "0", None)])
    )
    assert counts("plain", samples) == {"a": (4, 2)}
    scored = lines(tmp_path / "scored.jsonl", [{"id": "a", "em": 1}, {"id": "a", "em": 0.4}])
    assert counts("plain", scored, score="em") == {"a": (2, 1)}


def test_plain_files_keep_clusters(tmp_path: Path) -> None:
    def clusters(*paths: Path) -> dict[str, str]:
        return {c.problem_id: c.cluster for c in read_foreign("plain", paths).all_counts()}

    table = tmp_path / "counts.csv"
    table.write_text("id,n,c,cluster\na,8,3,x\nb,4,0,y\n")
    assert clusters(table) == {"a": "x", "b": "y"}
    assert clusters(table, lines(tmp_path / "m.jsonl", [{"id": "a", "n": 1, "c": 0}])) == {"a": "x", "b": "y"}
    samples = lines(tmp_path / "s.jsonl", [{"id": i, "correct": 1, "cluster": 7} for i in "aabb"])
    assert clusters(samples) == {"a": "7", "b": "7"}
    for rows in ({"n": 2, "c": 1}, {"correct": 1}):
        both = [lines(tmp_path / f"{x}.jsonl", [{"id": "a", "cluster": x, **rows}]) for x in "xy"]
        with pytest.raises(EvalError, match="`a` stands in the clusters `x` and `y`"):
            clusters(*both)
    with pytest.raises(EvalError, match=r"row 0: cluster must be text or a whole number; got 0\.5"):
        clusters(lines(tmp_path / "f.jsonl", [{"id": "a", "n": 2, "c": 1, "cluster": 0.5}]))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"n": 2, "c": 1}], "row 0: no id"),
        ([{"id": "a", "n": 2}], r"row 0: neither n and c nor `correct`; it has id, n"),
        ([{"id": "a", "n": 2, "c": 3}], r"row 0: problem `a`: c must be within 0..n"),
        ([{"id": "a", "n": float("nan"), "c": 1}], "n must be a whole number"),
        ([{"id": "a", "n": 2, "c": 1}] * 2, "row 1: problem `a` was already given in row 0"),
        ([{"id": "a", "correct": "maybe"}], "the score 'maybe' is neither right nor wrong"),
        ([{"id": "a", "correct": 3}], "the score 3 is neither"),
        ([{"id": "a", "correct": None}], "no judged sample was found"),
        ([{"id": "a", "correct": 1}, {"id": "a", "n": 1, "c": 1}], "both as samples and as counts"),
        ([], "no judged sample"),
    ],
)
def test_a_bad_plain_row_is_named(tmp_path: Path, rows: list[Any], said: str) -> None:
    with pytest.raises(EvalError, match=said):
        counts("plain", lines(tmp_path / "f.jsonl", rows))


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize("content", ["", "{", "[1]", '{"a": 1}', "PK\x03\x04", "\x00\x00"])
def test_any_other_file_is_one_sentence(tmp_path: Path, kind: str, content: str) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text(content)
    with pytest.raises(EvalError):
        counts(kind, path)


def test_an_unknown_format_and_two_scores_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="Did you mean `lighteval`"):
        read_foreign("lightval", [tmp_path])
    a = lines(tmp_path / "a.jsonl", [harness_line(0, 1.0)])
    b = lines(tmp_path / "b.jsonl", [harness_line(0, 1.0, "other")])
    with pytest.raises(EvalError, match="judged by `exact_match,strict-match` and by `exact_match,other`"):
        counts("lm-eval", a, b)


@given(st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5)))
def test_any_score_is_right_wrong_unjudged_or_refused(value: Any) -> None:
    try:
        found = as_correct(value, "here")
    except EvalError:
        return
    assert found in (None, True, False)
    if isinstance(value, float):
        assert 0 <= value <= 1
        assert found == (value >= 1 - 1e-9)
