"""Make further databases for a gold: same schema, other rows, chosen so that near queries give other results."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rewards.sql.answer import Answer, answer_of
from rewards.sql.compare import difference
from rewards.sql.contract import Limits, Policy
from rewards.sql.engines import engine_of, opened
from rewards.sql.engines.base import DatabaseError
from rewards.sql.golds import fingerprint
from rewards.sql.instances.blueprint import Blueprint, read_blueprint
from rewards.sql.instances.fill import FLAVOURS, fill
from rewards.sql.instances.hints import Hints, read_hints
from rewards.sql.instances.mutants import mutants
from rewards.sql.instances.write import write

VERSION = "3"
"""Part of the names of kept files: another way of filling has another number."""
CANDIDATES = 6
"""Databases tried for each that is kept, unless fewer tell every mutant from the gold."""
QUICK = Limits(seconds=0.2, gold_seconds=0.5)


def make_instances(
    database: str | Path, gold: str, count: int = 6, seed: int = 0, folder: str | Path | None = None
) -> list[Path]:
    """Return `count` further databases for a gold, made now or kept from before. The original is only read.

    Rows are drawn from the gold's constants and their near misses, from values of the original and from others like
    them, with NULLs, duplicates, ties, parents without children and empty tables; keys and references hold. Of
    at most `CANDIDATES * count` databases those are kept, one by one, that tell most mutants of the gold from it.

    Args:
        database: an SQLite or DuckDB file.
        gold: one query that runs on it.
        count: how many.
        seed: another seed gives other databases; the same arguments give the same rows.
        folder: where they are kept; `default_folder()` if None. Never the original's own.

    Raises:
        DatabaseError: the original cannot be read.
    """
    path = Path(database)
    home = default_folder() if folder is None else Path(folder)
    identity = "\0".join((VERSION, fingerprint(path), gold, str(seed), str(count)))
    name = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    made = home / name
    if not made.is_dir():
        _make(path, gold, count, name, made)
    return sorted(made.iterdir())


def default_folder() -> Path:
    """Return where instances are kept: `sql/instances` below `$REASONERS_CACHE` or `~/.cache/reasoners`."""
    root = Path(os.environ.get("REASONERS_CACHE") or Path.home() / ".cache" / "reasoners")
    return root / "sql" / "instances"


def _make(path: Path, gold: str, count: int, name: str, target: Path) -> None:
    """Fill the folder `target`; it appears whole, and if two processes make it one of them wins."""
    blueprint = read_blueprint(path, engine_of(path, QUICK).dialect)
    hints = read_hints(gold, blueprint)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    except OSError as error:
        raise DatabaseError(f"instances cannot be kept in {target.parent}: {error}") from None
    try:
        candidates = (
            _written(blueprint, hints, at, random.Random(f"{name}:{at}"), work)
            for at in range(count * CANDIDATES)
        )
        kept = work / "kept"
        kept.mkdir()
        try:
            chosen = _chosen(candidates, gold, blueprint, count)
        except sqlite3.Error as error:
            raise DatabaseError(f"{path}: its schema cannot be made again: {error}") from error
        for at, found in enumerate(chosen):
            os.replace(found, kept / f"{at:02}{path.suffix}")
        try:
            os.replace(kept, target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _written(blueprint: Blueprint, hints: Hints, at: int, rng: random.Random, folder: Path) -> Path:
    path = folder / f"try-{at:03}"
    write(blueprint, fill(blueprint, hints, FLAVOURS[at % len(FLAVOURS)], rng), path)
    return path


def _chosen(candidates: Iterable[Path], gold: str, blueprint: Blueprint, count: int) -> list[Path]:
    """Choose databases one by one, each the one that tells most mutants apart that those before it do not."""
    wrong = mutants(gold, blueprint)
    told: dict[Path, set[int]] = {}
    spare: list[Path] = []
    for path in candidates:
        found = _told_apart(path, gold, wrong)
        if found is None:
            spare.append(path)
        else:
            told[path] = found
        if len(told) >= 2 * count and len(set().union(*told.values())) == len(wrong):
            break
    chosen: list[Path] = []
    seen: set[int] = set()
    while len(chosen) < min(count, len(told)):
        best = max(
            (p for p in told if p not in chosen), key=lambda p: (len(told[p] - seen), len(told[p]), p.name)
        )
        chosen.append(best)
        seen |= told[best]
    return chosen or spare[:count]


def _told_apart(path: Path, gold: str, wrong: Sequence[str]) -> set[int] | None:
    """Return which mutants a database tells from the gold; None if the gold does not run there or is not determined."""
    engine, backwards = opened(path, QUICK, False), opened(path, QUICK, True)
    try:
        answer = answer_of(gold, engine, backwards, QUICK)
        if not isinstance(answer, Answer) or not answer.determined:
            return None
        results = ((at, engine.run(text, QUICK.seconds).table) for at, text in enumerate(wrong))
        return {at for at, table in results if table is not None and difference(table, answer, Policy())}
    finally:
        engine.close()
        backwards.close()
