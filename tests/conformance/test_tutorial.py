"""docs/add_a_reward.md followed to the letter: files written, commands run, output compared."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "add_a_reward.md"
BLOCK = re.compile(r"(?:^File `(?P<file>[^`]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S)


def blocks() -> Iterator[tuple[str, str, str]]:
    """Yield (kind, file, text): `sh` is run, `text` is what the last command printed, a file is written."""
    for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        yield found["kind"], found["file"] or "", found["text"]


def environment(folder: Path) -> dict[str, str]:
    """A fresh virtual environment that also sees what is installed here; pip works in it without the network."""
    pytest.importorskip("hatchling", reason="needs the extra [dev]")
    pytest.importorskip("pip", reason="needs pip")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    (site,) = (folder / "env" / "lib").glob("python*/site-packages")
    parent = sysconfig.get_path("purelib")
    (site / "parent.pth").write_text(f"import site; site.addsitedir({parent!r})\n")
    commands = {
        "pip": f'{python} -m pip "$@" --quiet --no-index --no-deps --no-build-isolation',
        "pytest": f'{python} -m pytest -p no:cacheprovider "$@"',
        "reasoners": f'{python} -m reasoners.cli.main "$@"',
    }
    for name, line in commands.items():
        script = python.with_name(name)
        script.write_text(f"#!/bin/sh\nexec {line}\n")
        script.chmod(0o755)
    path = f"{python.parent}:{os.environ['PATH']}"
    return {
        **os.environ,
        "PATH": path,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    env, work = environment(tmp_path), tmp_path / "work"
    work.mkdir()
    printed, ran, compared = "", 0, 0
    for kind, file, text in blocks():
        if file:
            (work / file).write_text(text, encoding="utf-8")
        elif kind == "sh":
            done = subprocess.run(
                ["sh", "-ec", text], cwd=work, env=env, capture_output=True, text=True, timeout=300
            )
            assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
            printed, ran = done.stdout, ran + 1
        elif kind == "text":
            assert printed == text
            compared += 1
    assert (ran, compared) == (5, 4)
    assert len((work / "scores.jsonl").read_text().splitlines()) == 2


def test_the_page_names_every_check() -> None:
    from rewards.conformance import check_names

    table = PAGE.read_text(encoding="utf-8").partition("## What the kit checks")[2]
    assert [name for name in check_names() if f"`{name}`" not in table] == []
