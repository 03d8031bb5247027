"""A stranger's installed package: found by its entry point, checked, scored, switched on and off."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
CLI = "reasoners.cli.main"
SAMPLE = Path(__file__).resolve().parents[1] / "plugin_sample"


def listed(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, str]]:
    assert done.returncode == 0, done.stderr
    return {row["name"]: row for row in json.loads(done.stdout)}


def test_it_is_listed_and_the_broken_one_is_one_line(user: Run, sample_site: Path) -> None:
    rows = listed(user(CLI, "rewards", "list", "--json", site=sample_site))
    assert rows["length_units"]["origin"] == "reasoners-length-units"
    assert rows["length_units"]["problem"] == ""
    assert {"number", "exact", "shortest"} <= set(rows)
    text = user(CLI, "rewards", "list", site=sample_site).stdout
    (line,) = [line for line in text.splitlines() if "BROKEN" in line]
    assert line.startswith(
        "broken_sample  BROKEN: plugin `broken_sample` of reasoners-broken-sample does not"
    )
    assert "a_package_nobody_has" in line


def test_it_passes_the_kit(user: Run, sample_site: Path) -> None:
    done = user(CLI, "rewards", "check", "length_units", "shortest", "--strict", site=sample_site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "length_units: ok (20 of 20 checks ok)",
        "shortest: ok (16 of 16 checks ok)",
        "2 of 2 rewards pass.",
    ]


def test_the_broken_one_is_red_and_the_others_are_still_checked(user: Run, sample_site: Path) -> None:
    done = user(CLI, "rewards", "check", "broken_sample", "format", "--json", site=sample_site)
    assert done.returncode == 1
    broken, fine = json.loads(done.stdout)
    assert [c["name"] for c in broken["checks"] if c["ok"] is False] == ["loads"]
    assert fine["ok"] is True


def test_it_scores(user: Run, sample_site: Path, tmp_path: Path) -> None:
    rows = [{"completion": "150 cm", "answer": "1.5 m"}, {"completion": "long", "answer": "1.5 m"}]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = user(
        CLI, "rewards", "score", "length_units", "--in", "cases.jsonl", "--out", "-", site=sample_site
    )
    scores = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(s["value"], s["status"]) for s in scores] == [(1.0, "scored"), (0.0, "unparsed")]


@pytest.mark.parametrize(
    ("switch", "names"),
    [("", []), ("length_units", ["length_units"]), ("number, length_units", ["length_units", "number"])],
)
def test_the_switch_loads_none_or_a_chosen_set(
    user: Run, sample_site: Path, switch: str, names: list[str]
) -> None:
    rows = listed(user(CLI, "rewards", "list", "--json", site=sample_site, REASONERS_PLUGINS=switch))
    assert sorted(rows) == names


def test_its_own_tests_are_three_lines_and_pass(user: Run, sample_site: Path, tmp_path: Path) -> None:
    shutil.copytree(SAMPLE / "tests", tmp_path / "tests")
    done = user("pytest", "-q", "-p", "no:cacheprovider", "tests", site=sample_site)
    assert done.returncode == 0, done.stdout
    assert "36 passed" in done.stdout
