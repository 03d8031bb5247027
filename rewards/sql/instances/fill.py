"""Fill a blueprint with rows: keys hold, references are met, and the rest is drawn so that wrong queries show."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewards.sql.contract import Row
from rewards.sql.instances.blueprint import Blueprint, Column, TablePlan
from rewards.sql.instances.hints import Hints, Place
from rewards.sql.instances.values import decisive, fresh, pool

TRIES = 12
"""Draws for one row whose key is taken; then the row is left out."""
OVERLAP = 0.5
DECISIVE = 0.4
"""Share of the values that are constants of the gold or nearly so, where it compares the column with any."""
OTHERS = (4, 8)
"""Fewest and most rows of a table that the gold does not name."""


@dataclass(frozen=True, slots=True)
class Flavour:
    """How an instance is filled.

    Attributes:
        rows: fewest and most rows of a table.
        pool: distinct values a column draws from; few give duplicates and ties.
        nulls: share of NULL where it is allowed.
        spread: whether numbers that no key and no join uses are all different.
        parents: share of the parents that children refer to; the others have none.
        empty: tables left empty, of those that the gold names.
    """

    rows: tuple[int, int]
    pool: int
    nulls: float = 0.0
    spread: bool = False
    parents: float = 1.0
    empty: int = 0


FLAVOURS = (
    Flavour((14, 30), 9, 0.05, True),
    Flavour((10, 20), 4, 0.0, False, 0.35),
    Flavour((10, 24), 7, 0.4, True, 0.7),
    Flavour((24, 40), 12, 0.0, True, 0.8),
    Flavour((5, 9), 3, 0.2, False, 0.5),
    Flavour((10, 16), 6, 0.1, True, 0.8, 1),
)


def fill(blueprint: Blueprint, hints: Hints, flavour: Flavour, rng: random.Random) -> dict[str, list[Row]]:
    """Return the rows of every table. The same arguments give the same rows."""
    drawer = _Drawer(blueprint, hints, flavour, rng)
    rows: dict[str, list[Row]] = {}
    empty = set(rng.sample(sorted(hints.tables), min(flavour.empty, max(0, len(hints.tables)))))
    for table in in_order(blueprint.tables):
        rows[table.name] = [] if table.name in empty else _table(table, rows, blueprint, drawer)
    return rows


def in_order(tables: Sequence[TablePlan]) -> list[TablePlan]:
    """Return tables with parents before children; where references go in a circle, in the file's order."""
    done: list[TablePlan] = []
    names: set[str] = set()
    waiting = list(tables)
    while waiting:
        ready = [t for t in waiting if all(_met(link.table, t, names) for link in t.links)] or waiting[:1]
        done += ready
        names |= {t.name.casefold() for t in ready}
        waiting = [t for t in waiting if t not in ready]
    return done


def _met(parent: str, table: TablePlan, names: set[str]) -> bool:
    return parent.casefold() in names or parent.casefold() == table.name.casefold()


def _table(
    table: TablePlan, rows: Mapping[str, list[Row]], blueprint: Blueprint, drawer: _Drawer
) -> list[Row]:
    taken: list[set[Row]] = [set() for _ in table.unique]
    places = {column.name: at for at, column in enumerate(table.columns)}
    made: list[Row] = []
    for _ in range(drawer.rng.randint(*drawer.rows(table.name))):
        for _ in range(TRIES):
            row = _row(table, rows, made, blueprint, drawer)
            if not row:
                continue
            keys = [tuple(row[places[name]] for name in key) for key in table.unique]
            if all(key not in seen for key, seen in zip(keys, taken, strict=True)):
                for key, seen in zip(keys, taken, strict=True):
                    if None not in key:
                        seen.add(key)
                made.append(row)
                break
    return made


def _row(
    table: TablePlan,
    rows: Mapping[str, list[Row]],
    made: Sequence[Row],
    blueprint: Blueprint,
    drawer: _Drawer,
) -> Row:
    """Return one row, or () if it must refer to a table without rows."""
    given: dict[str, Any] = {}
    columns = {c.name: c for c in table.columns}
    for link in table.links:
        parents = drawer.parents(link.table, rows, table.name, made)
        optional = all(columns[name].nullable for name in link.columns if name in columns)
        if not parents or (optional and drawer.rng.random() < drawer.flavour.nulls):
            if not optional:
                return ()
            given |= dict.fromkeys(link.columns)
            continue
        plan = next(t for t in blueprint.tables if t.name.casefold() == link.table.casefold())
        at = {column.name.casefold(): i for i, column in enumerate(plan.columns)}
        parent = drawer.rng.choice(parents)
        for name, target in zip(link.columns, link.parents, strict=True):
            given.setdefault(name, parent[at[target.casefold()]])
    alone = {key[0] for key in table.unique if len(key) == 1}
    folded = {name.casefold(): value for name, value in given.items()}
    return tuple(
        folded[c.name.casefold()]
        if c.name.casefold() in folded
        else drawer.value(table.name, c, c.name in alone)
        for c in table.columns
    )


