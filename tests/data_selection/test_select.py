"""From the records of a run to a training set, through the command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data_selection import trajectories_from_records
from rewards import Record, RecordError, Rollout, Source, Status, Verdict, write_records

CURVES = {
    "easy": [1.0, 1.0, 1.0],
    "learnt": [0.0, 0.5, 1.0],
    "mean": [0.25, 0.5, 0.75],
    "hard": [0.0, 0.0, 0.0],
}


def samples(prompt: str, epoch: int, share: float, size: int = 4) -> Iterator[Record]:
    columns = {"id": prompt, "question": f"Ω {prompt}\u2028?", "answer": [1, {"a": None}]}
    for index in range(size):
        right = index < share * size
        source = Source("run", "m", "train", epoch, epoch)
        verdict = Verdict(1.0 if right else -0.5, right, Status.SCORED, {})
        yield Record(Rollout("x", "p", columns, prompt, index, source=source), verdict)


def make_run(folder: Path, curves: dict[str, list[float]] = CURVES) -> Path:
    for epoch in range(max(map(len, curves.values()))):
        rows = [r for p, c in curves.items() if epoch < len(c) for r in samples(p, epoch, c[epoch])]
        write_records(folder / "records", f"train-{epoch:08d}", rows)
    held_out = Record(
        Rollout("x", prompt_id="held", source=Source(split="eval")), Verdict(1.0, True, Status.SCORED, {})
    )
    write_records(folder / "records", "eval-00000000", [held_out])
    return folder


def select(*words: str | Path, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reasoners.cli.main", "select", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **kwargs)


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_curves_are_means_per_epoch_and_prompt(tmp_path: Path) -> None:
    found = trajectories_from_records(make_run(tmp_path))
    assert found.rewards == CURVES
    assert (found.epochs, found.left_out) == ((0, 1, 2), ())
    rewarded = trajectories_from_records(tmp_path / "records", "reward")
    assert rewarded.rewards["learnt"] == [-0.5, 0.25, 1.0]


def test_masked_samples_do_not_count(tmp_path: Path) -> None:
    masked = Verdict(None, None, Status.ERROR, {})
    rollout = Rollout("x", prompt_id="learnt", index=9, source=Source(split="train", epoch=0))
    make_run(tmp_path)
    write_records(tmp_path / "records", "train-masked", [Record(rollout, masked)] * 5)
    assert trajectories_from_records(tmp_path).rewards == CURVES
    alone = Rollout("x", prompt_id="alone", source=Source(split="train", epoch=1))
    write_records(tmp_path / "records", "train-alone", [Record(alone, masked)])
    assert trajectories_from_records(tmp_path).rewards["alone"] == [None, None, None]


def test_an_epoch_cut_short_is_left_out_and_said(tmp_path: Path) -> None:
    curves = {name: curve[:2] for name, curve in CURVES.items()} | {"learnt": CURVES["learnt"]}
    found = trajectories_from_records(make_run(tmp_path, curves))
    assert (found.epochs, found.left_out) == ((0, 1), (2,))
    assert found.rewards["learnt"] == [0.0, 0.5]
    assert trajectories_from_records(tmp_path, min_coverage=0.0).epochs == (0, 1, 2)
    done = select("lim", tmp_path, "--threshold", "-9")
    assert "epoch 2 was cut short" in done.stderr


def test_a_folder_without_training_records_is_an_error(tmp_path: Path) -> None:
    record = next(samples("p", 0, 1.0))
    held_out = Record(Rollout("x", source=Source(split="eval")), record.verdict)
    write_records(tmp_path, "eval-1", [held_out])
    with pytest.raises(RecordError, match="no records of the split `train`"):
        trajectories_from_records(tmp_path)


def test_a_run_becomes_a_training_set_with_its_columns_and_provenance(tmp_path: Path) -> None:
    run, out = make_run(tmp_path / "run"), tmp_path / "new" / "subset.jsonl"
    done = select("lim", run, "--threshold", "0.6", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "2 of 4 prompts kept at score >= 0.6" in done.stdout
    assert f"wrote 2 rows to {out}" in done.stdout
    rows = rows_of(out)
    assert [r["id"] for r in rows] == ["learnt", "mean"]
    assert rows[0]["question"] == "Ω learnt\u2028?"
    assert rows[0]["answer"] == [1, {"a": None}]
    mark = rows[0]["_select"]
    assert (mark["method"], mark["run"], mark["threshold"]) == ("lim", str(run), 0.6)
    assert (mark["epochs"], mark["signal"]) == (3, "accuracy")
    assert 0.6 <= mark["score"] < 1.0


def test_the_trainer_reads_the_subset_as_it_is_even_with_renamed_columns(tmp_path: Path) -> None:
    from reasoners.config import DataSection
    from reasoners.data import load_rows

    out = tmp_path / "subset.jsonl"
    assert select("lim", make_run(tmp_path / "run"), "--out", out).returncode == 0
    for columns in ({}, {"question": "text", "answer": "solution"}):
        data = DataSection.model_validate({"train": str(out), "columns": columns})
        assert [(r["id"], r["question"]) for r in load_rows(data, "train")] == [
            ("learnt", "Ω learnt\u2028?"),
            ("mean", "Ω mean\u2028?"),
        ]


def test_a_subset_can_be_selected_from_again(tmp_path: Path) -> None:
    out, again = tmp_path / "subset.jsonl", tmp_path / "again.jsonl"
    run = make_run(tmp_path / "run")
    assert select("lim", run, "--out", out).returncode == 0
    assert select("random", "--from", out, "--size", "1", "--out", again).returncode == 0
    (row,) = rows_of(again)
    assert row["_select"] == {"method": "random", "run": str(out), "seed": 0}
    assert select("random", run, "--size", "3", "--seed", "2", "--out", again).returncode == 0
    assert len(rows_of(again)) == 3


def trajectories(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_plain_rows_give_scores_as_json(tmp_path: Path) -> None:
    path = trajectories(tmp_path / "t.jsonl", [{"id": k, "rewards": v} for k, v in CURVES.items()])
    done = select("lim", "--trajectories", path, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"scores", "selected", "threshold", "dropped", "mean_curve", "notes"}
    assert found["scores"]["easy"] == 0.0
    assert found["mean_curve"] == [0.3125, 0.5, 0.6875]
    assert found["selected"] == ["learnt", "mean"]
    top = json.loads(select("lim", "--trajectories", path, "--json", "--top", "1").stdout)
    assert top["selected"] == ["mean"]


def test_missing_epochs_are_filled_dropped_and_counted(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "rewards": [None, 0.5, 0.5]},
        {"id": 2, "rewards": [0.5, 0.5]},
        {"id": 3, "rewards": [0, 0, 1]},
    ]
    path = trajectories(tmp_path / "t.jsonl", rows)
    done = select("lim", "--trajectories", path, "--json")
    assert json.loads(done.stdout)["dropped"] == ["2"]
    assert "1 of 3 prompts were dropped" in done.stderr
    nearest = json.loads(select("lim", "--trajectories", path, "--json", "--missing", "nearest").stdout)
    assert nearest["dropped"] == []
    marked = trajectories(
        tmp_path / "m.jsonl", [{"id": 1, "rewards": [-1, 0.5]}, {"id": 2, "rewards": [0.5, 0.5]}]
    )
    found = json.loads(select("lim", "--trajectories", marked, "--json", "--missing-value", "-1").stdout)
    assert found["scores"] == {"1": 1.0, "2": 1.0}


def test_nothing_chosen_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "subset.jsonl"
    done = select("lim", make_run(tmp_path / "run"), "--threshold", "1.5", "--out", out)
    assert done.returncode == 2
    assert "no prompt scores 1.5" in done.stderr
    assert "Lower --threshold" in done.stderr
    assert not out.exists()


def test_one_epoch_is_explained(tmp_path: Path) -> None:
    path = trajectories(tmp_path / "t.jsonl", [{"id": 1, "rewards": [0.5]}, {"id": 2, "rewards": [0.25]}])
    done = select("lim", "--trajectories", path)
    assert done.returncode == 0
    assert "one epoch only, so there is no learning to measure" in done.stderr


def test_rewards_above_one_are_pointed_out(tmp_path: Path) -> None:
    path = trajectories(
        tmp_path / "t.jsonl", [{"id": 1, "rewards": [0.5, 1.5]}, {"id": 2, "rewards": [0, 1]}]
    )
    assert "takes 1 for the best" in select("lim", "--trajectories", path).stderr


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "holds no rows"),
        ([{"rewards": [1]}], "line 1: no `id`"),
        ([{"id": 1, "rewards": [0]}, {"id": "1", "rewards": [0]}], "line 2: the id `1` occurs twice"),
        ([{"id": 1, "rewards": "0.5"}], "line 1: `rewards` must be a list of numbers"),
        ([{"id": 1, "rewards": [True]}], "line 1: `rewards` must be a list of numbers"),
        ([{"id": 1}], "no row has `rewards`"),
        ([{"id": 1, "rewards": [1, 1]}], "0/0"),
        ([{"id": 1, "rewards": [None, 1]}, [3]], "line 2: expected an object"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, rows: list[Any], message: str) -> None:
    done = select("lim", "--trajectories", trajectories(tmp_path / "t.jsonl", rows))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_calls_are_one_sentence(tmp_path: Path) -> None:
    path = trajectories(tmp_path / "t.jsonl", [{"id": 1, "rewards": [0.5, 0.5]}])
    calls: list[tuple[tuple[str | Path, ...], str]] = [
        (("lim",), "give either the folder of a RUN or a file"),
        (("lim", tmp_path, "--trajectories", path), "not both"),
        (("lim", tmp_path), "no records in"),
        (("lim", "--trajectories", tmp_path / "none.jsonl"), "cannot read"),
        (("lim", "--trajectories", path, "--out", path / "x"), "cannot write"),
        (("random", "--from", path, "--size", "2"), "from 1 to the number of prompts, 1"),
    ]
    for words, message in calls:
        done = select(*words)
        assert (done.returncode, message in done.stderr) == (2, True), done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [(), ("lim",), ("random",)])
def test_help_shows_an_example(words: tuple[str, ...]) -> None:
    done = select(*words, "--help")
    assert done.returncode == 0
    assert "reasoners select" in done.stdout
