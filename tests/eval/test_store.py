"""The sample store: whole batches, exact keys, and no mixture of settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.errors import EvalError
from eval.store import SampleStore
from rewards import Record, RecordError, Rollout, Score, Source, Status, Verdict

SETTINGS = {"model": {"weights": "abc"}, "sampling": {"temperature": 1.0, "seed": 0}}
PROBLEMS = {"a": "mark-a", "b": "mark-b"}


def record(problem: str, index: int, split: str = "audit") -> Record:
    source = Source(split=split)
    rollout = Rollout(
        completion=f"{problem}{index}", prompt="p", prompt_id=problem, index=index, source=source
    )
    return Record(rollout, Verdict(1.0, True, Status.SCORED, {"r": Score(1.0)}))


def test_missing_pairs_are_exact_across_top_ups_and_reopening(tmp_path: Path) -> None:
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        assert store.missing(["a", "b"], 2) == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
        store.append([record("a", 0), record("a", 1), record("b", 1)])
        assert store.missing(["a", "b"], 2) == [("b", 0)]
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        assert store.missing(["a", "b"], 3) == [("a", 2), ("b", 0), ("b", 2)]
        assert store.missing(["a"], 1) == []
        assert store.missing(["a"], 1, "greedy") == [("a", 0)]
        store.append([record("a", 0, "greedy")])
        assert store.missing(["a"], 1, "greedy") == []
        assert [r.rollout.completion for r in store.records()] == ["a0", "a1", "b1"]


def test_a_sample_is_stored_once(tmp_path: Path) -> None:
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        store.append([record("a", 0)])
        for again in ([record("a", 0)], [record("b", 0), record("b", 0)]):
            with pytest.raises(EvalError, match=r"sample 0 of problem `[ab]` is in"):
                store.append(again)
        assert len(store.records()) == 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {**SETTINGS, "sampling": {"temperature": 0.5, "seed": 0}},
            r"sampling\.temperature = 1\.0; .* has 0\.5",
        ),
        ({**SETTINGS, "sampling": {"temperature": 1.0, "seed": 1}}, r"sampling\.seed = 0; .* has 1"),
        ({**SETTINGS, "model": {"weights": "xyz"}}, r"model\.weights = 'abc'; .* has 'xyz'"),
        ({**SETTINGS, "rewards": ["number"]}, r"rewards = None; .* has \['number'\]"),
        ({"model": {"weights": "abc"}}, r"sampling\.seed = 0; .* has None"),
    ],
)
def test_other_settings_are_refused_by_name(tmp_path: Path, settings: dict[str, object], said: str) -> None:
    SampleStore(tmp_path, SETTINGS, PROBLEMS).close()
    with pytest.raises(EvalError, match=said):
        SampleStore(tmp_path, settings, PROBLEMS)
    SampleStore(tmp_path, SETTINGS, PROBLEMS).close()


def test_problems_may_be_added_but_not_changed(tmp_path: Path) -> None:
    SampleStore(tmp_path, SETTINGS, PROBLEMS).close()
    SampleStore(tmp_path, SETTINGS, {"c": "mark-c"}).close()
    for problems in ({"b": "other"}, {"c": "other"}):
        with pytest.raises(EvalError, match=r"1 problem\(s\) whose prompt or columns have changed"):
            SampleStore(tmp_path, SETTINGS, problems)


def test_a_second_writer_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    first = SampleStore(tmp_path, SETTINGS, PROBLEMS)
    with pytest.raises(EvalError, match="another audit is writing"):
        SampleStore(tmp_path, SETTINGS, PROBLEMS)
    first.close()
    SampleStore(tmp_path, SETTINGS, PROBLEMS).close()


def test_what_a_killed_writer_left_half_written_is_swept(tmp_path: Path) -> None:
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        store.append([record("a", 0)])
    (tmp_path / "records" / ".audit-00000001.123.partial").write_bytes(b"PAR1 half")
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        assert store.missing(["a"], 1) == []
    assert [p.name for p in (tmp_path / "records").iterdir()] == ["audit-00000000.parquet"]


def test_a_damaged_record_file_is_named_and_its_samples_are_made_again(tmp_path: Path) -> None:
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        store.append([record("a", 0)])
        store.append([record("b", 0)])
    bad = tmp_path / "records" / "audit-00000000.parquet"
    bad.write_bytes(bad.read_bytes()[:100])
    with pytest.raises(RecordError, match=r"audit-00000000\.parquet is not a whole record file"):
        SampleStore(tmp_path, SETTINGS, PROBLEMS)
    bad.unlink()
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        assert store.missing(["a", "b"], 1) == [("a", 0)]
        store.append([record("a", 0)])
        assert len(store.records()) == 2


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 1}', '{"format": 99, "settings": {}, "problems": {}}']
)
def test_a_settings_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    with pytest.raises(EvalError, match="choose another folder"):
        SampleStore(tmp_path, SETTINGS, PROBLEMS)


def test_a_folder_of_other_records_is_not_taken_over(tmp_path: Path) -> None:
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        store.append([record("a", 0)])
    (tmp_path / "settings.json").unlink()
    with pytest.raises(EvalError, match="not an audit's"):
        SampleStore(tmp_path, SETTINGS, PROBLEMS)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvalError, match="cannot write the audit folder"):
        SampleStore(tmp_path / "file" / "audit", SETTINGS, PROBLEMS)


def test_settings_are_readable_by_people(tmp_path: Path) -> None:
    SampleStore(tmp_path, SETTINGS, PROBLEMS).close()
    assert json.loads((tmp_path / "settings.json").read_text()) == {
        "format": 1,
        "settings": SETTINGS,
        "problems": PROBLEMS,
    }
