"""How fast `reasoners rewards serve` answers over real connections on this machine.

    python benchmarks/serve_rate.py [--seconds 5] [--clients 8]

single     POST /score, one row a request: requests a second, and the median and 95th percentile of their milliseconds
batch      POST /score_batch, 256 rows a request: rows a second

for `number` (inline) and for a no-op reward in worker processes. The clients run in this process, on the same cores.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

PLUGIN = '''
from rewards import reward


@reward("noop")
def noop(completion: str) -> float:
    """Do nothing, in a worker."""
    return 1.0
'''
ROW = {"completion": "Let me think about this step by step. " * 15 + "#### 42", "answer": "42"}
BATCH = 256


def measure(port: int, path: str, body: bytes, clients: int, seconds: float) -> list[float]:
    """Return the seconds of every request that `clients` connections made, one after the other, in `seconds`."""
    taken: list[float] = []
    end = time.perf_counter() + seconds

    def client() -> None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while (begin := time.perf_counter()) < end:
            link.request("POST", path, body, {"Content-Type": "application/json"})
            reply = link.getresponse()
            text = reply.read()
            if reply.status != 200:
                raise RuntimeError(f"{reply.status}: {text[:200]!r}")
            taken.append(time.perf_counter() - begin)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def figures(port: int, clients: int, seconds: float) -> dict[str, Any]:
    one, many = json.dumps(ROW).encode(), json.dumps({"rows": [ROW] * BATCH}).encode()
    measure(port, "/score", one, clients, 1.0)  # warm
    single = measure(port, "/score", one, clients, seconds)
    batch = measure(port, "/score_batch", many, clients, seconds)
    return {
        "requests_per_second": round(len(single) / seconds),
        "median_ms": round(1000 * statistics.median(single), 1),
        "p95_ms": round(1000 * statistics.quantiles(single, n=20)[-1], 1),
        "batch_rows_per_second": round(BATCH * len(batch) / seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--clients", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "noop.py").write_text(PLUGIN)
        for name in ("number", "noop.py:noop"):
            command = [sys.executable, "-m", "reasoners.cli.main", "rewards", "serve", name]
            service = subprocess.Popen(
                [*command, "--port", "0", "--json", "--workers", "2"],
                stdout=subprocess.PIPE,
                text=True,
                cwd=folder,
            )
            try:
                assert service.stdout is not None
                port = json.loads(service.stdout.readline())["port"]
                found = figures(port, given.clients, given.seconds)
                print(json.dumps({"reward": name, "clients": given.clients, **found}), flush=True)
            finally:
                service.terminate()
                service.wait(30)


if __name__ == "__main__":
    main()
