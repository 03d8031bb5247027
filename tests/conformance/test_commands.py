"""`reasoners rewards check` and `new`, and `pytest --reasoners-reward`, as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from rewards import RewardError
from rewards.conformance import check_names, check_reward
from rewards.scaffold import write_plugin

Run = Callable[..., "subprocess.CompletedProcess[str]"]
CLI = "reasoners.cli.main"
BAD = Path(__file__).resolve().parents[1] / "bad_plugins"
HAS_PLUGIN = bool([p for p in entry_points(group="pytest11") if p.value == "rewards.pytest_plugin"])
PYTEST = ("pytest", "-p", "no:cacheprovider", *(() if HAS_PLUGIN else ("-p", "rewards.pytest_plugin")))


def test_check_says_what_failed_and_exits_1(user: Run) -> None:
    done = user(CLI, "rewards", "check", "format", f"{BAD / 'returns_nan'}.py:returns_nan")
    assert done.returncode == 1
    assert done.stdout.startswith("format: ok (20 of 20 checks ok)\n")
    assert "returns_nan: FAILED (17 of 20 checks ok, 3 failed)\n  values: FAILED\n    fed: {" in done.stdout
    assert "got: returned nan\n    allowed: a finite number from 0 to 1" in done.stdout
    assert done.stdout.endswith("1 of 2 rewards pass.\n")


def test_check_without_fixtures_says_how_to_add_them_and_strict_fails(user: Run, tmp_path: Path) -> None:
    source = (BAD / "raises.py").read_text().replace('    raise KeyError("answer_key")\n', "")
    (tmp_path / "mine.py").write_text(source)
    (tmp_path / "honest.py").write_text((BAD / "honest.py").read_text())
    done = user(CLI, "rewards", "check", "mine.py:raises")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not checked: fixtures, expected, gold, corrupted, awkward" in done.stdout
    assert "add a fixtures.jsonl beside the plugin" in done.stdout
    assert user(CLI, "rewards", "check", "mine.py:raises", "--strict").returncode == 1
    cases = user(CLI, "rewards", "check", "mine.py:raises", "--strict", "--fixtures", BAD / "fixtures.jsonl")
    assert cases.stdout == "mine.py:raises: ok (20 of 20 checks ok)\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a reward to check, or give --all"),
        (["--all", "number"], "leave out names and parameters"),
        (["number", "exact", "where=boxed"], "parameters belong to one reward"),
    ],
)
def test_check_refuses_what_makes_no_sense(user: Run, words: list[str], said: str) -> None:
    done = user(CLI, "rewards", "check", *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_check_of_an_unknown_name_gives_the_nearest(user: Run) -> None:
    done = user(CLI, "rewards", "check", "numbr", "--json")
    assert done.returncode == 1
    loads = json.loads(done.stdout)[0]["checks"][0]
    assert "Did you mean `number`?" in loads["got"]


def test_check_all_covers_every_registered_reward(user: Run) -> None:
    done = user(CLI, "rewards", "check", "--all", REASONERS_PLUGINS="exact,format")
    assert done.stdout.splitlines() == [
        "exact: ok (20 of 20 checks ok)",
        "format: ok (20 of 20 checks ok)",
        "2 of 2 rewards pass.",
    ]


def test_pytest_option_makes_one_test_of_each_check(user: Run) -> None:
    bad = f"{BAD / 'gold_not_full'}.py:gold_not_full"
    done = user(*PYTEST, "-rA", "--reasoners-reward", "format", "--reasoners-reward", bad)
    assert done.returncode == 1
    assert "2 failed, 38 passed" in done.stdout
    for check in check_names():
        assert f"PASSED reward[format]::{check}" in done.stdout
    assert "gold: FAILED" in done.stdout
    assert "got: 0.9, scored" in done.stdout


def test_pytest_can_leave_the_plugin_out(user: Run) -> None:
    done = user(*PYTEST, "-p", "no:reasoners", "--reasoners-reward", "format")
    assert done.returncode == 4  # pytest's own word for a wrong command line
    assert "unrecognized arguments: --reasoners-reward" in done.stdout + done.stderr


def test_pytest_without_the_option_imports_nothing_of_ours(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "import sys\ndef test_a():\n    assert 'rewards.conformance' not in sys.modules\n"
    )
    command = [sys.executable, "-m", *PYTEST, "-q"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", [False, True])
def test_what_new_writes_passes_the_kit_at_once(tmp_path: Path, package: bool) -> None:
    files = write_plugin("my_match", tmp_path, package=package, domain="logic")
    names = {path.relative_to(tmp_path / "my_match").as_posix() for path in files}
    home = "src/my_match_reward/" if package else ""
    test = "tests/test_my_match.py" if package else "test_my_match.py"
    rest = {"pyproject.toml", f"{home}__init__.py", f"{home}py.typed"} if package else set()
    assert names == {"README.md", f"{home}reward.py", f"{home}fixtures.jsonl", test} | rest
    assert all("$" not in path.read_text() for path in files)
    report = check_reward(f"{tmp_path / 'my_match' / home / 'reward.py'}:my_match")
    assert [check.sentence() for check in report.checks if check.ok is not True] == []


def test_what_new_writes_is_clean_python(tmp_path: Path) -> None:
    write_plugin("my_match", tmp_path, package=True)
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed (extra [dev])")
    for words in (
        ["check", "--select", "E,F,I,B,D1,UP", "--line-length", "110"],
        ["format", "--check", "--line-length", "110"],
    ):
        done = subprocess.run([ruff, *words, tmp_path], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_its_test_passes_where_it_stands(user: Run, tmp_path: Path) -> None:
    done = user(CLI, "rewards", "new", "my_match")
    assert done.returncode == 0, done.stderr
    assert "reasoners rewards check my_match/reward.py --strict" in done.stdout
    done = user(*PYTEST, "-q", "my_match")
    assert "20 passed" in done.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("My-Match", "cannot be a reward's name"),
        ("../up", "cannot be a reward's name"),
        ("", "cannot be a reward's name"),
        ("class", "a word of Python"),
        ("len", "a word of Python"),
        ("json", "the name of a module"),
        ("number", "is installed already"),
        ("taken", "is there already"),
    ],
)
def test_new_refuses_a_name_it_cannot_use(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(RewardError, match=said):
        write_plugin(name, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_new_refuses_a_folder_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RewardError, match="cannot write"):
        write_plugin("my_match", tmp_path / "file")
    with pytest.raises(RewardError, match="cannot be a domain"):
        write_plugin("my_match", tmp_path, domain='x"; import os')
