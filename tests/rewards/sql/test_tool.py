"""The sandbox as a tool."""

import pytest

from rewards.errors import BadReference
from rewards.sql.tool import MOST_CHARS, QueryError, sql_tool
from rewards.tool_efficiency.counting import count_calls

CITY = "CREATE TABLE city (id INT, name TEXT); INSERT INTO city VALUES (1, 'Aba'), (2, NULL), (3, 'Cork');"


def test_rows_come_back_as_text() -> None:
    sql = sql_tool(CITY)
    assert sql("SELECT id, name FROM city ORDER BY id;") == "id | name\n1 | Aba\n2 | NULL\n3 | Cork"
    assert sql("SELECT name FROM city WHERE id > 5") == "name\n(no rows)"
    assert sql("SELECT x'00ff' AS b") == "b\n<2 bytes>"


def test_what_comes_back_is_bounded() -> None:
    sql = sql_tool(CITY, max_rows=2, max_cell=5)
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT i FROM n"
    assert sql(many) == "i\n1\n2\n(50 rows, the first 2 shown)"
    assert sql("SELECT 'abcdefgh' AS a") == "a\nabcde..."
    wide = sql_tool(CITY, max_rows=500, max_cell=5000)(
        many.replace("SELECT i FROM", "SELECT hex(zeroblob(1000)) FROM")
    )
    assert len(wide) < MOST_CHARS + 100


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT nope FROM city", "no such column: nope"),
        ("DROP TABLE city", ""),
        ("SELECT 1; SELECT 2", "write one query; this is 2"),
        ("", "write one query; this is 0"),
        ("SELECT \ud800", ""),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) FROM n", ""),
    ],
)
def test_what_fails_is_a_failed_call_and_changes_nothing(query: str, said: str) -> None:
    sql = sql_tool(CITY, seconds=0.3)
    with pytest.raises(QueryError) as caught:
        sql(query)
    assert str(caught.value).startswith(said)
    call = {"role": "assistant", "tool_calls": [{"function": {"name": "sql", "arguments": {"query": query}}}]}
    # What TRL's loop writes for a tool that raised.
    counts = count_calls([call, {"role": "tool", "content": str({"error": str(caught.value)})}])
    assert (counts.executed, counts.failed, counts.under("succeeded")) == (1, 1, 0)
    assert sql("SELECT count(*) AS n FROM city") == "n\n3"


def test_a_long_complaint_is_bounded() -> None:
    with pytest.raises(QueryError) as caught:
        sql_tool(CITY)(f"SELECT {'n' * 10**5} FROM city")
    assert 0 < len(str(caught.value)) <= MOST_CHARS


def test_of_several_databases_the_first_is_shown() -> None:
    sql = sql_tool([CITY, "CREATE TABLE other (a INT)"])
    assert sql("SELECT count(*) AS n FROM city") == "n\n3"


def test_a_chat_template_can_describe_it() -> None:
    utils = pytest.importorskip("transformers.utils")
    schema = utils.get_json_schema(sql_tool(CITY))["function"]
    assert schema["name"] == "sql"
    assert schema["parameters"]["required"] == ["query"]
    assert schema["parameters"]["properties"]["query"]["type"] == "string"


def test_a_missing_database_is_named() -> None:
    with pytest.raises(BadReference, match=r"no/such\.sqlite"):
        sql_tool("no/such.sqlite")
