"""Perplexity and token entropy on a tiny model, against a plain computation."""

import copy
import math
from pathlib import Path
from typing import Any

import pytest

from eval import EvalError, Sampling
from eval.analyses import chat_template_of, match_temperature, perplexities, token_entropy
from eval.analyses.entropy import entropy_of
from eval.analyses.perplexity import forward
from eval.backends.transformers import TransformersBackend
from eval.engine import run_audit
from eval.tally import Problem
from rewards import Suite, Term, load_reward


@pytest.fixture(scope="module")
def loaded(tiny_model: Path) -> tuple[Any, Any]:
    pytest.importorskip("torch", reason="needs the extra [train]")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(tiny_model), AutoTokenizer.from_pretrained(tiny_model)


def plain(model: Any, tokenizer: Any, prompt: str, response: str) -> float:
    import torch

    first = tokenizer(prompt)["input_ids"]
    ids = torch.tensor([first + tokenizer(response, add_special_tokens=False)["input_ids"]])
    with torch.no_grad():
        logp = model(ids).logits.double().log_softmax(-1)[0]
    nats = [float(logp[i - 1, ids[0, i]]) for i in range(len(first), ids.shape[1])]
    return math.exp(-sum(nats) / len(nats))


def test_perplexity_equals_the_plain_one_in_any_batch(loaded: tuple[Any, Any]) -> None:
    prompts, responses = ["1+2=", "10+20=", "3+4=", "5="], ["3", "30 is it", "", "55555"]
    for size in (1, 4):
        found = perplexities(*loaded, prompts, responses, batch_size=size)
        assert found[2] is None
        for at in (0, 1, 3):
            assert found[at] == pytest.approx(plain(*loaded, prompts[at], responses[at]), rel=1e-5)


def test_an_untrained_model_is_about_uniform_and_stays_as_it_was(loaded: tuple[Any, Any]) -> None:
    model, tokenizer = loaded
    model.train()
    found = perplexities(model, tokenizer, ["1+2="], ["12345"])[0]
    assert model.training
    model.eval()
    assert found == pytest.approx(model.config.vocab_size, rel=0.2)


def test_perplexity_refuses(loaded: tuple[Any, Any]) -> None:
    with pytest.raises(EvalError, match="one prompt per response"):
        perplexities(*loaded, ["1"], [])
    with pytest.raises(EvalError, match="exceed the model's 64 positions"):
        perplexities(*loaded, ["1"], ["1" * 100])


def test_both_show_the_prompt_as_its_audit_did(loaded: tuple[Any, Any], tmp_path: Path) -> None:
    model, own = loaded[0], copy.deepcopy(loaded[1])
    own.chat_template = "{{- '1' * (pad or 0) -}}{{- messages[0]['content'] -}}"
    chat, sampling = [{"role": "user", "content": "2="}], Sampling(max_new_tokens=4)
    problem = [Problem("p", chat, {"answer": "2"})]
    suite, found = Suite([Term(load_reward("number"), "number")]), []
    for template in ({}, {"pad": 3}):
        out = tmp_path / str(len(template))
        backend = TransformersBackend(model, own, template=template)
        run_audit(out, problem, suite, backend, n=1, sampling=sampling)
        assert chat_template_of(out) == template
        text = "1" * template.get("pad", 0) + "2="
        plain = own.decode(own(text, add_special_tokens=False)["input_ids"])
        assert plain == text
        (asked,) = perplexities(model, own, [chat], ["22"], template=template)
        ids = [own(x, add_special_tokens=False)["input_ids"] for x in (text, "22")]
        ((_, logits, targets),) = forward(model, [(ids[0], ids[1])])
        nats = logits.double().log_softmax(-1).gather(-1, targets[:, None])
        assert asked == pytest.approx(math.exp(-float(nats.mean())), rel=1e-6)
        found.append(token_entropy(model, own, [chat], sampling, n=2, template=template))
    assert found[0] != found[1]


def test_entropy_rises_with_temperature_and_is_matched(loaded: tuple[Any, Any]) -> None:
    model, tokenizer = loaded
    sampling = Sampling(temperature=1.0, max_new_tokens=6, seed=1)
    warm = token_entropy(model, tokenizer, ["1+2=", "3+4="], sampling, n=4)
    cold = token_entropy(
        model, tokenizer, ["1+2=", "3+4="], Sampling(temperature=0.05, max_new_tokens=6, seed=1), n=4
    )
    assert 0 < cold < warm <= math.log(model.config.vocab_size)
    found = match_temperature(
        entropy_of(model, tokenizer, ["1+2=", "3+4="], sampling, n=4), (warm + cold) / 2, tolerance=0.05
    )
    assert 0.05 < found.temperature < 1.0
    assert found.entropy == pytest.approx((warm + cold) / 2, rel=0.05)
    assert token_entropy(model, tokenizer, ["1"], Sampling(temperature=0.0)) == 0.0
