"""Each benchmark of a suite is sampled as its own config says: its engine, its tools, its template."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from eval.comparable import check_comparable
from eval.views import load_audit
from reasoners.audit_suite import load_suite, run_suite
from reasoners.auditing import audit_model
from reasoners.config import load_config
from rewards import iter_records

from ..backends.service import Service, running

pytest.importorskip("torch", reason="needs the extra [train]")

Make = Callable[..., tuple[list[dict[str, Any]], list[str], list[int]]]


def write(path: Path, model: str, **sections: Any) -> Path:
    """Write the config of a small audit on additions."""
    tree = {
        "model": {"name": model},
        "data": {"train": "embedded:addition", "eval": "embedded:addition", "eval_size": 6},
        "rewards": [{"name": "number", "params": {"marker": ":", "where": "marker"}}],
        "audit": {"n": 2, "max_new_tokens": 60, "greedy": False},
    }
    path.write_text(yaml.safe_dump(tree | sections))
    return path


@pytest.fixture
def suite(tmp_path: Path) -> Make:
    """Run a suite of one model; return each audit's settings, what was said, and the counts after each batch."""

    def run(
        model: str, benchmarks: list[dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], list[str], list[int]]:
        path, said, steps = tmp_path / "suite.yaml", [], []
        tree = {"out": str(tmp_path / "out"), "models": [{"name": model, "label": "m"}]}
        path.write_text(yaml.safe_dump({**tree, "benchmarks": benchmarks}))
        done = run_suite(
            load_suite(path), say=said.append, progress=lambda split, now, all_: steps.append(now)
        )
        return [json.loads((x.folder / "settings.json").read_text())["settings"] for x in done], said, steps

    return run


def test_tools_are_there_in_a_suite_as_in_an_audit(suite: Make, tmp_path: Path) -> None:
    model = "embedded:proxy-tools"
    tools: dict[str, Any] = {"tools": ["calculator"], "trl": {"max_tool_calling_iterations": 4}}
    path = str(write(tmp_path / "with.yaml", model, **tools))
    alone = audit_model(load_config(path), out=tmp_path / "alone", say=lambda _: None)
    without = {"config": path, "label": "without", "set": {"tools": []}}
    found, said, _ = suite(model, [without, {"config": path}, {"config": path, "label": "again"}])
    assert [bool(x["model"].get("tools")) for x in found] == [False, True, True]
    assert sum(line.startswith("precision") for line in said) == 2, "one engine serves the last two"
    for name in ("with", "again"):
        assert load_audit(tmp_path / "out" / name / "m", 0).summary.to_json() == alone["summary"]
    assert alone["summary"]["k"][0]["pass_at_k"] > 0.5, "the specimen needs its tool"
    sides = [(load_audit(p, 0), p) for p in (tmp_path / "out" / "without" / "m", tmp_path / "alone")]
    assert check_comparable(sides, mixed=True)[0].startswith("Asked differently: tools is not set in")


def test_each_benchmark_has_its_own_engine_and_settings(
    suite: Make, tiny_model: Path, tmp_path: Path
) -> None:
    path = str(write(tmp_path / "plain.yaml", str(tiny_model), data={
        "train": "embedded:addition", "eval": "embedded:addition", "eval_size": 6, "chat": False
    }, audit={"n": 2, "max_new_tokens": 4, "greedy": False}))  # fmt: skip
    with running(Service()) as service:
        changes: dict[str, dict[str, Any]] = {
            "first": {},
            "server": {"audit.engine": service.url},
            "padded": {"trl.chat_template_kwargs": {"pad": 9}},
            "small": {"audit.batch_size": 5},
        }
        found, said, steps = suite(
            str(tiny_model), [{"config": path, "label": name, "set": x} for name, x in changes.items()]
        )
        assert len(service.bodies) == 12
    marks = dict(zip(changes, (x["model"] for x in found), strict=True))
    assert set(marks["first"]) == set(marks["small"]) == {"weights"}
    assert marks["server"]["engine"] == "server"
    assert marks["padded"]["template"] == {"pad": 9}
    assert sum(line.startswith("precision") for line in said) == 3
    texts = {name: said_in(tmp_path / "out" / name / "m") for name in ("first", "small")}
    assert texts["first"] == texts["small"]
    assert steps == [12, 12, 12, 5, 10, 12], "only the last has batches of five"


def said_in(folder: Path) -> list[tuple[str, int, str]]:
    rows = [r.rollout for r in iter_records(folder, "audit")]
    return sorted((r.prompt_id, r.index, str(r.completion)) for r in rows)
