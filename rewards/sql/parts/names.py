"""Which tables and columns a query names, and which of them the database does not have. By sqlglot's scopes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rewards.sql.contract import Schema

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope

Item = tuple[str, str]
"""(table, column) in lower case; the table itself is (table, ""), a column that no source has is ("", column)."""
IMPLICIT = {"sqlite": frozenset({"rowid", "oid", "_rowid_"}), "duckdb": frozenset({"rowid"})}


@dataclass(frozen=True)
class Names:
    """What a query names.

    Attributes:
        items: the tables and columns it reads, aliases resolved.
        unknown_tables: tables that the database does not have, as written.
        unknown_columns: columns that none of their sources has, as written.
        texts: double-quoted names that are no column, which SQLite silently takes for texts.
    """

    items: frozenset[Item]
    unknown_tables: tuple[str, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


def names_of(sql: str, schema: Schema, dialect: str = "sqlite") -> Names | None:
    """Return what the (last) query of a text names; None if sqlglot cannot parse it as a query.

    `*` is every column of its sources, `COUNT(*)` none. A double-quoted name that no source has is a text in
    SQLite, and no item.
    """
    return _names(sql, tuple((table, tuple(columns)) for table, columns in schema.items()), dialect)


@lru_cache(maxsize=1024)  # a gold comes once for each of its completions
def _names(sql: str, schema: tuple[tuple[str, tuple[str, ...]], ...], dialect: str) -> Names | None:
    scopes = _scopes(sql, dialect)
    if scopes is None:
        return None
    known = {table.lower(): frozenset(c.lower() for c in columns) for table, columns in schema}
    reader = _Reader(known, dialect)
    for scope in scopes:
        reader.open(scope)
    for scope in scopes:
        reader.read(scope)
    return Names(
        frozenset(reader.items), tuple(reader.no_tables), tuple(reader.no_columns), tuple(reader.texts)
    )


def _scopes(sql: str, dialect: str) -> list[Scope] | None:
    """Return the scopes of a query, inner ones first; None if it is no query that sqlglot can parse."""
    from sqlglot import exp, parse
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.scope import traverse_scope

    try:
        trees = [tree for tree in parse(sql, read=dialect) if tree is not None]
        if not trees or not isinstance(trees[-1], exp.Query | exp.Values):
            return None
        return list(traverse_scope(trees[-1])) if isinstance(trees[-1], exp.Query) else []
    except (SqlglotError, RecursionError, ValueError):
        return None


@dataclass
class _Level:
    """What a scope offers: alias -> table ("" = a query in the query), column -> table, names of its outputs.

    `given` are the outputs that AS names; `endless` says that a source, a table function, may have any column.
    """

    aliases: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    outputs: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    endless: bool = False


class _Reader:
    def __init__(self, known: dict[str, frozenset[str]], dialect: str) -> None:
        self.known, self.dialect = known, dialect
        self.levels: dict[int, _Level] = {}
        self.items: set[Item] = set()
        self.no_tables: dict[str, None] = {}
        self.no_columns: dict[str, None] = {}
        self.texts: dict[str, None] = {}

    def open(self, scope: Scope) -> None:
        """Note what a scope offers; called on inner scopes first."""
        from sqlglot import exp

        level = _Level()
        for alias, source in scope.sources.items():
            name = _table(source)
            level.aliases[alias.lower()] = name.lower()
            level.endless |= isinstance(source, exp.Table) and not name
            offered = self.known.get(name.lower(), frozenset()) if name else self._outputs(source)
            for column in offered:
                level.columns.setdefault(column, name.lower())
        selects: list[Any] = getattr(scope.expression, "expressions", [])
        own = [str(n).lower() for n in scope.outer_columns or getattr(scope.expression, "named_selects", [])]
        level.given = frozenset(e.alias.lower() for e in selects if isinstance(e, exp.Alias))
        level.outputs = frozenset(own) | (frozenset(level.columns) if "*" in own else frozenset())
        self.levels[id(scope)] = level

    def _outputs(self, source: Any) -> frozenset[str]:
        level = self.levels.get(id(source))
        return level.outputs if level else frozenset()

    def read(self, scope: Scope) -> None:
        """Note what a scope itself names."""
        from sqlglot import exp

        for _, source in scope.selected_sources.values():
            if name := _table(source):
                self.items.add((name.lower(), ""))
                if name.lower() not in self.known:
                    self.no_tables[name] = None
        level = self.levels[id(scope)]
        if any(isinstance(e, exp.Star) for e in getattr(scope.expression, "expressions", ())):
            self._star(level, "")
        for column in scope.find_all(exp.Column):
            self._column(column, scope)
        for join in scope.find_all(exp.Join):
            for identifier in join.args.get("using") or ():
                self._shared(identifier.name.lower(), level)

    def _star(self, level: _Level, qualifier: str) -> None:
        for alias, table in level.aliases.items():
            if qualifier in ("", alias):
                self.items |= {(table, column) for column in self.known.get(table, ())}

    def _shared(self, name: str, level: _Level) -> None:
        self.items |= {(t, name) for t in level.aliases.values() if name in self.known.get(t, ())}

    def _column(self, column: exp.Column, scope: Scope) -> None:
        from sqlglot import exp

        name, qualifier = column.name.lower(), column.table.lower()
        if isinstance(column.this, exp.Star):
            return self._star(self.levels[id(scope)], qualifier)
        for level in self._outwards(scope):
            if qualifier and qualifier in level.aliases:
                return self._owned(level.aliases[qualifier], name, column)
            if not qualifier and name in level.columns:
                return self._owned(level.columns[name], name, column)
        own = self.levels[id(scope)]
        allowed = own.outputs if isinstance(scope.expression, exp.SetOperation) else own.given
        if not qualifier and name in allowed:  # ORDER BY and the like may use it
            return None
        if not qualifier and name in IMPLICIT.get(self.dialect, ()):
            self.items.add(("", name))
        elif not qualifier and self.dialect == "sqlite" and column.this.args.get("quoted"):
            self.texts[column.name] = None
        else:
            self.items.add(("", name))
            if not any(level.endless for level in self._outwards(scope)):
                self.no_columns[_written(column)] = None
        return None

    def _owned(self, table: str, name: str, column: exp.Column) -> None:
        """Note a column of a table; one of a query in the query has been noted there."""
        if not table:
            return
        self.items.add((table, name))
        implicit = IMPLICIT.get(self.dialect, frozenset())
        if table in self.known and name not in self.known[table] | implicit:
            self.no_columns[_written(column)] = None

    def _outwards(self, scope: Scope) -> Iterator[_Level]:
        here: Scope | None = scope
        while here is not None:
            yield self.levels[id(here)]
            here = here.parent


def _table(source: Any) -> str:
    """Return the name of a source that is a table of the database, "" if it is anything else."""
    from sqlglot import exp

    return source.name if isinstance(source, exp.Table) else ""


def _written(column: exp.Column) -> str:
    return f"{column.table}.{column.name}" if column.table else column.name
