"""The proxy: the same bits each time, never trained on held-out problems, and as capable as promised."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reasoners.models import addition, load_model, proxy
from reasoners.models.proxy import Recipe, proxy_folder, proxy_tokenizer, warm_start

torch = pytest.importorskip("torch", reason="needs the extra [train]")

SHORT = Recipe(chain_steps=3, mixed_steps=2, batch=8)


def test_the_tokenizer_gives_back_every_character() -> None:
    tokenizer = proxy_tokenizer()
    ids = tokenizer(proxy.CHARACTERS)["input_ids"]
    assert ids[0] == tokenizer.bos_token_id
    assert len(ids) == len(proxy.CHARACTERS) + 1
    assert tokenizer.decode(ids, skip_special_tokens=True) == proxy.CHARACTERS
    assert tokenizer("é")["input_ids"][1] == tokenizer.unk_token_id


def test_a_warm_start_is_repeatable_to_the_bit_and_leaves_torch_as_it_was() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    lines: list[str] = []
    first = warm_start(SHORT, 0, proxy_tokenizer(), lines.append).state_dict()
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
    again = warm_start(SHORT, 0, proxy_tokenizer(), lines.append).state_dict()
    other = warm_start(SHORT, 1, proxy_tokenizer(), lines.append).state_dict()
    assert all(torch.equal(first[k], again[k]) for k in first)
    assert not all(torch.equal(first[k], other[k]) for k in first)


def test_a_batch_teaches_the_completion_only_and_no_held_out_problem() -> None:
    import random

    tokenizer = proxy_tokenizer()
    recipe = Recipe(batch=400)
    for step, kinds in ((0, {"chain"}), (recipe.chain_steps, {"chain", "direct"})):
        inputs, labels = proxy._batch(proxy._sums(recipe, step, random.Random(0)), tokenizer)
        seen = set()
        for row, goal in zip(inputs.tolist(), labels.tolist(), strict=True):
            text = tokenizer.decode(row, skip_special_tokens=True)
            question, completion = text.split("=", 1)
            a, b = map(int, question.split("+"))
            assert not addition.is_held_out(a, b)
            learnt = [t for t in goal if t != -100]
            assert tokenizer.decode(learnt, skip_special_tokens=True) == completion
            assert learnt[-1] == tokenizer.eos_token_id
            seen |= {name for name, pattern in addition.FORMATS.items() if re.search(pattern, completion)}
        assert seen == kinds


def test_each_seed_and_recipe_has_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REASONERS_CACHE", str(tmp_path))
    folders = {
        proxy_folder(seed, lambda _: None, recipe)
        for seed in (0, 1)
        for recipe in (SHORT, Recipe(chain_steps=2, mixed_steps=1, batch=8))
    }
    assert len(folders) == 4
    model, tokenizer = load_model(str(proxy_folder(0, pytest.fail, SHORT)))
    assert sum(p.numel() for p in model.parameters()) == 110_400
    assert model.config.eos_token_id == tokenizer.eos_token_id == model.generation_config.eos_token_id
    assert model.dtype == torch.float32


@pytest.mark.slow
def test_the_proxy_is_half_way_there_and_shows_both_formats() -> None:
    from eval.backends.transformers import sample

    model, tokenizer = load_model("embedded:proxy")
    rows = addition.addition_rows("test", 200)
    prompts = [row["question"] for row in rows]

    def accuracy(n: int, temperature: float) -> tuple[float, float]:
        found = list(
            sample(model, tokenizer, prompts, n=n, temperature=temperature, max_new_tokens=28, batch_size=400)
        )
        right = [s.text.rpartition(":")[2] == rows[s.prompt]["answer"] for s in found]
        chain = [bool(re.search(addition.FORMATS["chain"], s.text)) for s in found]
        return sum(right) / len(right), sum(chain) / len(chain)

    greedy, _ = accuracy(1, 0.0)
    sampled, chain = accuracy(8, 1.0)
    assert 0.25 <= greedy <= 0.50
    assert 0.25 <= sampled <= 0.45
    assert 0.3 <= chain <= 0.5
