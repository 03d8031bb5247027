"""Where an audit keeps its samples: append-only, crash-safe, resumable, and never a mixture of two settings.

A folder with `settings.json` (what was sampled, and how) and `records/` (see `eval.files`). A sample's key is
(model, prompt hash, sampling settings, seed, index). All but the index are the same for the whole folder or fixed by
the problem's id, and opening the folder with anything else is refused, as is a file that was edited. More samples per
problem, and more problems, may be added at any time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from eval.errors import EvalError
from eval.files import BatchFile, list_files, merge, read_table, write_table
from rewards.files import valid_text, whole_file
from rewards.records import Record, iter_records, schema

if TYPE_CHECKING:
    import pyarrow as pa

SETTINGS = "settings.json"
FORMAT = 2
CODE = "code"
"""Of the settings: label -> what the reward's code is known by (see `rewards.sources`), None where it is not known."""


class OldSettingsError(EvalError):
    """A settings file of a version whose files had no mark: what it says cannot be checked."""


class SampleStore:
    """An audit's folder, open for one process.

    Args:
        folder: made if missing.
        settings: what all samples share: model, sampling settings, seed, rewards. Plain JSON data.
        problems: problem id -> fingerprint of its prompt and reference.
        say: receives a line about what had to be set aside, or cannot be checked.

    Raises:
        EvalError: the folder holds samples of other settings, or of another problem under one id, or a file that
            was edited; a problem's id that no file can hold; another process writes to it; or it cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, Any],
        problems: Mapping[str, str],
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        _check_ids(problems)
        self.folder, self._records = folder, folder / "records"
        try:
            self._records.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder)
            self._sweep()
            self._settle(writable(json.loads(json.dumps(settings))), problems, say)
            self._files, self._keys = self._open(say)
        except OSError as error:
            raise EvalError(f"cannot write the audit folder {folder}: {error.strerror or error}.") from error

    def __enter__(self) -> SampleStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let other processes write to the folder."""
        self._lock.close()

    def missing(
        self, problems: Sequence[str], n: int | Mapping[str, Sequence[int]], split: str = "audit"
    ) -> list[tuple[str, int]]:
        """Return the (problem id, sample index) pairs that are not stored, of the first `n` or of given indices."""
        have = self._keys.get(split, {})
        wanted = dict.fromkeys(problems, range(n)) if isinstance(n, int) else n
        none: set[int] = set()
        return [(p, i) for p in problems for i in wanted[p] if i not in have.get(p, none)]

    def append(self, records: Sequence[Record]) -> None:
        """Write one batch, whole or not at all. All its records are of one split.

        Raises:
            RecordError: the disk is full or read-only; what was stored before is untouched.
            EvalError: a sample that is stored already.
        """
        import pyarrow as pa

        split = records[0].rollout.source.split
        keys = [(r.rollout.prompt_id, r.rollout.index) for r in records]
        have = self._keys.setdefault(split, {})
        twice = next((k for i, k in enumerate(keys) if k[1] in have.get(k[0], ()) or k in keys[:i]), None)
        if twice is not None:
            raise EvalError(f"sample {twice[1]} of problem `{twice[0]}` is in {self.folder} already.")
        seen: dict[int, str] = {}
        table = pa.Table.from_pylist([r.row(seen) for r in records], schema=schema())
        files = self._files.setdefault(split, [])
        number = files[-1].last + 1 if files else 0
        self._files[split] = merge([*files, write_table(self._records, split, number, number, table)])
        for problem, index in keys:
            have.setdefault(problem, set()).add(index)

    def records(self, split: str = "audit") -> Iterator[Record]:
        """Return the stored samples of a split, in the order they were made."""
        return iter_records(self.folder, split) if self._files.get(split) else iter(())

    def table(self, split: str, columns: Sequence[str]) -> pa.Table:
        """Return columns of a split's stored samples (see `rewards.records.schema`), in the order they were made.

        Raises:
            EvalError: a file that was changed after it was written.
        """
        import pyarrow as pa

        wanted = schema().field
        empty = pa.schema([wanted(name) for name in columns]).empty_table()
        return pa.concat_tables([empty, *(read_table(f, columns) for f in self._files.get(split, []))])

    def _open(
        self, say: Callable[[str], None]
    ) -> tuple[dict[str, list[BatchFile]], dict[str, dict[str, set[int]]]]:
        """Check every file and return them with the keys they hold."""
        files: dict[str, list[BatchFile]] = {}
        for file in list_files(self._records):
            files.setdefault(file.split, []).append(file)
        keys: dict[str, dict[str, set[int]]] = {}
        for split, found in files.items():
            if _cut_short(found[-1]):
                say(
                    f"{_set_aside(found[-1])} was cut short by a crash; it is set aside and its samples are made again"
                )
                found.pop()
            tables = [read_table(f, ("prompt_id", "sample_index", "sampling")) for f in found]
            keys[split] = _keys(tables, self.folder, self._sampling(split))
        return files, keys

    def _sampling(self, split: str) -> dict[str, Any]:
        """Return the settings that the samples of a split were drawn with."""
        found = dict(self._settings.get("sampling") or {})
        return {**found, "temperature": 0.0} if split == "greedy" else found

    def _sweep(self) -> None:
        """Remove what a killed process left half-written; the lock says that nobody is at it."""
        for leftover in self._records.glob(".*.partial"):
            leftover.unlink()

    def _settle(
        self, settings: Mapping[str, Any], problems: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        path = self.folder / SETTINGS
        stored: dict[str, Any] = {"format": FORMAT, "settings": settings, "problems": {}}
        if path.is_file():
            stored = _load(path)
            _refuse_differences(self.folder, stored, settings, problems)
            if CODE in settings and CODE not in stored["settings"]:
                say(
                    f"{self.folder} is older and does not say by which code its samples were judged: whether the "
                    "rewards have changed since cannot be checked"
                )
        elif any(self._records.glob("*.parquet")):
            raise EvalError(f"{self.folder} holds records that are not an audit's; choose another folder.")
        merged = {**stored["problems"], **problems}
        if not path.is_file() or merged != stored["problems"]:
            content = {**stored, "problems": merged}
            write_json(path, {**content, "mark": _mark(content)})
        self._settings = settings


def _check_ids(problems: Mapping[str, str]) -> None:
    broken = next((name for name in problems if valid_text(name) != name), None)
    if broken is not None:
        raise EvalError(
            f"the problem's id {broken!a} holds half of a character (a lone surrogate), which no file can hold; give "
            "it another id."
        )


def writable(payload: Any) -> Any:
    """Return JSON data as a file can hold it: lone surrogates in texts become `?`, as in records (`valid_text`).

    A mark that goes over the data must be made of this, since it is what a reader will find.
    """
    text = json.dumps(payload, ensure_ascii=False)
    valid = valid_text(text)
    return payload if valid == text else json.loads(valid)


def write_json(path: Path, payload: Any) -> None:
    """Write JSON whole or not at all, as `writable` makes it. Raises OSError."""
    with whole_file(path) as partial, partial.open("w", encoding="utf-8") as file:
        file.write(json.dumps(writable(payload), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def stored_settings(folder: Path) -> dict[str, Any]:
    """Return what an audit's samples were made with, empty for a folder without samples.

    Raises:
        EvalError: the file was edited, or is none.
        OldSettingsError: it is of an older version.
    """
    path = folder / SETTINGS
    found: dict[str, Any] = _load(path)["settings"] if path.is_file() else {}
    return found


def stored_marks(folder: Path) -> dict[str, str]:
    """Return problem id -> fingerprint of prompt and columns; otherwise as `stored_settings`."""
    path = folder / SETTINGS
    found: dict[str, str] = _load(path)["problems"] if path.is_file() else {}
    return found


def _load(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _check_format(path, found)
        if not all(isinstance(found[key], dict) for key in ("settings", "problems")):
            raise KeyError("settings")
        if found.pop("mark", None) != _mark(found):
            raise EvalError(
                f"{path} was edited. It says what the samples are, and they do not change with it: put the original "
                "back, or run the audit again in another folder."
            )
    except EvalError:  # a ValueError too
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvalError(
            f"{path} is not an audit's settings file ({error!r}); put the original back, or choose another folder."
        ) from error
    return found


def _check_format(path: Path, found: Mapping[str, Any]) -> None:
    given = found.get("format")
    if given != FORMAT:
        kind = EvalError if "mark" in found else OldSettingsError
        raise kind(
            f"{path} has {'no format' if given is None else f'format {given}'} and this version reads {FORMAT}; choose "
            "another folder."
        )


def _refuse_differences(
    folder: Path, stored: Mapping[str, Any], settings: Mapping[str, Any], problems: Mapping[str, str]
) -> None:
    before, now = (flat({k: v for k, v in s.items() if k != CODE}) for s in (stored["settings"], settings))
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            raise EvalError(
                f"{folder} holds samples with {key} = {before.get(key)!r}; this audit has {now.get(key)!r}. "
                "They must not be mixed: choose another folder, or delete this one."
            )
    _refuse_other_code(folder, stored["settings"].get(CODE) or {}, settings.get(CODE) or {})
    changed = [p for p, mark in problems.items() if stored["problems"].get(p, mark) != mark]
    if changed:
        raise EvalError(
            f"{folder} holds samples of {len(changed)} problem(s) whose prompt or columns have changed, the "
            f"first `{changed[0]}`. They must not be mixed: choose another folder, or delete this one."
        )


def _refuse_other_code(folder: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse rewards whose code is not what judged the samples; what is not known is no difference."""
    for label, mark in now.items():
        if mark and (before.get(label) or mark) != mark:
            raise EvalError(
                f"{folder} holds samples judged by other code of the reward `{label}`: its file, or one beside it "
                "that it imports, has changed. They must not be mixed: put the former code back, choose another "
                f"folder, or delete this one. `reasoners rewards rescore {folder}` judges the stored samples by the "
                "code of today, in a new folder, and says what changes."
            )


def _mark(content: Mapping[str, Any]) -> str:
    """Return the fingerprint that shows whether the settings file was edited."""
    plain = {key: content[key] for key in ("format", "settings", "problems")}
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _keys(tables: Sequence[pa.Table], folder: Path, sampling: Mapping[str, Any]) -> dict[str, set[int]]:
    """Return problem -> stored sample indices; refuse a sample stored twice, or drawn with other settings."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not tables:
        return {}
    table = pa.concat_tables(tables)
    for text in pc.unique(table["sampling"]).to_pylist():
        if json.loads(text) != sampling:
            raise EvalError(
                f"{folder} holds samples drawn with {text}, not with {json.dumps(sampling, sort_keys=True)}. They "
                "must not be mixed: move their files away, or choose another folder."
            )
    names = pc.dictionary_encode(table["prompt_id"].combine_chunks())
    indices = table["sample_index"].to_numpy()
    codes = names.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    parts = np.split(indices[order], np.flatnonzero(np.diff(codes[order])) + 1)
    found = dict(zip(names.dictionary.to_pylist(), (set(p.tolist()) for p in parts), strict=True))
    if sum(map(len, found.values())) != len(indices):
        raise EvalError(f"{folder} holds a sample twice: a file was copied. Move the copy away.")
    return found


def _cut_short(file: BatchFile) -> bool:
    """Whether a file lacks its end, as a machine that lost power leaves the one it was writing."""
    with file.path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - 4))
        return stream.read() != b"PAR1"


def _set_aside(file: BatchFile) -> Path:
    return file.path.rename(file.path.with_suffix(".damaged"))


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested plain data as one level, keys joined by dots."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found


def _lock(folder: Path) -> IO[str]:
    """Hold the folder until the file is closed or the process ends, however it ends."""
    file = (folder / ".lock").open("w", encoding="utf-8")
    try:
        import fcntl
    except ImportError:  # Windows: no lock, one writer is the user's care
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise EvalError(
            f"another audit is writing to {folder}; wait for it or choose another folder."
        ) from error
    return file
