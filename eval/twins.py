"""Was one model sampled twice? Two models do not write the same texts at the same places."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.extent import Extent
from eval.views import AuditView, chat_text
from rewards.errors import RecordError
from rewards.parquet import open_parquet, parquet_batches
from rewards.records import read_records, record_files

if TYPE_CHECKING:
    import numpy as np

Texts = Mapping[tuple[str, int], str]
"""(problem id, sample index) -> what the model wrote."""

PAIRS = 2000
"""At most so many samples of two audits are read and compared."""
LONG, LONG_PAIRS, LONG_SHARE = 40, 20, 0.9
"""Texts of so many characters are an alarm from so many pairs on, where this share of them are equal."""
SHORT_PAIRS, SHORT_SHARE, BEYOND_CHANCE = 200, 0.99, 0.9
"""Short texts take more, and more agreement than samples drawn in any order would show (see `beyond_chance`)."""


def twins(names: Sequence[str], folders: Sequence[Path | None]) -> list[str]:
    """Return an alarm for each two audits that hold the same texts; audits without records are left out.

    Reads at most `PAIRS` samples of each two audits.

    Raises:
        RecordError: a record file that is not whole.
    """
    sides = [(name, f) for name, f in zip(names, folders, strict=True) if f is not None and _has_records(f)]
    return [
        said
        for (left, a), (right, b) in combinations(sides, 2)
        for said in twin_alarm((left, right), *shared_texts(a, b))
    ]


def shown_twins(audits: Sequence[AuditView]) -> list[str]:
    """Return the same alarm from the samples that two views hold; nothing for one view."""
    if len(audits) < 2:
        return []
    left, right = ({(p, s.index): s.text for p, found in a.samples.items() for s in found} for a in audits)
    return twin_alarm((audits[0].name, audits[1].name), left, right)


def twin_alarm(names: tuple[str, str], left: Texts, right: Texts) -> list[str]:
    """Return an alarm where nearly all texts at the same place are equal."""
    pairs = {key: (left[key], right[key]) for key in left if key in right}
    for chosen, enough, share in (
        ({k: p for k, p in pairs.items() if min(map(len, p)) >= LONG}, LONG_PAIRS, LONG_SHARE),
        (pairs, SHORT_PAIRS, SHORT_SHARE),
    ):
        same = sum(a == b for a, b in chosen.values())
        if len(chosen) < enough or same <= share * len(chosen):
            continue
        if chosen is pairs and beyond_chance(pairs) < BEYOND_CHANCE:
            continue
        return [
            f"ALARM: {same} of {len(chosen)} samples of {names[0]} and {names[1]} that were compared are the same text "
            "at the same place. Was one model sampled twice?"
        ]
    return []


def beyond_chance(pairs: Mapping[tuple[str, int], tuple[str, str]]) -> float:
    """Return how much more often texts agree than if each problem's samples stood in any order: at most 1.

    That is Cohen's kappa with the chance taken per problem. Where each problem has one text only, as of greedy or
    very sure models, agreement says nothing and this is 0.
    """
    columns: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for (problem, _), texts in pairs.items():
        for column, text in zip(columns[problem], texts, strict=True):
            column.append(text)
    expected = 0.0
    for before, after in columns.values():
        times = Counter(after)
        expected += sum(n * times[text] for text, n in Counter(before).items()) / len(before)
    same = sum(a == b for a, b in pairs.values())
    return (same - expected) / (len(pairs) - expected) if len(pairs) - expected > 1e-9 * len(pairs) else 0.0


def shared_texts(left: Path, right: Path, most: int = PAIRS) -> tuple[Texts, Texts]:
    """Return the texts of the first `most` samples that both audits hold, in the order of the first one."""
    import pyarrow.compute as pc

    both = _places(left).join(
        _places(right),
        ["prompt_id", "sample_index"],
        join_type="inner",
        right_suffix="_right",
        use_threads=False,
    )
    both = both.take(pc.sort_indices(both["row"])).slice(0, most)
    keys = list(zip(both["prompt_id"].to_pylist(), both["sample_index"].to_pylist(), strict=True))
    rows = (both["row"].to_numpy(), both["row_right"].to_numpy())
    found = [_texts(folder, at) for folder, at in zip((left, right), rows, strict=True)]
    first, second = (
        {key: texts[int(row)] for key, row in zip(keys, at, strict=True)}
        for texts, at in zip(found, rows, strict=True)
    )
    return first, second


def _has_records(folder: Path) -> bool:
    return (folder / "records").is_dir() and bool(record_files(folder / "records"))


def _places(folder: Path) -> Any:
    """Return a table of the audit's samples, without their texts: problem, index and number of the row."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    table = read_records(folder, None, ["prompt_id", "sample_index", "split"])
    table = table.append_column("row", pa.array(np.arange(table.num_rows)))
    table = Extent.read(folder).rows(table.filter(pc.equal(table["split"], "audit")))
    return table.select(["prompt_id", "sample_index", "row"])


def _texts(folder: Path, rows: np.ndarray[Any, Any]) -> dict[int, str]:
    """Return row number -> text; no file is read further than its last wanted row."""
    import pyarrow as pa

    found: dict[int, str] = {}
    wanted, start = set(rows.tolist()), 0
    for path in record_files(folder / "records"):
        try:
            with open_parquet(path) as file:
                end = start + file.metadata.num_rows
                here = {row - start for row in wanted if start <= row < end}
                found |= {row + start: text for row, text in _of_file(file, here).items()}
        except (pa.ArrowException, OSError) as error:
            raise RecordError(f"{path} is not a whole record file ({error}); move it away.") from error
        start = end
    return found


def _of_file(file: Any, wanted: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    last, at = max(wanted, default=-1), 0
    for batch in parquet_batches(file, 1024, ["completion", "chat"]) if wanted else ():
        here = [row for row in range(at, at + batch.num_rows) if row in wanted]
        for row, sample in zip(here, batch.take([row - at for row in here]).to_pylist(), strict=True):
            found[row] = chat_text(sample["completion"]) if sample["chat"] else sample["completion"]
        at += batch.num_rows
        if at > last:
            break
    return found
