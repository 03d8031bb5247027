"""Two-digit addition with a calculator: the task of `embedded:proxy-tools`.

The model may work a sum out (`7+5=12,4+8+1=13:132`) or ask the calculator first (`?47+85`, to which the tool says
`132`) and then answer (`:132`). It was warm-started to ask more often than not, and sometimes to ask again, though it
can do without: a reward for few calls has something to teach. The loop is TRL's own: the tokenizer carries a chat
template that renders the turns, and a `response_template` by which `?...` is read as a structured call.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from reasoners.models import addition
from reasoners.models.cache import cached_folder, quiet_progress
from reasoners.models.proxy import CHARACTERS, Recipe, proxy_tokenizer, warm_start

CHAT_TEMPLATE = (
    "{%- for m in messages -%}"
    "{%- if m.role == 'user' -%}<bos>{{ m.content }}"
    "{%- elif m.role == 'assistant' -%}"
    "{%- for c in m.tool_calls or [] -%}"
    "?{{ '' if c.function.name == 'calculator' else c.function.name }}"
    "{%- for k, v in c.function.arguments.items() -%}{{ '' if k == 'expression' else k }}{{ v }}{%- endfor -%}"
    "{%- endfor -%}{{ m.content or '' }}<eos>"
    "{%- elif m.role == 'tool' -%}{{ m.content }}="
    "{%- endif -%}{%- endfor -%}"
)
RESPONSE_TEMPLATE = {
    "defaults": {"role": "assistant"},
    "start_anchor": "=",
    "fields": {
        "tool_calls": {
            "open": "?",
            "close": "<eos>",
            "repeats": True,
            "content": "text",
            "transform": {
                "type": "function",
                "function": {"name": "calculator", "arguments": {"expression": "{content}"}},
            },
        },
        "content": {"close": "<eos>", "content": "text"},
    },
}
CALLS = {True: 0.95, False: 0.7}
"""Share of first turns that call: where the second number ends in 0 to 3, and elsewhere."""
AGAIN = 0.4
"""Share of answered calls after which the model calls once more."""


def tool_proxy_folder(seed: int = 0, say: Callable[[str], None] = print) -> Path:
    """Return the folder of `embedded:proxy-tools`, made at the first call (a minute or two)."""
    # Worked sums are under a third of the lines shown; with 350 first steps only about 86 % of them came out right.
    recipe = Recipe(chain_steps=1000, mixed_steps=250)
    facts = [asdict(recipe), CHARACTERS, CHAT_TEMPLATE, str(CALLS), AGAIN]
    mark = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:10]

    def build(folder: Path) -> None:
        tokenizer = proxy_tokenizer()
        model = warm_start(recipe, seed, tokenizer, say, lambda step, draw: turns(recipe, step, draw))
        tokenizer.chat_template = CHAT_TEMPLATE
        tokenizer.response_template = RESPONSE_TEMPLATE
        with quiet_progress():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)

    return cached_folder(f"proxy-tools-{seed}-{mark}", build, say)


def turns(recipe: Recipe, step: int, draw: random.Random) -> list[tuple[str, str]]:
    """Return prompts and completions of one batch: worked sums, calls, and what follows a result."""
    found: list[tuple[str, str]] = []
    while len(found) < recipe.batch:
        a, b = draw.choice(addition.problems("train"))
        share = 0.5 if step < recipe.chain_steps else CALLS[b % 10 < 4]
        found += (
            _talk(a, b, draw) if draw.random() < share else [(addition.question(a, b), addition.chain(a, b))]
        )
    return found[: recipe.batch]


def _talk(a: int, b: int, draw: random.Random) -> Iterator[tuple[str, str]]:
    context, call = addition.question(a, b), f"?{a}+{b}"
    yield context, call
    context += f"{call}<eos>{a + b}="
    if draw.random() < AGAIN:
        yield context, call
        context += f"{call}<eos>{a + b}="
    yield context, addition.direct(a, b)
