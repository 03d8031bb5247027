"""An audit that was edited, truncated or mixed up is refused by every command that reads it; a whole one by none."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eval.counts import Count
from eval.engine import run_audit
from eval.errors import EvalError
from eval.focus import Focus
from eval.interop.contract import Imported, Outcome
from eval.interop.read import write_import
from eval.sampling import Sampling
from eval.views import load_audit
from rewards import BadReference, Suite, Term, reward

from .test_focus import PROBLEMS, Numbers

Cli = Callable[..., subprocess.CompletedProcess[str]]


@reward("above_most", cost="inline")
def above_most(completion: str, rate: float) -> float:
    """Pay for a number below the problem's rate; some problems' middle samples cannot be judged."""
    if rate == 0.5 and 0.4 < float(completion) < 0.6:
        raise BadReference("not this one")
    return float(float(completion) < rate)


def audit(folder: Path, engine: Numbers | None = None, **changes: Any) -> dict[str, Any]:
    settings = {"n": 8, "sampling": Sampling(max_new_tokens=2, seed=3), "name": folder.name, **changes}
    judge = Suite([Term(above_most.bind(), "above_most")])
    return run_audit(folder, PROBLEMS, judge, engine or Numbers(), **settings)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sound audits: `base`, `tuned` and `third`."""
    root = tmp_path_factory.mktemp("whole")
    audit(root / "base")
    audit(root / "tuned", sampling=Sampling(max_new_tokens=2, seed=4))
    audit(root / "third", sampling=Sampling(max_new_tokens=2, seed=5))
    return root


@pytest.fixture
def pair(whole: Path, tmp_path: Path) -> Path:
    """A copy of them, to be tampered with."""
    shutil.copytree(whole, tmp_path / "pair")
    return tmp_path / "pair"


def edit(folder: Path, change: Callable[[dict[str, Any]], None], keep_mark: bool = False) -> None:
    path = folder / "audit.json"
    data = json.loads(path.read_text())
    change(data)
    if not keep_mark:
        data.pop("mark", None)
    path.write_text(json.dumps(data))


def zero(data: dict[str, Any]) -> None:
    for row in data["summary"]["per_problem"]:
        row["c"] = 0


