"""Build the wheel, look inside, install it core-only into a clean environment, use it from an empty folder.

Run: make wheel. It takes about a minute, so it is a step of CI and no part of pytest.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
PACKAGES = {"rewards", "data_selection", "eval", "reasoners"}
CASES = [
    {"completion": r"so \boxed{42}", "answer": "42"},
    {"completion": "42 is larger than 51", "answer": "51"},
]
COUNTS = [{"problem_id": str(i), "n": 8, "c": c} for i, c in enumerate((0, 1, 2, 3, 5, 8))]
Run = Callable[..., str]


def build(folder: Path) -> Path:
    """Build the wheel with the environment's own hatchling and return its path."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(REPO)]
    quietly(command)
    (wheel,) = folder.glob("*.whl")
    return wheel


def quietly(command: list[str]) -> None:
    """Run a command; show its output only if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{command} failed\n{done.stdout}{done.stderr}"


def check_contents(wheel: Path) -> None:
    """The top-level names are the agreed ones; every tracked file and every config is inside."""
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    info = {top for top in tops if top.startswith("reasoners-") and top.endswith(".dist-info")}
    assert tops - info == PACKAGES, f"top-level names of the wheel: {sorted(tops)}"
    assert len(info) == 1, f"not one .dist-info: {sorted(tops)}"
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=REPO, check=True, capture_output=True, text=True
    ).stdout.split("\n")
    wanted = {name for name in listed if name and (REPO / name).is_file()}
    wanted |= {f"reasoners/configs/{file.name}" for file in (REPO / "configs").glob("*.yaml")}
    wanted |= {f"{package}/py.typed" for package in PACKAGES}
    missing = {name for name in wanted - names if not name.endswith(".gitkeep")}
    assert not missing, f"not in the wheel: {sorted(missing)}"
    assert not [name for name in names if "__pycache__" in name]


def install(wheel: Path, place: Path) -> Path:
    """Make a clean environment with the wheel and the core dependencies; return its bin folder."""
    venv.create(place, with_pip=True)
    pip = [str(place / "bin" / "pip"), "install", "--disable-pip-version-check"]
    quietly([*pip, "-c", str(REPO / "constraints.txt"), str(wheel)])
    return place / "bin"


def runner(bin_folder: Path, folder: Path) -> Run:
    """Return a function that runs a command of the environment in `folder` and returns what it printed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def run(*arguments: str | Path, status: int = 0) -> str:
        command = [str(bin_folder / str(arguments[0])), *map(str, arguments[1:])]
        done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


def check_use(run: Run, folder: Path) -> None:
    """The commands of a verifier author work without torch."""
    where = run("python", "-c", "import reasoners, rewards; print(rewards.__file__)").strip()
    assert "site-packages" in where, f"rewards comes from {where}"
    run("python", "-c", "import torch", status=1)
    assert "Commands" in run("reasoners", "--help")
    assert "number" in run("reasoners", "rewards", "list")
    write(folder / "cases.jsonl", CASES)
    run("reasoners", "rewards", "score", "number", "--in", "cases.jsonl", "--out", "scores.jsonl")
    values = [json.loads(line)["value"] for line in (folder / "scores.jsonl").read_text().splitlines()]
    assert values == [1.0, 0.0], values
    write(folder / "base.jsonl", COUNTS)
    write(folder / "tuned.jsonl", [{**row, "c": min(8, row["c"] + 1)} for row in COUNTS])
    run("reasoners", "compare", "--counts", "base.jsonl", "tuned.jsonl", "--json", "out.json")
    assert json.loads((folder / "out.json").read_text())
    score = "load_reward('number').score(completion='7', answer=7)"
    assert run("python", "-c", f"from reasoners import load_reward; print({score}.value)").strip() == "1.0"
    configs = "from reasoners.config import recipes_dir; print(len(list(recipes_dir().glob('*.yaml'))))"
    assert int(run("python", "-c", configs)) == len(list((REPO / "configs").glob("*.yaml")))
    assert "core install" in run("reasoners", "doctor")


def write(path: Path, rows: list[dict[str, object]]) -> None:
    """Write rows as JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    """Run the whole check; an AssertionError says what is wrong."""
    with tempfile.TemporaryDirectory() as text:
        place = Path(text)
        wheel = build(place / "dist")
        check_contents(wheel)
        empty = place / "empty"
        empty.mkdir()
        check_use(runner(install(wheel, place / "venv"), empty), empty)
        print(f"wheel check: {wheel.name} is complete and works without torch")


if __name__ == "__main__":
    main()
