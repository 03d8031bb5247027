"""What a query may do in SQLite: the actions, functions and limits."""

from __future__ import annotations

import sqlite3

QUERIES = ("SELECT", "WITH", "VALUES")
"""How a query begins. Other statements are refused before SQLite sees them."""
_OTHERS = (
    "ALTER ANALYZE ATTACH BEGIN COMMIT CREATE DELETE DETACH DROP END EXPLAIN INSERT PRAGMA REINDEX RELEASE REPLACE "
    "ROLLBACK SAVEPOINT UPDATE VACUUM"
)
OTHERS = frozenset(_OTHERS.split())
"""How statements begin that are no queries; any other word is a syntax error."""
ACTIONS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE)
READABLE = {"sqlite_master", "sqlite_schema", "json_each", "json_tree"}
"""Tables that may be read besides those of the database."""
_FUNCTIONS = (
    "abs avg char coalesce concat concat_ws count cume_dist date datetime dense_rank first_value format glob "
    "group_concat hex if ifnull iif instr julianday lag last_value lead length like likelihood likely lower ltrim max "
    "median min nth_value ntile nullif octet_length percent_rank percentile percentile_cont percentile_disc printf "
    "quote rank replace round row_number rtrim sign soundex strftime string_agg substr substring sum time timediff "
    "total trim typeof unhex unicode unistr unixepoch unlikely upper zeroblob "
    "acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow power "
    "radians sin sinh sqrt tan tanh trunc "
    "-> ->> json json_array json_array_length json_each json_extract json_group_array json_group_object json_object "
    "json_quote json_tree json_type json_valid"
)
FUNCTIONS = frozenset(_FUNCTIONS.split())
"""What is deterministic, reads nothing but its arguments, and takes bounded time (see `sqlite_functions`)."""
LIMITS = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 200,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
}
TOO_BIG = ("too big", "too many", "too large", "too deep", "stack overflow", "out of memory", "maximum depth")
"""What SQLite says when a limit is passed."""
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)
