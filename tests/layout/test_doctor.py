"""`reasoners doctor` on a sound installation, and on ones with something to mend."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reasoners import doctor


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "reasoners.cli.main", "doctor", *arguments]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )


def fake_distribution(folder: Path, name: str, entry_points: str = "", top_level: str = "") -> None:
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(entry_points)
    (info / "top_level.txt").write_text(top_level)


def test_a_sound_installation_is_healthy_and_a_stray_file_is_noted(tmp_path: Path) -> None:
    (tmp_path / "eval.py").write_text("")
    done = run("--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert [f for f in report["findings"] if f["status"] == "problem"] == []
    assert (done.returncode, report["healthy"]) == (0, True)
    topics = {f["topic"] for f in report["findings"]}
    assert {"python", "core", "layout", "rewards", "device", "models", "cache", "disk"} <= topics
    notes = [f["text"] for f in report["findings"] if f["status"] == "note"]
    assert f"{tmp_path / 'eval.py'} hides our `eval` from scripts run in this folder" in notes


def test_each_problem_has_advice_and_the_exit_status_is_1(tmp_path: Path) -> None:
    site, cache = tmp_path / "site", tmp_path / "cache"
    fake_distribution(site, "badplugin", "[reasoners.rewards]\nbroken = no_such_module:f\n")
    fake_distribution(site, "evaluator", top_level="eval\n")
    cache.write_text("a file, not a folder")
    done = run(cwd=tmp_path, PYTHONPATH=str(site), REASONERS_CACHE=str(cache))
    assert done.returncode == 1
    assert "PROBLEM rewards  plugin `broken` of badplugin does not load" in done.stdout
    assert "-> mend or uninstall badplugin" in done.stdout
    assert "`eval` is also installed by evaluator" in done.stdout
    assert "-> set REASONERS_CACHE to a folder that you can write" in done.stdout
    assert done.stdout.splitlines()[-1] == "3 problem(s)"


def test_help_shows_an_example(tmp_path: Path) -> None:
    assert "reasoners doctor --json" in run("--help", cwd=tmp_path).stdout


def test_versions_outside_the_range_and_missing_packages_are_problems(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    versions = {"click": "7.0", "numpy": None}
    real = doctor.installed_version
    monkeypatch.setattr(doctor, "installed_version", lambda name: versions.get(name, real(name)))
    problems = [f.text for f in doctor.check_versions() if f.status == "problem"]
    assert problems == ["click 7.0 is outside >=8.1", "numpy is missing"]


def test_without_torch_the_device_line_says_core_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "installed_version", lambda name: None)
    (finding,) = doctor.check_device()
    assert finding.status == "note"
    assert "core install" in finding.text


def test_low_disk_and_a_foreign_python_are_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LOW_DISK_GIB", 1e12)
    assert {f.status for f in doctor.check_disk()} == {"problem"}
    monkeypatch.setattr(doctor, "PYTHONS", ((3, 90), (3, 91)))
    (finding,) = doctor.check_python()
    assert finding.status == "problem"
    assert "3.11" in finding.advice


def test_pins_are_read_for_this_python() -> None:
    assert doctor.read_pins()["trl"] == "1.16.0"
