"""Benchmarks and suites as a user runs them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

pytest.importorskip("torch", reason="needs the extra [train]")

Cli = Callable[..., subprocess.CompletedProcess[str]]
FEW = ["audit.n=2", "audit.max_new_tokens=4", "audit.temperature=2.0", "data.prompt={{ question }}="]


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    folder = tmp_path / "copies"
    folder.mkdir()
    rows = [{"question": f"{i}+{i}", "answer": f"so #### {2 * i}"} for i in range(6)]
    (folder / "gsm8k_test.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    (folder / "amc23.jsonl").write_text(
        '{"question": "1+2", "answer": 3.0}\n{"question": "2+2", "answer": 4.0}\n'
    )
    return folder


def test_a_benchmark_is_audited_by_name(cli: Cli, copies: Path, tiny_model: Path, tmp_path: Path) -> None:
    words = ["audit", "--benchmark", "gsm8k", "--model", tiny_model, "--data", copies, "--size", "4"]
    found = cli(*words, *FEW, "--out", tmp_path / "out", "--json")
    assert found.returncode == 0, found.stderr
    result = json.loads(found.stdout)
    assert (result["problems"], result["n"]) == (4, 2)
    assert all(p.startswith("gsm8k-000") for p in result["prompts"])
    assert set(result["references"].values()) <= {"0", "2", "4", "6", "8", "10"}


def test_a_suite_makes_one_folder_per_pair_and_goes_on(
    cli: Cli, copies: Path, tiny_model: Path, tmp_path: Path
) -> None:
    suite = tmp_path / "study.yaml"
    tree = {
        "out": str(tmp_path / "study"),
        "models": [str(tiny_model), {"name": str(tiny_model), "label": "again"}],
        "benchmarks": [{"name": "gsm8k", "data": str(copies), "size": 3}, {"name": "amc23", "data": str(copies)}],
        "set": dict(pair.split("=", 1) for pair in FEW[:1]) | {"audit.max_new_tokens": 4, "audit.temperature": 2.0,
                                                              "data.prompt": "{{ question }}=", "audit.n": 2},
    }  # fmt: skip
    tree["models"][0] = {"name": str(tiny_model), "label": "tiny"}
    suite.write_text(yaml.safe_dump(tree))
    found = cli("audit", "--suite", suite, "--json")
    assert found.returncode == 0, found.stderr
    audits = json.loads(found.stdout)["audits"]
    assert [(a["benchmark"], a["model"]) for a in audits] == [
        ("gsm8k", "tiny"), ("amc23", "tiny"), ("gsm8k", "again"), ("amc23", "again")
    ]  # fmt: skip
    folders = [Path(a["folder"]) for a in audits]
    assert folders[0] == tmp_path / "study" / "gsm8k" / "tiny"
    results = [json.loads((folder / "audit.json").read_text()) for folder in folders]
    assert results[0]["summary"] == results[2]["summary"]
    second = cli("audit", "--suite", suite)
    assert second.returncode == 0, second.stderr
    assert second.stderr.count("are there already") == 4
    assert "gsm8k, tiny: pass@1" in second.stdout
    compared = cli("compare", folders[0], folders[2])
    assert compared.returncode == 0, compared.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"models": []}, "models: List should have at least 1 item"),
        ({"benchmarks": ["gsm9k"]}, "Did you mean `gsm8k`"),
        ({"benchmarks": ["gsm8k", "gsm8k"]}, "two benchmarks are labelled `gsm8k`"),
        ({"benchmarks": [{"size": 3}]}, "give either `name` (of a benchmark) or `config`"),
        ({"extra": 1}, "extra: Extra inputs are not permitted"),
        ({"models": [{"name": "m", "set": {"audit.temperature": 0.5}}]}, "sets audit.temperature for itself"),
        ({"models": [{"name": "m", "set": {"audit": {"n": 2}}}]}, "sets audit.n for itself"),
        ({"set": {"audit.temprature": 1}}, "Did you mean `temperature`"),
    ],
)
def test_a_mistake_in_a_suite_is_one_sentence(
    cli: Cli, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text(yaml.safe_dump({"models": ["m"], "benchmarks": ["gsm8k"], **change}))
    found = cli("audit", "--suite", path)
    assert found.returncode == 2, found.stdout
    assert said in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--benchmark", "gsm8k"], "--benchmark needs --model"),
        (["--benchmark", "gsm9k", "--model", "m"], "Did you mean `gsm8k`"),
        (["--benchmark", "gsm8k", "--model", "m", "--data", "nowhere"], "holds no copy of gsm8k"),
        (["demo", "--size", "3"], "go with --benchmark"),
        (["demo", "--engine", "vlm"], "audit.engine = `vlm`: known are transformers, vllm"),
        (["--suite", "none.yaml"], "cannot read suite none.yaml"),
        (["demo", "--suite", "none.yaml"], "says everything itself"),
        (["--suite", "none.yaml", "--k", "1,2"], "says everything itself"),
        (["--suite", "none.yaml", "--split", "train"], "says everything itself"),
        (["--suite", "none.yaml", "--counts", "none.jsonl"], "--counts sums up a file"),
        (["--counts", "none.jsonl", "--split", "train"], "--counts sums up a file"),
        (["--benchmark", "gsm8k", "--model", "m", "--split", "train"], "--split goes with a CONFIG"),
    ],
)
def test_a_mistake_is_one_sentence(cli: Cli, tmp_path: Path, words: list[str], said: str) -> None:
    found = cli("audit", *words, cwd=tmp_path)
    assert found.returncode == 2, found.stdout
    assert said in found.stderr
    assert "Traceback" not in found.stderr


def test_benchmarks_are_listed_and_looked_for_in_training_data(
    cli: Cli, copies: Path, tmp_path: Path
) -> None:
    listed = json.loads(cli("benchmarks", "list", "--json").stdout)["benchmarks"]
    assert {"gsm8k", "math500", "aime24", "aime25", "amc23", "minerva", "olympiadbench", "mmlu_stem", "gpqa",
            "spider", "bird"} == {b["name"] for b in listed}  # fmt: skip
    train = tmp_path / "train.jsonl"
    train.write_text('{"text": "What is 1+2 ?", "n": 3}\n{"text": "other", "n": 4}\n')
    words = ["benchmarks", "overlap", "amc23", "--data", copies, "--train", train]
    found = json.loads(cli(*words, "--json").stdout)
    assert (found["problems"], found["exact"]) == (2, 1)
    assert [(o["problem"], o["share"], o["row"]) for o in found["listed"]] == [("amc23-0000", 1.0, 0)]
    assert "1 of 2 problems of amc23" in cli(*words).stdout
    missing = cli(*words, "--column", "question")
    assert missing.returncode == 2
    assert "no column `question`. It has: n, text" in missing.stderr
