"""`reasoners report`, as a user runs it: audits, training runs, both; page, Markdown and JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .specimen import BASE, TUNED, as_sampled, audit_folder, stored_model

GUESSED = {f"q{i}": 4 for i in range(12)}
"""Four-option problems of which a quarter of the samples are right."""


def reasoners(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reasoners.cli.main", "report", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    audit_folder(tmp_path / "base", "base", BASE)
    audit_folder(tmp_path / "tuned", "tuned", TUNED)
    run_folder(tmp_path / "run")
    return tmp_path


def run_folder(folder: Path, formats: bool = True) -> Path:
    folder.mkdir()
    rows = []
    for i in range(40):
        row = {
            "step": i + 1,
            "reward": min(1.0, i / 20),
            "correct": min(1.0, i / 30),
            "score/number": i / 40,
            "status/scored": 1.0,
            "status/unparsed": 0.0,
            "groups/dead": i / 40,
            "groups/all_right": i / 40,
            "groups/all_wrong": 0.0,
            "completions/mean_length": 100.0 if i < 12 else 20.0,
            "signs/repetition": 0.1,
            "critic/explained_variance": i / 50,
        }
        if formats:
            row |= {"format/chain": 0.4 if i < 5 else 0.97, "format/direct": 0.6 if i < 5 else 0.03}
        rows.append(row)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    (folder / "manifest.json").write_text(json.dumps({"train_rows": 7}))
    return folder


def test_two_audits_and_a_run_in_all_three_forms(folders: Path) -> None:
    done = reasoners(
        *("base", "tuned", "run", "--out", "r.html", "--markdown", "r.md", "--json", "r.json"), cwd=folders
    )
    assert done.returncode == 0, done.stderr
    assert "pass@1 rises by 17.5 points" in done.stdout
    data = json.loads((folders / "r.json").read_text())
    assert data["comparison"]["new"] == ["p1"]
    assert [a["name"] for a in data["audits"]] == ["base", "tuned"]
    assert data["audits"][0]["histogram"]["0"] == 2
    assert data["coverage"]["solved_by"][0]["ids"] == ["p10", "p3"]
    assert data["audits"][0]["guess_control"]["k"][-1]["k"] == 8
    curve = next(c for c in data["curves"] if c["title"] == "Right within a budget of tokens")
    assert curve["series"]["base"]["y"][-1] == pytest.approx(13 / 40)
    assert any(n.startswith("base: normalised regret 0.") and "at 80 tokens" in n for n in data["notes"])
    markdown = (folders / "r.md").read_text()
    for text in ("# tuned compared with base", "**new** (1): p1", "## Guess control: tuned", "\\<b\\>p4"):
        assert text in markdown
    page = (folders / "r.html").read_text()
    for text in ("Guess control", "Training runs", "Signs of reward hacking", "Critic: explained variance"):
        assert text in page


def test_the_same_input_gives_the_same_bytes(folders: Path) -> None:
    for name in ("a", "b"):
        done = reasoners(
            "base", "tuned", "run", "--out", f"{name}.html", "--markdown", f"{name}.md", cwd=folders
        )
        assert done.returncode == 0, done.stderr
    for kind in ("html", "md"):
        assert (folders / f"a.{kind}").read_bytes() == (folders / f"b.{kind}").read_bytes()


def test_runs_alone_stand_side_by_side(folders: Path) -> None:
    run_folder(folders / "other", formats=False)
    done = reasoners("run", "other", "--json", cwd=folders)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert (data["comparison"], data["audits"]) == (None, [])
    run, other = data["runs"]
    assert (run["name"], run["facts"]["steps"], run["facts"]["rows"]) == ("run", "40", "7")
    assert run["facts"]["reward"] == "0.1 \u2192 1"
    said = " ".join(sentence for _, sentence in run["findings"])
    assert "reward rose by" in said
    assert "completions shrank from 100" in said
    assert "groups are all right" in said
    assert any(where == "from step 6" and "`chain` took over" in s for where, s in run["findings"])
    assert not any("took over" in s for _, s in other["findings"])
    both = next(c for c in data["curves"] if c["title"] == "Reward, all runs")
    assert list(both["series"]) == ["run", "other"]
    assert reasoners("run", "other", cwd=folders).returncode == 0
    page = (folders / "report.html").read_text()
    assert "Problems" not in page
    assert page.count("<svg") > 10
    assert page.count('<details class="run" open>') == 2


def test_guesses_are_flagged_from_declared_choices_and_a_bare_run(tmp_path: Path) -> None:
    audit_folder(tmp_path / "base", "base", GUESSED, n=16)
    audit_folder(tmp_path / "bare", "bare", GUESSED, n=16, prompt="{}, the number only:")
    audit_folder(tmp_path / "other", "other", {"x": 1}, n=16)
    done = reasoners("base", "--bare", "bare", "--json", "o.json", "--out", "o.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "at least half of its gain at large k lies within chance" in done.stdout
    found = json.loads((tmp_path / "o.json").read_text())["audits"][0]["guess_control"]
    assert (found["alarm"], found["baseline"], sorted(found["flagged"])) == (True, "bare", sorted(GUESSED))
    assert found["k"][-1]["share"] == pytest.approx(1.0)
    done = reasoners("base", "--bare", "other", cwd=tmp_path)
    assert done.returncode == 2
    assert "has none of the audit's problems" in done.stderr


def bare_pair(folder: Path, **bare: object) -> None:
    audit_folder(folder / "base", "base", GUESSED, n=16)
    audit_folder(folder / "bare", "bare", GUESSED, n=16, **bare)  # type: ignore[arg-type]


def test_the_audit_itself_is_no_run_without_reasoning(tmp_path: Path) -> None:
    audit_folder(tmp_path / "base", "base", GUESSED, n=16)
    done = reasoners("base", "--bare", "../" + tmp_path.name + "/base", cwd=tmp_path)
    assert done.returncode == 2
    assert "is the audit itself" in done.stderr
    assert "audit.max_new_tokens=16" in done.stderr
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("bare", "refused"),
    [
        ({}, True),
        ({"cap": 101}, True),
        ({"cap": 16}, False),
        ({"prompt": "{}, the number only:"}, False),
    ],
)
def test_a_run_without_reasoning_asks_otherwise_or_leaves_less_room(
    tmp_path: Path, bare: dict[str, object], refused: bool
) -> None:
    bare_pair(tmp_path, **bare)
    done = reasoners("base", "--bare", "bare", "--json", cwd=tmp_path)
    assert done.returncode == (2 if refused else 0), done.stderr
    assert ("is no run without reasoning: its prompts are those of base" in done.stderr) == refused
    if not refused:
        control = json.loads(done.stdout)["audits"][0]["guess_control"]
        assert (control["baseline"], control["caveats"]) == ("bare", [])


def test_a_template_without_thinking_is_another_prompt(tmp_path: Path) -> None:
    bare_pair(tmp_path)
    stored_model(tmp_path / "base", weights="a")
    stored_model(tmp_path / "bare", weights="a", template={"enable_thinking": False})
    done = reasoners("base", "--bare", "bare", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["audits"][0]["guess_control"]["caveats"] == []


def test_a_baseline_of_another_model_is_pointed_out(tmp_path: Path) -> None:
    bare_pair(tmp_path, cap=16)
    audit_folder(tmp_path / "tuned", "tuned", GUESSED, n=16)
    for name, weights in (("base", "a"), ("bare", "a"), ("tuned", "b")):
        stored_model(tmp_path / name, weights=weights)
    done = reasoners(
        *("base", "tuned", "--bare", "bare", "--out", "r.html", "--markdown", "r.md", "--json", "r.json"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    warning = "tuned: its run without reasoning, `bare`, is of another model;"
    assert warning in done.stdout
    assert "base: its run without reasoning" not in done.stdout
    assert warning in (tmp_path / "r.html").read_text()
    assert "- Its run without reasoning, \\`bare\\`, is of another model;" in (tmp_path / "r.md").read_text()
    found = json.loads((tmp_path / "r.json").read_text())
    assert [len(a["guess_control"]["caveats"]) for a in found["audits"]] == [0, 1]


@pytest.mark.parametrize("unknown", [{"sampling": {}}, {"prompts": {}}])
def test_imported_audits_cannot_tell_and_say_so(tmp_path: Path, unknown: dict[str, object]) -> None:
    bare_pair(tmp_path)
    for name in ("base", "bare"):
        path = tmp_path / name / "audit.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **unknown}))
    done = reasoners("base", "--bare", "bare", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "base: whether `bare` is a run without reasoning cannot be told" in done.stdout


def test_the_verifiers_errors_make_a_band(folders: Path) -> None:
    errors = {
        "false_positive": {"wrong": 2, "cases": 200},
        "false_negative": {"wrong": 1, "cases": 100},
    }
    (folders / "v.json").write_text(json.dumps(errors))
    done = reasoners("base", "--verifier", "v.json", "--json", cwd=folders)
    band = json.loads(done.stdout)["audits"][0]["guess_control"]["verifier_band"]
    assert [b["k"] for b in band] == [1, 2, 4, 8]
    assert band[0]["low"] < 13 / 40 < band[0]["high"]


def test_samples_are_explained_by_the_reward_that_judged_them(folders: Path) -> None:
    terms = [{"name": "number", "params": {"where": "last"}, "weight": 1.0}]
    as_sampled(folders / "base", {"rewards": terms})
    done = reasoners("base", "--out", "r.html", "--explain", "3", cwd=folders)
    assert done.returncode == 0, done.stderr
    page = (folders / "r.html").read_text()
    assert page.count('"explained"') == 3
    assert '"answer":"0"' in page


def test_what_cannot_be_explained_says_why(folders: Path) -> None:
    assert reasoners("base", "--out", "r.html", cwd=folders).returncode == 0
    assert "the samples cannot be explained" in (folders / "r.html").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere",), "neither the folder of an audit"),
        (("base", "tuned", "base"), "got 3"),
        (("run", "--bare", "base"), "belong to audits"),
        (("base", "--bare", "base", "--bare", "tuned"), "given 2 times for 1 audits"),
        (("base", "--k", "9"), "take k <= 8"),
        (("base", "--verifier", "base/audit.json"), "rewards audit NAME"),
        (("base", "--out", "base/audit.json/x.html"), "cannot write the report"),
    ],
)
def test_refusals_are_one_sentence(folders: Path, words: tuple[str, ...], message: str) -> None:
    done = reasoners(*words, cwd=folders)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "metrics.jsonl").write_text("")
    assert "holds no steps yet" in reasoners("run", cwd=tmp_path).stderr
