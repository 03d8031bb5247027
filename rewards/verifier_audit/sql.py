"""Cases for answers that are SQL queries, made from the text of the reference alone.

No database is at hand here, so only such texts are wrong answers as are wrong on any data, provided that the reference
returns at least one row and not the text `no such answer`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rewards.verifier_audit.case import Case, gold_of
from rewards.verifier_audit.general import BLANKS, FLATTERY
from rewards.verifier_audit.shapes import Shape, fill

COLUMNS = ("sql", "gold_sql", "query", "SQL")
OTHER = "SELECT 'no such answer'"
TOKENS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\w+|\s+|.", re.DOTALL)
WORDS = (
    "select from where group by order having limit join left inner outer on as and or not in like between is null "
    "distinct union all case when then else end asc desc count sum avg min max"
)
KEYWORDS = frozenset(WORDS.split())


def sql_cases(row: Mapping[str, Any], forms: Sequence[Shape]) -> Iterator[Case]:
    """Yield the cases of one row."""
    gold = gold_of(row, COLUMNS)
    if gold is None:
        return
    gold = gold.rstrip().rstrip(";").rstrip()
    for shape in forms:
        for text in equivalents(gold):
            yield Case("equivalent forms", fill(shape, text), True)
        for text in ("SELECT 1", "SELECT NULL", OTHER, "SELECT", "SELECT * FROM", "{}", "", "None"):
            if text.casefold() != gold.casefold():
                yield Case("another query", fill(shape, text), False)
        for text in (f"SELECT * FROM ({gold}) AS t LIMIT 0", f"SELECT * FROM ({gold}) AS t WHERE 1 = 0"):
            yield Case("no rows of it", fill(shape, text), False)
        quoted = gold.replace("'", "''")
        for text in (
            f"SELECT '{quoted}'",
            f"/* {gold.replace('*/', '')} */ {OTHER}",
            f"{OTHER} -- {one_line(gold)}",
        ):
            yield Case("quoted or commented", fill(shape, text), False)
        for text in (f"{gold}; {OTHER}", f"{gold} UNION ALL {OTHER} UNION ALL {OTHER}"):
            yield Case("hedge", fill(shape, text), False)
        yield Case("in the thinking only", f"<think>{fill(shape, gold)}</think>\n{fill(shape, OTHER)}", False)
        yield Case("in the thinking only", f"<think>{fill(shape, gold)}", False, "never closed")
    yield from (Case("empty", text, False) for text in BLANKS)
    yield from (Case("flattery", text, False) for text in FLATTERY)


def equivalents(gold: str) -> Iterator[str]:
    """Yield the same query, written otherwise: blanks, a semicolon, a comment, the case of keywords."""
    yield gold
    yield f"{gold};"
    yield f"\n  {gold}\n;\n"
    yield f"-- the query\n{gold}"
    yield recased(gold, str.lower)
    yield recased(gold, str.upper)


def recased(gold: str, change: Any) -> str:
    """Return the query with the case of its keywords changed, and nothing inside quotes or comments."""
    return "".join(change(t) if t.lower() in KEYWORDS else t for t in TOKENS.findall(gold))


def one_line(gold: str) -> str:
    """Return the query on one line, for a comment."""
    return " ".join(gold.split())
