"""The running comparison of two scorings."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rewards.changes import SHOWN, Changes, Side

VALUES = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 1.0]))
PAIRS = st.lists(st.tuples(VALUES, VALUES), max_size=150)


def side(value: float | None) -> Side:
    return Side(value, "error" if value is None else "scored", None if value is None else value == 1.0)


def compare(pairs: list[tuple[float | None, float | None]], first: int = 0) -> Changes:
    changes = Changes()
    for number, (old, new) in enumerate(pairs, first):
        changes.add({"sample": number}, side(old), side(new))
    return changes


def test_counts_means_and_examples() -> None:
    changes = compare([(1.0, 0.0), (0.0, 1.0), (0.25, 0.25), (None, 1.0), (0.0, 0.25), (1.0, None)])
    found = changes.to_json()
    assert (found["rows"], found["changed"]) == (6, 5)
    assert (found["old_mean"], found["new_mean"]) == (2.25 / 5, 2.5 / 5)
    assert [row["sample"] for row in found["lost"]] == [0, 5]
    assert [row["sample"] for row in found["won"]] == [1, 3]
    assert [row["sample"] for row in found["largest"]] == [0, 1, 4]
    assert found["states"] == [
        ["masked", "paid", 1],
        ["paid", "masked", 1],
        ["paid", "unpaid", 1],
        ["unpaid", "paid", 1],
        ["unpaid", "unpaid", 2],
    ]


@given(PAIRS)
def test_it_is_what_a_list_would_say(pairs: list[tuple[float | None, float | None]]) -> None:
    found = compare(pairs).to_json()
    assert found["changed"] == sum(a != b for a, b in pairs)
    assert sum(count for *_, count in found["statuses"]) == len(pairs)
    moves = [abs(row["new"] - row["old"]) for row in found["largest"]]
    valued = sorted(
        (abs(a - b) for a, b in pairs if a is not None and b is not None and a != b), reverse=True
    )
    assert moves == valued[:SHOWN]
    assert all(a >= b for a, b in pairwise(moves))


@given(PAIRS, PAIRS)
def test_parts_merged_through_json_are_the_whole(
    left: list[tuple[float | None, float | None]], right: list[tuple[float | None, float | None]]
) -> None:
    merged = Changes()
    for part in (compare(left), compare(right, len(left))):
        merged.merge(Changes.from_json(json.loads(json.dumps(part.to_json()))))
    assert merged.to_json() == compare(left + right).to_json()


def test_nothing_compared_has_no_mean() -> None:
    assert Changes().to_json()["old_mean"] is None
