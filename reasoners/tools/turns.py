"""Sampling a model that may call tools: the turns of TRL's loop in training, with a seed of each sample's own.

A sample's numbers go by the place of a token in its completion, so what it says does not depend on its batch. As in
training, `max_new_tokens` bounds the whole completion, results included, and a result that would pass it is dropped.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from eval.backends.decode import Row
from eval.backends.transformers import TransformersBackend, check_length, fill
from eval.sampling import Prompt, Request, Sample, Sampling, marks_of, uniforms
from reasoners.config import RunConfig
from reasoners.tools.fit import check_template
from reasoners.tools.rows import Tool, for_model, on_row
from rewards.contract import Message
from rewards.text import final_text

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class Chat:
    """How a tokenizer writes prompts with tools, reads calls, and writes results.

    Args:
        tokenizer: with a chat template for tools (see `reasoners.tools.fit.check_template`).
        tools: what the prompts show.
        template: further arguments of the chat template.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, tools: Sequence[Tool], template: Mapping[str, Any]
    ) -> None:
        from trl.chat_template_utils import (
            add_response_schema,
            get_training_chat_template,
            is_chat_template_prefix_preserving,
        )

        known = getattr(tokenizer, "response_template", None) is not None
        self.tokenizer: Any = tokenizer if known else add_response_schema(tokenizer)
        self.tools = [for_model(tool) for tool in tools]
        # Training takes this template too, where the tokenizer's own rewrites earlier turns.
        whole = is_chat_template_prefix_preserving(self.tokenizer)
        self.template = {
            "chat_template": None if whole else get_training_chat_template(self.tokenizer),
            **template,
        }

    def prompt(self, prompt: Prompt) -> list[int]:
        """Return the token ids of a prompt, up to where the model begins."""
        turns: Sequence[Message] = (
            [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        )
        return self._ids([dict(turn) for turn in turns], add_generation_prompt=True, tools=self.tools)

    def read(self, ids: list[int], before: list[int]) -> Message:
        """Return what the model wrote after the tokens `before` as a message, calls included."""
        from trl.chat_template_utils import parse_response

        message: Message = parse_response(self.tokenizer, ids, prefix=before, tools=self.tools)
        return message

    def results(self, messages: Sequence[Message]) -> list[int]:
        """Return the token ids between the end of a turn with calls and the next turn."""
        call = {"type": "function", "function": {"name": messages[0]["name"], "arguments": {}}}
        turns: list[Message] = [
            {"role": "user", "content": "-"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
        ]
        short = self._ids(turns)
        end = self.tokenizer.eos_token_id
        if end in short:  # some templates add a newline after it, which the model has not written
            short = short[: len(short) - short[::-1].index(end)]
        return self._ids([*turns, *messages], add_generation_prompt=True)[len(short) :]

    def _ids(self, turns: Sequence[Message], **options: Any) -> list[int]:
        found = self.tokenizer.apply_chat_template(turns, return_dict=True, **options, **self.template)
        return list(found["input_ids"])


@dataclass
class _Talk:
    """One sample while it is made."""

    tools: Mapping[str, Tool]
    prompt: list[int]
    numbers: list[float]
    completion: list[int] = field(default_factory=list)
    written: int = 0
    ended: bool = False
    turns: list[Message] = field(default_factory=list)


class ToolBackend:
    """A model of transformers with tools (see `eval.backends.contract.Backend`).

    Args:
        inner: the model.
        tools: what it may call.
        chat: how its tokenizer speaks of them.
        rounds: how often it may call and go on; None = as often as there is room.
        about: what tells these tools from others, as plain JSON data.
    """

    def __init__(
        self, inner: TransformersBackend, tools: Sequence[Tool], chat: Chat, rounds: int | None, about: Any
    ) -> None:
        self.inner, self.tools, self.speech, self.rounds, self.about = inner, tools, chat, rounds, about

    @property
    def chat(self) -> bool:
        """Tools need turns."""
        return True

    def mark(self) -> dict[str, Any]:
        """Return the fingerprint of the weights, and the tools."""
        return {**self.inner.mark(), "tools": self.about, "rounds": self.rounds}

    def prepare(self, prompts: Sequence[Prompt], sampling: Sampling) -> None:
        """Refuse a prompt that is too long with the tools it shows."""
        limit = getattr(self.inner.model.config, "max_position_embeddings", None)
        for prompt in prompts:
            check_length(limit, len(self.speech.prompt(prompt)), prompt, sampling.max_new_tokens)

    def batches(
        self, requests: Sequence[Request], sampling: Sampling, *, details: bool = False
    ) -> Iterator[list[Sample]]:
        """Yield the samples of each batch of requests, in order. Token ids and log-probabilities are not given."""
        marks, size = marks_of(requests), self.inner.batch_size
        for start in range(0, len(requests), size):
            batch = range(start, min(start + size, len(requests)))
            talks = [self._begin(requests[i], uniforms(sampling, marks[i], requests[i].index)) for i in batch]
            self._talk(talks, sampling)
            yield [_sample(i, requests[i].index, talk) for i, talk in zip(batch, talks, strict=True)]

    def close(self) -> None:
        """Do nothing: the model belongs to the caller."""

    def _begin(self, request: Request, numbers: list[float]) -> _Talk:
        bound = {tool.__name__: on_row(tool, request.columns) for tool in self.tools}
        return _Talk(bound, self.speech.prompt(request.prompt), numbers)

    def _talk(self, talks: Sequence[_Talk], sampling: Sampling) -> None:
        going, done = list(talks), 0
        while going:
            self._write(going, sampling)
            if done == self.rounds:
                return
            calling = [t for t in going if t.turns[-1].get("tool_calls")]
            going = [t for t in calling if self._call(t, sampling.max_new_tokens)]
            done += 1

    def _write(self, talks: Sequence[_Talk], sampling: Sampling) -> None:
        """Let the model go on with each sample, in one batch."""
        room = sampling.max_new_tokens - min(len(t.completion) for t in talks)
        rows = [
            Row(tuple(t.prompt + t.completion), (t.numbers[len(t.completion) :] + t.numbers)[:room])
            for t in talks
        ]
        fill(self.inner.model, self.inner.tokenizer, rows, replace(sampling, max_new_tokens=room))
        for talk, row in zip(talks, rows, strict=True):
            left = sampling.max_new_tokens - len(talk.completion)
            new = row.tokens[:left]
            talk.ended = row.ended and len(row.tokens) <= left
            if new:
                talk.turns.append(self.speech.read(new, list(row.prompt)))
            talk.completion += new
            talk.written += len(new)

    def _call(self, talk: _Talk, most: int) -> bool:
        """Run the calls of the last turn; return whether their results had room and the model may go on."""
        calls = talk.turns[-1]["tool_calls"]
        answers = [run_call(call, talk.tools) for call in _in_order(calls, talk.tools)]
        between = self.speech.results(answers)
        if len(talk.completion) + len(between) > most:
            return False
        talk.turns += answers
        talk.completion += between
        talk.ended = False
        return len(talk.completion) < most


def with_tools(engine: TransformersBackend, config: RunConfig, tools: Sequence[Tool]) -> ToolBackend:
    """Return an engine whose model may call a run's tools, as often as in training. Raises `ToolkitError`."""
    check_template(engine.tokenizer)
    chat = Chat(engine.tokenizer, tools, engine.template)
    about = [entry.model_dump(mode="json") for entry in config.tools]
    return ToolBackend(engine, tools, chat, config.trl.get("max_tool_calling_iterations"), about)


def run_call(call: Mapping[str, Any], tools: Mapping[str, Tool]) -> Message:
    """Return a call's result as a message; whatever goes wrong is the content `{'error': ...}`."""
    name = (call.get("function") or call).get("name", "unknown")
    result: Any
    try:
        if call["type"] != "function":
            raise ValueError(f"Unsupported tool call type: {call['type']}")
        if name not in tools:
            raise ValueError(f"Tool {name} not found.")
        result = tools[name](**call["function"]["arguments"])
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
    except Exception as error:  # whatever a tool raises is the model's to read
        result = {"error": str(error)}
    return {"role": "tool", "name": name, "content": result if isinstance(result, list) else str(result)}


def _in_order(calls: Sequence[Any], tools: Mapping[str, Tool]) -> list[Any]:
    """Return calls as training answers them: those of coroutines last."""
    return sorted(
        calls, key=lambda c: inspect.iscoroutinefunction(tools.get(c.get("function", c).get("name")))
    )


def _sample(position: int, index: int, talk: _Talk) -> Sample:
    text = final_text(talk.turns)
    turns = tuple(talk.turns)
    return Sample(position, index, text, talk.written, len(talk.prompt), not talk.ended, turns=turns)
