"""A query without what means nothing: blanks and semicolons at its ends, odd blanks, comments. Linear, never fails."""

from __future__ import annotations

from collections.abc import Iterator

from rewards.sql.scan import TOKEN

NO_WIDTH = "\u200b\u2060\ufeff"
INVISIBLE = str.maketrans("", "", NO_WIDTH + "\r")
SKIPPED = ("blank", "comment", "end")


def pieces(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield (kind, text, offset) of all of a text: `blank`, `comment`, `end` (a semicolon) or `code`."""
    for found in TOKEN.finditer(text):
        piece = found[0]
        if found.lastgroup == "blank":
            kind = "comment" if piece[0] in "-/" else "blank"
        else:
            kind = "end" if piece == ";" else "blank" if piece in NO_WIDTH else "code"
        yield kind, piece, found.start()


def tidy(text: str) -> str:
    """Return a query without blanks, comments and semicolons at its ends; blanks inside are plain ones.

    What stands in quotes is left as it is: a no-break space in a text is data.
    """
    found = [(kind, piece) for kind, piece, _ in pieces(text)]
    while found and found[-1][0] in SKIPPED:
        found.pop()
    start = next((i for i, (kind, _) in enumerate(found) if kind not in SKIPPED), len(found))
    return "".join(_plain(piece) if kind == "blank" else piece for kind, piece in found[start:])


def bare(text: str) -> str:
    """Return a query as `tidy` does, and without comments: each run of them and of blanks is one space."""
    found: list[str] = []
    for kind, piece, _ in pieces(tidy(text)):
        if kind not in ("blank", "comment"):
            found.append(piece)
        elif found[-1] != " ":
            found.append(" ")
    return "".join(found)


def _plain(blank: str) -> str:
    return "".join(c if c in " \n\t" else " " for c in blank.translate(INVISIBLE))
