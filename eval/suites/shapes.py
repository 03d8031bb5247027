"""One row of a published benchmark as `question`, `answer` and what its template shows.

A benchmark is published more than once, under other column names; each function takes the ones in use. Options stand
in a row twice: `options` is the text that the prompt shows, `choices` the list that guess control counts.
"""

from __future__ import annotations

import ast
import json
import random
from collections.abc import Mapping
from typing import Any

from eval.errors import EvalError

Row = Mapping[str, Any]
LETTERS = "ABCDEFGHIJ"


def first(row: Row, *names: str) -> Any:
    """Return the first of the named columns that has a value. Raises `EvalError` if there is none."""
    for name in names:
        if row.get(name) not in (None, ""):
            return row[name]
    raise EvalError(
        f"no column {' or '.join(f'`{n}`' for n in names)}; the row has {', '.join(sorted(row))}."
    )


def plain(row: Row) -> dict[str, Any]:
    """A question and its final answer."""
    return {"question": str(first(row, "problem", "question")), "answer": number_text(first(row, "answer"))}


def gsm8k(row: Row) -> dict[str, Any]:
    """The final answer stands after ####."""
    text = str(first(row, "answer"))
    _, mark, answer = text.rpartition("####")
    if not mark:
        raise EvalError(f"the answer has no `####`: {text[:80]!r}.")
    return {"question": str(first(row, "question")), "answer": answer.strip().replace(",", "")}


def minerva(row: Row) -> dict[str, Any]:
    """The final answer is a column, or the last box of the solution."""
    found = row.get("answer")
    answer = number_text(found) if found not in (None, "") else last_box(str(first(row, "solution")))
    return {"question": str(first(row, "problem", "question")), "answer": answer}


def olympiad(row: Row) -> dict[str, Any]:
    """The final answer is a list, or a list's text; several of its entries make one answer."""
    found = first(row, "final_answer", "answer")
    entries = listed(found)
    return {
        "question": "\n".join(str(t) for t in (row.get("context"), first(row, "question", "problem")) if t),
        "answer": ", ".join(str(entry).strip() for entry in entries),
    }


def choices(row: Row) -> dict[str, Any]:
    """A question with options; the answer is the position or the letter of the right one."""
    options = [str(option) for option in listed(first(row, "choices", "options"))]
    answer = str(first(row, "answer")).strip().upper()
    position = int(answer) if answer.isdecimal() else LETTERS.find(answer)
    if not 0 <= position < len(options):
        raise EvalError(f"the answer {answer!r} names none of {len(options)} options.")
    return {
        "question": str(first(row, "question")),
        "options": lettered(options),
        "choices": options,
        "answer": LETTERS[position],
    }


def gpqa(row: Row) -> dict[str, Any]:
    """The right answer stands among three wrong ones, in an order fixed by the question."""
    question = str(first(row, "Question", "question"))
    right = str(first(row, "Correct Answer")).strip()
    options = [right, *(str(first(row, f"Incorrect Answer {i}")).strip() for i in (1, 2, 3))]
    random.Random(question).shuffle(options)
    answer = LETTERS[options.index(right)]
    return {"question": question, "options": lettered(options), "choices": options, "answer": answer}


def sql(row: Row) -> dict[str, Any]:
    """A question on a database, and the query that answers it."""
    return {
        "question": str(first(row, "question")),
        "evidence": str(row.get("evidence") or ""),
        "answer": str(first(row, "query", "SQL", "sql")),
        "db_id": str(first(row, "db_id")),
    }


def lettered(options: list[str]) -> str:
    """Return options one per line, each with its letter."""
    return "\n".join(f"({letter}) {option}" for letter, option in zip(LETTERS, options, strict=False))


def number_text(value: Any) -> str:
    """Return an answer as text; a whole number that a file holds as 27.0 is 27."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def listed(value: Any) -> list[Any]:
    """Return a list, a list's text in JSON or Python, or one value as a list."""
    if not isinstance(value, str):
        return list(value) if hasattr(value, "__iter__") else [value]
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list):
            return found
    return [value]


def last_box(text: str) -> str:
    r"""Return what the last \boxed{} of a text holds, braces balanced. Raises `EvalError` if there is none."""
    start = text.rfind("\\boxed{")
    depth, begin = 0, start + len("\\boxed")
    for place in range(begin, len(text) if start >= 0 else begin):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[begin + 1 : place].strip()
    raise EvalError(f"the solution has no \\boxed answer: {text[-80:]!r}.")
