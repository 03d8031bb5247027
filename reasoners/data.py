"""Tasks: read rows from a file, a hub id, `reasoning_gym:TASK` or `embedded:NAME`, and make prompts of them."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reasoners.config import DataSection
from rewards.contract import Message
from rewards.errors import ToolkitError, unknown_name

Row = dict[str, Any]
Split = Literal["train", "eval"]


class DataError(ToolkitError):
    """A dataset that cannot be used; the message names the source and the row."""


@dataclass(frozen=True)
class Example:
    """One task: its id, the prompt the model sees, and the row's columns, which rewards read."""

    id: str
    prompt: str | list[Message]
    columns: Mapping[str, Any]


def load_rows(data: DataSection, split: Split, seed: int = 0) -> list[Row]:
    """Return the rows of a split: columns renamed, ids set and unique, `*_size` rows chosen by seed.

    Raises:
        DataError: no such source, an empty dataset, a missing column, two rows with one id.
    """
    source = data.train if split == "train" else (data.eval or data.train)
    size = data.train_size if split == "train" else data.eval_size
    rows = _read(source, data, split, size, seed)
    if not rows:
        raise DataError(f"data.{split}: {source} holds no rows.")
    rows = [_renamed(row, data, source, number) for number, row in enumerate(rows)]
    rows = _identified(rows, data.id, source)
    if size is not None and size < len(rows):
        chosen = sorted(random.Random(seed).sample(range(len(rows)), size))
        rows = [rows[i] for i in chosen]
    return rows


def make_examples(rows: Sequence[Row], data: DataSection, *, chat: bool) -> list[Example]:
    """Return rows as prompts. `chat` says whether a prompt is a list of turns or plain text.

    Raises:
        DataError: the template names a column that a row lacks.
    """
    render = _template(data.prompt)
    return [
        Example(str(row[data.id]), _prompt(render(number, row), data.system, chat), row)
        for number, row in enumerate(rows)
    ]


