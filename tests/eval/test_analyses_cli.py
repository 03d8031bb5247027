"""`reasoners analyse`, as a user runs it, on a tiny model."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rewards import Record, Rollout, Score, Source, Status, Verdict, write_records

from .specimen import audit_folder

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    folder = audit_folder(tmp_path / "base", "base", {"1+2=": 0, "3+4=": 0}, n=2)
    records = [
        Record(
            Rollout(text, prompt=p, prompt_id=p, index=i, source=Source(split="audit")),
            Verdict(0.0, False, Status.SCORED, {"number": Score(0.0)}),
        )
        for p in ("1+2=", "3+4=")
        for i, text in enumerate(("12", "345"))
    ]
    for path in (folder / "records").glob("*.parquet"):
        path.unlink()
    write_records(folder / "records", "audit-00000000", records)
    content = json.loads((folder / "audit.json").read_text())
    content["sampling"] = {"temperature": 1.0, "max_new_tokens": 6, "seed": 0}
    (folder / "audit.json").write_text(json.dumps(content))
    return folder


def test_perplexity_of_an_audit_under_a_model(cli: Cli, audit: Path, tiny_model: Path) -> None:
    done = cli("analyse", "perplexity", audit, "--model", tiny_model, "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["count"], len(row["values"]), row["left_out"]) == (4, 4, 0)
    assert row["low"] <= row["median"] <= row["high"]
    done = cli("analyse", "perplexity", audit, "--model", tiny_model, "--problems", "1", "--samples", "1")
    assert "(1 samples)" in done.stdout


def test_a_model_matches_itself_at_its_own_temperature(cli: Cli, audit: Path, tiny_model: Path) -> None:
    done = cli("analyse", "temperature", audit, "--base", tiny_model, "--tuned", tiny_model, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["temperature"], found["entropy"], len(found["probes"])) == (1.0, found["target"], 1)


def test_refusals(cli: Cli, audit: Path, tiny_model: Path, tmp_path: Path) -> None:
    done = cli("analyse", "perplexity", tmp_path / "nowhere", "--model", tiny_model)
    assert done.returncode == 2
    assert "no records" in done.stderr
    content = json.loads((audit / "audit.json").read_text())
    content["sampling"]["temperature"] = 0.0
    (audit / "audit.json").write_text(json.dumps(content))
    done = cli("analyse", "temperature", audit, "--base", tiny_model, "--tuned", tiny_model)
    assert done.returncode == 2
    assert "at temperature 0" in done.stderr
