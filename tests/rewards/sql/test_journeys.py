"""The SQL rewards as a user runs them."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

CLI = Callable[..., "subprocess.CompletedProcess[str]"]
CITY = (
    "CREATE TABLE city (name TEXT, people INT); INSERT INTO city VALUES ('Aba', 5), ('Bern', 7), ('Cork', 7);"
)
GOLD = "SELECT name FROM city WHERE people > 6"


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_scores_from_a_file(cli: CLI, tmp_path: Path) -> None:
    (tmp_path / "city.sql").write_text(CITY)
    texts = [f"```sql\n{GOLD}\n```", "SELECT name FROM city", "DROP TABLE city", "I do not know."]
    rows = [{"completion": text, "answer": GOLD, "db": "city.sql"} for text in texts]
    rows.append({**rows[0], "db": "lost.sqlite"})
    write(tmp_path / "in.jsonl", rows)
    done = cli(
        "rewards", "score", "sql", "preset=arctic", "--in", "in.jsonl", "--out", "out.jsonl", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    scores = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [s["value"] for s in scores] == [1.0, 0.1, 0.0, 0.0, None]
    assert [s["status"] for s in scores] == ["scored"] * 3 + ["unparsed", "bad_reference"]
    assert "lost.sqlite" in scores[-1]["reason"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["city.sql", "in.jsonl", "out.jsonl"]


def test_a_wrong_parameter_is_refused_with_the_near_one(cli: CLI, tmp_path: Path) -> None:
    write(tmp_path / "in.jsonl", [{"completion": GOLD, "answer": GOLD, "db": CITY}])
    for given, said in (("colum_order=any", "Did you mean `column_order`"), ("seconds=99", "at most 20"),
                        ("preset=best", "reasoning_sql")):  # fmt: skip
        done = cli("rewards", "score", "sql", given, "--in", "in.jsonl", "--out", "-", cwd=tmp_path)
        assert done.returncode != 0
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_a_missing_database_stops_a_run_before_it_starts(cli: CLI, tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="needs the extra [train]")
    good = {"question": "Which?", "answer": GOLD, "db": CITY}
    data = write(tmp_path / "rows.jsonl", [good, {**good, "db": [CITY, str(tmp_path / "lost.sqlite")]}])
    words = ["train", "sql_smoke", "--check", f"data.train={data}", f"data.eval={data}", "run.dir=run"]
    done = cli(*words, cwd=tmp_path)
    assert done.returncode != 0
    assert "row 1" in done.stderr
    assert "lost.sqlite" in done.stderr
    assert "Traceback" not in done.stderr