def fingerprint(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of the rows, for a run's manifest: the same for the same rows in another process."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, default=_as_text).encode("utf-8", "replace"))
    return digest.hexdigest()


def fingerprints(rows: Mapping[str, Sequence[Row]]) -> dict[str, str]:
    """Return what a run's manifest says of the data: `SPLIT_sha256` -> the fingerprint of the split's rows."""
    return {f"{split}_sha256": fingerprint(found) for split, found in rows.items()}


def _as_text(value: Any) -> str:
    """Return a value that JSON has no form for as text, without the place in memory that some name."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", str(value))


def _prompt(text: str, system: str | None, chat: bool) -> str | list[Message]:
    if not chat:
        return f"{system}\n{text}" if system else text
    head: list[Message] = [{"role": "system", "content": system}] if system else []
    return [*head, {"role": "user", "content": text}]


def _template(source: str) -> Callable[[int, Row], str]:
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    try:
        template = SandboxedEnvironment(undefined=StrictUndefined).from_string(source)
    except TemplateError as error:
        raise DataError(f"data.prompt is not a valid template: {error}.") from error

    def render(number: int, row: Row) -> str:
        try:
            return template.render(**row)
        except TemplateError as error:
            have = ", ".join(sorted(row))
            raise DataError(f"data.prompt, row {number}: {error}. Columns of the row: {have}.") from error

    return render


def _read(source: str, data: DataSection, split: Split, size: int | None, seed: int) -> list[Row]:
    kind, _, name = source.partition(":")
    if kind == "embedded":
        return _embedded(name, split, size, seed)
    if kind == "reasoning_gym":
        return _reasoning_gym(name, data.task_args, split, size, seed)
    path = Path(source).expanduser()
    if path.suffix in FILES:
        if not path.is_file():
            raise DataError(f"data.{split}: no file {path}.")
        return read_file(path)
    return _hub(source, data, split)


def _embedded(name: str, split: Split, size: int | None, seed: int) -> list[Row]:
    from reasoners import embedded

    if name not in embedded.DATASETS:
        raise DataError(unknown_name("embedded dataset", name, embedded.DATASETS))
    return embedded.DATASETS[name](split)


def _reasoning_gym(
    task: str, arguments: Mapping[str, Any], split: Split, size: int | None, seed: int
) -> list[Row]:
    try:
        import reasoning_gym
        from reasoning_gym.factory import DATASETS
    except ImportError as error:
        raise DataError("reasoning_gym tasks need `pip install reasoners[gym]`.") from error
    if task not in DATASETS:
        raise DataError(unknown_name("reasoning_gym task", task, DATASETS))
    count = size or (500 if split == "train" else 100)
    # Two splits draw from two seeds; a question that occurs in both is left to the held-out one.
    made = list(
        reasoning_gym.create_dataset(task, size=count, seed=2 * seed + (split == "eval"), **arguments)
    )
    if split == "train":
        held_out = _reasoning_gym(task, arguments, "eval", None, seed)
        known = {row["question"] for row in held_out}
        made = [entry for entry in made if entry["question"] not in known]
    return [
        {"id": f"{task}-{split}-{number:05d}", "question": e["question"], "answer": e["answer"], "task": task,
         "entry": json.dumps(e, default=str)}
        for number, e in enumerate(made)
    ]  # fmt: skip


def read_file(path: Path) -> list[Row]:
    """Return the rows of a .jsonl, .parquet or .csv file. Raises `DataError`, or `ToolkitError` naming the line."""
    try:
        return FILES[path.suffix](path)
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"cannot read {path}: {error}") from error


def _jsonl(path: Path) -> list[Row]:
    from rewards.files import read_jsonl

    return [row for _, row in read_jsonl(path)]


def _parquet(path: Path) -> list[Row]:
    from rewards.parquet import read_parquet

    rows: list[Row] = read_parquet(path).to_pylist()
    return rows


def _csv(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8-sig") as handle:
        reader = csv.DictReader(handle)
        return [_whole(row, path, reader.line_num) for row in reader]


def _whole(row: dict[Any, Any], path: Path, line: int) -> Row:
    """Return a row of a CSV file that has no more fields than the file has columns."""
    if None in row:
        raise DataError(
            f"{path}, line {line}: {len(row) - 1 + len(row[None])} fields, but the first line names {len(row) - 1} "
            "columns. Put a field that holds a comma in double quotes."
        )
    return dict(row)


FILES: dict[str, Callable[[Path], list[Row]]] = {".jsonl": _jsonl, ".parquet": _parquet, ".csv": _csv}


def fitting(
    examples: Sequence[Example],
    tokenizer: Any,
    limit: int | None,
    room: int,
    policy: Literal["refuse", "drop"],
    tools: Sequence[Callable[..., Any]] = (),
    template: Mapping[str, Any] | None = None,
    setting: str = "trl.max_completion_length",
) -> list[Example]:
    """Return the examples whose prompt leaves `room` tokens in a context of `limit`; None = no limit.

    `tools` and `template` are what the chat template is given beside the turns, as for `prompt_tokens`;
    `setting` is what says `room`.

    Raises:
        DataError: one does not, and the policy is to refuse; or none does.
    """
    if limit is None or not examples:
        return list(examples)

    def tokens(example: Example) -> int:
        return prompt_tokens(example, tokenizer, list(tools) or None, template)

    # A token is at least a byte, and all prompts have the same roles: what the template adds, tools included, is less
    # than the first prompt's tokens. So most prompts need no tokenizer.
    around = tokens(examples[0])
    kept: list[Example] = []
    long: list[Example] = []
    for example in examples:
        fits = around + len(str(example.prompt).encode("utf-8", "replace")) <= limit - room
        (kept if fits or tokens(example) <= limit - room else long).append(example)
    if long and (policy == "refuse" or not kept):
        first = long[0]
        shown = " with the tools that the prompt shows" if tools else ""
        raise DataError(
            f"{len(long)} of {len(examples)} prompts leave no room for {room} new tokens in the model's {limit} "
            f"(the first is `{first.id}`, {tokens(first)} tokens{shown}). Lower {setting}, shorten the prompts, or set "
            "data.too_long: drop."
        )
    return kept


def prompt_tokens(
    example: Example, tokenizer: Any, tools: Any = None, template: Mapping[str, Any] | None = None
) -> int:
    """Return the length of a prompt in tokens, those of the chat template and of the tools it shows included.

    `template` holds further arguments of the chat template, such as `enable_thinking`.
    """
    if isinstance(example.prompt, str):
        return len(tokenizer(example.prompt)["input_ids"])
    ids = tokenizer.apply_chat_template(
        example.prompt, add_generation_prompt=True, return_dict=True, tools=tools, **(template or {})
    )
    return len(ids["input_ids"])


def _hub(source: str, data: DataSection, split: Split) -> list[Row]:
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise DataError("hub data sets need `pip install reasoners[train]`.") from error
    part = data.train_split if split == "train" else data.eval_split
    try:
        return [dict(row) for row in load_dataset(source, data.subset, split=part)]
    except Exception as error:  # the hub client raises many kinds; all mean the same here
        raise DataError(
            f"data.{split}: cannot load `{source}` ({part}) from the hub: {type(error).__name__}: {error}. "
            f"A local file must end in {', '.join(FILES)}."
        ) from error


def _renamed(row: Row, data: DataSection, source: str, number: int) -> Row:
    if "_select" in row and all(ours in row for ours in data.columns):
        return row  # written by `reasoners select`: the names are ours already
    for theirs in data.columns.values():
        if theirs not in row:
            have = ", ".join(sorted(row))
            raise DataError(f"{source}, row {number}: no column `{theirs}` (data.columns). It has: {have}.")
    renamed = {ours: row[theirs] for ours, theirs in data.columns.items()}
    return {**{k: v for k, v in row.items() if k not in data.columns.values()}, **renamed}


def _identified(rows: list[Row], column: str, source: str) -> list[Row]:
    if all(row.get(column) is None for row in rows):
        return [{**row, column: f"row-{number:06d}"} for number, row in enumerate(rows)]
    seen: dict[str, int] = {}
    for number, row in enumerate(rows):
        if row.get(column) is None:
            raise DataError(f"{source}, row {number}: column `{column}` is empty.")
        key = str(row[column])
        if key in seen:
            raise DataError(f"{source}: rows {seen[key]} and {number} share the id `{key}`.")
        seen[key] = number
    return rows
