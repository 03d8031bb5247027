"""The embedded sentiment rows: balanced, distinct, and silent about their own label."""

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[2] / "reasoners" / "embedded" / "sentiment.jsonl"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def test_every_row_has_the_three_columns_and_its_own_id(rows: list[dict[str, str]]) -> None:
    assert len(rows) >= 260
    assert [row["id"] for row in rows] == [f"sent-{n:03d}" for n in range(1, len(rows) + 1)]
    assert all(set(row) == {"id", "text", "answer"} for row in rows)


def test_labels_are_balanced_in_the_file_and_in_every_even_prefix(rows: list[dict[str, str]]) -> None:
    answers = [row["answer"] for row in rows]
    assert set(answers) == {"positive", "negative"}
    for end in range(2, len(answers) + 1, 2):
        assert Counter(answers[:end])["positive"] == end // 2


def test_sentences_are_short_and_do_not_name_their_label(rows: list[dict[str, str]]) -> None:
    for row in rows:
        assert 6 <= len(row["text"].split()) <= 16, row
        assert not re.search("positiv|negativ", row["text"], re.IGNORECASE), row


def test_no_two_sentences_share_half_of_their_words(rows: list[dict[str, str]]) -> None:
    words = [(row["text"], frozenset(re.findall(r"\w+", row["text"].lower()))) for row in rows]
    for (first, a), (second, b) in combinations(words, 2):
        assert len(a & b) / len(a | b) < 0.5, (first, second)
