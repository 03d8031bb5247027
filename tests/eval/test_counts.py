"""Reading counts: what is taken, and what is refused with file and line."""

from pathlib import Path

import numpy as np
import pytest

from eval import Count, EvalError, read_counts


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_rows_in_order_ignoring_other_keys_and_blank_lines(tmp_path: Path) -> None:
    rows = '{"problem_id": "b", "n": 8, "c": 2, "model": "x"}\n\n{"problem_id": 7, "n": 4, "c": 0}\n'
    assert read_counts(write(tmp_path / "c.jsonl", rows)) == [Count("b", 8, 2), Count("7", 4, 0)]


def test_a_line_separator_inside_an_id_is_no_new_line(tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", '\ufeff{"problem_id": "a\u2028b", "n": 8, "c": 2}\r\n')
    assert read_counts(path) == [Count("a\u2028b", 8, 2)]


def test_numpy_integers_become_plain_ones() -> None:
    count = Count("a", np.int64(8), np.int32(2))  # type: ignore[arg-type]
    assert count == Count("a", 8, 2)
    assert type(count.n) is int
    assert count.row() == {"problem_id": "a", "n": 8, "c": 2}


GOOD = '{"problem_id": "a", "n": 8, "c": 2}\n'


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('{"problem_id": "a", "n": 8, "c": 2}', "problem `a` was already given on line 1"),
        ('{"problem_id": "b", "n": 8, "c": 9}', "c=9 of n=8"),
        ('{"problem_id": "b", "n": 8, "c": -1}', "c=-1"),
        ('{"problem_id": "b", "n": 0, "c": 0}', "at least 1"),
        ('{"problem_id": "b", "n": 8}', "`c` is missing"),
        ('{"id": "b", "n": 8, "c": 1}', "`problem_id` is missing"),
        ('{"problem_id": "b", "n": 8, "c": 1.5}', "whole number; got 1.5"),
        ('{"problem_id": "b", "n": 8, "c": NaN}', "whole number; got nan"),
        ('{"problem_id": "b", "n": "8", "c": 1}', "whole number; got '8'"),
        ('{"problem_id": "b", "n": true, "c": true}', "whole number; got True"),
        ('{"problem_id": "b", "n": null, "c": 0}', "whole number; got None"),
        ('{"problem_id": null, "n": 8, "c": 0}', "problem_id must be"),
        ('{"problem_id": true, "n": 8, "c": 0}', "problem_id must be"),
        ('{"problem_id": "b", "n": 99999999999, "c": 0}', "at most"),
        ("[1, 2]", "got list"),
        ("nonsense", "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_refuses_a_bad_row_naming_file_and_line(tmp_path: Path, row: str, says: str) -> None:
    path = write(tmp_path / "c.jsonl", GOOD + "\n" + row + "\n")
    with pytest.raises(EvalError) as caught:
        read_counts(path)
    assert f"{path}, line 3: " in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_refuses_an_empty_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(EvalError, match="holds no counts"):
        read_counts(write(tmp_path / "c.jsonl", text))


def test_refuses_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"cannot read .*gone.jsonl"):
        read_counts(tmp_path / "gone.jsonl")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EvalError, match=r"cannot read .*binary"):
        read_counts(tmp_path / "binary")
