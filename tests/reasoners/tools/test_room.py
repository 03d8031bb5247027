"""Prompts are measured as the model sees them: with the chat template, its arguments and the tools it shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.data import DataError, Example, fitting, prompt_tokens
from reasoners.models.proxy import proxy_tokenizer
from reasoners.models.tool_sums import CHAT_TEMPLATE
from reasoners.tools import ToolEntry, load_tools
from reasoners.tools.rows import for_model

SHOWS = "{%- for t in tools or [] -%}{{ t.function | tojson | lower }}{%- endfor -%}"
PADS = "{{- 'x' * (pad or 0) -}}"


def example(length: int, name: str = "p") -> Example:
    return Example(name, [{"role": "user", "content": "1" * length}], {})


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    made = proxy_tokenizer()
    made.chat_template = SHOWS + PADS + CHAT_TEMPLATE
    return made


def test_tools_and_template_arguments_take_room(tokenizer: Any) -> None:
    tools = [for_model(tool) for tool in load_tools([ToolEntry(name="calculator"), ToolEntry(name="sql")])]
    bare, shown = prompt_tokens(example(5), tokenizer), prompt_tokens(example(5), tokenizer, tools)
    assert (bare, shown > 300) == (6, True)  # <bos> and five digits
    assert prompt_tokens(example(5), tokenizer, tools, {"pad": 7}) == shown + 7
    for limit, fits in ((shown + 10, True), (shown + 9, False)):
        found = fitting([example(1), example(5)], tokenizer, limit, 10, "drop", tools)
        assert [len(e.prompt[0]["content"]) for e in found] == ([1, 5] if fits else [1])
        assert len(fitting([example(1), example(5)], tokenizer, limit, 10, "drop")) == 2
    assert len(fitting([example(1), example(5)], tokenizer, shown + 10, 10, "drop", tools, {"pad": 1})) == 1
    with pytest.raises(DataError, match=rf"`long`, {shown} tokens with the tools that the prompt shows"):
        fitting([example(1), example(5, "long")], tokenizer, shown + 9, 10, "refuse", tools)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(1, 500), st.integers(0, 20))
def test_the_short_way_agrees_with_counting(
    tokenizer: Any, lengths: list[int], limit: int, room: int
) -> None:
    tools = [for_model(tool) for tool in load_tools([ToolEntry(name="calculator")])]
    examples = [example(length) for length in lengths]
    expected = [e for e in examples if prompt_tokens(e, tokenizer, tools) <= limit - room]
    if not expected:
        with pytest.raises(DataError):
            fitting(examples, tokenizer, limit, room, "drop", tools)
    else:
        assert fitting(examples, tokenizer, limit, room, "drop", tools) == expected


def test_a_run_counts_the_tools_that_its_prompts_show(
    small_run: Callable[..., Path], scripted: Callable[..., Path]
) -> None:
    from rich.console import Console

    from reasoners.config import load_config
    from reasoners.training import train
    from rewards import read_records

    short = "{%- for t in tools or [] -%}{{ t.function.name }}{%- endfor -%}"
    model = scripted({"=": ":", ":": "9", "9": "$"}, chat=short + PADS + CHAT_TEMPLATE)
    trl = {
        "max_steps": 1,
        "per_device_train_batch_size": 4,
        "num_generations": 2,
        "chat_template_kwargs": {"pad": 100},
    }
    sections = {"model": {"name": str(model), "precision": "fp32"}, "tools": ["calculator"]}
    path = small_run(trl={**trl, "max_completion_length": 12}, **sections)  # 128 - 12 = 116 places
    result = train(load_config(path), Console(quiet=True))
    found = read_records(result.folder.root).to_pylist()
    # calculator (10), the padding (100), <bos>, and a question such as 1+1=
    assert {r["prompt_tokens"] for r in found} == {
        len(json.loads(r["prompt"])[0]["content"]) + 111 for r in found
    }
    path = small_run("long", trl={**trl, "max_completion_length": 14}, **sections)
    with pytest.raises(DataError, match=r"10 of 10 prompts .* 115 tokens with the tools"):
        train(load_config(path), Console(quiet=True))
