"""Data: files, embedded sets and procedural tasks become prompts; a bad row is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reasoners.config import DataSection
from reasoners.data import DataError, fingerprint, load_rows, make_examples
from rewards import RewardError, Suite

ROWS = [{"id": "a", "question": "1+1", "answer": "2"}, {"id": "b", "question": "2+2", "answer": "4"}]


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".csv":
        lines = [",".join(rows[0]), *(",".join(map(str, r.values())) for r in rows)]
        path.write_text("\n".join(lines) + "\n")
    else:
        path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return str(path)


@pytest.mark.parametrize("name", ["d.jsonl", "d.parquet", "d.csv"])
def test_every_file_kind_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    assert load_rows(DataSection(train=write(tmp_path / name, ROWS)), "train") == ROWS


@pytest.mark.parametrize("name", ["d.jsonl", "d.csv"])
def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, ROWS)
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert load_rows(DataSection(train=str(path)), "train") == ROWS


def test_a_field_too_long_for_csv_is_named(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("id,question\na," + "x" * 200_000 + "\n")
    with pytest.raises(DataError, match=r"cannot read .*d\.csv: field larger than"):
        load_rows(DataSection(train=str(path)), "train")


def test_columns_are_renamed_and_missing_ids_numbered(tmp_path: Path) -> None:
    source = write(tmp_path / "d.jsonl", [{"q": "x", "gold": 3}])
    data = DataSection(train=source, columns={"question": "q", "answer": "gold"})
    assert load_rows(data, "train") == [{"id": "row-000000", "question": "x", "answer": 3}]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "holds no rows"),
        ([ROWS[0], ROWS[0]], "rows 0 and 1 share the id `a`"),
        ([ROWS[0], {"question": "q"}], "row 1: column `id` is empty"),
    ],
)
def test_unusable_data_is_named(tmp_path: Path, rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(DataError, match=said):
        load_rows(DataSection(train=write(tmp_path / "d.jsonl", rows)), "train")


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"id": 1}\n{"id": \n')
    with pytest.raises(Exception, match="line 2: not JSON"):
        load_rows(DataSection(train=str(path)), "train")


def test_a_row_without_a_needed_column_names_row_column_and_reward(tmp_path: Path) -> None:
    rows = load_rows(
        DataSection(train=write(tmp_path / "d.jsonl", [*ROWS, {"id": "c", "question": "?"}])), "train"
    )
    with pytest.raises(
        RewardError, match=r"d\.jsonl, row 2: reward `number` needs column `answer`.*id, question"
    ):
        Suite.from_config(["number"]).check(rows, "d.jsonl")


def test_templates_keep_latex_braces_and_chat_keeps_the_system_message() -> None:
    data = DataSection(prompt=r"Put {{ question }} in \boxed{}.", system="Be brief.")
    plain, chat = (make_examples(ROWS[:1], data, chat=c)[0].prompt for c in (False, True))
    assert plain == "Be brief.\nPut 1+1 in \\boxed{}."
    assert chat == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Put 1+1 in \\boxed{}."},
    ]


def test_a_template_cannot_run_code() -> None:
    data = DataSection(prompt="{{ ''.__class__.__mro__[1].__subclasses__() }}")
    with pytest.raises(DataError, match="unsafe"):
        make_examples(ROWS, data, chat=False)


@pytest.mark.parametrize("source", ["embedded:addition", "embedded:sentiment"])
def test_embedded_splits_share_no_row(source: str) -> None:
    data = DataSection(train=source, eval=source)
    train, held_out = load_rows(data, "train"), load_rows(data, "eval")
    text = "question" if source.endswith("addition") else "text"
    assert len(train) >= 100
    assert len(held_out) >= 100
    assert not {r[text] for r in train} & {r[text] for r in held_out}


def test_sizes_choose_by_seed() -> None:
    data = DataSection(train="embedded:addition", train_size=20)
    first, again, other = (load_rows(data, "train", seed) for seed in (0, 0, 1))
    assert len(first) == 20
    assert fingerprint(first) == fingerprint(again) != fingerprint(other)


def test_procedural_tasks_split_without_overlap() -> None:
    pytest.importorskip("reasoning_gym", reason="needs the extra [gym]")
    data = DataSection(
        train="reasoning_gym:chain_sum", eval="reasoning_gym:chain_sum", train_size=50, eval_size=20
    )
    train, held_out = load_rows(data, "train"), load_rows(data, "eval")
    assert not {r["question"] for r in train} & {r["question"] for r in held_out}
    assert json.loads(train[0]["entry"])["metadata"]
    with pytest.raises(DataError, match="Did you mean `chain_sum`"):
        load_rows(DataSection(train="reasoning_gym:chain_sums"), "train")
