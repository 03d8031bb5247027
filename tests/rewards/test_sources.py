"""What a reward's code is known by: its text and that of what it imports beside it, and nothing of where it lies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import rewards
from rewards import list_rewards, load_reward
from rewards.sources import code_mark

PLUGIN = {
    "mine.py": """
        import near
        from inner import one
        from rewards import reward

        @reward("mine", cost="inline")
        def mine(completion: str, answer: str) -> float:
            from lazy import worth
            return worth(near.clean(completion)) * one.part.SHARE
        """,
    "near.py": "import far\n\ndef clean(text):\n    return far.strip(text)\n",
    "far.py": "def strip(text):\n    return text.strip()\n",
    "lazy.py": "def worth(text):\n    return float(bool(text))\n",
    "inner/__init__.py": "",
    "inner/one.py": "from . import part\n",
    "inner/part.py": "SHARE = 1.0\n",
    "inner/apart.py": "SHARE = 0.5\n",
    "plot.py": "print('has nothing to do with it')\n",
}
IMPORTED = ("mine.py", "near.py", "far.py", "lazy.py", "inner/__init__.py", "inner/one.py", "inner/part.py")


def plugin(folder: Path, changed: str = "", ends: str = "\n") -> str | None:
    """Write the plugin, one file of it changed; return its mark."""
    for name, text in PLUGIN.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [line.removeprefix(" " * 8) for line in text.splitlines()]
        lines += ["# another line"] if name == changed else []
        path.write_bytes("".join(f"{line}{ends}" for line in lines).encode())
    code = f"from rewards import load_reward as l; from rewards.sources import code_mark as m; " \
           f"print(m(l({str(folder / 'mine.py')!r}).spec.fn))"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_code_is_what_is_imported_and_not_what_lies_beside_it(tmp_path: Path) -> None:
    first = plugin(tmp_path / "a")
    assert first is not None
    assert len(first) == 16
    assert plugin(tmp_path / "elsewhere" / "b") == plugin(tmp_path / "c", ends="\r\n") == first
    marks = {name: plugin(tmp_path / f"changed{i}", name) for i, name in enumerate(PLUGIN)}
    assert {name for name, mark in marks.items() if mark != first} == set(IMPORTED)
    assert len(set(marks.values())) == len(IMPORTED) + 1


def test_shipped_rewards_are_the_same_wherever_they_are_installed(tmp_path: Path) -> None:
    here = {x.name: code_mark(x.reward.fn) for x in list_rewards() if x.reward and x.origin == "reasoners"}
    assert {"number", "math", "exact", "sql"} <= set(here)
    assert None not in here.values()
    assert here["sql"] != here["sql_partial"], "two functions of one file"
    shutil.copytree(Path(rewards.__file__).parent, tmp_path / "site" / "rewards")
    for path in (tmp_path / "site").rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    code = (
        "from rewards.number.reward import number as n; from rewards.math.reward import math as m\n"
        "from rewards.sources import code_mark as mark; print(mark(n.fn), mark(m.fn), n.fn.__code__.co_filename)"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    number, math, place = done.stdout.split()
    assert place.startswith(str(tmp_path))
    assert (number, math) == (here["number"], here["math"])


def test_what_has_no_stable_form_has_no_mark() -> None:
    share = 0.5

    def closes(completion: str) -> float:
        return share

    made: dict[str, object] = {}
    exec("def unwritten(completion): return 1.0", made)
    assert code_mark(closes) is code_mark(made["unwritten"]) is code_mark(len) is None  # type: ignore[arg-type]
    assert code_mark(load_reward("number").spec.fn) is not None
