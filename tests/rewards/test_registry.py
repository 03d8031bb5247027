"""Finding rewards: by name, file, module and dotted path; broken and duplicate plugins; the switch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rewards import RewardError, list_rewards, load_reward

MODULE = '''
from rewards import reward, group_reward

@reward("half", domain="test")
def half(completion: str, *, factor: float = 0.5) -> float:
    """Pay the factor."""
    return factor

def plain(completion): return 1.0
'''


def install(folder: Path, distribution: str, module: str, source: str, entries: dict[str, str]) -> None:
    """Lay down what pip would: a module and the metadata that announces its plugins."""
    (folder / f"{module}.py").write_text(source)
    info = folder / f"{distribution}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    lines = "".join(f"{name} = {target}\n" for name, target in entries.items())
    (info / "entry_points.txt").write_text(f"[reasoners.rewards]\n{lines}")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a good foreign plugin and three broken ones."""
    install(tmp_path, "goodplug", "goodplug", MODULE, {"half": "goodplug:half"})
    install(tmp_path, "quitter", "quitter", "import sys\nsys.exit('I quit')\n", {"quitter": "quitter:x"})
    broken = {"absent": "nowhere:x", "missing": "goodplug:nothing", "undecorated": "goodplug:plain"}
    install(
        tmp_path, "badplug", "badplug", "raise RuntimeError('two\\nlines')\n", broken | {"bad": "badplug:x"}
    )
    return tmp_path


def reasoners(*words: str, site: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reasoners.cli.main", *words],
        env={**os.environ, "PYTHONPATH": str(site), **env},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_broken_plugins_are_one_line_each_and_the_others_load(site: Path) -> None:
    done = reasoners("rewards", "list", "--json", site=site)
    assert done.returncode == 0, done.stderr
    listed = {row["name"]: row for row in json.loads(done.stdout)}
    assert listed["half"]["origin"] == "goodplug"
    assert listed["half"]["parameters"] == {"factor": 0.5}
    assert listed["number"]["problem"] == ""
    problems = {name: row["problem"] for name, row in listed.items() if row["problem"]}
    assert set(problems) == {"absent", "missing", "undecorated", "bad", "quitter"}
    assert all("\n" not in problem and name in problem for name, problem in problems.items())
    assert "RuntimeError: two lines" in problems["bad"]
    assert "badplug" in problems["bad"]
    assert "I quit" in problems["quitter"]
    assert "decorate the function" in problems["undecorated"]


def test_the_list_for_people_names_the_broken_one(site: Path) -> None:
    done = reasoners("rewards", "list", site=site)
    assert done.returncode == 0
    assert "bad  BROKEN: plugin `bad` of badplug does not load" in done.stdout
    assert "half  test, 0 to 1, isolated, from goodplug\n    Pay the factor." in done.stdout


@pytest.mark.parametrize(
    ("switch", "names"), [("number,half", ["half", "number"]), ("", []), ("half , nonsense", ["half"])]
)
def test_the_switch_chooses_what_is_loaded(site: Path, switch: str, names: list[str]) -> None:
    done = reasoners("rewards", "list", "--json", site=site, REASONERS_PLUGINS=switch)
    assert [row["name"] for row in json.loads(done.stdout)] == names


def test_a_name_that_the_switch_hides_is_explained(site: Path, tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"completion": "1", "answer": "1"}\n')
    words = ("rewards", "score", "number", "--in", str(cases), "--out", "-")
    done = reasoners(*words, site=site, REASONERS_PLUGINS="exact")
    assert done.returncode == 2
    assert "REASONERS_PLUGINS limits what is loaded" in done.stderr


def test_two_plugins_of_one_name_are_refused_by_both_owners_names(site: Path) -> None:
    install(site, "rival", "rival", MODULE, {"number": "rival:half"})
    done = reasoners("rewards", "list", site=site)
    assert done.returncode == 2
    assert "two plugins are called `number`" in done.stderr
    assert "rival (rival:half)" in done.stderr
    assert "rewards.number.reward:number" in done.stderr
    assert "Traceback" not in done.stderr
    still = reasoners("rewards", "list", "--json", site=site, REASONERS_PLUGINS="exact")
    assert [row["name"] for row in json.loads(still.stdout)] == ["exact"]


def test_a_foreign_plugin_scores_through_the_command(site: Path, tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"completion": "x"}\n')
    done = reasoners("rewards", "score", "half", "factor=0.25", "--in", str(cases), "--out", "-", site=site)
    assert json.loads(done.stdout)["value"] == 0.25


def test_four_ways_of_finding_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "four_ways.py"
    path.write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    for ref in (f"{path}:half", str(path), "four_ways:half", "four_ways.half"):
        assert load_reward(ref, factor=0.75).score(completion="").value == 0.75, ref
    assert load_reward("number").score(completion="1", answer="1").value == 1.0


def test_a_file_that_hides_nothing_of_ours(tmp_path: Path) -> None:
    """A folder with a file called like one of our packages still scores: it is appended to the path."""
    (tmp_path / "rewards.py").write_text("raise RuntimeError('shadow')\n")
    (tmp_path / "helper.py").write_text("VALUE = 0.25\n")
    path = tmp_path / "own.py"
    path.write_text(
        "from helper import VALUE\nfrom rewards import reward\n"
        "@reward()\ndef own(completion: str) -> float:\n    return VALUE\n"
    )
    assert load_reward(str(path)).score(completion="").value == 0.25


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("numbr", "unknown reward `numbr`. Did you mean `number`?"),
        ("no.such.module:f", "cannot import `no.such.module`"),
        ("rewards.number.reward:numbers", "Did you mean `number`?"),
        ("rewards.number.reward:show", "is a function; decorate the function with `@reward(...)`"),
        ("/nowhere/at/all.py:f", "no file /nowhere/at/all.py"),
        ("..", "cannot import"),
        (":", "cannot import"),
        ("", "unknown reward ``"),
    ],
)
def test_a_wrong_reference_says_what_is_wrong(ref: str, message: str) -> None:
    with pytest.raises(RewardError) as caught:
        load_reward(ref)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def f(:\n", "SyntaxError"),
        ("1/0\n", "ZeroDivisionError"),
        ("import nowhere_at_all\n", "No module named 'nowhere_at_all'"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("", "declares 0 rewards (none)"),
        (MODULE + "\nother = reward('b')(plain)\n", "declares 2 rewards (half, other)"),
        ("from rewards import reward\n@reward()\ndef f(*args): return 1\n", "takes *args or **kwargs"),
        (
            "from rewards import reward\n@reward(range=(1, 1))\ndef f(completion): return 1\n",
            "numbers that rise",
        ),
    ],
)
def test_a_broken_file_is_one_clear_error(tmp_path: Path, source: str, message: str) -> None:
    path = tmp_path / "broken_file.py"
    path.write_text(source)
    for _ in range(2):  # a failed load must not be remembered as a success
        with pytest.raises(RewardError) as caught:
            load_reward(str(path))
        assert message in str(caught.value)


def test_every_builtin_loads_and_says_what_it_does() -> None:
    listed = {item.name: item for item in list_rewards() if item.origin == "reasoners"}
    assert {"exact", "format", "number", "reasoning_gym"} <= set(listed)
    for item in listed.values():
        assert item.reward is not None
        assert item.reward.summary.endswith(".")
        assert item.problem == ""
