"""Which references can be used, and what a person is told about a query."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rewards import load_reward
from rewards.bound import row_rollout
from rewards.explain import explain
from rewards.sql.references import by_chance, references_sql

CLI = Callable[..., "subprocess.CompletedProcess[str]"]
CITY = (
    "CREATE TABLE city (id INTEGER, name TEXT); INSERT INTO city VALUES (1, 'Aba'), (2, 'Bern'), (3, 'Bern');"
)
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) FROM n"
GOLDS = {
    "SELECT name FROM city": "usable",
    "SELECT name FROM city ORDER BY name LIMIT 2": "usable",
    "SELECT name FROM city WHERE id > 9": "empty",
    "SELECT nam FROM city": "failing",
    "DELETE FROM city": "failing",
    "SELECT 1; SELECT 2": "failing",
    "": "failing",
    ENDLESS: "slow",
    "SELECT random()": "non-deterministic",
    "SELECT date('now')": "non-deterministic",
    "SELECT current_timestamp": "non-deterministic",
    "SELECT name FROM city LIMIT 1": "undecidable",
    "SELECT group_concat(name) FROM city": "undecidable",
}


def test_each_reference_gets_one_kind() -> None:
    rows = [{"answer": gold, "db": CITY} for gold in GOLDS]
    found = references_sql(rows, {"gold_seconds": 0.5})
    assert dict(zip(GOLDS, (kind for kind, _ in found), strict=True)) == GOLDS
    lost = references_sql([{"answer": "SELECT 1", "db": "lost.sqlite"}], {})[0]
    assert lost[0] == "failing"
    assert "lost.sqlite" in lost[1]


def test_an_empty_reference_is_usable_where_the_policy_pays_it() -> None:
    rows = [{"answer": "SELECT name FROM city WHERE id > 9", "db": CITY}]
    assert references_sql(rows, {"both_empty": "match"})[0][0] == "usable"
    full = CITY.replace("(1, 'Aba')", "(10, 'Aba')")
    assert references_sql([{**rows[0], "db": [CITY, full]}], {})[0][0] == "usable"


@pytest.mark.parametrize(
    ("sql", "chance"),
    [("SELECT Random()", True), ("SELECT random FROM t", False), ("SELECT 'random()'", False),
     ("SELECT 'now'", True), ("SELECT CURRENT_DATE", True), ("SELECT 1 -- now()", False)],
)  # fmt: skip
def test_chance_and_clocks(sql: str, chance: bool) -> None:
    assert by_chance(sql) is chance


def test_the_audit_prints_shares_and_writes_the_list(cli: CLI, tmp_path: Path) -> None:
    data = tmp_path / "golds.jsonl"
    data.write_text("".join(json.dumps({"answer": g, "db": CITY}) + "\n" for g in GOLDS))
    done = cli(
        "rewards", "audit", "sql", "gold_seconds=0.5", "--data", str(data), "--rows", "2", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "references of all 13 rows" in done.stdout
    for kind, count in (
        ("usable", 2),
        ("failing", 4),
        ("non-deterministic", 3),
        ("undecidable", 2),
        ("slow", 1),
    ):
        assert any(line.split()[:2] == [kind, str(count)] for line in done.stdout.splitlines()), kind
    listed = [json.loads(line) for line in (tmp_path / "golds.unusable.jsonl").read_text().splitlines()]
    assert [(entry["row"], entry["reason"].partition(":")[0]) for entry in listed] == [
        (number, kind) for number, kind in enumerate(GOLDS.values(), 1) if kind != "usable"
    ]
    strict = cli(
        "rewards", "audit", "sql", "--data", str(data), "--rows", "1", "--fail-on", "gold=0.5", cwd=tmp_path
    )
    assert strict.returncode == 1
    assert "references: 11 of 13 cannot be used, above 0.5" in strict.stderr


def test_explain_names_what_the_database_does_not_have() -> None:
    bound = load_reward("sql_partial")
    query = 'SELECT c.nam, "pop" FROM city c JOIN towns t ON t.id = c.id'
    found = explain(
        bound,
        row_rollout({"completion": f"```sql\n{query};\n```", "answer": "SELECT name FROM city", "db": CITY}),
    )
    shown = found.to_json()
    assert shown["extracted"] == shown["read_prediction"] == query
    assert shown["lines"] == [
        "tables that do not exist: towns (there are: city)",
        "columns that none of their tables has: c.nam",
        "double-quoted, but no column, so SQLite takes them for texts: pop",
    ]
    assert shown["rule"] == "The engine does not run the query: no such table: towns."
    assert "<answer>\n```sql\nSELECT name FROM city\n```\n</answer>" in shown["would_pay"]


def test_explain_says_which_database_differs() -> None:
    other = CITY.replace("'Aba'", "'Zug'")
    row = {"completion": "SELECT 'Aba' AS name UNION ALL SELECT name FROM city WHERE id > 1"}
    found = explain(
        load_reward("sql"), row_rollout({**row, "answer": "SELECT name FROM city", "db": [CITY, other]})
    )
    lines = found.to_json()["lines"]
    assert [": match" in line or ": mismatch" in line for line in lines] == [True, True]
    none = explain(
        load_reward("sql"), row_rollout({"completion": "no", "answer": "SELECT name FROM city", "db": CITY})
    )
    assert none.to_json()["rule"] == "No query was found: there is no query."
