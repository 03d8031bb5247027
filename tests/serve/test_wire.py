"""Rows from anyone: a rollout or a refusal with a sentence, never anything else."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewards import Rollout, Score, Status, Suite, Verdict

pytest.importorskip("fastapi", reason="needs the extra [serve]")
from rewards.serve.metrics import Metrics
from rewards.serve.wire import Refused, row_of, verdict_json

PLUGIN = '''
from rewards import reward

@reward("all", cost="inline")
def everything(completion: str, messages: list, tool_calls: list, prompt: str, answer: str) -> float:
    """Take all that can be injected."""
    return 0.5
'''
TEXT = st.text(st.characters(), max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
TURN = st.fixed_dictionaries({}, optional={"role": JSON, "content": JSON, "tool_calls": JSON, "text": JSON})
ROW = st.fixed_dictionaries(
    {},
    optional={
        key: JSON | st.lists(TURN | JSON, max_size=3)
        for key in ("completion", "messages", "prompt", "answer")
    },
)


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    path: Path = tmp_path_factory.mktemp("wire") / "mine.py"
    path.write_text(PLUGIN)
    return Suite.from_config([f"{path}:everything", {"name": "exact", "when": {"kind": "x"}}])


def outcome(row: Any, suite: Suite) -> tuple[Rollout | None, Refused | None]:
    try:
        return row_of(row, suite, "row 3: "), None
    except Refused as refused:
        return None, refused


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON | ROW)
def test_any_row_is_a_rollout_or_a_refusal(suite: Suite, row: Any) -> None:
    rollout, refused = outcome(row, suite)
    if rollout is None:
        assert refused is not None
        assert refused.code == 422
        assert refused.message.startswith("row 3: ")
        return
    (verdict,) = suite.score([rollout])
    json.dumps(verdict_json(verdict), allow_nan=False)


def test_calls_that_are_no_list_are_refused(suite: Suite) -> None:
    with pytest.raises(Refused, match="no list of chat turns"):
        row_of({"messages": [{"role": "assistant", "tool_calls": 5}], "answer": "1"}, suite)


def test_what_json_cannot_hold_becomes_null() -> None:
    score = Score(1.0, Status.SCORED, {"part": float("nan")}, "because \ud800", 0.1234567)
    found = verdict_json(Verdict(1.0, True, Status.SCORED, {"a": score}))
    assert found["scores"]["a"] == {
        "value": 1.0,
        "status": "scored",
        "parts": {"part": None},
        "reason": "because \ud800",
        "seconds": 0.123457,
    }


def test_metrics_add_up() -> None:
    metrics = Metrics()
    for seconds in (0.0005, 0.001, 0.3, 100.0):
        metrics.answered("/score", 200, seconds)
    metrics.answered("/any/path", 404, 1.0)
    lines = metrics.text(queue_depth=2).splitlines()
    assert 'reasoners_request_seconds_bucket{le="0.001"} 2' in lines
    assert 'reasoners_request_seconds_bucket{le="0.5"} 3' in lines
    assert 'reasoners_request_seconds_bucket{le="+Inf"} 4' in lines
    assert "reasoners_request_seconds_count 4" in lines
    assert "reasoners_request_seconds_sum 100.301500" in lines
    assert 'reasoners_requests_total{path="other",code="404"} 1' in lines
    assert "reasoners_queue_depth 2" in lines
    assert all(line.startswith(("# HELP reasoners_", "# TYPE reasoners_", "reasoners_")) for line in lines)
