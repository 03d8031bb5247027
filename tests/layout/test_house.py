"""The rules of the house: one way of imports, small files, no bare `import eval` in what users read."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

REPO = Path(__file__).resolve().parents[2]
PACKAGES = ("rewards", "data_selection", "eval", "reasoners")
SOURCES = sorted(file for package in PACKAGES for file in (REPO / package).rglob("*.py"))
EVERY_PYTHON = SOURCES + sorted(
    file for room in ("tests", "tools", "benchmarks", "examples") for file in (REPO / room).rglob("*.py")
)
DOCUMENTS = [REPO / "README.md", *sorted((REPO / "docs").rglob("*.md"))]


def functions(file: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_import_contracts_hold() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    if not tool.exists():
        pytest.skip("import-linter is not installed (extra [dev])")
    done = subprocess.run([tool], cwd=REPO, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", EVERY_PYTHON, ids=lambda file: str(file.relative_to(REPO)))
def test_no_file_passes_500_lines_and_no_function_80(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 500
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions(file) if f.end_lineno}
    assert {name: size for name, size in long.items() if size > 80} == {}


def test_the_median_file_and_function_stay_small() -> None:
    assert median(len(file.read_text(encoding="utf-8").splitlines()) for file in SOURCES) < 120
    sizes = [f.end_lineno - f.lineno + 1 for file in SOURCES for f in functions(file) if f.end_lineno]
    assert median(sizes) <= 12


def test_every_package_is_typed_and_top_level() -> None:
    for package in PACKAGES:
        assert (REPO / package / "__init__.py").is_file()
        assert (REPO / package / "py.typed").is_file()


def test_test_folders_are_no_packages() -> None:
    """`tests/eval/__init__.py` would make a second package called `eval`."""
    plugins = REPO / "tests" / "plugin_sample"
    found = [f for f in (REPO / "tests").rglob("__init__.py") if plugins not in f.parents]
    assert found == []


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(REPO)))
def test_documents_import_from_reasoners(file: Path) -> None:
    """A bare `import eval` hides a builtin, and `rewards` alone may be anyone's."""
    text = file.read_text(encoding="utf-8")
    bare = re.findall(
        r"^\s*(?:>>> )?(?:import|from) (?:eval|rewards|data_selection)\b.*$", text, re.MULTILINE
    )
    assert bare == []


def test_examples_import_from_reasoners() -> None:
    for file in (REPO / "examples").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            assert not {m.split(".")[0] for m in modules} & {"eval", "rewards", "data_selection"}, file


def test_nothing_imports_eval_bare() -> None:
    for file in EVERY_PYTHON:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert all(a.name != "eval" or a.asname for a in node.names), f"{file}:{node.lineno}"