class _Drawer:
    """Draws values; columns that are joined share one pool."""

    def __init__(self, blueprint: Blueprint, hints: Hints, flavour: Flavour, rng: random.Random) -> None:
        self.flavour, self.rng = flavour, rng
        self._hints = hints
        self._groups = _groups(blueprint, hints)
        self._sizes = Counter(self._groups.values())
        self._constants: dict[Place, list[Any]] = defaultdict(list)
        for (_, name), group in self._groups.items():
            found = self._constants[group]
            found += [v for v in hints.constants.get(name, []) if v not in found]
        self._pools: dict[Place, list[Any]] = {}
        self._decisive: dict[Place, tuple[list[Any], list[Any]]] = {}

    def rows(self, table: str) -> tuple[int, int]:
        """Return the fewest and most rows of a table: tables that the gold does not name need few."""
        named = self._hints.tables
        return self.flavour.rows if not named or table in named else OTHERS

    def parents(
        self, table: str, rows: Mapping[str, list[Row]], child: str, made: Sequence[Row]
    ) -> Sequence[Row]:
        """Return the rows that a child may refer to."""
        found = next((r for name, r in rows.items() if name.casefold() == table.casefold()), None)
        if found is None:
            found = list(made) if table.casefold() == child.casefold() else []
        return found[: max(1, round(len(found) * self.flavour.parents))]

    def value(self, table: str, column: Column, alone: bool) -> Any:
        """Draw a value; `alone` = no two rows share it."""
        if column.nullable and self.rng.random() < self.flavour.nulls:
            return None
        values = self._pool(table, column)
        if not values:
            return None if column.nullable else ""
        joined = self._sizes[self._groups[_place(table, column)]] > 1
        numeric = column.kind in ("int", "real")
        if alone and self.rng.random() < 0.6:
            return self.rng.randint(1, 60) if column.kind == "int" else fresh(column, self.rng)
        fitting, near = self._decisive[self._groups[_place(table, column)]]
        if fitting and self.rng.random() < DECISIVE:
            return self.rng.choice(fitting if self.rng.random() < 0.5 else near)
        if self.flavour.spread and numeric and not joined and self.rng.random() < 0.5:
            return fresh(column, self.rng)
        if self.rng.random() < 0.3:  # one value far more often than the rest: groups of different sizes
            return values[0]
        return self.rng.choice(values)

    def _pool(self, table: str, column: Column) -> list[Any]:
        group = self._groups[_place(table, column)]
        if group not in self._pools:
            constants = list(self._constants[group])
            if not constants and column.kind in ("text", "date"):
                constants = [v for v in self._hints.loose if isinstance(v, str)][:2]
            self._decisive[group] = decisive(column, self._constants[group])
            found = pool(column, constants, self.flavour.pool, self.rng)
            self.rng.shuffle(found)
            self._pools[group] = found
        return self._pools[group]


def _place(table: str, column: Column) -> Place:
    return table.casefold(), column.name.casefold()


def _groups(blueprint: Blueprint, hints: Hints) -> dict[Place, Place]:
    """Return for each column the first of those it shares its values with: by a key, a join, or a name and values."""
    columns = {_place(t.name, c): c for t in blueprint.tables for c in t.columns}
    owner = {place: place for place in columns}

    def root(place: Place) -> Place:
        while owner[place] != place:
            place = owner[place]
        return place

    def unite(a: Place, b: Place) -> None:
        if a in owner and b in owner and columns[a].kind == columns[b].kind:
            low, high = sorted((root(a), root(b)))
            owner[high] = low

    for table in blueprint.tables:
        for link in table.links:
            for name, target in zip(link.columns, link.parents, strict=True):
                unite((table.name.casefold(), name.casefold()), (link.table.casefold(), target.casefold()))
    by_name: dict[str, list[Place]] = defaultdict(list)
    for place in columns:
        by_name[place[1]].append(place)
    for left, right in hints.joined:
        for a in by_name[left]:
            for b in by_name[right]:
                if a != b and (left != right or _alike(columns[a], columns[b])):
                    unite(a, b)
    for places in by_name.values():
        for other in places[1:]:
            if _alike(columns[places[0]], columns[other]):
                unite(places[0], other)
    return {place: root(place) for place in columns}


def _alike(a: Column, b: Column) -> bool:
    """Return whether two columns hold the same values, as far as their samples show."""
    ours, theirs = set(a.samples), set(b.samples)
    few = min(len(ours), len(theirs))
    return few > 0 and len(ours & theirs) >= OVERLAP * few
