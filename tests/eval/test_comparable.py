"""Audits that were asked, sampled or judged differently are compared on demand only, and alarms come first."""

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval import EvalError, SampleStore, load_audit
from eval.comparable import check_comparable, not_known
from eval.twins import PAIRS, shared_texts, twin_alarm, twins
from reasoners.audit_report import Wanted, make_report
from rewards import Record, RecordError, Rollout, Source, Status, Verdict, write_records

from .specimen import BASE, TUNED, audit_folder

Cli = Callable[..., subprocess.CompletedProcess[str]]
SAMPLING = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "max_new_tokens": 28, "seed": 0}
TERM = {
    "label": "sum",
    "name": "number",
    "params": {"where": "last"},
    "weight": 1.0,
    "requires": None,
    "when": {},
}


def made(
    folder: Path,
    counts: dict[str, int],
    *,
    sampling: dict[str, Any] | None = None,
    terms: list[dict[str, Any]] | None = None,
    marks: dict[str, str] | None = None,
    model: str = "weights",
    shown: dict[str, Any] | None = None,
    n: int = 8,
    **changes: Any,
) -> Path:
    """Write an audit with its settings, as the store does."""
    drawn = {**SAMPLING, **(sampling or {})}
    settings = {"model": {"weights": model} | (shown or {}), "sampling": drawn, "rewards": terms or [TERM]}
    SampleStore(folder, settings, {p: f"mark of {p}" for p in counts} | (marks or {})).close()
    audit_folder(folder, folder.name, counts, n)
    return changed(folder, sampling=drawn, **changes)


def changed(folder: Path, **changes: Any) -> Path:
    data = json.loads((folder / "audit.json").read_text())
    (folder / "audit.json").write_text(json.dumps({**data, **changes}))
    return folder


def pair(*folders: Path) -> list[Any]:
    return [(load_audit(folder, 0), folder) for folder in folders]


def test_one_config_for_two_models_is_comparable(tmp_path: Path) -> None:
    base = made(tmp_path / "base", BASE)
    tuned = made(
        *(tmp_path / "tuned", {p: c // 2 for p, c in TUNED.items()}),
        sampling={"seed": 7},
        terms=[dict(reversed(TERM.items()))],
        marks={"further": "never judged"},
        model="others",
        formats={"direct": 1.0},
        greedy_accuracy=0.5,
        n=4,
        seed=7,
    )
    assert check_comparable(pair(base, tuned)) == []
    assert not_known(pair(base, tuned)) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"sampling": {"temperature": 0.6, "max_new_tokens": 64}},
            [
                "Sampled differently: temperature is 1.0 in base and 0.6 in tuned.",
                "Sampled differently: max_new_tokens is 28 in base and 64 in tuned.",
            ],
        ),
        (
            {"terms": [{**TERM, "params": {"where": "marker", "marker": ":"}}]},
            [
                'Judged differently: params.where of the reward `sum` is "last" in base and "marker" in tuned.',
                'Judged differently: params.marker of the reward `sum` is not set in base and ":" in tuned.',
            ],
        ),
        (
            {"terms": [TERM, {**TERM, "label": "short", "name": "length"}]},
            ["Judged differently: only tuned has the reward `short`."],
        ),
        (
            {"marks": {"p2": "another prompt", "p3": "another reference"}},
            [
                "Asked differently: 2 of 5 common problems have another prompt or other columns in tuned than in base, "
                "the first `p2`."
            ],
        ),
    ],
)
def test_a_difference_is_refused_and_told_where_it_is_wanted(
    tmp_path: Path, changes: dict[str, Any], says: list[str]
) -> None:
    folders = [made(tmp_path / "base", BASE), made(tmp_path / "tuned", TUNED, **changes)]
    assert check_comparable(pair(*folders), mixed=True) == says
    with pytest.raises(EvalError, match="--mixed-settings") as caught:
        make_report(folders)
    assert all(sentence in str(caught.value) for sentence in says)
    assert list(make_report(folders, wanted=Wanted(mixed=True)).mixed) == says


CALCULATOR = [{"name": "calculator", "params": {}, "max_chars": 2000}]
SAID = "Asked differently: "


