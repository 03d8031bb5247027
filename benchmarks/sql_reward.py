"""Measure the SQL rewards: comparison on labelled pairs, safety under attacks and bombs, speed.

    python benchmarks/sql_reward.py --data ../shared/data/sql            # all tables, as Markdown
    python benchmarks/sql_reward.py --data ../shared/data/sql --only speed

`--data` is a folder with `questions.jsonl` (rows with `db` and `gold`) and `db/<name>.sqlite`. Pairs are made by
`sql_pairs.py`, which also says how they are labelled; the peers are `sql_peers.py`. Some of the ways in which pairs are
made wrong are also among those by which instances are chosen; the counts by family show each by itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from sql_hard import RIGHT, SCRIPT, WRONG
from sql_pairs import Pair, labelled
from sql_peers import by_sets, by_test_suite

from rewards import Runner, load_reward
from rewards.sql.contract import Limits, Verdict
from rewards.sql.execute import judge_execution
from rewards.sql.instances.make import make_instances
from rewards.wilson import wilson

COUNT = 6
WRITTEN = Path(__file__).parents[1] / "tests" / "rewards" / "sql" / "pairs"
NAMES = ("department_store", "geography")
NUMBERS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
ATTACKS = (
    "DROP TABLE {t}",
    "DELETE FROM {t}",
    "UPDATE {t} SET rowid = rowid + 1",
    "CREATE TEMP TABLE x AS SELECT 1",
    "ALTER TABLE {t} RENAME TO x",
    "ATTACH 'attached.db' AS x",
    "VACUUM INTO 'copy.db'",
    "VACUUM",
    "REINDEX",
    "ANALYZE",
    "PRAGMA journal_mode = WAL",
    "PRAGMA user_version = 7",
    "PRAGMA query_only = OFF",
    "BEGIN EXCLUSIVE",
    "WITH a AS (SELECT 1) DELETE FROM {t}",
    "DELETE FROM {t} RETURNING *",
    "{g}; DROP TABLE {t}",
    "{g}; DELETE FROM {t}; COMMIT",
    "SELECT load_extension('x')",
    "SELECT * FROM pragma_journal_mode",
    "EXPLAIN {g}",
)
BOMBS = (
    f"{NUMBERS} SELECT count(*) FROM r",
    f"{NUMBERS} SELECT n FROM r ORDER BY n % 7919 DESC",
    f"{NUMBERS} SELECT row_number() OVER (ORDER BY n DESC) FROM r",
    f"{NUMBERS} SELECT count(DISTINCT n) FROM r",
    "WITH RECURSIVE r(x, n) AS (SELECT hex(zeroblob(400000)), 1 UNION ALL SELECT x, n + 1 FROM r) "
    "SELECT x FROM r ORDER BY n",
    "SELECT count(*) FROM " + ", ".join(f"{{t}} t{i}" for i in range(15)),
    "SELECT hex(zeroblob(400000000))",
    "SELECT replace(hex(zeroblob(400000)), hex(zeroblob(200000)) || '1', '')",
    "SELECT trim(hex(zeroblob(400000)), hex(zeroblob(400000)))",
    "SELECT printf('%.*c', 900000000, 'x')",
    "SELECT printf('%900000000d', 1)",
    f"{NUMBERS} SELECT count(*) FROM r WHERE hex(zeroblob(400000)) LIKE '%0%0%0%0%0%0%0%0%0%x' || n",
    f"{NUMBERS} SELECT count(*) FROM r WHERE hex(zeroblob(400000)) GLOB '*0*0*0*0*0*0*0*0*0*x' || n",
    "WITH a0 AS (SELECT 1 AS x)"
    + "".join(f", a{i} AS (SELECT x FROM a{i - 1} UNION ALL SELECT x FROM a{i - 1})" for i in range(1, 40))
    + " SELECT count(*) FROM a39",
)
GOLDS = {
    "department_store": "SELECT customer_name FROM customers",
    "geography": "SELECT city_name FROM city WHERE population > 150000",
}
TABLES = {"department_store": "customers", "geography": "city"}


def golds_of(data: Path, name: str) -> list[str]:
    rows = [json.loads(line) for line in (data / "questions.jsonl").read_text().splitlines()]
    return sorted({row["gold"] for row in rows if row["db"] == name and row.get("gold_rows", 1)})


def comparison(data: Path, count: int, seed: int, work: Path) -> None:
    pairs: list[Pair] = []
    for name in NAMES:
        golds = golds_of(data, name)
        random.Random(seed).shuffle(golds)
        pairs += labelled(data / "db" / f"{name}.sqlite", golds[:count], work / name, seed)
    kept = {(p.database, p.gold) for p in pairs}
    begin = time.perf_counter()
    many = {(db, g): [db, *make_instances(db, g, COUNT, folder=work / "kept")] for db, g in sorted(kept)}
    making = (time.perf_counter() - begin) / max(1, len(kept))
    checkers: dict[str, Callable[[Pair], bool]] = {
        "ours, one database": lambda p: judge_execution(p.predicted, p.gold, p.database).matched,
        f"ours, {COUNT} instances more": lambda p: (
            judge_execution(p.predicted, p.gold, many[p.database, p.gold]).matched
        ),
        "set match, one database": lambda p: by_sets(p.predicted, p.gold, p.database),
        "test suite, one database": lambda p: by_test_suite(p.predicted, p.gold, [p.database]),
        "test suite, the same instances": lambda p: by_test_suite(
            p.predicted, p.gold, many[p.database, p.gold]
        ),
        "the same, DISTINCT kept": lambda p: by_test_suite(
            p.predicted, p.gold, many[p.database, p.gold], keep_distinct=True
        ),
    }
    right, wrong = sum(p.right for p in pairs), sum(not p.right for p in pairs)
    print(f"\n{len(kept)} golds, {right} right and {wrong} wrong predictions; ", end="")
    print(f"{making:.2f} s to make the instances of a gold\n")
    print(
        "| checker | false negatives | false positives | 95 % interval | ms a pair |\n|---|---|---|---|---|"
    )
    families: Counter[str] = Counter()
    for title, pays in checkers.items():
        begin = time.perf_counter()
        paid = [pays(p) for p in pairs]
        took = 1000 * (time.perf_counter() - begin) / len(pairs)
        missed = [p for p, yes in zip(pairs, paid, strict=True) if p.right and not yes]
        fooled = [p for p, yes in zip(pairs, paid, strict=True) if not p.right and yes]
        found = interval(len(fooled), wrong)
        print(
            f"| {title} | {share(len(missed), right)} | {share(len(fooled), wrong)} | {found} | {took:.1f} |"
        )
        if title.endswith("more"):
            families.update(p.family for p in fooled)
            examples = [("paid", p) for p in fooled] + [
                (judge_execution(p.predicted, p.gold, many[p.database, p.gold]).reason, p) for p in missed
            ]
    print(
        f"\nwrong predictions by family: {dict(Counter(p.family for p in pairs if not p.right).most_common())}"
    )
    print(f"of these paid with {COUNT} instances more: {dict(families) or 'none'}")
    print(
        "each pair on which it differs from the label (what tells a `right` one apart proves the label wrong):"
    )
    for reason, p in examples[:20]:
        print(f"  {p.family}, {reason}: {p.gold}  |  {p.predicted}")


def interval(part: int, whole: int) -> str:
    low, high = wilson(part, whole)
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def hard(work: Path) -> None:
    """The hand-written pairs of `sql_hard.py`, with four seeds of instances."""
    path = work / "hard.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCRIPT)
    print(
        "\n| hard pairs | false negatives | not paid as both are empty | false positives |\n|---|---|---|---|"
    )
    for seed in (None, 0, 1, 2, 3):
        made = (
            {}
            if seed is None
            else {g: make_instances(path, g, 5, seed, work / "kept") for g, _ in (*RIGHT, *WRONG)}
        )
        found = [judge_execution(p, g, [path, *made.get(g, ())]) for g, p in RIGHT]
        missed = sum(not f.matched and f.verdict is not Verdict.EMPTY for f in found)
        empty = sum(f.verdict is Verdict.EMPTY for f in found)
        fooled = [p for g, p in WRONG if judge_execution(p, g, [path, *made.get(g, ())]).matched]
        title = "one database" if seed is None else f"six, seed {seed}"
        print(f"| {title} | {missed}/{len(RIGHT)} | {empty} | {share(len(fooled), len(WRONG))} |")


def share(part: int, whole: int) -> str:
    return f"{part}/{whole} ({100 * part / max(1, whole):.1f} %)"


def state(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def safety(data: Path, work: Path) -> None:
    name = NAMES[0]
    folder = work / "safety"
    folder.mkdir()
    path = folder / "copy.sqlite"
    path.write_bytes((data / "db" / f"{name}.sqlite").read_bytes())
    before = state(folder)
    filled = {"t": TABLES[name], "g": GOLDS[name]}
    paid = sum(judge_execution(a.format(**filled), GOLDS[name], path).matched for a in ATTACKS)
    changed = before != state(folder)
    print(
        "\n| what | cases | paid | files changed | slowest, s | memory grown, MiB |\n|---|---|---|---|---|---|"
    )
    print(f"| attacks | {len(ATTACKS)} | {paid} | {'yes' if changed else 'no'} | - | - |")
    bombs = [bomb.format(**filled) for bomb in BOMBS]
    done = subprocess.run(
        [sys.executable, __file__, "--bombs"],
        input=json.dumps([str(path), GOLDS[name], bombs]),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    changed = before != state(folder)
    row = (
        len(bombs),
        found["paid"],
        "yes" if changed else "no",
        f"{found['slowest']:.2f}",
        f"{found['grown']:.0f}",
    )
    print("| bombs, limit 2 s | " + " | ".join(map(str, row)) + " |")


def drop_bombs() -> None:
    """The process in which the bombs go off."""
    path, gold, bombs = json.load(sys.stdin)
    judge_execution(gold, gold, path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    paid, slowest = 0, 0.0
    for bomb in bombs:
        begin = time.perf_counter()
        paid += judge_execution(bomb, gold, path, limits=Limits()).matched
        slowest = max(slowest, time.perf_counter() - begin)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024
    print(json.dumps({"paid": paid, "slowest": slowest, "grown": grown}))


def batch(data: Path, workers: int = 2, size: int = 64, bombs: int = 8) -> None:
    """One batch through worker processes, some of its queries without end; the bound is twice what they must take."""
    name = NAMES[0]
    row = {"answer": GOLDS[name], "db": str(data / "db" / f"{name}.sqlite")}
    bomb = f"{NUMBERS} SELECT count(*) FROM r"
    texts = [bomb if at % (size // bombs) == 3 else GOLDS[name] for at in range(size)]
    bound = load_reward("sql")
    with Runner(workers) as runner:
        bound.runner = runner
        bound.score_batch([{**row, "completion": GOLDS[name]}] * 2 * workers)
        begin = time.perf_counter()
        scores = bound.score_batch([{**row, "completion": text} for text in texts])
        took = time.perf_counter() - begin
    unharmed = sum(s.value == 1.0 for s, text in zip(scores, texts, strict=True) if text != bomb)
    stopped = sum(s.status == "timeout" for s, text in zip(scores, texts, strict=True) if text == bomb)
    bound_s = 2 * Limits().seconds * bombs / workers
    print("\n| batch | workers | bombs stopped | others unharmed | s | 2 x limit x bombs / workers |")
    print("|---|---|---|---|---|---|")
    print(
        f"| {size} | {workers} | {stopped}/{bombs} | {unharmed}/{size - bombs} | {took:.1f} | {bound_s:.0f} |"
    )


def written(work: Path) -> None:
    """The hand-labelled pairs of the tests, on each question's small database and with six made ones."""
    print("\n| written pairs | false negatives | not paid as both are empty | false positives |")
    print("|---|---|---|---|")
    held = {path.stem: json.loads(path.read_text()) for path in sorted(WRITTEN.glob("*.json"))}
    for seed in (None, 0, 1, 2, 3):
        missed, empty, right, fooled, wrong = 0, 0, 0, 0, 0
        for name, one in held.items():
            path = work / f"{name}.sqlite"
            if not path.exists():
                with closing(sqlite3.connect(path)) as connection:
                    connection.executescript("\n".join([*one["schema"], *one["kind"]]))
            for asked in one["questions"]:
                gold = asked["gold"]
                made = [] if seed is None else make_instances(path, gold, COUNT, seed, work / "kept")
                paid = [judge_execution(p, gold, [path, *made]) for p in asked["right"]]
                right += len(paid)
                empty += sum(f.verdict is Verdict.EMPTY for f in paid)
                missed += sum(not f.matched and f.verdict is not Verdict.EMPTY for f in paid)
                wrong += len(asked["wrong"])
                fooled += sum(judge_execution(p, gold, [path, *made]).matched for p in asked["wrong"])
        title = "one database" if seed is None else f"{COUNT} more, seed {seed}"
        print(f"| {title} | {missed}/{right} | {empty} | {share(fooled, wrong)} |")


