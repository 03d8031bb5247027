"""Counters of the service, in Prometheus' text format."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from rewards.contract import Status

BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
PATHS = ("/score", "/score_batch", "/health", "/metrics")


class Metrics:
    """Requests by path and code, scores by status, seconds. Used on the event loop only."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.statuses: Counter[str] = Counter({status.value: 0 for status in Status})
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0

    def answered(self, path: str, code: int, seconds: float) -> None:
        """Count one request; the paths are few, whatever is asked for."""
        path = path if path in PATHS else "other"
        self.requests[path, code] += 1
        if path.startswith("/score"):
            self._buckets[bisect_left(BUCKETS, seconds)] += 1
            self._seconds += seconds

    def text(self, **gauges: float) -> str:
        """Return all metrics; `gauges` are added as they are now."""
        return "\n".join(self._lines(gauges)) + "\n"

    def _lines(self, gauges: dict[str, float]) -> Iterator[str]:
        yield from _head("requests_total", "counter", "Requests by path and status code.")
        for (path, code), count in sorted(self.requests.items()):
            yield f'reasoners_requests_total{{path="{path}",code="{code}"}} {count}'
        yield from _head("scores_total", "counter", "Samples judged, by status.")
        for status, count in self.statuses.items():
            yield f'reasoners_scores_total{{status="{status}"}} {count}'
        yield from _head(
            "request_seconds", "histogram", "Seconds from a scoring request's arrival to its answer."
        )
        seen = 0
        for edge, count in zip([*map(str, BUCKETS), "+Inf"], self._buckets, strict=True):
            seen += count
            yield f'reasoners_request_seconds_bucket{{le="{edge}"}} {seen}'
        yield f"reasoners_request_seconds_sum {self._seconds:.6f}"
        yield f"reasoners_request_seconds_count {seen}"
        for name, value in gauges.items():
            yield from _head(name, "gauge", name.replace("_", " ").capitalize() + ".")
            yield f"reasoners_{name} {value:g}"


def _head(name: str, kind: str, told: str) -> Iterator[str]:
    yield f"# HELP reasoners_{name} {told}"
    yield f"# TYPE reasoners_{name} {kind}"
