"""What the files that a row names hold, for a run's cache of scores: a changed database is another question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rewards.sql.golds import fingerprint
from rewards.sql.source import named_files


def fingerprint_sql(arguments: Mapping[str, Any]) -> str:
    """Return the hashes of the databases and script files in the column `db`, in order.

    Raises:
        DatabaseError: one of them cannot be read.
    """
    return " ".join(fingerprint(path) for path in named_files(arguments["db"]))


fingerprint_sql_partial = fingerprint_sql
