"""What every local engine promises: each request answered once by its own seed, and the model's own logprobs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.errors import EvalError
from eval.sampling import Request, Sample, Sampling

torch = pytest.importorskip("torch", reason="needs the extra [train]")

PROMPTS = ["1+2=", "34+5=", "7=", "a long prompt " + "12+34=" * 20]
REQUESTS = [Request(p, i) for p in PROMPTS for i in range(6)]
SAMPLING = Sampling(max_new_tokens=12, seed=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained character model whose heads are of a size that vLLM takes."""
    from transformers import LlamaConfig, LlamaForCausalLM

    from reasoners.models.proxy import proxy_tokenizer

    tokenizer = proxy_tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=256,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():  # flat logits would hide a mistake
        model.model.embed_tokens.weight.mul_(20)
    path = tmp_path_factory.mktemp("contract") / "model"
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.fixture(scope="module", params=["transformers", pytest.param("vllm", marks=pytest.mark.vllm)])
def backend(request: pytest.FixtureRequest, folder: Path, model: Any) -> Iterator[Any]:
    if request.param == "transformers":
        from transformers import AutoTokenizer

        from eval.backends.transformers import TransformersBackend

        yield TransformersBackend(model, AutoTokenizer.from_pretrained(folder), 7)
        return
    pytest.importorskip("vllm", reason="needs vLLM, on a CPU in an environment of its own (docs/audit.md)")
    from eval.backends.vllm import VllmBackend

    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    engine = VllmBackend(str(folder), 7)
    engine.prepare(PROMPTS, SAMPLING)
    yield engine
    engine.close()


def made(backend: Any, requests: list[Request], **options: Any) -> list[Sample]:
    sampling = options.pop("sampling", SAMPLING)
    return sorted(
        (s for batch in backend.batches(requests, sampling, **options) for s in batch), key=lambda s: s.prompt
    )


def test_each_request_is_answered_once_by_its_own_seed(backend: Any) -> None:
    whole = made(backend, REQUESTS)
    assert [(s.prompt, s.index) for s in whole] == [(i, r.index) for i, r in enumerate(REQUESTS)]
    for start in range(0, 24, 6):
        assert len({s.text for s in whole[start : start + 6]}) > 2
    alone = [made(backend, [r])[0].text for r in REQUESTS[:4]]
    assert alone == [s.text for s in whole[:4]]
    backwards = made(backend, REQUESTS[::-1])
    assert [s.text for s in backwards[::-1]] == [s.text for s in whole]
    assert all(s.token_ids is None and s.logprobs is None for s in whole)


def test_log_probabilities_are_those_of_the_model_at_temperature_1(backend: Any, model: Any) -> None:
    from eval.backends.transformers import encode

    found = made(backend, REQUESTS, sampling=Sampling(0.7, 0.9, 20, 12, 1), details=True)
    assert {s.truncated for s in found} == {True, False}
    for s in found:
        ids = encode(backend.tokenizer, REQUESTS[s.prompt].prompt)
        with torch.no_grad():
            logits = model(torch.tensor([ids + list(s.token_ids or ())])).logits[0]
        expected = torch.log_softmax(logits, -1)[len(ids) - 1 : -1].gather(
            1, torch.tensor(s.token_ids)[:, None]
        )
        assert s.logprobs == pytest.approx(expected.squeeze(1).tolist(), abs=1e-4)
        assert (s.tokens, s.prompt_tokens) == (len(s.token_ids or ()), len(ids))
        assert s.truncated == (s.token_ids[-1] != backend.tokenizer.eos_token_id)


def test_temperature_0_takes_the_likeliest_token(backend: Any, model: Any) -> None:
    from eval.backends.transformers import encode

    for s in made(
        backend, [Request(p) for p in PROMPTS], sampling=Sampling(0.0, max_new_tokens=8), details=True
    ):
        ids = encode(backend.tokenizer, PROMPTS[s.prompt])
        with torch.no_grad():
            logits = model(torch.tensor([ids + list(s.token_ids or ())])).logits[0, len(ids) - 1 : -1]
        assert logits.argmax(-1).tolist() == list(s.token_ids or ())


def test_a_prompt_too_long_is_refused_before_sampling(backend: Any) -> None:
    with pytest.raises(EvalError, match="exceed the model's 256 positions"):
        backend.prepare(["1" * 250], SAMPLING)


@pytest.mark.vllm
def test_many_seeded_requests_queue_without_killing_vllm(folder: Path) -> None:
    """More prompt tokens wait than one step reads: where vLLM reads prompts in pieces, a seed kills it on a CPU."""
    pytest.importorskip("vllm", reason="needs vLLM, on a CPU in an environment of its own (docs/audit.md)")
    from eval.backends.vllm import VllmBackend

    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    engine = VllmBackend(str(folder), 8, options={"max_num_batched_tokens": 256})
    prompts = [f"{i}+" + "12+34=" * 30 for i in range(12)]
    found = made(engine, [Request(p, i) for p in prompts for i in range(3)])
    engine.close()
    assert len(found) == 36
