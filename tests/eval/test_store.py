"""The sample store: whole batches, exact keys, and no mixture of settings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.errors import EvalError
from eval.files import MANY
from eval.store import SampleStore, stored_settings, writable
from rewards import Record, Rollout, Score, Source, Status, Verdict

SETTINGS = {"model": {"weights": "abc"}, "sampling": {"temperature": 1.0, "seed": 0}}
PROBLEMS = {"a": "mark-a", "b": "mark-b"}


def record(problem: str, index: int, split: str = "audit") -> Record:
    source = Source(split=split, sampling={"temperature": 0.0 if split == "greedy" else 1.0, "seed": 0})
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
        assert len(list(store.records())) == 1


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
    assert [p.name for p in (tmp_path / "records").iterdir()] == [
        next(tmp_path.glob("records/audit-00000000-00000000-*.parquet")).name
    ]


def files(folder: Path) -> list[Path]:
    return sorted((folder / "records").glob("*.parquet"))


def test_an_edited_file_is_refused_until_it_is_moved_away(tmp_path: Path) -> None:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        store.append([record("a", 0)])
        store.append([record("b", 0)])
    edited = files(tmp_path)[0]
    table = pq.read_table(edited)
    pq.write_table(
        table.set_column(table.column_names.index("correct"), "correct", pc.invert(table["correct"])), edited
    )
    with pytest.raises(EvalError, match=rf"{edited.name} was changed after it was written"):
        SampleStore(tmp_path, SETTINGS, PROBLEMS)
    edited.rename(tmp_path / edited.name)
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        assert store.missing(["a", "b"], 1) == [("a", 0)]
        store.append([record("a", 0)])
        assert len(list(store.records())) == 2


@pytest.mark.parametrize("left", [0, 3, 100, -1])
def test_a_last_file_cut_short_is_set_aside_and_made_again(tmp_path: Path, left: int) -> None:
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        store.append([record("a", 0)])
        store.append([record("b", 0), record("b", 1)])
    last = files(tmp_path)[-1]
    last.write_bytes(last.read_bytes()[:left])
    said: list[str] = []
    with SampleStore(tmp_path, SETTINGS, PROBLEMS, said.append) as store:
        assert store.missing(["a", "b"], 2) == [("a", 1), ("b", 0), ("b", 1)]
        store.append([record("b", 0)])
    assert len(said) == 1
    assert f"{last.stem}.damaged was cut short" in said[0]
    said.clear()
    with SampleStore(tmp_path, SETTINGS, PROBLEMS, said.append) as store:
        assert [r.rollout.completion for r in store.records()] == ["a0", "b0"]
    assert said == []


def test_a_file_cut_short_before_the_last_is_refused(tmp_path: Path) -> None:
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        store.append([record("a", 0)])
        store.append([record("b", 0)])
    files(tmp_path)[0].write_bytes(b"PAR1")
    with pytest.raises(EvalError, match="was changed after it was written, or is damaged"):
        SampleStore(tmp_path, SETTINGS, PROBLEMS)


def test_files_from_elsewhere_are_refused(tmp_path: Path) -> None:
    """A copy under another number, a file of other settings, a file with a name of its own."""
    with SampleStore(tmp_path / "here", SETTINGS, PROBLEMS) as store:
        store.append([record("a", 0)])
    with SampleStore(tmp_path / "there", {**SETTINGS, "sampling": {"temperature": 0.5}}, PROBLEMS) as store:
        other = record("a", 1)
        sampling = replace(other.rollout.source, sampling={"temperature": 0.5})
        store.append([replace(other, rollout=replace(other.rollout, source=sampling))])
    (mine,), (foreign,) = files(tmp_path / "here"), files(tmp_path / "there")
    for source, name, said in [
        (mine, mine.name.replace("00000000", "00000001"), "holds a sample twice"),
        (foreign, foreign.name.replace("00000000", "00000001"), r'drawn with {"temperature": 0.5}, not with'),
        (mine, "audit-00000001.parquet", "not named as an audit names its files"),
    ]:
        copy = mine.with_name(name)
        copy.write_bytes(source.read_bytes())
        with pytest.raises(EvalError, match=said):
            SampleStore(tmp_path / "here", SETTINGS, PROBLEMS)
        copy.unlink()
    with SampleStore(tmp_path / "here", SETTINGS, PROBLEMS) as store:
        assert store.missing(["a"], 1) == []


def test_many_small_files_are_merged_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        for index in range(MANY + 2):
            store.append([record("a", index)])
        store.append([record("b", 0, "greedy")])
    assert [p.name[:23] for p in files(tmp_path)] == [
        f"audit-00000000-{MANY - 1:08d}",
        f"audit-{MANY:08d}-{MANY:08d}",
        f"audit-{MANY + 1:08d}-{MANY + 1:08d}",
        "greedy-00000000-0000000",
    ]
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        assert store.missing(["a"], MANY + 3) == [("a", MANY + 2)]
        assert [r.rollout.index for r in store.records()] == list(range(MANY + 2))


def test_parts_that_a_crash_left_beside_their_merged_file_are_swept(tmp_path: Path) -> None:
    kept: dict[str, bytes] = {}
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        for index in range(MANY):
            kept |= {p.name: p.read_bytes() for p in files(tmp_path)}
            store.append([record("a", index)])
    (merged,) = files(tmp_path)
    for name, content in kept.items():
        (tmp_path / "records" / name).write_bytes(content)
    assert len(files(tmp_path)) == MANY
    with SampleStore(tmp_path, SETTINGS, PROBLEMS) as store:
        assert store.missing(["a"], MANY) == []
    assert files(tmp_path) == [merged]


def test_an_edited_settings_file_is_refused(tmp_path: Path) -> None:
    SampleStore(tmp_path, SETTINGS, PROBLEMS).close()
    path = tmp_path / "settings.json"
    path.write_text(path.read_text().replace('"weights": "abc"', '"weights": "xyz"'))
    with pytest.raises(EvalError, match=r"settings\.json was edited"):
        SampleStore(tmp_path, {**SETTINGS, "model": {"weights": "xyz"}}, PROBLEMS)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 2}', '{"format": 99, "settings": {}, "problems": {}}']
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
    found = json.loads((tmp_path / "settings.json").read_text())
    assert len(found.pop("mark")) == 64
    assert found == {
        "format": 2,
        "settings": SETTINGS,
        "problems": PROBLEMS,
    }


def test_half_a_character_in_settings_is_stored_as_a_record_stores_it(tmp_path: Path) -> None:
    settings = {**SETTINGS, "prompt": "Gr\u00fc\u00dfe \ud83d"}
    for _ in range(2):  # the second time it is found as it was written
        SampleStore(tmp_path, settings, PROBLEMS).close()
    assert stored_settings(tmp_path)["prompt"] == "Gr\u00fc\u00dfe ?"
    with pytest.raises(EvalError, match=r"the problem's id 'a\\ud83d' holds half of a character"):
        SampleStore(tmp_path / "other", settings, {"a\ud83d": "mark"})
    assert not (tmp_path / "other").exists()


def test_what_a_file_can_hold_is_left_as_it_is() -> None:
    sound = {"a": "\U0001f600 \u00df", "b": [1.5, None, {"c": "\\ud83d"}]}
    assert writable(sound) is sound
    assert writable({"a\udfff": ["\ud800x", {"b": "\ud83d\ude00"}]}) == {"a?": ["?x", {"b": "??"}]}
