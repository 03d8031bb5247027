"""Which stored samples belong to an audit: those of its problems, below its n.

A folder may hold more: of an earlier, larger audit, or of an adaptive one, whose further samples depend on the outcome
of the first and would bias what is counted from all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.errors import EvalError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Extent:
    """What of a folder's samples an audit rests on.

    Attributes:
        n: samples per problem, masked ones included; None = all, as of records without an audit.
        problems: ids, masked problems included; None = all.
    """

    n: int | None = None
    problems: frozenset[str] | None = None

    @classmethod
    def of(cls, audit: Mapping[str, Any]) -> Extent:
        """Return the extent that the content of an audit.json gives. Raises KeyError, TypeError: it is none."""
        judged = [str(row["problem_id"]) for row in audit["summary"]["per_problem"]]
        return cls(audit.get("n"), frozenset([*judged, *map(str, audit.get("masked_problems") or ())]))

    @classmethod
    def read(cls, folder: Path) -> Extent:
        """Return the extent of the audit in a folder; records alone have no limits. Raises EvalError: not readable."""
        path = folder / "audit.json"
        try:
            return cls.of(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvalError(f"cannot read {path} ({error!r}); run the audit again.") from error

    def holds(self, problem: str, index: int) -> bool:
        """Whether a sample belongs to the audit."""
        return (self.problems is None or problem in self.problems) and (self.n is None or index < self.n)

    def rows(self, table: pa.Table) -> pa.Table:
        """Return the audit's rows of a table with the columns prompt_id and sample_index."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kept = []
        if self.problems is not None:
            kept.append(pc.is_in(table["prompt_id"], pa.array(sorted(self.problems), pa.string())))
        if self.n is not None:
            kept.append(pc.less(table["sample_index"], self.n))
        kept = [mask for mask in kept if not pc.all(mask).as_py()]  # mostly none: the texts need no copy
        return table.filter(reduce(pc.and_, kept)) if kept else table


def audit_rows(folder: Path, columns: Sequence[str]) -> pa.Table:
    """Return columns, prompt_id and sample_index among them, of the samples that belong to a folder's audit.

    Raises:
        RecordError: it keeps none.
        EvalError: its audit.json cannot be read.
    """
    from rewards.records import read_records

    wanted = list(dict.fromkeys([*columns, "prompt_id", "sample_index"]))
    return Extent.read(folder).rows(read_records(folder, "audit", wanted))
