"""`reasoners audit` as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the extra [train]")

Cli = Callable[..., subprocess.CompletedProcess[str]]

AUDIT = {"n": 4, "max_new_tokens": 6, "batch_size": 8, "temperature": 2.0}
EXACT = [{"name": "number", "params": {"where": "last"}}]


@pytest.fixture
def config(small_run: Callable[..., Path], tmp_path: Path, tiny_model: Path) -> Path:
    data = {"train": str(tmp_path / "rows.jsonl"), "eval": str(tmp_path / "held_out.jsonl")}
    return small_run(audit=AUDIT, data=data, rewards=EXACT, formats={"digit": r"\d"})


def test_an_audit_is_made_topped_up_and_shown(config: Path, cli: Cli, tmp_path: Path) -> None:
    out, report = tmp_path / "audit", tmp_path / "report.html"
    first = cli("audit", config, "--out", out, "--report", report)
    assert first.returncode == 0, first.stderr
    for said in ("pass@k", "4 problems, 4 samples each", "Greedy accuracy", "format digit", str(out)):
        assert said in first.stdout
    assert "audit: 16 of 16 samples" in first.stderr
    assert "<html" in report.read_text().lower()
    assert "Guess control" in report.read_text()
    second = cli("audit", config, "--out", out, "--n", "8", "--k", "1,8", "--json")
    assert second.returncode == 0, second.stderr
    assert "16 of 32 samples are there already" in second.stderr
    result = json.loads(second.stdout)
    assert result == json.loads((out / "audit.json").read_text())
    assert [row["k"] for row in result["summary"]["k"]] == [1, 8]
    assert (result["n"], result["problems"], result["summary"]["samples"]) == (8, 4, 32)
    third = cli("audit", config, "audit.temperature=1.0", "--out", out)
    assert third.returncode == 2
    assert "sampling.temperature = 2.0; this audit has 1.0" in third.stderr


def test_without_out_the_folder_lies_beside_the_run(config: Path, cli: Cli, tmp_path: Path) -> None:
    found = cli("audit", config, "--n", "1", "--no-greedy", "--quiet")
    assert found.returncode == 0, found.stderr
    assert found.stderr == ""
    (folder,) = (tmp_path / "audits").iterdir()
    result = json.loads((folder / "audit.json").read_text())
    assert folder.name.startswith("run-")
    assert result["greedy_accuracy"] is None


def test_counts_are_summed_up_without_a_model(cli: Cli, tmp_path: Path) -> None:
    counts = tmp_path / "counts.jsonl"
    counts.write_text('{"problem_id": "a", "n": 4, "c": 1}\n{"problem_id": "b", "n": 4, "c": 0}\n')
    found = cli("audit", "--counts", counts, "--k", "1,2,4", "--json", tmp_path / "out.json")
    assert found.returncode == 0, found.stderr
    assert "2 problems, 4 samples each" in found.stdout
    result = json.loads((tmp_path / "out.json").read_text())
    assert [row["pass_at_k"] for row in result["k"]] == pytest.approx([0.125, 0.25, 0.5], abs=1e-14)
    code = "import sys; from reasoners.cli.main import cli; cli(sys.argv[1:], standalone_mode=False); "
    code += "sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code, "audit", "--counts", counts], check=False).returncode == 0
    )
    assert cli("audit", "--counts", counts, "--k", "8").returncode == 2
    rest = "".join(json.dumps({"problem_id": f"p{i}", "n": 64, "c": i}) + "\n" for i in range(3))
    counts.write_text('{"problem_id": "short", "n": 1, "c": 0}\n' + rest)
    said = "k ends at 1: problem `short` has only 1 judged sample(s), while the median is 64."
    assert said in cli("audit", "--counts", counts).stdout
    assert "k ends" not in cli("audit", "--counts", counts, "--k", "1").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give a CONFIG"),
        (["--counts", "none.jsonl"], "cannot read none.jsonl"),
        (["demo", "--counts", "c.jsonl"], "nothing of a CONFIG"),
        (["--counts", "c.jsonl", "--report", "r.html"], "--report needs samples"),
        (["demo", "--k", "1,two"], "whole numbers from 1"),
        (["demo", "--n", "0"], "0 is not in the range"),
        (["demo", "--n", "4", "--k", "8", "--model", "MODEL"], "k must be within 1..n=4"),
        (["demo", "--model", "embedded:proxi"], "Did you mean `embedded:proxy`"),
        (["no-such-recipe"], "no config file no-such-recipe"),
        (["demo", "audit.temprature=1"], "Did you mean `temperature`"),
        (["demo", "audit.temperature=0", "--n", "2", "--model", "MODEL"], "one and the same"),
        (["demo", "data.eval=none.jsonl"], "no file none.jsonl"),
    ],
)
def test_a_mistake_is_one_sentence(
    cli: Cli, tmp_path: Path, tiny_model: Path, words: list[str], said: str
) -> None:
    words = [str(tiny_model) if word == "MODEL" else word for word in words]
    found = cli("audit", *words, cwd=tmp_path)
    assert found.returncode == 2, found.stdout + found.stderr
    assert said in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.slow
def test_ctrl_c_keeps_the_samples_and_the_same_command_goes_on(
    config: Path, cli: Cli, tmp_path: Path
) -> None:
    out = tmp_path / "audit"
    words = [
        sys.executable,
        "-m",
        "reasoners.cli.main",
        "audit",
        str(config),
        "--out",
        str(out),
        "--n",
        "2000",
    ]
    child = subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    deadline = time.monotonic() + 120
    while len(list(out.glob("records/*.parquet"))) < 2 and time.monotonic() < deadline:
        assert child.poll() is None, "ended before it could be stopped"
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert f"The samples made so far are in {out}; the same command goes on." in said
    assert "Traceback" not in said
    found = cli("audit", config, "--out", out, "--n", "4")
    assert found.returncode == 0, found.stderr
    assert "samples are there already" in found.stderr
