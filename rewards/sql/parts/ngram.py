"""Likeness of the wording: Jaccard index of token n-grams (Reasoning-SQL, arXiv 2503.23157; n = 2)."""

from __future__ import annotations

from collections.abc import Hashable, Set
from functools import lru_cache
from itertools import pairwise

from rewards.sql.tidy import bare

Bigram = tuple[str, ...]


def ngram_jaccard(predicted: str, gold: str, dialect: str = "sqlite") -> float:
    """Return |A ∩ B| / |A ∪ B| of the two queries' sets of bigrams; 0 for a text that is no sequence of tokens."""
    ours, theirs = bigrams(predicted, dialect), bigrams(gold, dialect)
    return 0.0 if ours is None or theirs is None else jaccard(ours, theirs)


@lru_cache(maxsize=1024)  # a gold comes once for each of its completions
def bigrams(sql: str, dialect: str = "sqlite") -> frozenset[Bigram] | None:
    """Return the pairs of neighbouring tokens; a query of one token is one gram. None if it has no tokens.

    Comments, blanks and the case of words and names make no difference; texts in quotes keep theirs.
    """
    found = tokens(sql, dialect)
    if found is None:
        return None
    return frozenset(pairwise(found)) if len(found) > 1 else frozenset({tuple(found)} if found else ())


def tokens(sql: str, dialect: str = "sqlite") -> list[str] | None:
    """Return the tokens of a query, in order; None if the tokenizer refuses it."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError

    try:
        found = tokenize(bare(sql), read=dialect)
    except (SqlglotError, RecursionError):
        return None
    words: list[str] = []
    for token in found:
        kind, text = token.token_type.name, token.text
        if kind == "STRING":
            words.append(f"'{text}'")
        elif kind == "IDENTIFIER":  # in quotes
            words.append(text.lower())
        else:  # the tokenizer joins some keywords: ORDER BY is two words all the same
            words += text.lower().split()
    return words


def jaccard(ours: Set[Hashable], theirs: Set[Hashable]) -> float:
    """Return the Jaccard index of two sets; two empty ones are alike."""
    return len(ours & theirs) / len(ours | theirs) if ours or theirs else 1.0
