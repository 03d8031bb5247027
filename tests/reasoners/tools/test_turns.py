"""Audits with tools: the conversations of training, a seed of each sample's own, and a store that knows the tools."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.auditing import audit_model, open_backend
from reasoners.config import load_config
from reasoners.models.proxy import proxy_tokenizer
from reasoners.models.tool_sums import CHAT_TEMPLATE, RESPONSE_TEMPLATE
from reasoners.tools.turns import Chat, run_call
from reasoners.training import train
from rewards import ToolkitError, iter_records

AFTER = {"=": "?:", "?": "4", "4": "+", "+": "5", "5": "$", ":": "9", "9": "$"}
"""Each turn calls `4+5` or answers `9`, as likely."""
ALWAYS = AFTER | {"=": "?"}


@pytest.fixture(scope="module")
def caller(scripted: Callable[..., Path]) -> Path:
    return scripted(AFTER)


def make(
    small_run: Callable[..., Path], tmp_path: Path, model: Path, name: str = "run", **sections: Any
) -> Any:
    trl = {
        "max_steps": 1,
        "learning_rate": 1e-6,
        "per_device_train_batch_size": 4,
        "max_completion_length": 60,
        "max_tool_calling_iterations": 2,
        **sections.pop("trl", {}),
    }
    audit = {"n": 4, "max_new_tokens": trl["max_completion_length"], **sections.pop("audit", {})}
    data = {"train": str(tmp_path / "rows.jsonl"), "eval": str(tmp_path / "rows.jsonl")}
    kept = {"data": data, "tools": ["calculator"], "model": {"name": str(model), "precision": "fp32"}}
    return small_run(name, trl=trl, audit=audit, **(kept | sections))


def audited(path: Path, out: Path, **options: Any) -> list[Any]:
    audit_model(load_config(path), out=out, say=lambda _: None, **options)
    return list(iter_records(out, "audit"))


def said(records: list[Any]) -> Counter[str]:
    return Counter(json.dumps(r.rollout.completion, sort_keys=True) for r in records)


OWN = '''
def calculator(expression: str) -> str:
    """Compute.

    Args:
        expression: what.
    """
    {body}
'''


@pytest.mark.parametrize(
    ("after", "body", "trl", "turns"),
    [
        (ALWAYS, "return '9'", {}, 5),  # two results, and a third call without one
        (ALWAYS, "return '9'", {"max_tool_calling_iterations": 1}, 3),
        (ALWAYS, "return '9' * 30", {}, 3),  # the second result has no room
        (ALWAYS, "return '9' * 54", {}, 2),  # the result fills the room to the last place
        (ALWAYS, "return '9' * 55", {}, 1),
        (ALWAYS, "return '9' * 50", {}, 3),  # the answer to it is cut
        (ALWAYS, "raise ValueError('no')", {}, 5),
    ],
)
def test_an_audit_talks_as_training_does(
    small_run: Callable[..., Path],
    scripted: Callable[..., Path],
    tmp_path: Path,
    after: dict[str, str],
    body: str,
    trl: dict[str, Any],
    turns: int,
) -> None:
    from rich.console import Console

    (tmp_path / "own.py").write_text(OWN.format(body=body))
    tools = [f"{tmp_path / 'own.py'}:calculator"]
    path = make(small_run, tmp_path, scripted(after), tools=tools, trl=trl)
    result = train(load_config(path), Console(quiet=True))
    (trained,) = said(list(iter_records(result.folder.root, "train")))
    records = audited(path, tmp_path / "audit", n=1)
    assert list(said(records)) == [trained]
    assert len(json.loads(trained)) == turns
    one, other = records[0].rollout, next(iter_records(result.folder.root, "train")).rollout
    results = sum(len(t["content"]) + 1 for t in one.completion if t["role"] == "tool")
    assert one.completion_tokens == other.completion_tokens - results
    assert (one.truncated, one.prompt_tokens > 0) == (other.truncated, True)


def test_a_sample_depends_on_its_seed_alone(
    small_run: Callable[..., Path], caller: Path, tmp_path: Path
) -> None:
    def made(name: str, n: int, batch_size: int) -> list[Any]:
        path = make(small_run, tmp_path, caller, name, audit={"batch_size": batch_size})
        return audited(path, tmp_path / name, n=n)

    def key(record: Any) -> Any:
        r = record.rollout
        return r.prompt_id, r.index, json.dumps(r.completion), r.completion_tokens, r.truncated

    whole = sorted(map(key, made("whole", 8, 64)))
    assert len({k[2] for k in whole}) == 4  # none, one or two results, or a third call
    assert sorted(map(key, made("narrow", 8, 3))) == whole
    made("grown", 3, 16)
    assert sorted(map(key, made("grown", 8, 16))) == whole


def test_one_store_has_one_set_of_tools(small_run: Callable[..., Path], caller: Path, tmp_path: Path) -> None:
    audited(make(small_run, tmp_path, caller), tmp_path / "audit", n=1)
    for name, sections in (
        ("bare", {"tools": []}),
        ("short", {"tools": [{"name": "calculator", "max_chars": 5}]}),
        ("once", {"trl": {"max_tool_calling_iterations": 1}}),
    ):
        with pytest.raises(ToolkitError, match="must not be mixed"):
            audited(make(small_run, tmp_path, caller, name, **sections), tmp_path / "audit", n=1)


def test_each_problem_asks_its_own_database(
    small_run: Callable[..., Path], scripted: Callable[..., Path], tmp_path: Path
) -> None:
    template = json.loads(json.dumps(RESPONSE_TEMPLATE))
    call = {"name": "sql", "arguments": {"query": "select n from t"}}
    template["fields"]["tool_calls"]["transform"]["function"] = call
    script = "CREATE TABLE t (n INT); INSERT INTO t VALUES ({});"
    rows = [{"id": f"p{n}", "question": "1=", "answer": "9", "db": script.format(n)} for n in (71, 72)]
    data = {"eval": str(tmp_path / "own.jsonl"), "train": str(tmp_path / "own.jsonl")}
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    model = scripted({"=": "?:", "?": "n", "n": "$", ":": "9", "9": "$"}, template)
    found: dict[str, set[str]] = {}
    for record in audited(
        make(small_run, tmp_path, model, data=data, tools=["sql"]), tmp_path / "audit", n=8
    ):
        turns = record.rollout.completion
        found.setdefault(record.rollout.prompt_id, set()).update(
            t["content"] for t in turns if t["role"] == "tool"
        )
    assert found == {"p71": {"n\n71"}, "p72": {"n\n72"}}
    with pytest.raises(ToolkitError, match=r"row 0: tool `sql`: no column `db`"):
        audited(make(small_run, tmp_path, model, "gone", tools=["sql"]), tmp_path / "gone")


def test_evaluation_in_training_calls_them_too(
    small_run: Callable[..., Path], caller: Path, tmp_path: Path
) -> None:
    from rich.console import Console

    path = make(small_run, tmp_path, caller, held_out={"every": 1, "n": 4})
    result = train(load_config(path), Console(quiet=True))
    found = list(iter_records(result.folder.root, "held_out"))
    assert len(found) == 40
    audited_ = audited(path, tmp_path / "audit", model=str(result.folder.model))
    assert said(found) == said(audited_)  # the same weights, seeds and tools
    assert any(t["role"] == "tool" for r in found for t in r.rollout.completion)


def test_prompts_are_asked_as_in_training(
    small_run: Callable[..., Path], scripted: Callable[..., Path], tmp_path: Path
) -> None:
    """With tools and without, the template gets the arguments that training gives it."""
    from rich.console import Console

    model = scripted(ALWAYS, chat="{{- 'x' * (pad or 0) -}}" + CHAT_TEMPLATE)
    trl = {"chat_template_kwargs": {"pad": 9}, "max_tool_calling_iterations": 0}
    for name, tools in (("with", ["calculator"]), ("without", [])):
        path = make(small_run, tmp_path, model, name, trl=trl, tools=tools, held_out={"every": 1, "n": 1})
        root = train(load_config(path), Console(quiet=True)).folder.root
        audit = audited(path, tmp_path / f"audit_{name}", n=1)
        for found in (audit, iter_records(root, "held_out"), iter_records(root, "train")):
            assert {r.rollout.prompt_tokens for r in found} == {14}  # the padding, <bos>, and `1+1=`
    server = open_backend(load_config(path, {"audit.engine": "http://localhost:9/v1"}), "m", print)
    assert server.mark()["extra"] == {"chat_template_kwargs": {"pad": 9}}
    settings = load_config(make(small_run, tmp_path, model, trl={"chat_template_kwargs": {}}, tools=[]))
    with pytest.raises(ToolkitError, match="must not be mixed"):
        audit_model(settings, out=tmp_path / "audit_without", say=lambda _: None)


@pytest.mark.parametrize("engine", ["vllm", "http://localhost:9/v1"])
def test_other_engines_are_refused_with_tools(
    small_run: Callable[..., Path], tmp_path: Path, engine: str
) -> None:
    config = load_config(make(small_run, tmp_path, tmp_path), {"audit.engine": engine})
    with pytest.raises(ToolkitError, match=r'samples without tools.*tools="\[\]"'):
        audit_model(config)


def test_the_command_audits_with_tools(
    small_run: Callable[..., Path], caller: Path, cli: Callable[..., Any], tmp_path: Path
) -> None:
    path = make(small_run, tmp_path, caller)
    done = cli("audit", path, "--n", "2", "--quiet", "--out", tmp_path / "a", "--report", tmp_path / "a.html")
    assert done.returncode == 0, done.stderr
    assert any(len(r.rollout.completion) > 1 for r in iter_records(tmp_path / "a", "audit"))
    done = cli("audit", path, "tools=[]", "--n", "2", "--quiet", "--out", tmp_path / "b")
    assert done.returncode == 0, done.stderr
    assert all(len(r.rollout.completion) == 1 for r in iter_records(tmp_path / "b", "audit"))


def test_calls_that_cannot_be_run_are_said() -> None:
    async def later(word: str) -> str:
        return word * 2

    tools = {"later": later, "fails": lambda: 1 / 0}

    def content(kind: str, name: str, **arguments: Any) -> Any:
        call = {"type": kind, "function": {"name": name, "arguments": arguments}}
        return run_call(call, tools)["content"]

    assert content("function", "later", word="ab") == "abab"
    assert content("function", "later") == str(
        {"error": f"{later.__qualname__}() missing 1 required positional argument: 'word'"}
    )
    assert content("function", "fails") == "{'error': 'division by zero'}"
    assert content("function", "gone") == "{'error': 'Tool gone not found.'}"
    assert content("code", "later", word="a") == "{'error': 'Unsupported tool call type: code'}"


def shipped_template(name: str) -> str:
    import trl

    return (Path(trl.__file__).parent / "chat_templates" / f"{name}.jinja").read_text()


@pytest.mark.parametrize("name", ["", "qwen3_training", "qwen2_5", "llama3"])
def test_results_are_written_as_trl_writes_them(name: str) -> None:
    from trl import GRPOTrainer

    tokenizer = proxy_tokenizer()
    tokenizer.chat_template = shipped_template(name) if name else CHAT_TEMPLATE
    tokenizer.response_template = RESPONSE_TEMPLATE
    messages = [
        {"role": "tool", "name": "f", "content": "12"},
        {"role": "tool", "name": "g", "content": "no"},
    ]
    chat = Chat(tokenizer, [], {})
    trainer = SimpleNamespace(
        processing_class=tokenizer,
        _tokenizer=tokenizer,
        _is_vlm=False,
        chat_template=chat.template["chat_template"],
        chat_template_kwargs={},
    )
    for some in (messages[:1], messages):
        expected = GRPOTrainer._get_tool_suffix_ids(trainer, some)
        assert chat.results(some) == expected
        assert len(expected) > len("12")
