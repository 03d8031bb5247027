"""Which results are the same answer: pairs of queries on a small shop, by the default policy and by each option."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.sql.answer import Answer, Block
from rewards.sql.compare import admits, difference, figures
from rewards.sql.contract import Policy, Table, Verdict
from rewards.sql.execute import judge_execution
from rewards.sql.match import contained

SAME = [
    ("SELECT name FROM customers", "SELECT name FROM customers ORDER BY name DESC"),
    ("SELECT name AS n FROM customers", "select NAME from CUSTOMERS"),
    ("SELECT count(*) FROM customers", "SELECT count(id) * 1.0 FROM customers"),
    ("SELECT avg(price) FROM products", "SELECT sum(price) / count(price) + 1e-12 FROM products"),
    ("SELECT city FROM customers WHERE city IS NULL", "SELECT NULL"),
    ("SELECT name FROM products ORDER BY price", "SELECT name FROM products ORDER BY price, name"),
    ("SELECT name FROM products ORDER BY price", "SELECT name FROM products ORDER BY price, name DESC"),
    ("SELECT name FROM products ORDER BY price DESC LIMIT 1", "SELECT 'lamp'"),
    ("SELECT name FROM products ORDER BY price DESC LIMIT 1", "SELECT 'book'"),
    ("SELECT name FROM products ORDER BY 2 - 1, price LIMIT 2", "SELECT 'desk' UNION ALL SELECT 'pen'"),
    (
        "SELECT age, count(*) AS n FROM customers GROUP BY age ORDER BY n",
        "SELECT 41, 1 UNION ALL VALUES (25, 1), (30, 2)",
    ),
    ("SELECT DISTINCT age FROM customers ORDER BY age DESC LIMIT 1", "SELECT max(age) FROM customers"),
    ("SELECT age FROM customers UNION SELECT 99 ORDER BY 1 DESC LIMIT 1", "SELECT 99"),
    ("SELECT name FROM customers LIMIT 2", "SELECT name FROM customers WHERE id IN (2, 4)"),
    (
        "SELECT name FROM (SELECT * FROM customers ORDER BY age)",
        "SELECT name FROM customers ORDER BY name DESC",
    ),
    ("SELECT name FROM customers ORDER BY age LIMIT 1 OFFSET 1", "SELECT 'Cy'"),
    ("SELECT name FROM customers ORDER BY age LIMIT 1, 1", "SELECT 'Ann'"),
    ("SELECT name FROM customers;", "SELECT name FROM customers ; -- all of them"),
    ('SELECT name FROM customers WHERE city = "Bonn"', "SELECT name FROM customers WHERE city = 'Bonn'"),
]
DIFFERENT = [
    ("SELECT name, age FROM customers", "SELECT age, name FROM customers"),
    ("SELECT name FROM customers", "SELECT name, age FROM customers"),
    ("SELECT name, age FROM customers", "SELECT name FROM customers"),
    ("SELECT city FROM customers", "SELECT DISTINCT city FROM customers"),
    ("SELECT city FROM customers WHERE city IS NULL", "SELECT ''"),
    ("SELECT city FROM customers WHERE city IS NULL", "SELECT 0"),
    ("SELECT age FROM customers WHERE id = 1", "SELECT '30'"),
    ("SELECT count(*) FROM customers", "SELECT 4.001"),
    ("SELECT 9007199254740993", "SELECT 9007199254740992"),
    ("SELECT name FROM products ORDER BY price", "SELECT name FROM products ORDER BY price DESC"),
    ("SELECT name FROM products ORDER BY price DESC LIMIT 1", "SELECT 'pen'"),
    ("SELECT name FROM products ORDER BY price DESC LIMIT 1", "SELECT name FROM products WHERE price = 12"),
    (
        "SELECT name FROM products ORDER BY price DESC LIMIT 3",
        "SELECT 'pen' UNION ALL VALUES ('book'), ('lamp')",
    ),
    ("SELECT name FROM customers LIMIT 2", "SELECT name FROM customers WHERE id = 2"),
    ("SELECT name FROM customers LIMIT 2", "SELECT 'Ann' UNION ALL SELECT 'Ann'"),
    ("SELECT name FROM customers", "SELECT name FROM customers WHERE 1 = 0"),
    ("SELECT name FROM customers WHERE 1 = 0", "SELECT name FROM customers"),
    ("SELECT x'61'", "SELECT 'a'"),
    ("SELECT name FROM customers", ""),
    ("SELECT name FROM customers", "SELECT name FROM customers; SELECT name FROM customers"),
    ("SELECT name FROM customers", "SELECT name FROM customer"),
]


@pytest.mark.parametrize(("gold", "predicted"), SAME)
def test_right_queries_are_paid(gold: str, predicted: str, shop: Path) -> None:
    assert judge_execution(predicted, gold, shop).matched


@pytest.mark.parametrize(("gold", "predicted"), DIFFERENT)
def test_wrong_queries_are_not(gold: str, predicted: str, shop: Path) -> None:
    found = judge_execution(predicted, gold, shop)
    assert not found.matched
    assert found.reason


@pytest.mark.parametrize(
    ("policy", "gold", "predicted"),
    [
        (
            Policy(column_order="any"),
            "SELECT name, age, city FROM customers",
            "SELECT city, name, age FROM customers",
        ),
        (
            Policy(extra_columns=True),
            "SELECT name, city FROM customers",
            "SELECT id, name, age, city FROM customers",
        ),
        (
            Policy(extra_columns=True, column_order="any"),
            "SELECT name, city FROM customers",
            "SELECT city, age, name FROM customers",
        ),
        (
            Policy(row_order="any"),
            "SELECT age FROM customers ORDER BY age",
            "SELECT age FROM customers ORDER BY 1 DESC",
        ),
        (Policy(row_order="any"), "SELECT name FROM products ORDER BY price DESC LIMIT 1", "SELECT 'book'"),
        (Policy(duplicates="ignore"), "SELECT city FROM customers", "SELECT DISTINCT city FROM customers"),
        (Policy(number_as_text=True), "SELECT age FROM customers", "SELECT age || '' FROM customers"),
        (Policy(number_as_text=True), "SELECT price FROM products", "SELECT ' ' || price FROM products"),
        (Policy(both_empty="match"), "SELECT name FROM customers WHERE 1 = 0", "SELECT 'x' WHERE 1 = 0"),
        (Policy(several_statements=True), "SELECT 2", "SELECT 1; SELECT 2;"),
        (Policy(rtol=0.01), "SELECT 100.0", "SELECT 100.5"),
        (Policy(atol=0.5), "SELECT 0.0", "SELECT 0.4"),
    ],
)
def test_an_option_takes_what_the_default_refuses(
    policy: Policy, gold: str, predicted: str, shop: Path
) -> None:
    assert judge_execution(predicted, gold, shop, policy).matched
    if gold.endswith("LIMIT 1"):
        return
    assert not judge_execution(predicted, gold, shop).matched


@pytest.mark.parametrize(
    ("policy", "gold", "predicted"),
    [
        (Policy(row_order="strict"), "SELECT id FROM customers", "SELECT id FROM customers ORDER BY id DESC"),
        (
            Policy(ties="fixed"),
            "SELECT name FROM customers ORDER BY age",
            "SELECT name FROM customers ORDER BY age, name DESC",
        ),
        (
            Policy(limit_ties=False),
            "SELECT name FROM customers ORDER BY age DESC LIMIT 2",
            "SELECT 'Dee' UNION ALL SELECT 'Cy'",
        ),
        (Policy(limit_ties=False), "SELECT name FROM customers LIMIT 1", "SELECT 'Dee'"),
        (Policy(rtol=0, atol=0), "SELECT 0.3", "SELECT 0.1 + 0.2"),
    ],
)
def test_an_option_refuses_what_the_default_takes(
    policy: Policy, gold: str, predicted: str, shop: Path
) -> None:
    assert judge_execution(predicted, gold, shop).matched
    assert not judge_execution(predicted, gold, shop, policy).matched


def test_extra_columns_do_not_pay_for_the_wrong_ones(shop: Path) -> None:
    policy = Policy(extra_columns=True, column_order="any")
    assert not judge_execution(
        "SELECT id, city FROM customers", "SELECT name FROM customers", shop, policy
    ).matched


def test_several_statements_are_read_only_too(shop: Path) -> None:
    policy = Policy(several_statements=True)
    found = judge_execution("DROP TABLE customers; SELECT 2", "SELECT 2", shop, policy)
    assert found.verdict is Verdict.REFUSED


def test_two_empty_results_show_nothing(shop: Path) -> None:
    found = judge_execution("SELECT 'x' WHERE 1 = 0", "SELECT name FROM customers WHERE 1 = 0", shop)
    assert (found.verdict, found.runs, found.matched) == (Verdict.EMPTY, True, False)


def test_an_unusable_gold_is_never_paid(shop: Path) -> None:
    for gold in (
        "SELECT nothing FROM nowhere",
        "",
        "SELECT 1; SELECT 2",
        "DROP TABLE customers",
        "SELECT random()",
    ):
        for predicted in (gold, "SELECT 1"):
            assert judge_execution(predicted, gold, shop).verdict is Verdict.BAD_GOLD


def test_a_gold_that_hangs_on_the_order_of_reading_is_undecidable(shop: Path) -> None:
    gold = "SELECT name FROM customers WHERE city = (SELECT city FROM customers WHERE id < 5 LIMIT 1)"
    assert judge_execution(gold, gold, shop).matched
    assert judge_execution("SELECT 'Dee'", gold, shop).matched  # what it returns from the other end
    assert judge_execution("SELECT 'Cy'", gold, shop).verdict is Verdict.UNDECIDABLE


@pytest.mark.parametrize(
    "bad", ["\0", "\ud800", "SELECT '\ud800'", 'SELECT "a\0b"', "x" * 1_000_000, ";;;", "'", "/*"]
)
def test_any_text_has_a_verdict(bad: str, shop: Path) -> None:
    assert judge_execution(bad, "SELECT 1", shop).verdict in (
        Verdict.FAILED,
        Verdict.REFUSED,
        Verdict.TIMEOUT,
    )
    assert judge_execution("SELECT 1", bad, shop).verdict is Verdict.BAD_GOLD


def test_the_same_verdict_a_hundred_times(shop: Path) -> None:
    gold, predicted = (
        "SELECT city, avg(age) FROM customers GROUP BY city",
        "SELECT city, age FROM customers GROUP BY city",
    )
    assert len({judge_execution(predicted, gold, shop) for _ in range(100)}) == 1


def test_every_database_must_match_and_the_first_that_does_not_ends_it(shop: Path, sqlite_file) -> None:  # type: ignore[no-untyped-def]
    other = sqlite_file(
        "CREATE TABLE customers (id, name, city, age); INSERT INTO customers VALUES (1, 'Eve', 'Ulm', 9)"
    )
    empty = sqlite_file("CREATE TABLE customers (id, name, city, age)", "empty.sqlite")
    gold, lucky = "SELECT name FROM customers WHERE age < 26", "SELECT name FROM customers WHERE id = 2"
    assert judge_execution(lucky, gold, shop).matched
    found = judge_execution(lucky, gold, [shop, empty, other, shop])
    assert [i.verdict for i in found.instances] == [Verdict.MATCH, Verdict.EMPTY, Verdict.MISMATCH]
    assert found.verdict is Verdict.MISMATCH
    assert judge_execution(gold, gold, [empty, other]).matched


def test_figures_of_qatch() -> None:
    gold = Table(("a", "b"), ((1, "x"), (2, "y")))
    assert figures(gold, gold) == (1.0, 1.0, 1.0)
    assert figures(Table(("a",), ((1,), (2,), (3,), (4,))), gold) == (0.5, 0.5, 0.5)
    assert figures(Table(("a", "b", "c"), ((1, "x", "z"),)), gold) == (pytest.approx(2 / 3), 0.5, 0.5)
    assert figures(Table(("a",), ()), gold) == (0.0, 0.0, 0.0)
    assert figures(Table(("a",), ()), Table(("b",), ())) == (1.0, 1.0, 1.0)
    assert figures(None, gold) == (0.0, 0.0, 0.0)


def test_floats_are_paired_however_they_lie() -> None:
    near = [(1.0 + i * 1e-9, i % 2) for i in range(40)]
    assert contained(near, list(reversed([(a + 3e-9, b) for a, b in near])), 1e-6, 0.0)
    assert not contained([(1.0,), (1.0,)], [(1.0,), (2.0,)], 1e-6, 0.0)
    assert contained([(1.0, None)], [(1.0000001, None), (5.0, "x")], 1e-6, 0.0)


CELLS = st.one_of(
    st.none(), st.integers(-3, 3), st.sampled_from([0.1, 0.5, 2.0]), st.sampled_from(["a", "b"])
)
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=8)


@given(ROWS, st.randoms())
def test_any_order_of_the_same_rows_matches_and_one_row_more_or_changed_does_not(rows, random) -> None:  # type: ignore[no-untyped-def]
    table = Table(("a", "b"), tuple(rows))
    answer = Answer(table, (Block(table.rows, len(rows)),))
    shuffled = random.sample(rows, len(rows))
    assert difference(Table(("a", "b"), tuple(shuffled)), answer, Policy()) == ""
    assert difference(Table(("a", "b"), (*shuffled, ("new", 1))), answer, Policy())
    if rows:
        assert difference(Table(("a", "b"), (("new", 1), *shuffled[1:])), answer, Policy())


@given(ROWS)
def test_columns_in_any_order_match_where_the_policy_says_so(rows) -> None:  # type: ignore[no-untyped-def]
    block = Block(tuple(rows), len(rows))
    turned = [(b, a) for a, b in rows]
    assert admits((block,), turned, Policy(column_order="any"))
