"""Replaying stored records with another reward."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rewards import Record, RecordError, Rollout, Source, Status, Suite, read_records, write_records
from rewards.define import group_reward, reward
from rewards.errors import RewardError, ToolkitError
from rewards.rescore import record_files, rescore
from rewards.suite import Term

CLI = Callable[..., "subprocess.CompletedProcess[str]"]
STRICT, LENIENT = {"name": "number"}, {"name": "number", "params": {"where": "last"}}


def rollout(step: int, number: int, split: str = "train", completion: str | None = None) -> Rollout:
    text = (r"\boxed{4}", "it may be 4", "5", "nothing")[number % 4] if completion is None else completion
    source = Source("r", "model", split, step, 0, 7, {"temperature": 1.0})
    columns = {"answer": "x" if number % 12 == 11 else "4", "deep": [{"é": number}]}
    return Rollout(text, "2+2", columns, f"p{number // 4}", number % 4, 3, 9, number == 0, source)


def make(folder: Path, steps: int = 3, size: int = 12, one_file: bool = False) -> Path:
    suite, files = Suite.from_config([STRICT]), {}
    for step in range(steps):
        rollouts = [rollout(step, i, "eval" if step == 2 else "train") for i in range(size)]
        records = [Record(r, v, "tagged") for r, v in zip(rollouts, suite.score(rollouts), strict=True)]
        files.setdefault("all" if one_file else f"step-{step:04d}", []).extend(records)
    for name, records in files.items():
        write_records(folder / "records", name, records)
    return folder


def other(folder: Path) -> list[dict[str, object]]:
    drop = ["total", "correct", "status", "scores"]
    rows: list[dict[str, object]] = read_records(folder).drop_columns(drop).to_pylist()
    return rows


def test_only_the_scores_change(tmp_path: Path) -> None:
    run, out = make(tmp_path / "run"), tmp_path / "out"
    changes = rescore(run, Suite.from_config([LENIENT]), out)
    assert other(out) == other(run)
    assert [p.name for p in record_files(out)] == [p.name for p in record_files(run)]
    assert changes.rows == 36
    assert changes.states == {
        ("paid", "paid"): 9,
        ("unpaid", "paid"): 9,  # "it may be 4"
        ("unpaid", "unpaid"): 15,
        ("masked", "masked"): 3,
    }
    assert changes.statuses["unparsed", "scored"] == 9
    assert {row["sample"] for row in changes.won} == {1}
    assert changes.lost == []
    stored = json.loads((out / "rescore.json").read_text())
    assert stored["changes"] == changes.to_json()
    assert changes.to_json()["old_mean"] == 9 / 33
    rows = read_records(out).to_pylist()
    assert rows[1]["total"] == 1.0
    assert rows[1]["scores"][0]["reward"] == "number"


def test_the_same_reward_changes_nothing(tmp_path: Path) -> None:
    run = make(tmp_path / "run")
    changes = rescore(run, Suite.from_config([STRICT]), tmp_path / "out")
    assert (changes.rows, changes.changed, changes.largest) == (36, 0, [])
    back = rescore(tmp_path / "out", Suite.from_config([STRICT]), tmp_path / "again")
    assert back.changed == 0


def test_one_big_file_is_as_many_small_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rewards.rescore.BATCH", 5)
    small = rescore(make(tmp_path / "a"), Suite.from_config([LENIENT]), tmp_path / "a-out")
    big = rescore(make(tmp_path / "b", one_file=True), Suite.from_config([LENIENT]), tmp_path / "b-out")
    assert small.to_json() == big.to_json()
    assert other(tmp_path / "b-out") == other(tmp_path / "b")
    assert pq.ParquetFile(tmp_path / "b-out" / "records" / "all.parquet").num_row_groups == 1


def test_a_split_and_the_score_to_compare_with(tmp_path: Path) -> None:
    run = make(tmp_path / "run")
    changes = rescore(run, Suite.from_config([LENIENT]), tmp_path / "out", split="eval", against="number")
    assert changes.rows == 12
    assert changes.states["unpaid", "paid"] == 3
    assert set(read_records(tmp_path / "out")["split"].to_pylist()) == {"eval"}
    unknown = rescore(run, Suite.from_config([LENIENT]), tmp_path / "out2", against="sum")
    assert {old for old, _ in unknown.statuses} == {"absent"}


def test_a_stopped_replay_goes_on_with_the_missing_files(tmp_path: Path) -> None:
    run, out = make(tmp_path / "run"), tmp_path / "out"
    whole = rescore(run, Suite.from_config([LENIENT]), tmp_path / "whole")
    calls = 0

    @reward("number", cost="inline")
    def stops(completion: str, answer: str) -> float:
        """Stop in the second file."""
        nonlocal calls
        calls += 1
        if calls == 18:
            raise KeyboardInterrupt
        return float(answer in completion)

    suite = Suite([Term(stops.bind(), "number")])
    with pytest.raises(KeyboardInterrupt):
        rescore(run, suite, out)
    assert [p.name for p in (out / "records").iterdir()] == ["step-0000.parquet"]
    with pytest.raises(ToolkitError, match="--resume goes on"):
        rescore(run, suite, out)
    seen: list[tuple[int, int]] = []
    changes = rescore(
        run, suite, out, resume=True, progress=lambda _, done, total: seen.append((done, total))
    )
    assert calls == 18 + 24
    assert seen[0] == (12, 36)
    assert seen[-1] == (36, 36)
    assert changes.rows == whole.rows
    again = rescore(run, suite, out, resume=True)
    assert calls == 18 + 24
    assert again.to_json() == changes.to_json()


def test_a_changed_source_file_is_replayed_again(tmp_path: Path) -> None:
    run, out = make(tmp_path / "run"), tmp_path / "out"
    rescore(run, Suite.from_config([LENIENT]), out)
    suite = Suite.from_config([STRICT])
    changed = [rollout(0, i, completion="4") for i in range(20)]
    records = [Record(r, v) for r, v in zip(changed, suite.score(changed), strict=True)]
    write_records(run / "records", "step-0000", records)
    assert rescore(run, Suite.from_config([LENIENT]), out, resume=True).rows == 20 + 24


def test_other_rewards_are_not_mixed_into_one_folder(tmp_path: Path) -> None:
    run, out = make(tmp_path / "run"), tmp_path / "out"
    rescore(run, Suite.from_config([LENIENT]), out)
    with pytest.raises(ToolkitError, match="the rewards, their parameters or their code were others"):
        rescore(run, Suite.from_config([STRICT]), out, resume=True)
    with pytest.raises(ToolkitError, match="split were others"):
        rescore(run, Suite.from_config([LENIENT]), out, resume=True, split="train")


@group_reward("share")
def share(rollouts: Sequence[Rollout], scores: Sequence[float | None]) -> list[float]:
    """Pay one over the size of the group."""
    return [1 / len(rollouts)] * len(rollouts)


@pytest.mark.parametrize("batch", [1, 3, 5, 1024])
def test_groups_are_never_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr("rewards.rescore.BATCH", batch)
    suite = Suite([Term(Suite.from_config([STRICT]).terms[0].reward, "number"), Term(share.bind(), "share")])
    run = make(tmp_path / "run", size=10, one_file=True)
    rescore(run, suite, tmp_path / "out")
    rows = read_records(tmp_path / "out").to_pylist()
    shares = [next(s["value"] for s in row["scores"] if s["reward"] == "share") for row in rows]
    assert shares == ([0.25] * 8 + [0.5] * 2) * 3
    assert other(tmp_path / "out") == other(run)


def test_scattered_groups_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rewards.rescore.BATCH", 4)
    suite = Suite([Term(share.bind(), "share")])
    rollouts = [rollout(0, i) for i in (0, 1, 4, 5, 6, 8, 2, 3)]
    records = [Record(r, v) for r, v in zip(rollouts, suite.score(rollouts), strict=True)]
    write_records(tmp_path / "run", "step", records)
    with pytest.raises(RecordError, match="do not stand together"):
        rescore(tmp_path / "run", suite, tmp_path / "out")


def test_bad_sources_and_targets(tmp_path: Path) -> None:
    run, suite = make(tmp_path / "run"), Suite.from_config([LENIENT])
    with pytest.raises(RecordError, match="no records in"):
        rescore(tmp_path / "nowhere", suite, tmp_path / "out")
    with pytest.raises(RecordError, match="choose another folder"):
        rescore(run, suite, run)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(ToolkitError, match="exists and is no replay"):
        rescore(run, suite, tmp_path / "full")

    @reward("wants", cost="inline")
    def wants(completion: str, schema: str) -> float:
        """Want a column."""
        return 0.0

    with pytest.raises(RewardError, match="needs column `schema`; the row has: answer, deep"):
        rescore(run, Suite([Term(wants.bind(), "wants")]), tmp_path / "out")
    (run / "records" / "step-0001.parquet").write_bytes(b"PAR1 cut")
    with pytest.raises(RecordError, match="not a whole record file"):
        rescore(run, suite, tmp_path / "out2")


def test_hostile_records_keep_their_status(tmp_path: Path) -> None:
    texts = ["", "\x00", "\ud800", "9" * 100_000, r"\boxed{" * 5_000, [{"role": "user", "content": None}]]
    rollouts = [Rollout(t, "p", {"answer": "4"}, f"p{i}", source=Source("r")) for i, t in enumerate(texts)]
    verdicts = Suite.from_config([STRICT]).score(rollouts)
    write_records(tmp_path / "run", "x", [Record(r, v) for r, v in zip(rollouts, verdicts, strict=True)])
    changes = rescore(tmp_path / "run", Suite.from_config([STRICT]), tmp_path / "out")
    assert changes.statuses == {(Status.UNPARSED, Status.UNPARSED): 6}


def test_the_command_prints_what_changed(cli: CLI, tmp_path: Path) -> None:
    run, out = make(tmp_path / "run"), tmp_path / "out"
    done = cli("rewards", "rescore", run, "number", "where=last", "--out", out)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "36 samples, 9 changed; mean 0.2727 -> 0.5455"
    assert "  state           unpaid -> paid                   9  *" in lines
    assert "  train step 0 p0 sample 1: 0 (unparsed) -> 1 (scored)" in lines
    assert done.stderr.count("rescore: 36 of 36 samples") == 1
    shown = cli(
        "rewards", "rescore", run, "number", "where=last", "--out", out, "--resume", "--json", "--quiet"
    )
    assert json.loads(shown.stdout)["changed"] == 9
    assert "--resume goes on" in cli("rewards", "rescore", run, "number", "where=last", "--out", out).stderr


def test_the_suite_of_a_config(cli: CLI, tmp_path: Path) -> None:
    run, config = make(tmp_path / "run"), tmp_path / "c.yaml"
    config.write_text("rewards:\n- {name: number, label: sum, weight: 2, params: {where: last}}\n")
    words = ("rewards", "rescore", run, "--config", config, "rewards.0.weight=3", "--json", "--out")
    found = json.loads(cli(*words, tmp_path / "out").stdout)
    assert found["new_mean"] == 3 * 18 / 33
    assert "leave NAME out" in cli(*words, tmp_path / "out2", "number").stderr
    assert "say what to score with" in cli("rewards", "rescore", run, "--out", tmp_path / "o").stderr


SLOW = """
import time
from rewards import reward

@reward("slow", cost="inline")
def slow(completion: str, answer: str) -> float:
    \"\"\"Take a moment.\"\"\"
    time.sleep(0.02)
    return float(answer in completion)
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_stopped_from_outside_it_goes_on(cli: CLI, tmp_path: Path, ending: signal.Signals) -> None:
    run, out, plugin = make(tmp_path / "run", steps=20), tmp_path / "out", tmp_path / "slow.py"
    plugin.write_text(SLOW)
    words = ["rewards", "rescore", str(run), f"{plugin}:slow", "--out", str(out), "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "reasoners.cli.main", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 60
    while len(list((out / "records").glob("*.parquet"))) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(process.pid, ending)
    _, errors = process.communicate(timeout=60)
    before = {p.name: p.stat().st_mtime_ns for p in (out / "records").glob("*.parquet")}
    assert 3 <= len(before) < 20
    if ending is signal.SIGINT:
        assert process.returncode == 130
        assert b"--resume goes on" in errors
    done = cli(*words, "--resume")
    assert json.loads(done.stdout)["rows"] == 240, done.stderr
    after = {p.name: p.stat().st_mtime_ns for p in (out / "records").glob("*.parquet")}
    assert len(after) == 20
    assert all(after[name] == moment for name, moment in before.items())
