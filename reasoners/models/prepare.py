"""Make embedded models ready before they are needed: `python -m reasoners.models.prepare [NAME ...]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from reasoners.models.load import EMBEDDED, resolve_model
from rewards.errors import ToolkitError

DEFAULT = ("embedded:proxy", "embedded:smollm2-135m")


def prepare(names: Sequence[str] = DEFAULT, say: Callable[[str], None] = print) -> None:
    """Make each embedded model unless it is in the cache, and say where it lies.

    Raises:
        ToolkitError: an unknown name, a missing package, or a cache that cannot be written.
    """
    for name in names:
        if not name.startswith("embedded:"):
            raise ToolkitError(f"`{name}` is not an embedded model. Known: {', '.join(EMBEDDED)}.")
        say(f"{name}: {resolve_model(name, say)}")


if __name__ == "__main__":
    try:
        prepare(sys.argv[1:] or DEFAULT)
    except ToolkitError as error:
        sys.exit(f"error: {error}")
