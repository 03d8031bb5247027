"""Sampling: exact frequencies, and a text that does not depend on its company."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eval.backends.transformers import encode, sample, sample_batches
from eval.drawing import draw
from eval.errors import EvalError
from eval.sampling import Request, Sampling, prompt_hash, uniforms

torch = pytest.importorskip("torch", reason="needs the extra [train]")

PROMPTS = ["1+2=", "34+5=", "7=", "a long prompt 12+34="]


@pytest.fixture(scope="module")
def tiny(tiny_model: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    with torch.no_grad():  # flat logits would hide a mistake: make the distribution uneven
        model.model.embed_tokens.weight.mul_(20)
    return model.eval(), AutoTokenizer.from_pretrained(tiny_model)


def chi_square(counts: Counter[int], expected: Any, total: int) -> float:
    return sum((counts[i] - p * total) ** 2 / (p * total) for i, p in enumerate(expected.tolist()) if p > 0)


@pytest.mark.parametrize(
    ("settings", "allowed"),
    [
        (Sampling(), 5),
        (Sampling(temperature=0.5), 5),
        (Sampling(temperature=2.0), 5),
        (Sampling(top_k=2), 2),
        (Sampling(top_p=0.7), 2),
        (Sampling(top_p=0.8), 3),
        (Sampling(temperature=2.0, top_k=4, top_p=0.6), 2),
    ],
)
def test_draws_have_the_frequencies_of_the_softmax(settings: Sampling, allowed: int) -> None:
    logits = torch.tensor([[1.0, 0.5, 2.0, -1.0, 1.5]])
    scores = logits[0].double() / settings.temperature
    probabilities = torch.softmax(scores, 0)
    order = sorted(range(5), key=lambda i: -scores[i])[: settings.top_k or 5]
    renormalised = probabilities[order] / probabilities[order].sum()
    kept = next(j + 1 for j in range(len(order)) if renormalised[: j + 1].sum() >= settings.top_p - 1e-12)
    expected = torch.zeros(5, dtype=torch.float64)
    expected[order[:kept]] = probabilities[order[:kept]]
    expected /= expected.sum()
    assert int((expected > 0).sum()) == allowed
    total = 20_000
    numbers = torch.rand(total, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    counts = Counter(draw(logits.expand(total, -1), numbers, settings).tolist())
    assert sum(counts[i] for i in range(5) if expected[i] > 0) == total
    assert chi_square(counts, expected, total) < 20  # 4 degrees of freedom: p < 0.001 beyond 18.5, fixed seed


@pytest.mark.parametrize("settings", [Sampling(0.7, 0.9, 0), Sampling(1.3, 1.0, 7), Sampling(2.0, 0.5, 20)])
def test_the_tokens_left_are_those_that_transformers_leaves(settings: Sampling) -> None:
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    logits = torch.randn(50, 40, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 3
    wanted = TemperatureLogitsWarper(settings.temperature)(None, logits)
    wanted = TopKLogitsWarper(settings.top_k)(None, wanted) if settings.top_k else wanted
    wanted = torch.softmax(TopPLogitsWarper(settings.top_p)(None, wanted), -1)
    grid = (torch.arange(4000, dtype=torch.float64) + 0.5) / 4000
    for row, expected in zip(logits, wanted, strict=True):
        drawn = draw(row.expand(4000, -1), grid, settings)
        shares = torch.bincount(drawn, minlength=40).double() / 4000
        assert (shares - expected).abs().max() <= 1.01 / 4000


def test_a_draw_inverts_the_cumulative_distribution_to_its_very_ends() -> None:
    logits = torch.log(torch.tensor([[0.0, 0.25, 0.5, 0.25, 0.0]]))
    ends = [(0.0, 1), (0.25 - 1e-9, 1), (0.25 + 1e-9, 2), (0.75 + 1e-9, 3), (math.nextafter(1.0, 0.0), 3)]
    numbers = torch.tensor([u for u, _ in ends], dtype=torch.float64)
    assert draw(logits.expand(len(ends), -1), numbers, Sampling()).tolist() == [t for _, t in ends]


@pytest.mark.parametrize("width", [1024, 1025, 5000])
def test_large_vocabularies_are_inverted_block_by_block_exactly(width: int) -> None:
    generator = torch.Generator().manual_seed(width)
    logits = torch.randn(300, width, generator=generator, dtype=torch.float64) * 4
    logits[:, :300] = -math.inf  # a block without any weight
    logits[:, -7:] = -math.inf
    numbers = torch.rand(300, generator=generator, dtype=torch.float64)
    numbers[:4] = torch.tensor([0.0, math.nextafter(1.0, 0.0), 0.5, 1e-300])
    cumulative = torch.softmax(logits, -1).cumsum(-1)
    expected = (cumulative > numbers[:, None] * cumulative[:, -1:]).int().argmax(-1)
    expected[1] = int((logits[1] > -math.inf).nonzero().max())
    found = draw(logits, numbers, Sampling())
    assert (found == expected).float().mean() > 0.99  # two orders of summation may part at a boundary
    assert (logits.gather(1, found[:, None]) > -math.inf).all()
    assert found[:4].tolist() == expected[:4].tolist()


def test_a_diverged_model_is_named() -> None:
    numbers = torch.zeros(1, dtype=torch.float64)
    for bad in (float("nan"), float("inf")):
        with pytest.raises(EvalError, match="diverged"):
            draw(torch.tensor([[0.0, bad]]), numbers, Sampling())


def test_first_tokens_of_a_model_follow_its_own_softmax(tiny: tuple[Any, Any]) -> None:
    model, tokenizer = tiny
    ids = encode(tokenizer, "1+2=")
    with torch.no_grad():
        expected = torch.softmax(model(torch.tensor([ids])).logits[0, -1].double(), 0)
    n = 4000
    found = sample_batches(
        model, tokenizer, [Request("1+2=", i) for i in range(n)], Sampling(max_new_tokens=1), 1000
    )
    texts = Counter(s.text for batch in found for s in batch)
    plain = {tokenizer.decode([i], skip_special_tokens=True): i for i in range(len(tokenizer) - 1, 3, -1)}
    for text, token in plain.items():
        p = expected[token].item()
        assert abs(texts[text] / n - p) < 5 * math.sqrt(p * (1 - p) / n) + 1e-9, text


def test_a_text_does_not_depend_on_the_batch(tiny: tuple[Any, Any]) -> None:
    model, tokenizer = tiny
    settings = Sampling(max_new_tokens=12, seed=3)

    def texts(requests: list[Request], size: int) -> dict[tuple[str, int], str]:
        batches = sample_batches(model, tokenizer, requests, settings, size)
        found = [s for batch in batches for s in batch]
        assert [s.prompt for s in found] == list(range(len(requests)))
        return {(str(requests[s.prompt].prompt), s.index): s.text for s in found}

    requests = [Request(p, i) for p in PROMPTS for i in range(6)]
    whole = texts(requests, 24)
    assert len(set(whole.values())) > 12
    assert texts(requests, 1) == whole
    assert texts(requests[::-1], 7) == whole
    assert texts(requests[5:9], 64).items() <= whole.items()


def test_the_seed_the_prompt_and_the_index_each_change_the_stream() -> None:
    base = uniforms(Sampling(seed=1, max_new_tokens=3), prompt_hash("p"), 0)
    assert base == uniforms(Sampling(seed=1, max_new_tokens=5), prompt_hash("p"), 0)[:3]
    others = [
        uniforms(Sampling(seed=2, max_new_tokens=3), prompt_hash("p"), 0),
        uniforms(Sampling(seed=1, max_new_tokens=3), prompt_hash("q"), 0),
        uniforms(Sampling(seed=1, max_new_tokens=3), prompt_hash("p"), 1),
    ]
    assert len({tuple(s) for s in [base, *others]}) == 4
    assert all(0 <= u < 1 for u in base)


def test_temperature_0_is_greedy_as_transformers_does_it(tiny: tuple[Any, Any]) -> None:
    model, tokenizer = tiny
    for found in sample(model, tokenizer, PROMPTS, temperature=0, max_new_tokens=8, batch_size=3):
        ids = torch.tensor([encode(tokenizer, PROMPTS[found.prompt])])
        output = model.generate(ids, do_sample=False, max_new_tokens=8)[0, ids.shape[1] :]
        assert found.text == tokenizer.decode(output, skip_special_tokens=True)


def test_lengths_count_the_end_token_and_truncation_its_absence(tiny: tuple[Any, Any]) -> None:
    model, tokenizer = tiny
    found = list(sample(model, tokenizer, PROMPTS, n=40, max_new_tokens=6, temperature=3.0))
    assert {s.truncated for s in found} == {True, False}
    for s in found:
        assert s.prompt_tokens == len(PROMPTS[s.prompt]) + 1
        assert s.tokens == 6 if s.truncated else 1 <= s.tokens <= 6
        # special tokens other than the end may be drawn; they are tokens but not text
        assert len(s.text) <= s.tokens - (not s.truncated)


def test_the_model_is_given_back_as_it_was(tiny: tuple[Any, Any]) -> None:
    model, tokenizer = tiny
    model.train()
    model.generation_config.repetition_penalty = 50.0  # what some hub models carry; it must not leak in
    config = model.generation_config
    try:
        with_penalty = [s.text for s in sample(model, tokenizer, PROMPTS, n=4, max_new_tokens=8)]
        assert model.training
        assert model.generation_config is config
    finally:
        model.generation_config.repetition_penalty = 1.0
        model.eval()
    assert [s.text for s in sample(model, tokenizer, PROMPTS, n=4, max_new_tokens=8)] == with_penalty


def test_chat_turns_go_through_the_template(tiny: tuple[Any, Any]) -> None:
    model, tokenizer = tiny
    chat = [{"role": "user", "content": "1+2="}]
    with pytest.raises(EvalError, match="no chat template"):
        list(sample(model, tokenizer, [chat]))
    turns = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    tokenizer.chat_template = "{{ bos_token }}" + turns + "{% if add_generation_prompt %}>{% endif %}"
    try:
        assert encode(tokenizer, chat) == encode(tokenizer, "1+2=>")
    finally:
        tokenizer.chat_template = None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"n": 2, "temperature": 0}, "temperature 0"),
        ({"n": 0}, "n >= 1"),
        ({"temperature": -1}, "temperature must be at least 0"),
        ({"temperature": math.nan}, "temperature must be"),
        ({"top_p": 0}, "top_p must be above 0"),
        ({"top_p": 1.1}, "top_p must be above 0 and at most 1"),
        ({"top_k": -1}, "top_k must be at least 0"),
        ({"max_new_tokens": 0}, "max_new_tokens must be at least 1"),
        ({"max_new_tokens": 61}, "exceed the model's 64 positions"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
    ],
)
def test_what_cannot_be_sampled_is_refused(
    tiny: tuple[Any, Any], arguments: dict[str, Any], said: str
) -> None:
    model, tokenizer = tiny
    with pytest.raises(EvalError, match=said):
        list(sample(model, tokenizer, ["1+2="], **arguments))


def test_both_loops_say_the_same(tiny: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose state is no cache of keys and values goes through transformers' own loop."""
    model, tokenizer = tiny
    requests = [Request(p, i) for p in PROMPTS for i in range(8)]

    def texts(settings: Sampling) -> list[tuple[str, int | None, bool]]:
        batches = sample_batches(model, tokenizer, requests, settings, 10)
        return [(s.text, s.tokens, s.truncated) for batch in batches for s in batch]

    settings = [Sampling(max_new_tokens=12, seed=4), Sampling(0.8, 0.9, 20, 12, 5)]
    ours = [texts(s) for s in settings]
    assert {truncated for _, _, truncated in ours[0]} == {True, False}
    monkeypatch.setattr(model, "_is_stateful", True)
    assert [texts(s) for s in settings] == ours


def test_a_prompt_is_read_once_and_ended_rows_are_dropped(tiny: tuple[Any, Any]) -> None:
    model, tokenizer = tiny
    shapes: list[tuple[int, ...]] = []
    hook = model.register_forward_pre_hook(
        lambda _, __, options: shapes.append(tuple(options["input_ids"].shape)), with_kwargs=True
    )
    try:
        requests = [Request(p, i) for p in PROMPTS[:2] for i in range(16)]
        list(sample_batches(model, tokenizer, requests, Sampling(3.0, max_new_tokens=40), 32))
    finally:
        hook.remove()
    assert shapes[0] == (2, max(len(encode(tokenizer, p)) for p in PROMPTS[:2]))
    assert shapes[1] == (32, 1)
    assert all(b[0] <= a[0] for a, b in itertools.pairwise(shapes[1:]))
    assert shapes[-1][0] < 24
