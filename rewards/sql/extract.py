"""Find the one query that a completion answers with: the last fenced block of the answer part.

The thinking is never searched. Everything here takes linear time and accepts any text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rewards.places import NoAnswer, spoken_part
from rewards.sql.tidy import bare, pieces, tidy

LABEL_WORDS = (
    "sql sqlite sqlite3 duckdb postgres postgresql pgsql psql mysql tsql plsql bigquery snowflake query"
)
STATEMENT_WORDS = (
    "select with values insert update delete replace drop create alter attach detach pragma vacuum begin commit "
    "rollback savepoint release explain reindex analyze copy install load export import truncate call set"
)
CLAUSE_WORDS = (
    "from where group order having limit offset union intersect except join left right inner outer cross full "
    "natural on using and or not in as window case when then else end"
)
LABELS = frozenset(LABEL_WORDS.split())
STATEMENT = frozenset(STATEMENT_WORDS.split())
CLAUSE = STATEMENT | frozenset(CLAUSE_WORDS.split())
FENCE = re.compile(r"(?:`{3,}|~{3,})[ \t]*([A-Za-z0-9_+.#-]*)")
LINE_END = re.compile(r"[ \t\r]*(?:\n|\Z)")
QUERY = re.compile(
    r"[(\s]*(?:select\b|values\s*\()|[(\s]*with\s+(?:recursive\s+)?[\w\"`\[]+\s*(?:\(|as\b)", re.I
)
BEGINNING = re.compile(r"^[ \t>*_]{0,8}(?:[\w ]{0,40}:)?[ \t*_]{0,8}(?=(?:select|with)\b)", re.I | re.M)
INLINE = re.compile(r"(?<!`)`(?!`)([^`\n]+)`(?!`)")
FIRST_WORD = re.compile(r"\s*+(\w*)")
MARKUP = re.compile(r"</?[A-Za-z]{1,20}>|(?:`{3,}|~{3,})[ \t]*[A-Za-z0-9_]*")


@dataclass(frozen=True)
class Found:
    """A query, and how many visible characters of the answer part are neither it nor markup.

    Comments inside the query count as such characters.
    """

    sql: str
    prose: int


@dataclass(frozen=True)
class _Block:
    text: str
    label: str
    closed: bool


def find_query(completion: str, tag: str = "answer", prefilled: bool = False) -> Found:
    """Return the query that a completion answers with.

    Args:
        completion: the final message, thinking included.
        tag: if there is such a tag, only what the last one holds is the answer.
        prefilled: the chat template opened a thinking block, so all is thinking until it is closed.

    Raises:
        NoAnswer: there is no query.
    """
    spoken = spoken_part(completion, prefilled)
    region = _tagged(_tagged(spoken, tag), "sql")
    raw = _pick(_blocks(region)) if FENCE.search(region) else _unfenced(region)
    sql = tidy(raw)
    if not sql:
        raise NoAnswer("the place of the query is empty")
    return Found(sql, max(_visible(MARKUP.sub("", spoken)) - _visible(bare(raw)), 0))


def _visible(text: str) -> int:
    return sum(not c.isspace() for c in text.replace(";", ""))


def _tagged(text: str, tag: str) -> str:
    """Return what the last `<tag>` holds, to the end if it is never closed; the text itself if there is none."""
    starts = list(re.finditer(rf"<{re.escape(tag)}>", text, re.I))
    if not starts:
        return text
    rest = text[starts[-1].end() :]
    end = re.search(rf"</{re.escape(tag)}>", rest, re.I)
    return rest[: end.start()] if end else rest


def _blocks(text: str) -> list[_Block]:
    """Return the fenced blocks; a fence with SQL's label opens a block even inside one that is not closed."""
    found: list[_Block] = []
    start, label = -1, ""
    for mark in FENCE.finditer(text):
        word = mark[1].lower()
        if start >= 0:
            found.append(_Block(text[start : mark.start()], label, word not in LABELS))
            start = -1
            if word not in LABELS:
                continue
        named = word in LABELS or (word and LINE_END.match(text, mark.end()))
        start, label = (mark.end(), word) if named else (mark.start(1), "")
    if start >= 0:
        found.append(_Block(text[start:], label, False))
    return [block for block in found if tidy(block.text)]


def _pick(blocks: list[_Block]) -> str:
    """Return the last block that is SQL by its label or its first word, else the last one without a label."""
    likely = [b for b in blocks if b.label in LABELS or (not b.label and QUERY.match(tidy(b.text)))]
    chosen = likely or [b for b in blocks if not b.label]
    if not chosen:
        raise NoAnswer("no fenced block holds SQL")
    return chosen[-1].text if chosen[-1].closed else _first_query(chosen[-1].text)


def _unfenced(text: str) -> str:
    """Return the query of a text without fences: all of it, from the line it begins on, or inline code."""
    whole = tidy(text)
    if QUERY.match(whole):
        return _first_query(whole)
    begin = next((m for m in BEGINNING.finditer(text) if QUERY.match(text, m.end())), None)
    if begin is not None:
        return _first_query(text[begin.end() :])
    inline = [m[1] for m in INLINE.finditer(text) if QUERY.match(m[1])]
    if inline:
        return inline[-1]
    if FIRST_WORD.match(whole)[1].lower() in STATEMENT - {"set", "load", "call", "import"}:  # type: ignore[index]
        return whole
    raise NoAnswer("there is no query")


def _first_query(text: str) -> str:
    """Cut off the sentences that follow a query which no fence closes; further statements stay."""
    for kind, piece, at in pieces(text):
        rest = at + len(piece)
        if kind == "end" and _word(text, rest) not in STATEMENT and tidy(text[rest : rest + 200]):
            return text[:at]
        if kind == "blank" and piece.count("\n") > 1 and _word(text, rest) not in {*CLAUSE, ""}:
            return text[:at]
    return text


def _word(text: str, at: int) -> str:
    """Return the first word from `at` on, empty if a sign comes first."""
    found = FIRST_WORD.match(text, at)
    return found[1].lower() if found else ""
