"""The errors a user can act on."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


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
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f" Did you mean `{close[0]}`?" if close else ""
    return f"unknown {kind} `{name}`.{hint} Known: {', '.join(names) or 'none'}."
