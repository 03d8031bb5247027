"""`--json FILE`: what it may overwrite, as a file and as a user meets it."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reasoners.cli.common import emit_json
from reasoners.cli.result_file import check_target
from rewards.errors import ToolkitError

Cli = Callable[..., subprocess.CompletedProcess[str]]
COUNTS = '{"problem_id": "a", "n": 8, "c": 2}\n{"problem_id": "b", "n": 8, "c": 5}\n'
LISTS = (
    [{"reward": "number", "ok": True, "checks": []}],
    [{"model": m, "audit": "a", "median": 1.0, "values": []} for m in "mn"],
)


def test_json_does_not_swallow_an_input(cli: Cli, tmp_path: Path) -> None:
    for name in ("base.jsonl", "c2.jsonl"):
        (tmp_path / name).write_text(COUNTS)
    done = cli("analyse", "consistency", "--counts", "--json", "base.jsonl", "c2.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--json would overwrite base.jsonl, which is not a result of this toolkit" in done.stderr
    assert "write --json=- or put --json last" in done.stderr
    assert (tmp_path / "base.jsonl").read_text() == COUNTS
    done = cli("analyse", "consistency", "--counts", "--json=-", "base.jsonl", "c2.jsonl", cwd=tmp_path)
    assert [x["name"] for x in json.loads(done.stdout)["audits"]] == ["base", "c2"]


def test_a_result_of_another_command_may_be_overwritten(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text(COUNTS)
    for words in (["audit", "--counts"], ["compare", "c.jsonl", "--counts"]):
        done = cli(*words, "c.jsonl", "--json", "out.json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out.json").read_text())
    assert found.pop("written_by") == "reasoners"
    assert found == json.loads(cli(*words, "c.jsonl", "--json", cwd=tmp_path).stdout)


@pytest.mark.parametrize("payload", [{}, {"k": [1.0]}, *LISTS])
def test_what_json_wrote_may_be_overwritten(tmp_path: Path, payload: object) -> None:
    path = tmp_path / "out.json"
    emit_json(str(path), payload)
    check_target(str(path), {})
    with pytest.raises(ToolkitError, match="which this command also has for another argument"):
        check_target(str(path), {"json_target": str(path), "audits": (tmp_path, path)})
    with pytest.raises(ToolkitError, match="another argument"):
        check_target(str(path), {"verifier": os.path.relpath(path)})
    check_target(str(path), {"json_target": str(path), "data": str(tmp_path / "other"), "n": 3, "k": None})


@pytest.mark.parametrize(
    "content",
    [
        COUNTS.encode(),
        b'{\n  "results": {}\n}\n',
        b'{\n  "written_by": "me"\n}\n',
        b'[\n  {\n    "question": "1+1",\n    "answer": "2"\n  }\n]\n',
        b"[\n  1\n]\n",
        b"[\n  {",
        b"[]\n",
        b"name: demo\n",
        b"PAR1\xff\xfe\x00",
    ],
)
def test_what_is_no_result_is_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine"
    path.write_bytes(content)
    with pytest.raises(ToolkitError, match="not a result of this toolkit"):
        check_target(str(path), {})


def test_new_and_empty_files_and_devices_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    for target in (None, "-", "empty", "pipe", "new", "no/folder"):
        check_target(target if target in (None, "-") else str(tmp_path / target), {"audits": (tmp_path,)})
    check_target(os.devnull, {})
    with pytest.raises(ToolkitError, match="which is a folder"):
        check_target(str(tmp_path), {})
