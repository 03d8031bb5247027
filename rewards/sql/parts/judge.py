"""A judge model's opinion of a query whose results are not the reference's. Off unless a parameter names one.

It is asked about wrong queries only, sees no comment and no prose of the model's, and its number is clipped to [0, 1].
Texts in quotes are shown to it, so a policy can still try to talk to it: that is why what it can pay is bounded.
"""

from __future__ import annotations

import json
import os
import re
import urllib.request
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from rewards.errors import RewardError
from rewards.sql.tidy import bare

NUMBER = re.compile(r"(?<![\w.-])(?:\d+(?:\.\d+)?|\.\d+)(?!\w)")
PROMPT = """A text-to-SQL system answered a question with a query whose results differ from the reference's.
How near is its query to a right one? Reply with one number
from 0 (unrelated) to 1 (right but for a detail) and nothing else.

Question: {question}
Schema: {schema}
Reference query: {gold}
Its query: {predicted}
"""
SHOWN = 8000


class Judge(Protocol):
    """Anything that can be asked: returns a number, or raises `JudgeError`."""

    def __call__(self, *, question: str, schema: str, gold: str, predicted: str) -> float:
        """Return how near a query is to a right one, from 0 to 1."""


class JudgeError(Exception):
    """The judge gave no opinion; the sample is masked."""


@dataclass(frozen=True)
class ChatJudge:
    """A model behind an OpenAI-compatible `/chat/completions`.

    Attributes:
        url: the base address, such as http://localhost:8000/v1.
        model: the model's name there.
        key_env: the environment variable with the key; none is sent if it is not set.
        seconds: how long to wait.
    """

    url: str
    model: str
    key_env: str = "OPENAI_API_KEY"
    seconds: float = 15.0

    def __call__(self, *, question: str, schema: str, gold: str, predicted: str) -> float:
        """Return the number in the reply. Raises `JudgeError`."""
        shown = {"question": question, "schema": schema, "gold": gold, "predicted": predicted}
        prompt = PROMPT.format(**{name: text[:SHOWN] for name, text in shown.items()})
        body = {"model": self.model, "temperature": 0, "max_tokens": 16}
        return number_in(self._reply({**body, "messages": [{"role": "user", "content": prompt}]}))

    def _reply(self, body: dict[str, Any]) -> str:
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(self.key_env):
            headers["Authorization"] = f"Bearer {key}"
        address = self.url.rstrip("/") + "/chat/completions"
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=self.seconds) as response:
                return str(json.load(response)["choices"][0]["message"]["content"])
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise JudgeError(f"the judge at {address} gave no reply: {error!r:.200}") from error


def number_in(reply: str) -> float:
    """Return the one number that a reply states. Raises `JudgeError` if there is none, or several."""
    found = NUMBER.findall(reply)
    if len(found) != 1:
        raise JudgeError(f"the judge's reply {reply!r:.80} is not one number")
    return float(found[0])


def judged(judge: Judge, question: str, schema: str, gold: str, predicted: str) -> float:
    """Return the judge's opinion, clipped to [0, 1]; comments are kept from it. Raises `JudgeError`."""
    value = float(judge(question=question, schema=schema, gold=bare(gold), predicted=bare(predicted)))
    if value != value:
        raise JudgeError("the judge returned NaN")
    return min(max(value, 0.0), 1.0)


def find_judge(ref: str, model: str = "", key_env: str = "OPENAI_API_KEY") -> Judge | None:
    """Return the judge that a parameter names: "" = none, a URL, or `module:function`. Raises `RewardError`."""
    if not ref:
        return None
    if ref.startswith(("http://", "https://")):
        if not model:
            raise RewardError(f"the judge {ref} needs `judge_model`, the model's name there.")
        return ChatJudge(ref, model, key_env)
    module, _, name = ref.partition(":")
    try:
        judge: Judge = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise RewardError(f"no judge {ref!r} ({error}); write a URL or `module:function`.") from error
    return judge
