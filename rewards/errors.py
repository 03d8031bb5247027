"""The errors a user can act on."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MANY = 30
"""How many names an error lists; beyond that, only those like the one given."""


class ToolkitError(Exception):
    """Something the user can mend: the message says what failed, what is allowed and what to do next."""


class RewardError(ToolkitError):
    """A reward that cannot be found, loaded or called with what it was given."""


class RecordError(ToolkitError):
    """Records that cannot be written or read."""


class BadReference(Exception):  # noqa: N818 - it names a state of the data, raised by reward authors
    """Raise inside a reward when the reference answer is unusable: the sample is masked, never paid."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """Return 'unknown KIND `name`', the nearest valid name, and all valid names."""
    names = sorted(known)
    close = get_close_matches(name.lower(), names, n=MANY, cutoff=0.4)
    hint = f" Did you mean `{close[0]}`?" if close else ""
    if len(names) > MANY:
        return f"unknown {kind} `{name}`.{hint} Like it, of {len(names)}: {', '.join(close) or 'none'}."
    return f"unknown {kind} `{name}`.{hint} Known: {', '.join(names) or 'none'}."
