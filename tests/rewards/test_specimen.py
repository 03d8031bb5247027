"""The commands of docs/reward_hacking.md say what the page says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reward_hacking.md"


def test_the_page_shows_what_the_commands_print(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    specimen = re.search(r"echo '(.*)' > specimen.jsonl", text)
    assert specimen is not None
    (tmp_path / "specimen.jsonl").write_text(specimen[1] + "\n")
    shown = re.findall(r"\$ reasoners (rewards score .*)\n +(\{.*), \.\.\.\}\n", text)
    assert len(shown) == 2
    for words, output in shown:
        command = [sys.executable, "-m", "reasoners.cli.main", *words.split()]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        expected = json.loads(output + "}")
        assert expected.items() <= json.loads(done.stdout).items()
