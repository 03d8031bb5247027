"""Every example runs as its own text says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_unit_price_shows_every_kind_of_score() -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "unit_price.py"], capture_output=True, text=True, check=True
    )
    rows = done.stdout.splitlines()
    assert len(rows) == 4
    for status in ("scored", "unparsed", "bad_reference"):
        assert status in done.stdout
    assert "a price of -1.0 cannot be right" in done.stdout
