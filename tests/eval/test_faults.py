"""Killed audits and failing servers, with the drill of `benchmarks/audit_faults.py`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

DRILL = Path(__file__).resolve().parents[2] / "benchmarks" / "audit_faults.py"


@pytest.mark.slow
def test_a_killed_audit_and_a_failing_server_leave_the_store_of_an_unbroken_audit() -> None:
    command = [sys.executable, str(DRILL), "--kills", "4", "--seed", "1", "--json"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert found.returncode == 0, found.stderr
    result = json.loads(found.stdout)
    assert result["kill -9"]["kills"] == 4
    assert 0 < result["kill -9"]["rows_after_kills"] < result["kill -9"]["rows"] == 40 * 601
    assert len(result["server"]["faults"]) == 10
    for part in ("kill -9", "server"):
        assert (result[part]["lost"], result[part]["doubled"]) == (0, 0)
        assert result[part]["rows_equal"]
        assert result[part]["audit_equal"]
