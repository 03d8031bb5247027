"""`reasoners rewards explain` as a user calls it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.store import SampleStore
from rewards import Record, Rollout, Source, load_reward, write_records
from rewards.suite import Suite

CLI = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder with two steps and a config that labels `number` as `sum`."""
    suite = Suite.from_config([{"name": "number", "label": "sum", "params": {"where": "marker"}}])
    for step in (1, 2):
        rollouts = [
            Rollout(f"it: {step + i}", f"p{i}", {"answer": "3"}, f"row-{i}", i, source=Source("r", step=step))
            for i in range(3)
        ]
        records = [Record(r, v) for r, v in zip(rollouts, suite.score(rollouts), strict=True)]
        write_records(tmp_path / "records", f"train-{step:08d}", records)
    text = "rewards:\n- name: number\n  label: sum\n  params: {where: marker, marker: ':'}\n"
    (tmp_path / "config.yaml").write_text(text)
    return tmp_path


def test_one_command_answers_why_it_is_zero(cli: CLI) -> None:
    done = cli("rewards", "explain", "number", "--completion", "so \\boxed{5 or 6}\x1b[31m", "--answer", "5")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:3] == [
        "number: 0 (unparsed), of 0 to 1",
        "rule        Found in the last \\boxed{...}, but it is not one number and nothing else.",
        "reason      not one number: '5 or 6'",
    ]
    assert "completion  so \\boxed{>>>5 or 6<<<}\\x1b[31m" in done.stdout
    assert "would pay   \\boxed{5}" in done.stdout


def test_columns_parameters_and_json(cli: CLI) -> None:
    words = ("number", "--completion", "50%", "--column", "answer=0.5", "percent=hundredth", "--json")
    found = json.loads(cli("rewards", "explain", *words).stdout)
    assert (found["value"], found["read_gold"], found["read_prediction"]) == (1.0, "1/2", "1/2")


def test_a_stored_sample_by_the_label_of_the_config(cli: CLI, run: Path) -> None:
    words = ("--record", run, "--id", "row-1", "--step", "2", "--json")
    found = json.loads(cli("rewards", "explain", "sum", *words).stdout)
    assert found["value"] == 1.0
    assert found["arguments"]["where"] == "marker"
    assert found["record"]["step"] == 2
    assert found["record"]["scores"] == {"sum": {"value": 1.0, "status": "scored"}}


def test_the_rewards_of_an_audit_are_known_by_their_label(cli: CLI, run: Path) -> None:
    entry = {"name": "number", "label": "total", "params": {"where": "marker", "marker": "it: "}}
    (run / "config.yaml").unlink()
    SampleStore(run / "audit", {"rewards": [entry]}, {}).close()
    (run / "audit" / "settings.json").rename(run / "settings.json")
    found = json.loads(cli("rewards", "explain", "total", "--record", run, "--id", "row-1", "--json").stdout)
    assert found["arguments"]["marker"] == "it: "
    path = run / "settings.json"
    path.write_text(path.read_text().replace("it: ", "is: "))
    done = cli("rewards", "explain", "total", "--record", run, "--id", "row-1")
    assert done.returncode == 2
    assert "settings.json was edited" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--record", "RUN", "--id", "row-9"), "unknown prompt id `row-9`. Did you mean `row-"),
        (("--record", "RUN", "--id", "row-1", "--sample", "7"), "it has: step 1 sample 1, step 2 sample 1"),
        (("--record", "RUN"), "--record needs --id"),
        (("--record", "nowhere", "--id", "x"), "no records in nowhere"),
        ((), "give the sample"),
        (("--completion", "x", "--step", "1"), "they need --record"),
        (("--completion", "x", "--column", "bare"), "not of the form K=V"),
        (("--completion", "x"), "needs column `answer`"),
    ],
)
def test_mistakes_are_named(cli: CLI, run: Path, words: tuple[str, ...], message: str) -> None:
    done = cli("rewards", "explain", "number", *(str(run) if w == "RUN" else w for w in words))
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_it_agrees_with_the_reward(cli: CLI) -> None:
    done = cli("rewards", "explain", "exact", "--completion", "dotted", "--answer", "banded", "--json")
    score = load_reward("exact").score(completion="dotted", answer="banded")
    assert json.loads(done.stdout)["reason"] == score.reason
