"""Records: what goes in comes out, and no accident to the disk or the process takes back what was written."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards import (
    Record,
    RecordError,
    Rollout,
    Score,
    Source,
    Status,
    Verdict,
    iter_records,
    read_records,
    write_records,
)

TALK = [{"role": "assistant", "content": "42", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}]
TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=40)
JSON = st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT, st.lists, max_leaves=5)
COUNT = st.none() | st.integers(0, 2**40)


def record(completion: Any = "42", prompt: Any = "6*7=", **kwargs: Any) -> Record:
    rollout = Rollout(
        completion,
        prompt,
        kwargs.pop("columns", {"id": "p1", "answer": "42"}),
        kwargs.pop("prompt_id", "p1"),
        kwargs.pop("index", 0),
        source=kwargs.pop("source", Source("run", "model", "train", 3, 1, 7, {"temperature": 1.0})),
        **kwargs,
    )
    score = Score(1.0, Status.SCORED, {"raw": 0.5}, "why", 0.25)
    return Record(rollout, Verdict(1.0, True, Status.SCORED, {"number": score}), tag="chain")


@settings(max_examples=40, deadline=None)
@given(
    completion=TEXT | st.just(TALK),
    prompt=TEXT | st.just([{"role": "user", "content": "6*7?"}]),
    columns=st.dictionaries(TEXT, JSON, max_size=4),
    prompt_id=TEXT,
    index=st.integers(0, 10**6),
    counts=st.tuples(COUNT, COUNT, st.none() | st.booleans()),
    total=st.none() | st.floats(-1e9, 1e9),
    status=st.sampled_from(Status),
)
def test_a_record_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    completion: Any,
    prompt: Any,
    columns: dict[str, Any],
    prompt_id: str,
    index: int,
    counts: tuple[Any, Any, Any],
    total: float | None,
    status: Status,
) -> None:
    folder = tmp_path_factory.mktemp("records")
    source = Source("r", "m", "eval", index, 2, 5, {"temperature": 0.5, "top_k": 0})
    rollout = Rollout(completion, prompt, columns, prompt_id, index, *counts, source=source)
    scores = {"a": Score(total, status, {"x": 0.5}, "because", 0.125), "b": Score(None, Status.ERROR)}
    written = Record(rollout, Verdict(total, None if total is None else True, status, scores), tag="t")
    write_records(folder, "eval-1", [written])
    assert list(iter_records(folder)) == [written]


def test_files_are_read_in_the_order_of_their_names_and_by_split(tmp_path: Path) -> None:
    for step in (2, 0, 1):
        for split in ("train", "eval"):
            source = Source(split=split, step=step)
            write_records(tmp_path / "records", f"{split}-{step:08d}", [record(source=source)] * 2)
    assert read_records(tmp_path, "train")["step"].to_pylist() == [0, 0, 1, 1, 2, 2]
    assert read_records(tmp_path / "records").num_rows == 12
    assert read_records(tmp_path, "audit").num_rows == 0
    few = read_records(tmp_path, "eval", columns=["total", "step"])
    assert few.column_names == ["total", "step"]
    assert few.num_rows == 6


def test_writing_a_step_again_replaces_it(tmp_path: Path) -> None:
    write_records(tmp_path, "train-1", [record("first", index=i) for i in range(5)])
    write_records(tmp_path, "train-1", [record("second", index=i) for i in range(3)])
    assert [r.rollout.completion for r in iter_records(tmp_path)] == ["second"] * 3
    assert [p.name for p in tmp_path.iterdir()] == ["train-1.parquet"]


def test_no_records_at_all_round_trip(tmp_path: Path) -> None:
    write_records(tmp_path, "train-1", [])
    assert list(iter_records(tmp_path)) == []


def test_text_that_no_file_can_hold_is_replaced(tmp_path: Path) -> None:
    odd = record("a\ud800b", columns={"answer": "\udfff", "note\udc00": 1})
    write_records(tmp_path, "train-1", [odd])
    back = next(iter_records(tmp_path)).rollout
    assert back.completion == "a?b"
    assert back.columns == {"answer": "?", "note?": 1}


def test_columns_that_are_no_json_are_kept_as_far_as_they_go(tmp_path: Path) -> None:
    columns = {"array": np.arange(3), "scalar": np.float32(0.5), "path": Path("x"), "nan": float("nan")}
    write_records(tmp_path, "train-1", [record(columns=columns)])
    back = next(iter_records(tmp_path)).rollout.columns
    assert back["array"] == [0, 1, 2]
    assert back["scalar"] == 0.5
    assert back["path"] == "x"
    assert back["nan"] != back["nan"]


@pytest.mark.parametrize("inner", [{1: "a", "b": 2}, {(1, 2): 3}])
def test_columns_with_odd_keys_do_not_stop_a_run(tmp_path: Path, inner: Any) -> None:
    write_records(tmp_path, "train-1", [record(columns={"inner": inner})])
    assert "inner" in next(iter_records(tmp_path)).rollout.columns


READ_ONLY = """
import os, sys
from pathlib import Path
import pyarrow.parquet
from rewards import RecordError, write_records
if os.geteuid() == 0:
    os.setuid(65534)  # nothing is read-only to root
