"""What befell the samples, and whether they are samples at all: truncated, unread, doubled, identical."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Health:
    """Shares of samples in [0, 1], and the problems whose samples are all one text.

    Attributes:
        samples: all of them.
        truncated, unparsed, masked: cut off; no answer to judge; not judged, because the verifier failed or the
            reference is unusable.
        duplicate: samples whose text an earlier sample of the problem has.
        identical: ids of problems with several samples, all of one text.
    """

    samples: int
    truncated: float
    unparsed: float
    masked: float
    duplicate: float
    identical: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def sample_health(samples: Iterable[tuple[str, str, str, bool | None]]) -> Health:
    """Sum up samples, each a problem's id, its text, its status and whether it was truncated."""
    texts: dict[str, set[int]] = {}
    sizes: dict[str, int] = {}
    truncated = unparsed = masked = 0
    for problem, text, status, cut in samples:
        texts.setdefault(problem, set()).add(hash(text))
        sizes[problem] = sizes.get(problem, 0) + 1
        truncated += bool(cut)
        unparsed += status == "unparsed"
        masked += status in ("error", "bad_reference", "not_applicable")
    total = sum(sizes.values())
    size = max(total, 1)
    doubled = total - sum(map(len, texts.values()))
    identical = tuple(p for p, of in sizes.items() if of > 1 and len(texts[p]) == 1)
    return Health(total, truncated / size, unparsed / size, masked / size, doubled / size, identical)
