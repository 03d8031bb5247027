"""The audit engine: what it says, and that neither kill -9 nor a top-up changes it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.backends.transformers import TransformersBackend, weights_mark
from eval.comparable import check_comparable, not_known
from eval.engine import run_audit
from eval.errors import EvalError
from eval.sampling import Sampling
from eval.store import SampleStore
from eval.tally import Problem
from eval.views import load_audit
from rewards import BadReference, Score, Status, Suite, Term, iter_records, load_reward, reward
from rewards.text import final_text

torch = pytest.importorskip("torch", reason="needs the extra [train]")

PROBLEMS = [Problem(f"p{i}", f"{i}+{i}=", {"answer": str(2 * i)}) for i in range(7)]
SAMPLING = Sampling(max_new_tokens=8, temperature=2.0)


@pytest.fixture(scope="module")
def tiny(tiny_model: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    return model.eval(), AutoTokenizer.from_pretrained(tiny_model)


@reward("has_digit", cost="inline")
def has_digit(completion: str, answer: str) -> float:
    """Pay for any digit."""
    return float(any(c.isdigit() for c in completion))


@reward("moody", cost="inline")
def moody(completion: str, answer: str) -> Score:
    """Say each thing that a verifier can say."""
    if answer == "0":
        raise BadReference("no zero, please")
    if "a" in completion:
        return Score(None, Status.UNPARSED)
    if "b" in completion:
        raise RuntimeError("cannot read b")
    return Score(float("e" in completion))


def suite(of: Any = has_digit) -> Suite:
    return Suite([Term(of.bind(), of.name)])


@pytest.fixture
def audit(tiny: tuple[Any, Any], tmp_path: Path) -> Callable[..., dict[str, Any]]:
    def run(folder: str = "audit", **changes: Any) -> dict[str, Any]:
        settings = {"n": 6, "sampling": SAMPLING, "name": "tiny", "model_name": "m"}
        settings |= {"problems": PROBLEMS, "suite": suite(), **changes}
        problems, judge = settings.pop("problems"), settings.pop("suite")
        return run_audit(tmp_path / folder, problems, judge, TransformersBackend(*tiny, 5), **settings)

    return run


def samples(folder: Path, split: str = "audit") -> dict[tuple[str, int], str]:
    found = [
        (r.rollout.prompt_id, r.rollout.index, r.rollout.completion) for r in iter_records(folder, split)
    ]
    assert len(found) == len({f[:2] for f in found})
    return {(problem, index): str(text) for problem, index, text in found}


def test_the_figures_are_those_of_the_records(audit: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    result = audit(formats={"digit": r"\d", "letter": "[a-z]"})
    records = list(iter_records(tmp_path / "audit", "audit"))
    assert len(records) == 7 * 6
    for problem in PROBLEMS:
        mine = [r for r in records if r.rollout.prompt_id == problem.id]
        c = sum(any(x.isdigit() for x in str(r.rollout.completion)) for r in mine)
        assert {"problem_id": problem.id, "n": 6, "c": c} in result["summary"]["per_problem"]
    assert [row["k"] for row in result["summary"]["k"]] == [1, 2, 4, 6]
    texts = {
        p.id: [str(r.rollout.completion) for r in records if r.rollout.prompt_id == p.id] for p in PROBLEMS
    }
    assert result["rates"] == {
        "truncated": sum(bool(r.rollout.truncated) for r in records) / 42,
        "unparsed": 0.0,
        "error": 0.0,
        "duplicate": sum(len(t) - len(set(t)) for t in texts.values()) / 42,
    }
    assert result["formats"]["digit"] == sum(r.tag == "digit" for r in records) / 42 > 0
    greedy = samples(tmp_path / "audit", "greedy")
    assert result["greedy_accuracy"] == sum(any(x.isdigit() for x in t) for t in greedy.values()) / 7
    assert result["references"]["p3"] == "6"
    assert result["prompts"]["p3"] == "3+3="
    assert result["notes"] == result["masked_problems"] == []
    assert json.loads((tmp_path / "audit" / "audit.json").read_text()) == result
    one = records[0].rollout
    assert (one.source.run, one.source.model, one.source.split) == ("tiny", "m", "audit")
    assert one.source.sampling == SAMPLING.to_json()
    assert load_audit(tmp_path / "audit").summary.samples == 42


def test_a_top_up_keeps_what_is_there_and_equals_a_run_in_one_go(
    audit: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    audit("steps", n=2)
    before = samples(tmp_path / "steps")
    said: list[str] = []
    topped = audit("steps", n=6, say=said.append)
    assert said == [f"{tmp_path / 'steps'}: 14 of 42 samples are there already and are used"]
    assert before.items() <= samples(tmp_path / "steps").items()
    assert audit("once") == topped
    assert samples(tmp_path / "once") == samples(tmp_path / "steps")
    fewer = audit("steps", n=2)
    assert fewer["summary"]["n_max"] == 2
    assert fewer == audit("two", n=2)


def test_a_finished_audit_samples_nothing_again(audit: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    first = audit()
    files = sorted((tmp_path / "audit" / "records").iterdir())
    assert audit(progress=lambda *_: pytest.fail("sampled again")) == first
    assert sorted((tmp_path / "audit" / "records").iterdir()) == files


def test_progress_counts_to_the_end(audit: Callable[..., dict[str, Any]]) -> None:
    seen: list[tuple[str, int, int]] = []
    audit(progress=lambda *step: seen.append(step))
    assert seen[0] == ("audit", 5, 42)
    assert [s for s in seen if s[0] == "audit"][-1] == ("audit", 42, 42)
    assert seen[-1] == ("greedy", 7, 7)


def test_masked_samples_are_neither_right_nor_wrong(
    audit: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    result = audit(suite=suite(moody), n=12, ks=[1, 2, 12])
    records = list(iter_records(tmp_path / "audit", "audit"))
    counts = {row["problem_id"]: row for row in result["summary"]["per_problem"]}
    assert "p0" not in counts
    assert result["masked_problems"] == ["p0"]
    masked = [r for r in records if r.verdict.correct is None]
    assert len(masked) > 12, "the specimen needs a completion with b"
    for problem in PROBLEMS[1:]:
        mine = [str(r.rollout.completion) for r in records if r.rollout.prompt_id == problem.id]
        assert counts[problem.id]["n"] == sum("b" not in t or "a" in t for t in mine)
        assert counts[problem.id]["c"] == sum("e" in t and "a" not in t and "b" not in t for t in mine)
    assert result["rates"]["error"] == len(masked) / len(records)
    assert (
        result["rates"]["unparsed"]
        == sum("a" in str(r.rollout.completion) for r in records if r.rollout.prompt_id != "p0") / 84
    )
    fewest = min(counts.values(), key=lambda row: row["n"])
    assert result["notes"] == [
        f"k = 12 left out: problem `{fewest['problem_id']}` has only {fewest['n']} judged sample(s).",
        "1 problem(s) without a judged sample are left out, the first `p0`.",
    ]


def test_when_all_is_masked_the_reason_is_said(audit: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(EvalError, match=r"every sample was masked.*`moody`, problem `p0`: no zero, please"):
        audit(suite=suite(moody), problems=PROBLEMS[:1])


def test_identical_samples_at_a_temperature_raise_an_alarm(audit: Callable[..., dict[str, Any]]) -> None:
    cold = Sampling(temperature=1e-6, max_new_tokens=4)
    result = audit("cold", sampling=cold)
    assert [note[:5] for note in result["notes"]] == ["ALARM"]
    assert audit("greedy", sampling=Sampling(temperature=0, max_new_tokens=4), n=1)["notes"] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"problems": []}, "no problems"),
        ({"problems": [*PROBLEMS, PROBLEMS[2]]}, "problem `p2` occurs 2 times"),
        ({"n": 0}, "n must be at least 1"),
        ({"sampling": Sampling(temperature=0), "n": 2}, "all 2 samples would be one and the same"),
        ({"formats": {"bad": "("}}, "format `bad`: `\\(` is no regular expression"),
        ({"ks": [1, 9]}, r"k must be within 1\.\.n=6"),
    ],
)
def test_what_makes_no_audit_is_refused_before_sampling(
    audit: Callable[..., dict[str, Any]], tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(EvalError, match=said):
        audit(**changes)
    assert not (tmp_path / "audit").exists()


def test_a_retrained_model_is_not_mixed_with_its_former_self(
    audit: Callable[..., dict[str, Any]], tiny: tuple[Any, Any]
) -> None:
    audit()
    mark = weights_mark(tiny[0])
    weight = tiny[0].model.layers[0].mlp.down_proj.weight
    before = weight.detach().clone()
    try:
        with torch.no_grad():
            weight.add_(1e-4)
        assert weights_mark(tiny[0]) != mark
        with pytest.raises(EvalError, match=r"model\.weights"):
            audit()
    finally:
        with torch.no_grad():
            weight.copy_(before)
    assert weights_mark(tiny[0]) == mark
    with pytest.raises(EvalError, match="rewards"):
        audit(suite=suite(moody))


CHILD = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from transformers import AutoModelForCausalLM, AutoTokenizer
from eval.backends.transformers import TransformersBackend
from eval.engine import run_audit
import test_engine as t
def slowly(*_): time.sleep(0.05)
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype="float32").eval()
backend = TransformersBackend(model, AutoTokenizer.from_pretrained(sys.argv[1]), 5)
run_audit(Path(sys.argv[2]), t.PROBLEMS, t.suite(), backend,
          n=40, sampling=t.SAMPLING, name="tiny", model_name="m", progress=slowly)
"""


