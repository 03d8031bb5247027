"""Reading an audit's folder."""

import json
import shutil
from pathlib import Path

import pytest

from eval import Count, EvalError, load_audit, summarise

from .specimen import BASE, audit_folder


def test_reads_what_the_audit_wrote(tmp_path: Path) -> None:
    found = load_audit(audit_folder(tmp_path / "a", "base", BASE))
    assert {x.problem_id: x.c for x in found.counts} == BASE
    assert found.name == "base"
    assert found.prompts["p1"] == "What is p1?"
    assert found.formats == {"chain": 1.0}
    assert found.notes == ["one thing to know"]
    sample = found.samples["p2"][0]
    assert (sample.text, sample.value, sample.correct) == ("base answers 0", 1.0, True)
    assert (sample.reason, sample.tag, sample.status) == ("reason 0", "chain", "scored")


def test_samples_are_correct_and_wrong_ones(tmp_path: Path) -> None:
    folder = audit_folder(tmp_path / "a", "base", {"never": 0, "few": 1, "half": 4, "most": 7, "always": 8})
    found = load_audit(folder, samples=4).samples
    picked = {p: [s.index for s in samples] for p, samples in found.items()}
    assert picked == {
        "never": [0, 1, 2, 3],
        "few": [0, 1, 2, 3],
        "half": [0, 1, 4, 5],
        "most": [0, 1, 2, 7],
        "always": [0, 1, 2, 3],
    }
    assert found["most"][3].truncated
    assert load_audit(folder, samples=0).samples == {}


def test_samples_beyond_the_audits_n_are_not_shown(tmp_path: Path) -> None:
    folder = audit_folder(tmp_path / "a", "base", {"p": 4})
    data = json.loads((folder / "audit.json").read_text())
    fewer = {"n": 2, "summary": summarise([Count("p", 2, 2)]).to_json()}
    (folder / "audit.json").write_text(json.dumps({**data, **fewer}))
    assert [s.index for s in load_audit(folder).samples["p"]] == [0, 1]


def test_conversations_become_text(tmp_path: Path) -> None:
    from rewards import Record, Rollout, Source, Status, Verdict, write_records

    folder = audit_folder(tmp_path / "a", "base", {"p": 1}, n=1)
    shutil.rmtree(folder / "records")
    turns = [
        {"role": "assistant", "content": None, "tool_calls": [{"name": "add"}]},
        {"role": "tool", "content": "4"},
        {"role": "assistant", "content": [{"type": "text", "text": "It is 4."}]},
    ]
    rollout = Rollout(completion=turns, prompt_id="p", source=Source(split="audit"))
    write_records(
        folder / "records", "audit-00000000", [Record(rollout, Verdict(1.0, True, Status.SCORED, {}))]
    )
    text = load_audit(folder).samples["p"][0].text
    assert text == '[assistant]\n\n{"name": "add"}\n\n[tool]\n4\n\n[assistant]\nIt is 4.'


def test_an_audit_without_records_has_no_samples(tmp_path: Path) -> None:
    folder = audit_folder(tmp_path / "a", "base", BASE)
    shutil.rmtree(folder / "records")
    assert load_audit(folder).samples == {}


def test_refuses_what_is_no_audit(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"holds no audit.json"):
        load_audit(tmp_path)
    (tmp_path / "counts.jsonl").write_text("")
    with pytest.raises(EvalError, match=r"add --counts"):
        load_audit(tmp_path / "counts.jsonl")
    for text, says in (
        ("{", "cannot read"),
        ("[]", "expected an object, got list"),
        ("{}", "lacks 'summary'"),
        ('{"summary": {"per_problem": [], "k": [], "confidence": 0.95}, "n": 1}', "no counts"),
        ('{"summary": {"per_problem": 3}}', "is not an audit"),
    ):
        (tmp_path / "audit.json").write_text(text)
        with pytest.raises(EvalError, match=says):
            load_audit(tmp_path)
