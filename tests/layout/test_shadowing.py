"""A stray file that hides one of our packages is named, by its path, at `import reasoners`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reasoners._layout import PACKAGES, layout_problem, package_origin

REPO = Path(__file__).resolve().parents[2]


def python(*arguments: str, cwd: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("stray", ["rewards.py", "eval.py", "data_selection.py", "eval/__init__.py"])
@pytest.mark.parametrize("way", ["cwd", "script", "PYTHONPATH"])
def test_a_stray_file_is_named(stray: str, way: str, tmp_path: Path) -> None:
    home = tmp_path / "project"
    home.mkdir()
    culprit = home / stray
    culprit.parent.mkdir(exist_ok=True)
    culprit.write_text("mine = 1\n")
    if way == "cwd":
        done = python("-c", "import reasoners", cwd=home)
    elif way == "script":
        script = home / "train_it.py"
        script.write_text("from reasoners import reward\n")
        done = python(str(script), cwd=tmp_path)
    else:
        done = python("-c", "import reasoners", cwd=tmp_path, path=str(home))
    assert done.returncode == 1
    assert f"ImportError: `import {stray.split('/')[0].removesuffix('.py')}` runs {culprit}" in done.stderr
    assert "Rename that file or folder" in done.stderr


def test_a_script_that_is_itself_called_eval_is_named(tmp_path: Path) -> None:
    script = tmp_path / "eval.py"
    script.write_text("import reasoners\n")
    done = python(str(script), cwd=tmp_path)
    assert done.returncode == 1
    assert str(script) in done.stderr.splitlines()[-1]


def test_a_module_imported_before_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "rewards.py").write_text("")
    first = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import rewards; del sys.path[0]"
    done = python("-c", f"{first}; import reasoners", cwd=REPO.parent)
    assert done.returncode == 1
    assert str(tmp_path / "rewards.py") in done.stderr.splitlines()[-1]


def test_a_module_without_a_spec_is_no_crash_but_the_same_sentence(tmp_path: Path) -> None:
    code = "import sys, types; sys.modules['eval'] = types.ModuleType('eval'); import reasoners"
    done = python("-c", code, cwd=tmp_path)
    assert "ImportError: `import eval` runs" in done.stderr.splitlines()[-1]


def test_a_plain_folder_without_init_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "eval").mkdir()
    (tmp_path / "eval" / "notes.txt").write_text("data")
    done = python("-c", "import reasoners; print(reasoners.pass_at_k)", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", PACKAGES)
def test_our_own_packages_are_ours(name: str) -> None:
    assert package_origin(name) == REPO / name / "__init__.py"
    assert layout_problem(name) is None
