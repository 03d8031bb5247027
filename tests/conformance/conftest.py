"""The sample packages, installed by pip into a folder of their own; `user` runs commands that see them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def pip_install(site: Path, *sources: Path) -> None:
    """Install packages from source into `site`, with the build tools that are here and without the network."""
    pytest.importorskip("hatchling", reason="needs the extra [dev]")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    command += ["--no-deps", "--no-build-isolation", "--upgrade", "--target", str(site), *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if "No module named pip" in done.stderr:
        pytest.skip("needs pip")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def sample_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("sample_site")
    pip_install(site, TESTS / "plugin_sample", TESTS / "plugin_broken")
    return site


@pytest.fixture
def user(tmp_path: Path) -> Run:
    """Run `python -m MODULE ...` in an empty folder; `site` joins the path, keywords the environment."""

    def run(*words: str | Path, site: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        place = {"PYTHONPATH": str(site)} if site else {}
        return subprocess.run(
            [sys.executable, "-m", *map(str, words)],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=tmp_path,
            env={**os.environ, **place, **env},
        )

    return run
