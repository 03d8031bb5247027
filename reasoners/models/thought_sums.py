"""Two-digit addition with second thoughts: the task of `embedded:proxy-thoughts`.

A completion works the sum out in paragraphs and may then check itself, once or more (`wait ...`), before it answers
after a colon. It answers what it worked out last. The first working slips often and checks slip less, so that thinking
longer helps; but a check also replaces what was right, and a reward for the outcome says nothing about a working
that a later one replaces. The episodes of a thought begin with `wait`.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from reasoners.models import addition
from reasoners.models.cache import cached_folder, quiet_progress
from reasoners.models.proxy import CHARACTERS, Recipe, proxy_tokenizer, warm_start

MARKER, BLANK = "wait", "\n\n"
MOST_CHECKS = 3
CHECKS, FIRST_SLIPS, CHECK_SLIPS = 0.9, 0.4, 0.2
"""In the warm start: share of workings that another check follows, and of first workings and checks that slip."""
PLAIN_STEPS = 250
"""First steps, without checks and slips."""


def thought_proxy_folder(seed: int = 0, say: Callable[[str], None] = print) -> Path:
    """Return the folder of `embedded:proxy-thoughts`, made at the first call (a minute or two)."""
    recipe = Recipe(positions=160, chain_steps=PLAIN_STEPS, mixed_steps=250)
    facts = [asdict(recipe), CHARACTERS, CHECKS, FIRST_SLIPS, CHECK_SLIPS, MOST_CHECKS]
    mark = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:10]

    def pairs(step: int, draw: random.Random) -> list[tuple[str, str]]:
        sums = draw.choices(addition.problems("train"), k=recipe.batch)
        plain = step < PLAIN_STEPS
        return [(addition.question(a, b), thought(a, b, draw, plain=plain)) for a, b in sums]

    def build(folder: Path) -> None:
        tokenizer = proxy_tokenizer()
        model = warm_start(recipe, seed, tokenizer, say, pairs)
        with quiet_progress():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)

    return cached_folder(f"proxy-thoughts-{seed}-{mark}", build, say)


def thought(a: int, b: int, draw: random.Random, *, plain: bool = False) -> str:
    """Return a completion of the warm start: workings in paragraphs, checks with slips, the last one's answer."""
    text, answer = working(a, b, draw, 0.0 if plain else FIRST_SLIPS)
    for _ in range(0 if plain else MOST_CHECKS):
        if draw.random() >= CHECKS:
            break
        again, answer = working(a, b, draw, CHECK_SLIPS)
        text += f"{MARKER} {again}"
    return f"{text}{addition.ANSWER_MARK}{answer}"


def working(a: int, b: int, draw: random.Random, slips: float) -> tuple[str, int]:
    """Return the paragraphs that add units and tens, and the sum that they lead to."""
    off = draw.choice((-1, 1)) if draw.random() < slips else 0
    units = a % 10 + b % 10
    tens = a // 10 + b // 10 + units // 10 + off
    text = f"{a % 10}+{b % 10}={units}{BLANK}{a // 10}+{b // 10}+{units // 10}={tens}{BLANK}"
    return text, tens * 10 + units % 10