@pytest.mark.parametrize(
    ("base", "tuned", "says"),
    [
        (
            {},
            {"tools": CALCULATOR, "rounds": 4},
            [f"{SAID}tools is not set in base and {json.dumps(CALCULATOR)} in tuned."],
        ),
        (
            {"tools": CALCULATOR, "rounds": None},
            {"tools": CALCULATOR, "rounds": 4},
            [f"{SAID}rounds is not set in base and 4 in tuned."],
        ),
        (
            {"template": {"enable_thinking": True}},
            {"engine": "server", "extra": {"chat_template_kwargs": {"enable_thinking": False}}},
            [f"{SAID}template.enable_thinking is true in base and false in tuned."],
        ),
        (
            {"template": {"enable_thinking": True}},
            {"engine": "server", "extra": {"chat_template_kwargs": {"enable_thinking": True}}},
            [],
        ),
        ({"engine": "vllm"}, {"engine": "server", "extra": {}}, []),
        ({"tools": CALCULATOR, "rounds": 4}, {"tools": CALCULATOR, "rounds": 4}, []),
    ],
)
def test_tools_and_template_are_part_of_what_is_asked(
    tmp_path: Path, base: dict[str, Any], tuned: dict[str, Any], says: list[str]
) -> None:
    folders = made(tmp_path / "base", BASE, shown=base), made(tmp_path / "tuned", TUNED, shown=tuned)
    assert check_comparable(pair(*folders), mixed=True) == says


def test_what_is_not_known_is_said_and_not_refused(tmp_path: Path) -> None:
    base = made(tmp_path / "base", BASE, sampling={"temperature": 0.3})
    imported = changed(audit_folder(tmp_path / "imported", "imported", TUNED), sampling={})
    old = changed(audit_folder(tmp_path / "old", "old", TUNED), sampling={"temperature": 0.3})
    (old / "settings.json").write_text("{}")
    assert check_comparable(pair(base, imported, old)) == []
    first, second = not_known(pair(base, imported, old))
    assert first.startswith("The settings of imported are not known (sampling, rewards, prompts): whether")
    assert "The settings of old are not known (top_p, top_k, max_new_tokens, rewards, prompts) (" in second
    assert "settings.json has no format and this version reads 2" in second
    assert list(make_report([base, imported]).notes).count(first) == 1
    assert not any("not known" in note for note in make_report([base]).notes)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace('"last"', '"marker"'), "was edited"),
        (lambda text: text.replace('"format": 2', '"format": 1'), "has format 1 and this version reads 2"),
        (lambda text: text[:40], "is not an audit's settings file"),
        (lambda text: "[]", "is not an audit's settings file"),
    ],
)
def test_an_edited_settings_file_is_not_one_that_is_not_known(
    tmp_path: Path, change: Callable[[str], str], says: str
) -> None:
    folders = made(tmp_path / "base", BASE), made(tmp_path / "tuned", TUNED, sampling={"temperature": 0.3})
    sides = pair(*folders)
    path = folders[1] / "settings.json"
    path.write_text(change(path.read_text()))
    for check in (
        lambda: check_comparable(sides, mixed=True),
        lambda: not_known(sides),
        lambda: pair(*folders),
    ):
        with pytest.raises(EvalError, match=says) as caught:
            check()
        assert "EvalError" not in str(caught.value)


