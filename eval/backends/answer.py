"""What a server answered, whole or as a stream of pieces, read into one completion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eval.backends.wire import Fault
from eval.sampling import Sample


@dataclass
class Answer:
    """One completion. Pieces of a stream are added as they come."""

    id: str = ""
    text: str = ""
    thoughts: str = ""
    finish: str = ""
    tokens: int | None = None
    prompt_tokens: int | None = None
    logprobs: list[float] = field(default_factory=list)
    token_ids: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, pieces: Iterable[Mapping[str, Any]], *, chat: bool) -> Answer:
        """Read the objects of a response.

        Raises:
            Fault: there is no completion in it, or only its beginning.
        """
        found = cls()
        for piece in pieces:
            try:
                found._add(piece, chat)
            except (TypeError, KeyError, AttributeError, ValueError) as error:
                raise Fault(f"the answer is not of the form expected ({error!r})") from error
        if not found.finish:
            raise Fault("the answer has no finish_reason: it was cut short")
        return found

    def sample(self, position: int, index: int, details: bool) -> Sample:
        """Return it as a sample; what a reasoning parser split off stands in <think> again."""
        text = f"<think>\n{self.thoughts}\n</think>\n{self.text}" if self.thoughts else self.text
        known = (tuple(self.token_ids) or None, tuple(self.logprobs) or None) if details else (None, None)
        return Sample(position, index, text, self.tokens, self.prompt_tokens, self.finish == "length", *known)

    def _add(self, piece: Mapping[str, Any], chat: bool) -> None:
        self.id = self.id or str(piece.get("id") or "")
        usage = piece.get("usage") or {}
        self.tokens = usage.get("completion_tokens", self.tokens)
        self.prompt_tokens = usage.get("prompt_tokens", self.prompt_tokens)
        for choice in piece.get("choices") or []:
            if choice.get("index", 0) == 0:  # one was asked for; a server may send more
                self._add_choice(choice, chat)

    def _add_choice(self, choice: Mapping[str, Any], chat: bool) -> None:
        message = choice["delta" if "delta" in choice else "message"] if chat else choice
        self.text += (message.get("content") if chat else choice["text"]) or ""
        self.thoughts += message.get("reasoning_content") or message.get("reasoning") or "" if chat else ""
        self.finish = choice.get("finish_reason") or self.finish
        self.token_ids += choice.get("token_ids") or []
        known = choice.get("logprobs") or {}
        if chat:
            self.logprobs += [float(entry["logprob"]) for entry in known.get("content") or []]
        else:
            self.logprobs += [float(value) for value in known.get("token_logprobs") or []]
