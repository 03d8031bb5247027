"""Problems on databases are known by what they ask, not by the folder that a copy lies in."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from eval.backends.server import ServerBackend
from eval.engine import run_audit
from eval.errors import EvalError
from eval.sampling import Sampling, prompt_hash
from eval.suites.load import load_benchmark
from eval.suites.table import find_benchmark
from eval.tally import Problem
from reasoners.auditing import benchmark_config
from reasoners.data import make_examples
from rewards import Suite

from ..backends.service import Service, running


def shop(folder: Path, price: str = "REAL", name: str = "shop") -> Path:
    file = folder / "database" / name / f"{name}.sqlite"
    file.parent.mkdir(parents=True)
    with sqlite3.connect(file) as connection:
        connection.execute(f"CREATE TABLE item (name TEXT, price {price})")
    row = {
        "question": "Which is dearest?",
        "db_id": name,
        "query": "SELECT name FROM item ORDER BY price DESC",
    }
    (folder / "dev.json").write_text(json.dumps([row]))
    return folder


def problem_of(folder: Path) -> Problem:
    benchmark = find_benchmark("spider")
    (example,) = make_examples(
        load_benchmark(benchmark, folder), benchmark_config(benchmark).data, chat=False
    )
    return Problem(example.id, example.prompt, example.columns)


def test_the_same_database_elsewhere_is_the_same_problem(tmp_path: Path) -> None:
    one, two = (problem_of(shop(tmp_path / x)) for x in "ab")
    assert one.columns["db"] != two.columns["db"]
    assert one.mark() == two.mark()
    others = [shop(tmp_path / "c", price="INTEGER"), shop(tmp_path / "d", name="store")]
    assert len({p.mark() for p in (one, *map(problem_of, others))}) == 3


def test_a_mark_of_the_past_that_holds_the_path_is_kept(tmp_path: Path) -> None:
    one, two = (problem_of(shop(tmp_path / x)) for x in "ab")
    text = json.dumps(dict(one.columns), sort_keys=True, default=str)
    past = hashlib.sha256((prompt_hash(one.prompt) + text).encode()).hexdigest()[:32]
    assert past != one.mark() == one.mark("another") == two.mark(past)
    assert one.mark(past) == past
    own = Problem("p", "q", {"db": str(tmp_path / "x" / "y.sqlite"), "db_id": "x"})
    text = json.dumps(dict(own.columns), sort_keys=True)
    assert own.mark() == hashlib.sha256((prompt_hash("q") + text).encode()).hexdigest()[:32]


def test_an_audit_goes_on_from_a_copy_elsewhere(tmp_path: Path) -> None:
    benchmark = find_benchmark("spider")
    suite = Suite.from_config(benchmark_config(benchmark).reward_entries())
    sizes = []
    with running(Service(text_of=lambda *_: "```sql\nSELECT name FROM item\n```")) as service:
        engine = ServerBackend(service.url, "m", pause=0.01)
        for n, folder in ((2, shop(tmp_path / "a")), (4, shop(tmp_path / "b"))):
            result = run_audit(
                tmp_path / "out", [problem_of(folder)], suite, engine, n=n, sampling=Sampling(), greedy=False
            )
            sizes.append(result["summary"]["samples"])
    assert sizes == [2, 4]
    assert len(service.bodies) == 4


class OfThePast(Problem):
    """A problem as it was marked before: by the whole path."""

    def mark(self, known: str = "") -> str:
        return self._mark(self.columns)


def test_an_audit_of_the_past_goes_on_from_its_own_folder(tmp_path: Path) -> None:
    one, two = (problem_of(shop(tmp_path / x)) for x in "ab")
    suite = Suite.from_config(benchmark_config(find_benchmark("spider")).reward_entries())
    past = OfThePast(one.id, one.prompt, one.columns)
    with running(Service(text_of=lambda *_: "```sql\nSELECT name FROM item\n```")) as service:
        engine = ServerBackend(service.url, "m", pause=0.01)

        def samples(problem: Problem, n: int) -> int:
            found = run_audit(
                tmp_path / "out", [problem], suite, engine, n=n, sampling=Sampling(), greedy=False
            )
            return int(found["summary"]["samples"])

        assert [samples(past, 2), samples(one, 4)] == [2, 4]
        with pytest.raises(EvalError, match="whose prompt or columns have changed"):
            samples(two, 6)
