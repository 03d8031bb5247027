"""What a query may do in DuckDB: functions and tables, read from DuckDB's own syntax tree."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

_FUNCTIONS = (
    "!= % * ** + - / // < <= <> = > >= ^ | || & << >> ~ ~~ !~~ ~~* !~~* ~~~ @ abs add ceil ceiling cbrt degrees "
    "divide even exp factorial floor fdiv fmod gcd greatest greatest_common_divisor isfinite isinf isnan lcm "
    "least least_common_multiple ln log log10 log2 mod multiply pi pow power radians round round_even sign "
    "signbit sqrt subtract trunc acos acosh asin asinh atan atan2 atanh cos cosh cot sin sinh tan tanh ascii "
    "bit_length char_length character_length chr concat concat_ws contains ends_with format hash hex instr lcase "
    "left length like_escape lower lpad ltrim md5 nfc_normalize not_like_escape ilike_escape not_ilike_escape "
    "octet_length ord position prefix printf regexp_escape regexp_extract regexp_full_match regexp_matches "
    "regexp_replace regexp_split_to_array repeat replace reverse right rpad rtrim split split_part starts_with "
    "str_split string_split string_to_array strip_accents strlen strpos substr substring suffix translate trim "
    "ucase unhex unicode upper age date_add date_diff date_part date_sub date_trunc datediff datepart datesub "
    "datetrunc day dayname dayofmonth dayofweek dayofyear decade century century epoch epoch_ms hour isodow "
    "isoyear julian last_day make_date make_time make_timestamp microsecond millennium millisecond minute month "
    "monthname quarter second strftime strptime time_bucket to_days to_hours to_minutes to_months to_seconds "
    "to_timestamp to_weeks to_years try_strptime week weekday weekofyear year yearweek any_value arbitrary "
    "arg_max arg_min argmax argmin array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count count_if "
    "count_star countif covar_pop covar_samp entropy favg first fsum geomean group_concat grouping histogram "
    "kurtosis last list listagg mad max max_by mean median min min_by mode product quantile quantile_cont "
    "quantile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope sem skewness stddev "
    "stddev_pop stddev_samp string_agg sum sumkahan var_pop var_samp variance cume_dist dense_rank first_value "
    "lag last_value lead nth_value ntile percent_rank rank row_number cardinality element_at list_value list_pack "
    "list_extract list_element list_contains list_has list_distinct list_sort list_sum list_avg list_min list_max "
    "list_count list_concat list_slice array_contains array_extract array_length array_slice array_to_string len "
    "map map_extract row struct_extract struct_pack unnest coalesce constant_or_null if ifnull nullif typeof "
    "json_array_length json_extract json_extract_string json_keys json_type json_valid -> ->> range "
    "generate_series"
)
FUNCTIONS = frozenset(_FUNCTIONS.split())
"""What is deterministic, reads nothing but its arguments, and which interrupts and memory limits stop."""
TABLE_FUNCTIONS = frozenset(["range", "generate_series", "unnest"])
WIDTHS = frozenset(["repeat", "lpad", "rpad"])
"""Functions whose second argument is the length of their result: it must be a small number in the text."""
WIDE = 1000
SERIES = frozenset(["range", "generate_series"])
"""Lists that are made at once, where nothing interrupts: whole numbers in the text, unless they stand behind FROM."""
LONG = 10_000
FUNCTION = "the function"
_CLOCKS = (
    "current_date current_time current_timestamp localtime localtimestamp current_catalog current_database "
    "current_role current_schema current_user session_user user"
)
CLOCKS = frozenset(_CLOCKS.split())
"""Names that are functions where no column has them."""
REFUSED_TABLES = ("duckdb_", "pragma_", "sqlite_", "pg_")
REFUSED_SCHEMAS = ("information_schema", "pg_catalog")


def objection(tree: str, names: Collection[str], functions: Collection[str]) -> str:
    """Return what a query may not use, or "" if it may run.

    Args:
        tree: the query's syntax tree, from `json_serialize_sql`.
        names: the database's tables, views and columns, in lower case.
        functions: what functions there are, in lower case: of others the engine itself says that it knows none.
    """
    found = (_against(node, names) for node in _nodes(json.loads(tree)))
    return next(
        (f"{what} {name}" for what, name in found if what and (what != FUNCTION or name in functions)), ""
    )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if node.get("type") == "TABLE_FUNCTION":
                node["function"]["gives_rows"] = True
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _against(node: dict[str, Any], names: Collection[str]) -> tuple[str, str]:
    """Return (what, which) a node uses that it may not, or ("", "")."""
    kind = node.get("type")
    if "function_name" in node:
        return _against_function(node)
    if kind == "TABLE_FUNCTION":
        name = str(node.get("function", {}).get("function_name", "")).lower()
        return ("", "") if name in TABLE_FUNCTIONS else (FUNCTION, name)
    if kind == "BASE_TABLE":
        name, schema = str(node.get("table_name", "")).lower(), str(node.get("schema_name", "")).lower()
        if schema in REFUSED_SCHEMAS or (name.startswith(REFUSED_TABLES) and name not in names):
            return "the table", name
    if kind == "COLUMN_REF":
        words = [str(word).lower() for word in node.get("column_names", [])]
        if words and words[-1] in CLOCKS and words[-1] not in names:
            return "the value", words[-1]
    if kind == "SHOW_REF":
        return "SHOW or", "DESCRIBE"
    return ("a sample", "of rows") if node.get("sample") else ("", "")


def _against_function(node: dict[str, Any]) -> tuple[str, str]:
    name = str(node["function_name"]).lower()
    arguments = [a["expression"] for a in node.get("arguments", [])] or node.get("children", [])  # before 2.0
    if name not in FUNCTIONS or (name == "age" and len(arguments) == 1):  # the time up to today
        return FUNCTION, name
    if name in WIDTHS and not _small(arguments[1:2], WIDE):
        return f"another length than a number up to {WIDE} in", name
    if name in SERIES and "gives_rows" not in node and not _small(arguments, LONG):
        return f"other limits than numbers up to {LONG}, but for FROM {name}(...), in", name
    return "", ""


def _small(arguments: Sequence[dict[str, Any]], most: int) -> bool:
    """Return whether there are arguments, all of them whole numbers in the text from -most to most."""
    literals = [(a.get("literal") or a.get("value") or {}) for a in arguments]
    texts = [str(found.get("text", found.get("value"))).removeprefix("-") for found in literals]
    return bool(texts) and all(text.isdecimal() and len(text) < 8 and int(text) <= most for text in texts)
