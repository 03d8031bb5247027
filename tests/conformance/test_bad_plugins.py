"""Each plugin in tests/bad_plugins misbehaves in one way; the kit must end, be red, and say why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rewards.conformance import check_reward

FOLDER = Path(__file__).resolve().parents[1] / "bad_plugins"
EXPECTED = [json.loads(line) for line in (FOLDER / "expected.jsonl").read_text().splitlines()]
MEMORY_MB = {"eats_memory": 256}


def test_the_table_names_every_bad_plugin() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"honest"}
    assert sorted(row["plugin"] for row in EXPECTED) == sorted(files)
    assert len(files) >= 15


@pytest.mark.parametrize("row", EXPECTED, ids=[row["plugin"] for row in EXPECTED])
def test_red_with_the_right_message(row: dict[str, str]) -> None:
    name = row["plugin"]
    # Short only where the deadline itself is what stops the plugin: a busy machine makes the others slow, not late.
    deadline = 1.0 if "timeout" in row["got"] else 10.0
    memory = MEMORY_MB.get(name, 2048)
    ref = f"{FOLDER / name}.py:{name}"
    report = check_reward(ref, deadline=deadline, import_seconds=3.0, memory_mb=memory)
    check = report.find(row["check"])
    assert check.ok is False, check.sentence()
    assert not report.passed()
    for field in ("fed", "got", "allowed"):
        assert row[field] in getattr(check, field), check.sentence()


def test_the_same_work_done_right_is_green(tmp_path: Path) -> None:
    for name in ("honest.py", "fixtures.jsonl"):
        (tmp_path / name).write_text((FOLDER / name).read_text())
    (tmp_path / "good.py").write_text(
        (FOLDER / "raises.py").read_text().replace('    raise KeyError("answer_key")\n', "")
    )
    report = check_reward(f"{tmp_path / 'good.py'}:raises")
    assert [check.sentence() for check in report.checks if check.ok is not True] == []
