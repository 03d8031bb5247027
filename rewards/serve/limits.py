"""How much the service takes at once."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from rewards.errors import ToolkitError

UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", re.ASCII)


@dataclass(frozen=True)
class Limits:
    """Bounds of the service.

    Attributes:
        body: bytes of one request's body; more is refused with 413.
        queue: requests that may wait; one more is refused with 429 and `Retry-After`.
        threads: requests that are judged at once.
        seconds: time of one request, waiting included; then it is answered with 504.
    """

    body: int = 1_000_000
    queue: int = 256
    threads: int = 2
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.body < 1 or self.queue < 0 or self.threads < 1:
            raise ToolkitError(f"limits of the service must be positive: {self}.")
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise ToolkitError(f"a request's time must be a positive number of seconds, not {self.seconds}.")


def parse_size(text: str) -> int:
    """Return bytes for `1MB`, `512KiB` or `100000`. Raises `ToolkitError`."""
    match = SIZE.fullmatch(text)
    unit = UNITS.get(match[2].lower()) if match else None
    size = int(float(match[1]) * unit) if match and unit else 0
    if size < 1:
        raise ToolkitError(f"`{text}` is no size; write a number of bytes, or 512KB, 1MB, 4MiB.")
    return size
