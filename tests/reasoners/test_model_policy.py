"""A saved model as probes ask it: the same tokens whatever the batch, and log-probabilities that agree with it."""

from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.model_policy import ModelPolicy  # noqa: E402
from reasoners.models.proxy import Recipe, fresh_model, proxy_tokenizer  # noqa: E402


@pytest.fixture(scope="module")
def parts() -> tuple[Any, Any]:
    tokenizer = proxy_tokenizer()
    torch.manual_seed(0)
    return fresh_model(Recipe(hidden=16, feed_forward=32, layers=1, heads=2), tokenizer), tokenizer


PROMPTS = ["1+2=", "10+20=", "7+8=", "1+2="]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_continuation_does_not_depend_on_the_batch(parts: tuple[Any, Any], temperature: float) -> None:
    prompts = [parts[1].encode(p) for p in PROMPTS]
    whole = ModelPolicy(*parts, batch_size=8).answer(prompts, 6, temperature)
    single = ModelPolicy(*parts, batch_size=1).answer(prompts, 6, temperature)
    assert whole == single
    assert all(1 <= len(ids) <= 6 for ids in whole)
    # Greedy equal prompts say the same; sampled ones have random numbers of their own.
    assert (whole[0] == whole[3]) == (temperature == 0.0)
    assert (ModelPolicy(*parts, seed=1).answer(prompts, 6, temperature) == whole) == (temperature == 0.0)


def test_log_probabilities_are_the_models(parts: tuple[Any, Any]) -> None:
    model, tokenizer = parts
    policy = ModelPolicy(*parts, batch_size=2)
    prompts, texts = (
        [tokenizer.encode(p) for p in PROMPTS],
        [policy.encode(t) for t in ("3", "30", ":15", "")],
    )
    found = policy.log_probability(prompts, texts)
    for prompt, text, value in zip(prompts, texts, found, strict=True):
        with torch.inference_mode():
            logs = torch.log_softmax(model(torch.tensor([prompt + text])).logits[0], dim=-1)
        expected = sum(float(logs[len(prompt) + i - 1, token]) for i, token in enumerate(text))
        assert value == pytest.approx(expected, abs=1e-4)
    assert found[3] == 0.0
    assert policy.decode(texts[2]) == ":15"


def test_the_best_token_is_the_greedy_one(parts: tuple[Any, Any]) -> None:
    policy = ModelPolicy(*parts)
    prompt = parts[1].encode("1+2=")
    [[first, *_]] = policy.answer([prompt], 4, 0.0)
    size = len(parts[1])
    values = policy.log_probability([prompt] * size, [[i] for i in range(size)])
    assert max(range(size), key=lambda i: values[i]) == first
    assert math.fsum(map(math.exp, values)) == pytest.approx(1.0, abs=1e-4)