try:
    write_records(Path(sys.argv[1]), "train-2", [])
except RecordError as error:
    print(error)
"""


def test_a_read_only_folder_is_a_clear_error_and_keeps_what_is_there() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_records(folder, "train-1", [record()])
        folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, name], capture_output=True, text=True, timeout=60
        )
        folder.chmod(0o755)
        assert "train-2.parquet: Permission denied" in done.stdout, done.stderr
        assert "everything recorded before is intact" in done.stdout
        assert read_records(folder).num_rows == 1
        assert len(list(folder.iterdir())) == 1


def test_a_file_where_the_folder_should_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("")
    with pytest.raises(RecordError, match="cannot write records to"):
        write_records(tmp_path / "records", "train-1", [record()])


def test_a_full_disk_is_a_clear_error_and_keeps_what_is_there(tmp_path: Path) -> None:
    """A limit on the size of a file stands for the full disk: the kernel refuses the write likewise."""
    write_records(tmp_path, "train-1", [record()])
    noise = [record(os.urandom(2000).hex(), index=i) for i in range(200)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(RecordError, match="Free space or choose another folder"):
            write_records(tmp_path, "train-2", noise)
        with pytest.raises(RecordError):
            write_records(tmp_path, "train-1", noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [p.name for p in tmp_path.iterdir()] == ["train-1.parquet"]
    assert [r.rollout.completion for r in iter_records(tmp_path)] == ["42"]
    write_records(tmp_path, "train-2", noise)
    assert read_records(tmp_path).num_rows == 201


def test_a_full_file_system_is_a_clear_error(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small file system here")
    try:
        write_records(tmp_path, "train-1", [record()])
        with pytest.raises(RecordError, match="No space left on device"):
            write_records(tmp_path, "train-2", [record(os.urandom(2000).hex()) for _ in range(200)])
        assert [p.name for p in tmp_path.iterdir()] == ["train-1.parquet"]
        assert read_records(tmp_path).num_rows == 1
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


WRITER = """
import sys
from pathlib import Path
from rewards import Record, Rollout, Status, Verdict, write_records
step = 0
while True:
    verdict = Verdict(0.0, False, Status.SCORED, {})
    records = [Record(Rollout(str(step) * 500, index=i), verdict) for i in range(400)]
    write_records(Path(sys.argv[1]), f"train-{step % 4}", records)
    step += 1
    print(step, flush=True)
"""


def test_killing_the_writer_leaves_whole_files_only(tmp_path: Path) -> None:
    for attempt in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(5):
            writer.stdout.readline()
        time.sleep(0.003 * attempt)
        writer.send_signal(signal.SIGKILL)
        writer.wait(10)
        table = read_records(tmp_path)
        assert table.num_rows == 400 * len(list(tmp_path.glob("*.parquet")))
        assert table.num_rows >= 1600


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = write_records(tmp_path, "train-1", [record()])
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(RecordError, match=r"train-1\.parquet is not a whole record file"):
        read_records(tmp_path)


def test_a_folder_without_records_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no records in"):
        read_records(tmp_path)