def test_compare_says_what_is_not_known(cli: Cli, tmp_path: Path) -> None:
    made(tmp_path / "base", BASE)
    changed(audit_folder(tmp_path / "imported", "imported", TUNED), sampling={})
    done = cli("compare", "base", "imported", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "- The settings of imported are not known (sampling, rewards, prompts)" in done.stdout
    for name, counts in (("b", BASE), ("t", TUNED)):
        rows = [json.dumps({"problem_id": p, "n": 8, "c": c}) for p, c in counts.items()]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(rows))
    done = cli("compare", "--counts", "b.jsonl", "t.jsonl", "--out", "r.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "r.html").read_text()
    assert page.count("The settings of b are not known") == page.count("The settings of t are not known") == 1


def test_both_commands_refuse_and_the_flag_puts_it_first(cli: Cli, tmp_path: Path) -> None:
    made(tmp_path / "base", BASE)
    made(tmp_path / "tuned", TUNED, sampling={"temperature": 0.6}, notes=["ALARM: broken.", "calm"])
    said = "Sampled differently: temperature is 1.0 in base and 0.6 in tuned."
    for command in ("compare", "report"):
        done = cli(command, "base", "tuned", "--out", "no.html", cwd=tmp_path)
        assert done.returncode == 2
        assert said in done.stderr
        assert "--mixed-settings" in done.stderr
        assert not (tmp_path / "no.html").exists()
    words = ("base", "tuned", "--mixed-settings")
    done = cli("compare", *words, "--json", "c.json", "--out", "c.html", cwd=tmp_path)
    told = json.loads((tmp_path / "c.json").read_text())["warnings"]
    assert told == [said, "tuned: ALARM: broken."]
    assert done.stderr.splitlines() == [f"warning: {sentence}" for sentence in told]
    done = cli("report", *words, "--json", "r.json", "--markdown", "r.md", "--out", "r.html", cwd=tmp_path)
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["warnings"] == found["verdicts"][:2] == found["notes"][:2] == told
    assert found["notes"].count("tuned: ALARM: broken.") == 1
    assert "tuned: calm" in found["notes"]
    lines = (tmp_path / "r.md").read_text().splitlines()
    assert lines[1:3] == [f"- {sentence.replace('_', chr(92) + '_')}" for sentence in told]
    page = (tmp_path / "r.html").read_text()
    assert page.split('<div class="verdict">')[1].lstrip().startswith(f"<p>{said}</p>\n<p>tuned: ALARM")
    assert page == (tmp_path / "c.html").read_text()
    assert done.stderr.splitlines() == [f"warning: {sentence}" for sentence in told]


def test_analyses_of_two_audits_are_checked_too(cli: Cli, tmp_path: Path) -> None:
    made(tmp_path / "base", BASE)
    made(tmp_path / "tuned", TUNED, sampling={"temperature": 0.6})
    said = "Sampled differently: temperature is 1.0 in base and 0.6 in tuned."
    done = cli("analyse", "consistency", "base", "tuned", cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    done = cli(
        "analyse", "consistency", "base", "tuned", "--mixed-settings", "--json", "x.json", cwd=tmp_path
    )
    assert done.stderr == f"warning: {said}\n"
    assert json.loads((tmp_path / "x.json").read_text())["warnings"] == [said]


def test_several_tuned_are_each_checked(cli: Cli, tmp_path: Path) -> None:
    made(tmp_path / "base", BASE)
    made(tmp_path / "one", TUNED)
    made(tmp_path / "two", TUNED, sampling={"top_p": 0.9})
    done = cli("compare", "base", "one", "two", cwd=tmp_path)
    assert done.returncode == 2
    assert "top_p is 1.0 in base and 0.9 in two." in done.stderr
    done = cli("compare", "base", "one", "two", "--mixed-settings", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["warnings"] == [
        "Sampled differently: top_p is 1.0 in base and 0.9 in two."
    ]


def test_problems_left_out_are_told_in_every_form(cli: Cli, tmp_path: Path) -> None:
    made(tmp_path / "base", BASE)
    made(tmp_path / "tuned", {**TUNED, "extra": 1})
    said = "Left out on request: 1 that only tuned has."
    words = ("--common-only", "--json", "r.json", "--markdown", "r.md", "--out", "r.html")
    done = cli("report", "base", "tuned", *words, cwd=tmp_path)
    assert done.stderr == f"warning: {said}\n"
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["warnings"] == found["verdicts"][:1] == found["notes"][:1] == [said]
    assert (tmp_path / "r.md").read_text().splitlines()[1] == f"- {said}"
    cli("compare", "base", "tuned", "--common-only", "--out", "c.html", cwd=tmp_path)
    for name in ("r.html", "c.html"):
        assert (tmp_path / name).read_text().count(said) == 2


def written(folder: Path, texts: dict[str, list[str]], chat: bool = False) -> Path:
    """Write records of these texts, by problem and index."""
    records = [
        Record(
            Rollout(
                [{"role": "assistant", "content": text}] if chat else text,
                prompt=p,
                prompt_id=p,
                index=i,
                source=Source(split="audit"),
            ),
            Verdict(1.0, True, Status.SCORED, {}),
        )
        for p, found in texts.items()
        for i, text in enumerate(found)
    ]
    half = len(records) // 2
    write_records(folder / "records", "audit-00000000", records[:half])
    write_records(folder / "records", "audit-00000001", records[half:])
    return folder


def drawn(seed: int, problems: int = 50, n: int = 16, sure: float = 0.5) -> dict[str, list[str]]:
    """Return short answers, one of which has the chance `sure`."""
    chance = random.Random(seed)
    each = [sure, *[(1 - sure) / 3] * 3]
    return {f"p{i}": chance.choices("ABCD", each, k=n) for i in range(problems)}


@pytest.mark.parametrize("chat", [False, True])
def test_a_copy_with_short_texts_is_an_alarm(tmp_path: Path, chat: bool) -> None:
    base = written(tmp_path / "base", drawn(0), chat)
    shuffled = dict(reversed(drawn(0).items()))
    assert twins(["base", "copy"], [base, written(tmp_path / "copy", shuffled, chat)]) == [
        "ALARM: 800 of 800 samples of base and copy that were compared are the same text at the same place. Was one "
        "model sampled twice?"
    ]
    assert twins(["base", "other"], [base, written(tmp_path / "other", drawn(1), chat)]) == []
    assert twins(["base", "none"], [base, None]) == []


def test_models_that_are_sure_are_not_one_model(tmp_path: Path) -> None:
    """Agreement is no sign where each problem has one answer, or nearly so."""
    sure = {f"p{i}": ["A"] * 16 for i in range(50)}
    nearly = drawn(2, sure=0.998), drawn(3, sure=0.998)
    for i, (left, right) in enumerate([(sure, sure), nearly]):
        folders = [
            written(tmp_path / f"{name}{i}", texts) for name, texts in zip("ab", (left, right), strict=True)
        ]
        texts = shared_texts(*folders)
        same = sum(texts[0][key] == texts[1][key] for key in texts[0])
        assert same > 0.99 * len(texts[0]) >= 200
        assert twins(["a", "b"], folders) == []
    single = {("p", i): "A" for i in range(500)}
    assert twin_alarm(("a", "b"), single, dict(single)) == []


def test_few_long_texts_are_enough_and_few_short_ones_are_not() -> None:
    long = {(f"p{i}", 0): f"{i} " * 30 for i in range(20)}
    assert len(twin_alarm(("a", "b"), long, dict(long))) == 1
    short = {(f"p{i}", j): str(j) for i in range(10) for j in range(16)}
    assert twin_alarm(("a", "b"), short, dict(short)) == []
    more = {(f"p{i}", j): str(j) for i in range(13) for j in range(16)}
    assert len(twin_alarm(("a", "b"), more, dict(more))) == 1
    assert twin_alarm(("a", "b"), more, {**more, ("p0", 0): "x", ("p0", 1): "x", ("p0", 2): "x"}) == []


def test_a_bounded_number_of_texts_is_read(tmp_path: Path) -> None:
    texts = {f"p{i}": [f"{i}-{j}" for j in range(64)] for i in range(60)}
    left = written(tmp_path / "a", texts)
    right = written(tmp_path / "b", {p: found[:50] for p, found in reversed(texts.items())})
    found, other = shared_texts(left, right)
    assert len(found) == PAIRS
    assert found == other
    assert set(found) == {(f"p{i}", j) for i in range(40) for j in range(50)}
    assert found["p39", 49] == "39-49"


def test_a_damaged_record_file_is_named(tmp_path: Path) -> None:
    left, right = (written(tmp_path / name, drawn(0)) for name in "ab")
    path = right / "records" / "audit-00000001.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(RecordError, match=r"audit-00000001\.parquet is not a whole record file"):
        twins(["a", "b"], [left, right])


def test_compare_and_report_say_that_one_model_was_sampled_twice(cli: Cli, tmp_path: Path) -> None:
    counts = {f"p{i}": i % 9 for i in range(26)}
    made(tmp_path / "base", counts)
    shutil.copytree(tmp_path / "base", tmp_path / "copy")
    done = cli("compare", "base", "copy", "--json", "--out", "c.html", cwd=tmp_path)
    (said,) = json.loads(done.stdout)["warnings"]
    assert said.startswith("ALARM: 208 of 208 samples of base and copy")
    assert said in done.stderr
    assert (tmp_path / "c.html").read_text().count(said) == 2
    done = cli("report", "base", "copy", "--samples", "0", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["verdicts"][0] == said