def a_file(folder: Path) -> Path:
    """Return the middle one of the record files of the split `audit`."""
    files = sorted((folder / "records").glob("audit-*.parquet"))
    return files[len(files) // 2]


def rewrite(path: Path) -> None:
    """Give all samples of a file another text, and leave their verdicts."""
    table = pq.read_table(path)
    texts = pa.array(["something else"] * table.num_rows)
    pq.write_table(table.set_column(table.schema.get_field_index("completion"), "completion", texts), path)


def lower(data: dict[str, Any]) -> None:
    data["rates"]["truncated"] = 0.5


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def rename(path: Path) -> None:
    rewrite(path)
    path.rename(path.with_name("audit-00000001.parquet"))


def resettle(folder: Path) -> None:
    """Say that the samples were judged by another reward."""
    path = folder / "settings.json"
    text = path.read_text()
    assert '"label": "above_most"' in text
    path.write_text(text.replace('"label": "above_most"', '"label": "below_most"'))


TAMPERED: dict[str, tuple[Callable[[Path], None], str]] = {
    "counts": (lambda f: edit(f, zero), "stored samples, but audit.json says 0 of 8"),
    "marked": (lambda f: edit(f, lower, keep_mark=True), "audit.json was edited"),
    "rewritten": (lambda f: rewrite(a_file(f)), "was changed after it was written"),
    "renamed": (lambda f: rename(a_file(f)), "is not named as an audit names its files"),
    "deleted": (
        lambda f: a_file(f).unlink(),
        "A file was edited, copied or lost: put the original back, or run",
    ),
    "emptied": (lambda f: empty(f / "records"), "0 right of 0 stored"),
    "settings": (resettle, "settings.json was edited. It says what the samples are"),
}
COMMANDS = (
    ("compare", "base", "tuned", "--out", "out"),
    ("compare", "base", "tuned", "third", "--json", "out"),
    ("report", "base", "tuned", "--out", "out"),
    ("report", "base", "--bare", "tuned", "--out", "out"),
    ("analyse", "majority", "tuned", "--json", "out"),
    ("analyse", "consistency", "tuned", "--json", "out"),
    ("export", "tuned", "--out", "out"),
)
FURTHER = (
    ("analyse", "best", "tuned", "--scorer", "shortest", "--json", "out"),
    ("analyse", "perplexity", "tuned", "--model", "nowhere", "--json", "out"),
    ("analyse", "temperature", "tuned", "--base", "nowhere", "--tuned", "nowhere", "--json", "out"),
    ("rewards", "rescore", "tuned", "number", "--out", "out"),
    ("rewards", "explain", "number", "--record", "tuned", "--id", "half0", "--json", "out"),
)


def refused(cli: Cli, pair: Path, words: tuple[str, ...], said: str) -> None:
    done = cli(*words, cwd=pair)
    assert (done.returncode, done.stdout) == (2, ""), (words, done.stderr)
    assert said in done.stderr
    assert "tuned" in done.stderr
    assert not any(word in done.stderr for word in ("Traceback", "EvalError"))
    assert not (pair / "out").exists()


@pytest.mark.parametrize("words", [COMMANDS[0], COMMANDS[2], COMMANDS[4], COMMANDS[6]], ids=lambda w: w[0])
@pytest.mark.parametrize("kind", ["counts", "rewritten", "deleted", "settings"])
def test_what_was_tampered_with_is_refused(cli: Cli, pair: Path, kind: str, words: tuple[str, ...]) -> None:
    tamper, said = TAMPERED[kind]
    tamper(pair / "tuned")
    refused(cli, pair, words, said)


@pytest.mark.parametrize(
    "words", [COMMANDS[1], COMMANDS[3], COMMANDS[5], *FURTHER], ids=lambda w: "-".join(w[:3])
)
def test_no_command_reads_past_the_check(cli: Cli, pair: Path, words: tuple[str, ...]) -> None:
    rewrite(a_file(pair / "tuned"))
    refused(cli, pair, words, "was changed after it was written")


@pytest.mark.parametrize("kind", TAMPERED)
def test_each_way_of_tampering_is_named(pair: Path, kind: str) -> None:
    tamper, said = TAMPERED[kind]
    tamper(pair / "tuned")
    with pytest.raises(EvalError, match=said):
        load_audit(pair / "tuned", 0)


@pytest.mark.parametrize("kind", ["counts", "marked", "deleted", "emptied"])
def test_running_the_audit_again_repairs_it_as_the_message_says(whole: Path, pair: Path, kind: str) -> None:
    TAMPERED[kind][0](pair / "tuned")
    audit(pair / "tuned", sampling=Sampling(max_new_tokens=2, seed=4))
    assert load_audit(pair / "tuned") == load_audit(whole / "tuned")
    assert (pair / "tuned" / "audit.json").read_bytes() == (whole / "tuned" / "audit.json").read_bytes()


def test_the_refusal_names_the_first_problem_and_both_figures(pair: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        (row,) = [r for r in data["summary"]["per_problem"] if r["problem_id"] == "always2"]
        row["c"] = 5

    edit(pair / "base", change)
    with pytest.raises(
        EvalError, match=r"problem `always2` has 8 right of 8 stored samples, .* says 5 of 8\."
    ):
        load_audit(pair / "base")


def test_audits_without_records_are_known_by_their_mark(pair: Path) -> None:
    shutil.rmtree(pair / "base" / "records")
    assert load_audit(pair / "base").samples == {}
    edit(pair / "base", zero)  # an older one, without a mark: nothing says otherwise
    assert load_audit(pair / "base").summary.solved == 0
    shutil.rmtree(pair / "tuned" / "records")
    edit(pair / "tuned", zero, keep_mark=True)
    with pytest.raises(EvalError, match=r"audit\.json was edited"):
        load_audit(pair / "tuned")


@pytest.mark.parametrize("words", [w for w in COMMANDS if "--bare" not in w], ids=lambda w: "-".join(w[:3]))
def test_a_sound_pair_passes_and_an_older_one_gives_the_same(
    cli: Cli, pair: Path, words: tuple[str, ...]
) -> None:
    assert cli(*words, cwd=pair).returncode == 0
    out = pair / "out"
    before = {p.name: p.read_bytes() for p in (out.iterdir() if out.is_dir() else [out])}
    for name in ("base", "tuned", "third"):
        edit(pair / name, lambda _: None)
    done = cli(*words, cwd=pair)
    assert done.returncode == 0, done.stderr
    assert before == {p.name: p.read_bytes() for p in (out.iterdir() if out.is_dir() else [out])}


def test_masked_adaptive_topped_up_cut_down_and_half_topped_up_audits_pass(tmp_path: Path) -> None:
    result = audit(tmp_path / "a")
    sizes = {row["problem_id"]: row["n"] for row in result["summary"]["per_problem"]}
    assert min(sizes.values()) < max(sizes.values()) == 8  # masked samples left n
    for n in (12, 4):
        made = audit(tmp_path / "a", n=n)
        view = load_audit(tmp_path / "a")
        assert view.n == n
        assert [c.row() for c in view.counts] == made["summary"]["per_problem"]
    with pytest.raises(KeyboardInterrupt):
        audit(tmp_path / "a", Numbers(5), n=40)
    assert load_audit(tmp_path / "a").n == 4
    made = audit(tmp_path / "adaptive", focus=Focus(2, 20.0))
    assert made["focus"]["most"] > 8
    assert [c.row() for c in load_audit(tmp_path / "adaptive").counts] == made["summary"]["per_problem"]


def imported(folder: Path) -> Path:
    outcomes = [Outcome(p, i < 2, f"text {i}") for p in ("x", "y") for i in range(4)]
    found = Imported([*outcomes, Outcome("x", None, "unjudged")])
    found.add(Imported(counts=[Count("only counts", 6, 1)]))
    write_import(folder, found, "theirs")
    return folder


def test_an_import_passes_and_an_edited_one_does_not(cli: Cli, tmp_path: Path) -> None:
    folder = imported(tmp_path / "tuned")
    done = cli("report", folder, "--out", tmp_path / "r.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [c.row() for c in load_audit(folder).counts][-1] == {"problem_id": "only counts", "n": 6, "c": 1}
    rewrite(a_file(folder))
    refused(cli, tmp_path, ("export", "tuned", "--out", "out"), "was changed after it was written")
    edit(folder, zero, keep_mark=True)
    refused(cli, tmp_path, ("export", "tuned", "--out", "out"), "import it again")


def test_an_older_import_whose_file_has_no_hash_is_checked_by_its_counts(tmp_path: Path) -> None:
    folder = imported(tmp_path / "theirs")
    a_file(folder).rename(folder / "records" / "audit-00000000.parquet")
    edit(folder, lambda _: None)
    assert len(load_audit(folder).counts) == 3
    rewrite(folder / "records" / "audit-00000000.parquet")
    assert load_audit(folder).samples["x"][0].text == "something else"  # what no hash can tell
    edit(folder, zero)
    with pytest.raises(
        EvalError, match=r"problem `x` has 2 right of 4 stored samples, but audit\.json says 0 of 4"
    ):
        load_audit(folder)
