"""Tiny text-to-SQL: the task of `embedded:proxy-sql`."""

import random
from collections import Counter

import pytest

from reasoners.models.queries import SLIPS, gold, pairs, queries, query_rows, question, slipped
from rewards.errors import ToolkitError
from rewards.sql.references import references_sql


def test_questions_and_their_queries() -> None:
    (row,) = [
        r
        for r in query_rows("train") + query_rows("test")
        if r["id"] == "max area of city with people over 40?"
    ]
    assert row["answer"] == "select max(area) from city where people>40"
    assert len(row["db"]) == 2
    counts = [q for q in queries("train") if q.what == "count" and q.table == "river"]
    assert gold(counts[0]).startswith("select count(*) from river where ")


def test_held_out_questions_are_never_trained_on() -> None:
    train, test = ({question(q) for q in queries(split)} for split in ("train", "test"))
    assert (len(train), len(test), train & test) == (217, 39, set())
    with pytest.raises(ToolkitError, match="unknown split"):
        queries("eval")


def test_each_slip_is_as_common_as_said() -> None:
    draw = random.Random(0)
    seen: Counter[str] = Counter()
    for _ in range(20):
        for query in queries("train"):
            text = slipped(query, draw)
            seen["wide"] += "select *" in text
            seen["whole"] += " where " not in text
            asked = query.what != "name" and "select *" not in text
            seen["asked"] += asked
            seen["plain"] += asked and "(" not in text
            seen["all"] += 1
            seen["right"] += text == gold(query)
    assert seen["wide"] / seen["all"] == pytest.approx(SLIPS["wide"], abs=0.03)
    assert seen["whole"] / seen["all"] == pytest.approx(SLIPS["whole"], abs=0.03)
    assert seen["plain"] / seen["asked"] == pytest.approx(SLIPS["plain"], abs=0.08)
    assert 0.01 < seen["right"] / seen["all"] < 0.03


def test_the_same_draw_gives_the_same_batch_in_the_characters_of_the_proxy() -> None:
    from reasoners.models.proxy import CHARACTERS

    batch = pairs(64, random.Random(1))
    assert batch == pairs(64, random.Random(1))
    assert {c for pair in batch for text in pair for c in text} <= set(CHARACTERS)


def test_references_can_be_used() -> None:
    found = references_sql(query_rows("train", 60), {})
    assert {kind for kind, _ in found} == {"usable"}
