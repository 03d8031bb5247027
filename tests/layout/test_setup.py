"""`make` and `make setup`: the list of targets, the no-op, and the sentences of failure."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

REPO = Path(__file__).resolve().parents[2]
TARGETS = ("setup", "demo", "demo-smollm2", "check", "test", "bench", "clean")


@pytest.fixture
def setup_env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_env", REPO / "tools" / "setup_env.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.setattr(module, "LOG", tmp_path / "setup.log")
    return module


def shell(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=REPO, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_alone_lists_the_targets() -> None:
    done = shell("make")
    assert done.returncode == 0
    listed = [line.split()[1] for line in done.stdout.splitlines()]
    assert set(TARGETS) <= set(listed)
    assert all(len(line) <= 120 and len(line.split()) > 3 for line in done.stdout.splitlines())


def test_a_python_that_is_too_old_is_refused_by_its_version(tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.18\nexit 1\n')
    old.chmod(0o755)
    done = shell("sh", "tools/setup.sh", PYTHON=str(old))
    assert done.returncode == 2
    assert f"PYTHON={old} is Python 3.9.18; Python 3.11, 3.12 or 3.13 is needed" in done.stderr


def test_without_any_python_the_message_says_how_to_get_one(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "dirname", "head"):
        (tools / name).symlink_to(str(shutil.which(name)))
    lone = tmp_path / "checkout" / "tools"
    lone.mkdir(parents=True)
    shutil.copy(REPO / "tools" / "setup.sh", lone)
    done = shell("sh", str(lone / "setup.sh"), PATH=str(tools), PYTHON="")
    assert done.returncode == 2
    assert "no Python 3.11, 3.12 or 3.13 found" in done.stderr
    assert "make setup PYTHON=" in done.stderr


def test_gpu_switch_is_checked(setup_env: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for value, wanted in (("1", True), ("0", False)):
        monkeypatch.setenv("GPU", value)
        assert setup_env.wants_gpu() is wanted
    monkeypatch.setenv("GPU", "maybe")
    with pytest.raises(setup_env.SetupError, match="GPU=maybe is not understood"):
        setup_env.wants_gpu()


def test_gpu_set_is_taken_where_nvidia_smi_lists_a_device(
    setup_env: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GPU", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    tool = tmp_path / "nvidia-smi"
    for script, wanted in (("echo GPU 0: H100", True), ("echo No devices; exit 9", False)):
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
        assert setup_env.wants_gpu() is wanted


def test_a_finished_setup_is_recognised_and_a_change_is_not(setup_env: ModuleType) -> None:
    wanted = setup_env.fingerprint(False)
    assert not setup_env.is_current(wanted)
    setup_env.PYTHON.parent.mkdir(parents=True)
    setup_env.PYTHON.symlink_to(sys.executable)
    setup_env.STAMP.write_text(json.dumps(wanted))
    assert setup_env.is_current(wanted)
    assert not setup_env.is_current(setup_env.fingerprint(True))
    setup_env.STAMP.write_text("{broken")
    assert not setup_env.is_current(wanted)


def test_a_full_disk_is_said_before_anything_is_installed(
    setup_env: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup_env, "NEEDED_GIB", {False: 10**9, True: 10**9})
    with pytest.raises(setup_env.SetupError, match=r"GiB free on the disk of .*GiB are needed"):
        setup_env.check_disk(False)


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        (
            "broken by 'NewConnectionError(...)'\nERROR: No matching distribution",
            "index cannot be reached: check",
        ),
        ("ERROR: No matching distribution found for torch==2.13.0", "try PYTHON=python3.12"),
        ("something else", "the whole output is in"),
    ],
)
def test_failed_commands_say_what_to_do(setup_env: ModuleType, output: str, advice: str) -> None:
    said = setup_env.remedy(output)
    assert advice in said
    assert output.splitlines()[-1] in said


def test_a_failing_command_stops_with_its_last_lines(setup_env: ModuleType) -> None:
    with pytest.raises(setup_env.SetupError, match="no luck today"):
        setup_env.run(sys.executable, "-c", "import sys; sys.exit('no luck today')")
    assert setup_env.run(sys.executable, "-c", "raise SystemExit(1)", ok_to_fail=True) is False
    assert "no luck today" in setup_env.LOG.read_text()


def test_setup_prepares_every_model_that_prepare_makes_by_default(setup_env: ModuleType) -> None:
    from reasoners.models.prepare import DEFAULT

    assert set(setup_env.MODELS) == set(DEFAULT)
