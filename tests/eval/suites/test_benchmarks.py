"""The table of benchmarks: rows in every published form, local copies, databases, and what is refused."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from eval.errors import EvalError
from eval.suites import shapes
from eval.suites.load import load_benchmark
from eval.suites.table import BENCHMARKS, find_benchmark
from reasoners.auditing import benchmark_config
from reasoners.data import make_examples
from rewards import Rollout, Suite

COPIES = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "benchmarks"
ROWS: dict[str, list[tuple[dict[str, Any], str]]] = {
    "gsm8k": [({"question": "q", "answer": "10 * 120 = 1200\n#### 1,200"}, "1200")],
    "math500": [({"problem": "p", "answer": "\\frac{1}{2}", "solution": "s"}, "\\frac{1}{2}")],
    "aime24": [({"problem": "p", "answer": "025"}, "025")],
    "aime25": [({"problem": "p", "answer": 70}, "70")],
    "amc23": [({"question": "q", "answer": 27.0}, "27"), ({"question": "q", "answer": "27.5"}, "27.5")],
    "minerva": [
        ({"problem": "p", "solution": "so \\boxed{1} or \\boxed{\\frac{a}{b}} cm"}, "\\frac{a}{b}"),
        ({"question": "q", "answer": "1.6"}, "1.6"),
    ],
    "olympiadbench": [
        ({"question": "q", "final_answer": "['2', '$3$']", "context": "c"}, "2, $3$"),
        ({"question": "q", "final_answer": ["$x$"]}, "$x$"),
    ],
    "mmlu_stem": [
        ({"question": "q", "choices": ["w", "x", "y", "z"], "answer": 2}, "C"),
        ({"question": "q", "choices": "['w', 'x']", "answer": "b"}, "B"),
    ],
}


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted(ROWS))
def test_rows_of_every_published_form_are_read_and_their_own_answer_pays(name: str, tmp_path: Path) -> None:
    benchmark = find_benchmark(name)
    rows = load_benchmark(benchmark, write(tmp_path / "copy.jsonl", [row for row, _ in ROWS[name]]))
    assert [row["answer"] for row in rows] == [answer for _, answer in ROWS[name]]
    assert [row["id"] for row in rows] == [f"{name}-{i:04d}" for i in range(len(rows))]
    config = benchmark_config(benchmark)
    suite = Suite.from_config(config.reward_entries())
    suite.check(rows, name)
    for example, row in zip(make_examples(rows, config.data, chat=False), rows, strict=True):
        assert str(row["question"]) in str(example.prompt)
        right, wrong = (f"It follows that \\boxed{{{text}}}." for text in (row["answer"], "-999.25"))
        verdicts = suite.score([Rollout(text, example.prompt, row) for text in (right, wrong)])
        assert [v.correct for v in verdicts] == [True, False], row


def test_gpqa_options_stand_in_an_order_that_the_question_fixes() -> None:
    row = {
        "Question": "q",
        "Correct Answer": "right",
        **{f"Incorrect Answer {i}": f"w{i}" for i in (1, 2, 3)},
    }
    shaped = shapes.gpqa(row)
    assert shaped == shapes.gpqa(dict(reversed(row.items())))
    assert f"({shaped['answer']}) right" in shaped["options"]
    letters = {shapes.gpqa({**row, "Question": f"q{i}"})["answer"] for i in range(40)}
    assert letters == set("ABCD")


@pytest.mark.parametrize("name", ["spider", "bird"])
def test_questions_on_databases_bring_their_schema(name: str, tmp_path: Path) -> None:
    benchmark = find_benchmark(name)
    file = tmp_path / benchmark.databases[0] / "shop" / "shop.sqlite"
    file.parent.mkdir(parents=True)
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE item (name TEXT, price REAL)")
        connection.execute("INSERT INTO item VALUES ('pen', 2.5), ('ink', 4)")
    query = {"spider": "query", "bird": "SQL"}[name]
    row = {
        "question": "Which is dearest?",
        "db_id": "shop",
        query: "SELECT name FROM item ORDER BY price DESC LIMIT 1",
    }
    (tmp_path / "dev.json").write_text(json.dumps([{**row, "evidence": "price is in euros"}]))
    config = benchmark_config(benchmark)
    (found,) = load_benchmark(benchmark, tmp_path)
    prompt = str(make_examples([found], config.data, chat=False)[0].prompt)
    assert "CREATE TABLE item" in prompt
    assert "price is in euros" in prompt
    suite = Suite.from_config(config.reward_entries())
    good, bad = (f"```sql\nSELECT name FROM item WHERE price {sign} 3\n```" for sign in "><")
    assert [v.correct for v in suite.score([Rollout(t, prompt, found) for t in (good, bad)])] == [True, False]
    file.unlink()
    with pytest.raises(EvalError, match=r"spider-0000|bird-0000"):
        load_benchmark(benchmark, tmp_path)
    with pytest.raises(EvalError, match="download them"):
        load_benchmark(benchmark)


def test_sizes_choose_by_seed_and_keep_ids(tmp_path: Path) -> None:
    path = write(tmp_path / "amc23.jsonl", [{"question": f"q{i}", "answer": i} for i in range(50)])
    benchmark = find_benchmark("amc23")
    some = load_benchmark(benchmark, tmp_path, size=7, seed=1)
    assert len(some) == 7
    assert all(row["question"] == f"q{int(row['id'][-4:])}" for row in some)
    assert (
        some
        == load_benchmark(benchmark, path, size=7, seed=1)
        != load_benchmark(benchmark, path, size=7, seed=2)
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"question": "q", "answer": "no mark"}], r"row 0: the answer has no `####`"),
        ([{"question": "q"}], r"row 0: no column `answer`; the row has question"),
        ([], "holds no rows"),
    ],
)
def test_a_row_that_is_not_the_benchmarks_is_named(
    tmp_path: Path, rows: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(EvalError, match=said):
        load_benchmark(find_benchmark("gsm8k"), write(tmp_path / "gsm8k.jsonl", rows))


def test_an_unknown_name_and_a_missing_copy_say_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"unknown benchmark `gsm8`. Did you mean `gsm8k`\?"):
        find_benchmark("gsm8")
    with pytest.raises(
        EvalError, match=r"holds no copy of gsm8k; looked for gsm8k_test\.jsonl, gsm8k\.jsonl"
    ):
        load_benchmark(find_benchmark("gsm8k"), tmp_path)


@pytest.mark.skipif(not COPIES.is_dir(), reason="no copies of the benchmarks beside the checkout")
@pytest.mark.parametrize(
    ("name", "count", "bad"),
    [("gsm8k", 1319, 0), ("math500", 500, 0), ("aime24", 30, 0), ("amc23", 40, 0), ("minerva", 272, 6),
     ("olympiadbench", 675, 3), ("mmlu_stem", 3018, 0)],
)  # fmt: skip
def test_published_copies_are_read_whole(name: str, count: int, bad: int) -> None:
    rows = load_benchmark(find_benchmark(name), COPIES)
    assert len(rows) == count
    suite = Suite.from_config(benchmark_config(BENCHMARKS[name]).reward_entries())
    verdicts = suite.score([Rollout(f"\\boxed{{{row['answer']}}}", "", row) for row in rows[:700]])
    unusable = [v for v in verdicts if v.correct is None]
    assert len(unusable) <= bad, "references that the verifier cannot use"
    assert sum(bool(v.correct) for v in verdicts) >= len(verdicts) - bad
