"""Where the query of a completion is found, on every form that models write."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.places import NoAnswer
from rewards.sql.extract import Found, find_query
from rewards.sql.tidy import bare, tidy

FORMS = {
    "fence": "```sql\nSELECT 1\n```",
    "upper-case label, CRLF": "```SQL\r\nSELECT 1;;\r\n```\r\n",
    "label of an engine": "```sqlite\nSELECT 1\n```",
    "no label": "```\nSELECT 1\n```",
    "on one line": "so ```sql SELECT 1; ``` it is",
    "no label, on one line": "```SELECT 1```",
    "tildes": "~~~sql\nSELECT 1\n~~~",
    "four backticks": "````sql\nSELECT 1\n````",
    "indented": "1. Do\n   ```sql\n   SELECT 1\n   ```",
    "never closed": "Here:\n```sql\nSELECT 1",
    "never closed, with a remark": "```sql\nSELECT 1;\nThis gives one.",
    "never closed, then another": "```sql\nSELECT 2\n\n```sql\nSELECT 1\n```",
    "the last of two": "```sql\nSELECT 2\n```\nBetter:\n```sql\nSELECT 1\n```",
    "the result follows": "```sql\nSELECT 1\n```\nIt gives\n```\n| 1 |\n```",
    "another language follows": "```sql\nSELECT 1\n```\n```python\nprint(1)\n```",
    "an empty block follows": "```sql\nSELECT 1\n```\n```sql\n```",
    "after the thinking": "<think>```sql\nSELECT 2\n```</think>\n```sql\nSELECT 1\n```",
    "thinking begun by the template": "```sql\nSELECT 2\n```</think>SELECT 1",
    "answer tag": "<think>a</think><answer>SELECT 1</answer>",
    "answer tag and fence": "<answer>\n```sql\nSELECT 1\n```\n</answer>",
    "answer tag never closed": "<answer>SELECT 1",
    "sql tag": "It is <SQL>SELECT 1;</SQL>.",
    "plain": "  SELECT 1 ;\n",
    "comments around": "-- one\n/* two */ SELECT 1; -- three",
    "byte order mark": "\ufeffSELECT\u00a01",
    "after a phrase": "The query is: SELECT 1",
    "after a sentence": "This is it.\n\nSELECT 1\n\nIt gives one.",
    "bold": "**SQL:** SELECT 1",
    "inline code": "Use `SELECT 1` here.",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_query(form: str) -> None:
    assert find_query(FORMS[form]).sql == "SELECT 1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "I cannot.",
        "<think>SELECT 1",
        "```python\nSELECT\n```",
        "```sql\n-- none\n```",
        "<answer></answer>",
        ";;",
    ],
)
def test_no_query(text: str) -> None:
    with pytest.raises(NoAnswer):
        find_query(text)


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("```sql\nselect a\nfrom t\n```", "select a\nfrom t"),
        ("SELECT 'a;b' FROM t; DROP TABLE t", "SELECT 'a;b' FROM t; DROP TABLE t"),
        ("SELECT 'x\u00a0y', \"a--b\" FROM t", "SELECT 'x\u00a0y', \"a--b\" FROM t"),
        ("SELECT a -- all\nFROM t", "SELECT a -- all\nFROM t"),
        ("SELECT a\n\nFROM t\n\nThat is all.", "SELECT a\n\nFROM t"),
        ("With care:\nWITH a AS (SELECT 1) SELECT * FROM a", "WITH a AS (SELECT 1) SELECT * FROM a"),
        ("DROP TABLE t", "DROP TABLE t"),
    ],
)
def test_what_belongs_to_the_query_stays(text: str, sql: str) -> None:
    assert find_query(text).sql == sql


def test_another_tag_and_a_prefilled_thinking_block() -> None:
    assert find_query("<final>SELECT 1</final><answer>SELECT 2</answer>", tag="final").sql == "SELECT 1"
    with pytest.raises(NoAnswer, match="never closed"):
        find_query("SELECT 1", prefilled=True)


def test_prose_counts_what_is_neither_query_nor_markup() -> None:
    assert find_query("<think>long</think><answer>```sql\nSELECT 1;\n```</answer>") == Found("SELECT 1", 0)
    assert find_query("Voilà ```sql\nSELECT 1 -- uno\n```").prose == len("Voilà") + len("--uno")


def test_tidy_and_bare() -> None:
    assert (
        tidy("; SELECT\u00a0a\u2003,'\u00a0' -- c\r\nFROM\ufeff t;; /* end */")
        == "SELECT a ,'\u00a0' -- c\r\nFROM t"
    )
    assert bare(" SELECT  a /* b */\n, '--' -- c\nFROM t ;") == "SELECT a , '--' FROM t"


@given(st.text(alphabet="selctwih 1;'\"`~[]()<>/ansqr\n-*\\:\u00a0\ufeff", max_size=200))
def test_any_text_gives_a_query_or_no_answer(text: str) -> None:
    try:
        found = find_query(text)
    except NoAnswer:
        return
    assert found.sql == tidy(found.sql) != ""
    assert found.prose >= 0


@pytest.mark.parametrize(
    "unit",
    [
        "'",
        "```",
        "```sql\n",
        "<answer>",
        "/*",
        "SELECT ",
        "SELECT 1;\n",
        "`a",
        "[",
        "with a  ",
        "(",
        "a:",
        "--\n;",
    ],
)
def test_a_megabyte_of_anything_is_read_in_linear_time(unit: str) -> None:
    start = time.perf_counter()
    with suppress(NoAnswer):
        find_query(unit * (1_000_000 // len(unit)))
    assert time.perf_counter() - start < 30  # quadratic time would be minutes
