"""TRL's tool loop in a run of ours: calls counted from messages, results cut, tool tokens outside the loss."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.config import ConfigError, load_config
from reasoners.data import Example
from reasoners.models.proxy import proxy_tokenizer
from reasoners.models.tool_sums import CHAT_TEMPLATE, RESPONSE_TEMPLATE
from reasoners.tools.fit import check_fit, check_template
from reasoners.training import train
from rewards import ToolkitError, read_records

AFTER = {"=": "?:", "?": "4", "4": "+", "+": "5", "5": "$", ":": "9", "9": "$"}
"""Which characters may follow; `$` ends. A prompt ends in `=`, so each turn calls `4+5` or answers `9`, as likely."""


@pytest.fixture(scope="module")
def caller(scripted: Callable[..., Path]) -> Path:
    """Calls the calculator or answers, with the chat template of the proxy with tools."""
    return scripted(AFTER)


TOOL = '''
def calculator(expression: str) -> str:
    """Compute.

    Args:
        expression: what.
    """
    {body}
'''


def run(small_run: Callable[..., Path], caller: Path, tool: Any = "calculator", **sections: Any) -> Any:
    from rich.console import Console

    path = small_run(
        model={"name": str(caller), "precision": "fp32"},
        tools=[tool],
        trl={
            "max_steps": 1,
            "learning_rate": 1e-6,
            "per_device_train_batch_size": 16,
            "num_generations": 8,
            "max_completion_length": 60,
            "max_tool_calling_iterations": 2,
        },
        **sections,
    )
    result = train(load_config(path), Console(quiet=True))
    rows = read_records(result.folder.root).to_pylist()
    return result.metrics[0], [(json.loads(r["completion"]), json.loads(r["columns"]), r) for r in rows]


def test_calls_are_counted_per_sample_and_tool_tokens_are_not_the_models(
    small_run: Callable[..., Path], caller: Path
) -> None:
    metrics, rows = run(small_run, caller)
    assert len(rows) == 16
    written, whole = [], []
    for turns, columns, record in rows:
        asked = sum(len(t.get("tool_calls") or []) for t in turns)
        answers = [t for t in turns if t["role"] == "tool"]
        assert all(t["content"] == "9" for t in answers)
        counts = columns["tool_counts"]
        assert (counts["requested"], counts["executed"]) == (asked, len(answers))
        assert counts["repeated"] == max(asked - 1, 0)
        assert (counts["failed"], counts["cut"]) == (0, 0)
        written.append(sum(5 if t.get("tool_calls") else 3 for t in turns if t["role"] == "assistant"))
        whole.append(written[-1] + 2 * len(answers))
        assert record["completion_tokens"] == whole[-1]
    assert metrics["completions/mean_length"] == pytest.approx(sum(written) / 16)
    assert metrics["tools/requested"] == pytest.approx(
        sum(c["tool_counts"]["requested"] for _, c, _ in rows) / 16
    )
    assert max(c["tool_counts"]["requested"] for _, c, _ in rows) == 3  # two answered, the third not
    assert min(c["tool_counts"]["requested"] for _, c, _ in rows) == 0


def test_a_tool_that_raises_is_a_failed_call(
    small_run: Callable[..., Path], caller: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(TOOL.format(body='raise ValueError("no")'))
    metrics, rows = run(small_run, caller, f"{tmp_path / 'own.py'}:calculator")
    assert metrics["tools/failed"] == metrics["tools/executed"] > 0
    for turns, columns, _ in rows:
        assert columns["tool_counts"]["failed"] == sum(t["role"] == "tool" for t in turns)


def test_a_long_result_is_cut_and_counted(
    small_run: Callable[..., Path], caller: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(TOOL.format(body='return "8" * 10**6'))
    tool = {"name": f"{tmp_path / 'own.py'}:calculator", "max_chars": 2}
    metrics, rows = run(small_run, caller, tool)
    assert metrics["tools/cut"] == metrics["tools/executed"] > 0
    seen = {t["content"] for turns, _, _ in rows for t in turns if t["role"] == "tool"}
    assert seen == {"88\n[cut: the first 2 characters of 1000000]"}


def test_fewest_calls_are_carried_and_resumed(small_run: Callable[..., Path], caller: Path) -> None:
    from reasoners.carried import CarriedLeast
    from rewards import Rollout, Suite

    rewards = ["number", {"name": "otc_group", "params": {"alpha": 1.0, "c": 2.0, "carry": True}}]
    suite = Suite.from_config(rewards)
    carried = CarriedLeast(suite)

    def group(*calls: int) -> list[Rollout]:
        turns = [
            [{"role": "assistant", "tool_calls": [{"name": "f"}] * n, "content": "#### 9"}] for n in calls
        ]
        columns = {"answer": "9", **carried.columns("p")}
        return [Rollout(t, columns=columns, prompt_id="p", index=i) for i, t in enumerate(turns)]

    totals = []
    for calls in ((2, 3), (3, 4), (1, 2), (2, 2)):
        rollouts = group(*calls)
        verdicts = suite.score(rollouts)
        carried.update(rollouts, verdicts)
        totals.append(verdicts[0].total)
    assert carried.state() == {"p": 1}
    assert totals[0] == 1.0  # 2 calls were the fewest then
    assert totals[1] == pytest.approx(0.951056516295154)  # 3 against the 2 of before
    assert totals[3] == pytest.approx(0.866025403784439)  # 2 against the 1 of before
    again = CarriedLeast(suite)
    again.restore(carried.state())
    assert again.columns("p") == {"least_calls": 1}
    assert CarriedLeast(Suite.from_config(["number"])).labels == []


def test_what_is_carried_stays_within_training(tmp_path: Path) -> None:
    """Rows without ids are numbered in each split: `row-000000` of both is two questions."""
    from accelerate import Accelerator

    from reasoners.run_folder import Recorder
    from reasoners.scoring import Scorer
    from rewards import Source, Suite

    suite = Suite.from_config(
        ["number", {"name": "otc_group", "params": {"alpha": 1.0, "c": 2.0, "carry": True}}]
    )
    scorer = Scorer(
        suite,
        Recorder(tmp_path, "m"),
        Accelerator(cpu=True),
        formats={},
        max_masked_share=1.0,
        enders={0},
        length=lambda example: 1,
        tools=True,
    )
    scorer.carried.restore({"row-000000": 2})
    example = Example("row-000000", "q", {"answer": "9"})
    columns = {
        split: scorer.rollouts(Source(split=split), [example], ["#### 9"], [[0]])[0].columns
        for split in ("train", "eval")
    }
    assert columns["train"]["least_calls"] == 2
    assert "least_calls" not in columns["eval"]


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"data": {"chat": False}}, "set data.chat: true"),
        ({"algorithm": {"name": "remax"}}, "greedy completions of remax"),
        ({"algorithm": {"name": "raft"}}, "raft samples without tools"),
    ],
)
def test_a_config_that_would_not_use_its_tools_is_refused(sections: dict[str, Any], message: str) -> None:
    from reasoners.config import parse_config

    with pytest.raises(ConfigError, match=message):
        check_fit(parse_config({"rewards": ["number"], "tools": ["calculator"], **sections}))


def test_a_template_that_cannot_be_read_back_is_refused() -> None:
    tokenizer = proxy_tokenizer()
    with pytest.raises(ToolkitError, match="does not render tool calls"):
        check_template(tokenizer)
    tokenizer.chat_template = CHAT_TEMPLATE
    with pytest.raises(ToolkitError, match="cannot be read back"):
        check_template(tokenizer)
    tokenizer.response_template = RESPONSE_TEMPLATE
    check_template(tokenizer)