def speed(data: Path, work: Path) -> None:
    """Comparisons a second in one process, warm: groups of eight predictions a gold, half of them right."""
    print(
        "\n| database | comparisons/s, one | with six | test suite, one | with six | ratio, one | with six |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in NAMES:
        path = data / "db" / f"{name}.sqlite"
        golds = golds_of(data, name)[:40]
        six = {g: [path, *make_instances(path, g, 5, folder=work / "kept")] for g in golds}
        one = {g: [path] for g in golds}
        pairs = [(b, a) for at, a in enumerate(golds) for b in (a, golds[at - 1]) for _ in range(4)]
        ours = [rate(partial(on, judge_execution, db), pairs) for db in (one, six)]
        peer = [rate(partial(on, by_test_suite, db), pairs) for db in (one, six)]
        figures = [
            *(f"{r:.0f}" for r in (*ours, *peer)),
            *(f"{a / b:.1f}" for a, b in zip(ours, peer, strict=True)),
        ]
        print(f"| {name} | " + " | ".join(figures) + " |")


def on(judge: Callable[..., object], databases: dict[str, list[Path]], predicted: str, gold: str) -> object:
    return judge(predicted, gold, databases[gold])


def rate(check: Callable[[str, str], object], pairs: list[tuple[str, str]]) -> float:
    for predicted, gold in pairs:
        check(predicted, gold)
    begin, done = time.perf_counter(), 0
    while time.perf_counter() - begin < 2.0:
        for predicted, gold in pairs:
            check(predicted, gold)
        done += len(pairs)
    return done / (time.perf_counter() - begin)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/sql"))
    parser.add_argument("--golds", type=int, default=40, help="golds of each database")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=("comparison", "hard", "written", "safety", "batch", "speed"))
    parser.add_argument("--bombs", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    if given.bombs:
        drop_bombs()
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        if given.only in (None, "comparison"):
            comparison(given.data, given.golds, given.seed, work)
        if given.only in (None, "hard"):
            hard(work)
        if given.only in (None, "safety"):
            safety(given.data, work)
        if given.only in (None, "written"):
            written(work)
        if given.only in (None, "batch"):
            batch(given.data)
        if given.only in (None, "speed"):
            speed(given.data, work)


if __name__ == "__main__":
    main()
