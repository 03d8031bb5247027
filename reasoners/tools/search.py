"""The tool `search`: BM25 over a local file of texts (rank-bm25)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from reasoners.tools.sandbox import ToolError
from rewards.errors import ToolkitError

WORD = re.compile(r"\w+")
MOST_WORDS = 64
"""Words of a query that are looked up; a longer one is cut."""


def search_tool(
    corpus: str, top: int = 3, text: str = "text", title: str = "title", passage_chars: int = 500
) -> Callable[[str], str]:
    """Return the tool.

    Args:
        corpus: a .jsonl, .parquet or .csv file with a column `text`, or a .txt or .md file of paragraphs.
        top: passages that come back at most.
        text: the column with the text.
        title: the column with a title, if there is one.
        passage_chars: characters of each passage that come back.

    Raises:
        ToolkitError: no such file or column, an empty corpus, or `pip install reasoners[tools]` is missing.
    """
    passages = read_corpus(Path(corpus).expanduser(), text, title)
    index = _index([words(f"{name} {body}") for name, body in passages])

    def search(query: str) -> str:
        """Search the collection of texts for a query and return the best passages.

        Args:
            query: words to look for.

        Returns:
            The best passages, one after the other, the best first.
        """
        asked = words(str(query))[:MOST_WORDS]
        if not asked:
            raise ToolError("the query has no words")
        scores = index.get_scores(asked)
        found = [i for i in range(len(passages)) if not set(asked).isdisjoint(index.doc_freqs[i])]
        best = sorted(found, key=lambda i: (-scores[i], i))[:top]
        if not best:
            return "nothing found"
        return "\n\n".join(_shown(number, *passages[i], passage_chars) for number, i in enumerate(best, 1))

    return search


def words(text: str) -> list[str]:
    """Return the words of a text, case folded."""
    return WORD.findall(text.casefold())


def read_corpus(path: Path, text: str, title: str) -> list[tuple[str, str]]:
    """Return (title, text) of each passage. Raises `ToolkitError`."""
    if not path.is_file():
        raise ToolkitError(f"tool `search`: no corpus file {path}.")
    if path.suffix in (".txt", ".md"):
        blocks = path.read_text(encoding="utf-8", errors="replace").split("\n\n")
        found = [("", block.strip()) for block in blocks if block.strip()]
    else:
        found = [_passage(row, number, path, text, title) for number, row in enumerate(_rows(path))]
    if not any(words(f"{name} {body}") for name, body in found):
        raise ToolkitError(f"tool `search`: the corpus {path} has no words.")
    return found


def _rows(path: Path) -> list[dict[str, Any]]:
    from reasoners.data import FILES, read_file

    if path.suffix not in FILES:
        raise ToolkitError(f"tool `search`: {path} must end in {', '.join(FILES)}, .txt or .md.")
    return read_file(path)


def _passage(row: dict[str, Any], number: int, path: Path, text: str, title: str) -> tuple[str, str]:
    if row.get(text) is None:
        have = ", ".join(sorted(row))
        raise ToolkitError(f"tool `search`: {path}, row {number}: no column `{text}`. It has: {have}.")
    return str(row.get(title) or ""), str(row[text])


def _index(tokens: Sequence[Sequence[str]]) -> Any:
    try:
        from rank_bm25 import BM25Okapi
    except ImportError as error:
        raise ToolkitError("the tool `search` needs `pip install reasoners[tools]`.") from error
    return BM25Okapi(tokens)


def _shown(number: int, title: str, body: str, most: int) -> str:
    body = body if len(body) <= most else f"{body[:most]}..."
    return f"[{number}] {title}: {body}" if title else f"[{number}] {body}"