@pytest.mark.slow
@pytest.mark.parametrize("files", [1, 9])
def test_kill_9_loses_at_most_the_unfinished_batch(
    audit: Callable[..., dict[str, Any]], tiny_model: Path, tmp_path: Path, files: int
) -> None:
    folder = tmp_path / "killed"
    command = [sys.executable, "-c", CHILD, str(tiny_model), str(folder), str(Path(__file__).parent)]
    child = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 120
    while len(list(folder.glob("records/audit-*.parquet"))) < files and time.monotonic() < deadline:
        assert child.poll() is None, "ended before it could be killed"
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    kept = samples(folder)
    assert 5 * files <= len(kept) < 280
    assert len(kept) % 5 == 0, "not whole batches"
    said: list[str] = []
    resumed = audit("killed", n=40, say=said.append)
    assert f"{len(kept)} of 280 samples are there already" in said[0]
    assert kept.items() <= samples(folder).items()
    assert resumed == audit("unbroken", n=40)
    assert samples(folder) == samples(tmp_path / "unbroken")
    with SampleStore(folder, json.loads((folder / "settings.json").read_text())["settings"], {}) as store:
        assert store.missing([p.id for p in PROBLEMS], 40) == []


def test_a_column_cluster_reaches_the_counts(audit: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    grouped = [Problem(p.id, p.prompt, {**p.columns, "cluster": i // 2}) for i, p in enumerate(PROBLEMS)]
    result = audit(problems=grouped)
    assert result["summary"]["clusters"] == 4
    view = load_audit(tmp_path / "audit", samples=0)
    assert {c.problem_id: c.cluster for c in view.counts} == {
        p.id: str(p.columns["cluster"]) for p in grouped
    }
    assert view.summary.clusters == 4


@pytest.mark.parametrize(
    ("clusters", "said"),
    [
        (["a", None], "1 of 2 problems have no `cluster`, the first `p1`"),
        ([0.5, 1], "got 0.5. An audit reads"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_refused_before_sampling(
    audit: Callable[..., dict[str, Any]], tmp_path: Path, clusters: list[Any], said: str
) -> None:
    rows = [Problem(f"p{i}", "1+1=", {"answer": "2", "cluster": c}) for i, c in enumerate(clusters)]
    with pytest.raises(EvalError, match=said):
        audit(problems=rows)
    assert not (tmp_path / "audit").exists()


@reward("mostly_broken", cost="inline")
def mostly_broken(completion: str, answer: str) -> Score:
    """Judge the empty problem's samples only where they hold an e."""
    if answer == "0" and "e" not in completion:
        raise RuntimeError("cannot read it")
    return Score(1.0)


def test_masked_samples_that_end_k_early_are_named(audit: Callable[..., dict[str, Any]]) -> None:
    result = audit(n=30, suite=suite(mostly_broken))
    judged = {row["problem_id"]: row["n"] for row in result["summary"]["per_problem"]}
    assert 0 < judged["p0"] < 15, "the specimen needs some completions with e"
    said = f"problem `p0` has only {judged['p0']} judged sample(s)"
    assert result["notes"] == [
        f"k ends at {judged['p0']}: {said}, while the median is 30. Larger k need more samples of it, or counts "
        "without it."
    ]
    asked = audit(n=30, suite=suite(mostly_broken), ks=[1, 30])
    assert asked["notes"] == [f"k = 30 left out: {said}."]


def judge(folder: Path, pays: float, beside: str = "") -> Suite:
    """Return a suite of a reward from a file, which pays the same for everything."""
    folder.mkdir()
    (folder / "beside.py").write_text(beside)
    (folder / "mine.py").write_text(
        "from rewards import reward\n\n@reward('mine', cost='inline')\n"
        f"def mine(completion: str, answer: str) -> float:\n    return {pays}\n"
    )
    return Suite([Term(load_reward(str(folder / "mine.py")), "mine")])


def test_samples_judged_by_other_code_are_not_mixed(
    audit: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    first = audit(n=2, suite=judge(tmp_path / "v1", 1.0))
    with pytest.raises(EvalError, match=r"other code of the reward `mine`.*reasoners rewards rescore"):
        audit(n=4, suite=judge(tmp_path / "v2", 0.0))
    assert len(samples(tmp_path / "audit")) == 2 * len(PROBLEMS)
    assert audit(n=2, suite=judge(tmp_path / "moved", 1.0, beside="# not imported")) == first


def test_audits_judged_by_other_code_are_not_comparable(
    audit: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    for name, pays in (("base", 1.0), ("same", 1.0), ("other", 0.0)):
        audit(name, n=2, suite=judge(tmp_path / f"code of {name}", pays), name=name)
    base, same, other = (
        (load_audit(tmp_path / name, 0), tmp_path / name) for name in ("base", "same", "other")
    )
    assert check_comparable([base, same]) == not_known([base, same]) == []
    assert check_comparable([base, other], mixed=True) == [
        "Judged differently: the code of the reward `mine` (its file, or one beside it that it imports) is not the "
        "same in base and other."
    ]


def test_an_older_audit_goes_on_and_says_that_its_code_is_not_known(
    audit: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    audit("new", n=2)
    settings = json.loads((tmp_path / "new" / "settings.json").read_text())["settings"]
    assert set(settings.pop("code")) == {"has_digit"}
    SampleStore(tmp_path / "old", settings, {p.id: p.mark() for p in PROBLEMS}).close()
    said: list[str] = []
    assert audit("old", n=2, say=said.append)["summary"] == audit("new", n=2)["summary"]
    assert said == [
        f"{tmp_path / 'old'} is older and does not say by which code its samples were judged: whether the rewards have "
        "changed since cannot be checked"
    ]
    sides = [(load_audit(tmp_path / name, 0), tmp_path / name) for name in ("new", "old")]
    assert check_comparable(sides) == []
    assert "not known (the rewards' code)" in not_known(sides)[0]


@pytest.mark.parametrize("chat", [False, True])
def test_other_formats_for_stored_samples_are_read_from_their_texts(
    audit: Callable[..., dict[str, Any]],
    tiny: tuple[Any, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    chat: bool,
) -> None:
    monkeypatch.setattr(tiny[1], "chat_template", "{{ messages[0]['content'] }}")
    problems = [Problem(p.id, [{"role": "user", "content": str(p.prompt)}] if chat else p.prompt, p.columns)
                for p in PROBLEMS]  # fmt: skip
    audit(formats={"digit": r"\d"}, problems=problems)
    texts = [final_text(r.rollout.completion) for r in iter_records(tmp_path / "audit", "audit")]
    odd = sum("1" in t for t in texts) / len(texts)
    now = audit(formats={"one": "1", "any": r"(?s)\A", "never": "."}, problems=problems)
    assert 0 < odd < 1
    assert now["formats"] == {"one": odd, "any": pytest.approx(1 - odd), "never": 0}
    fresh = audit("fresh", formats={"digit": r"\d"}, problems=problems)
    assert audit(formats={"digit": r"\d"}, problems=problems)["formats"] == fresh["formats"]
