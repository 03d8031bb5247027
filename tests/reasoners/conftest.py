"""A model that follows a script: its next character depends on the last one alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that makes such a model: character -> those that may follow, as likely; `$` ends."""
    torch = pytest.importorskip("torch", reason="needs the extra [train]")
    from transformers import LlamaConfig, LlamaForCausalLM

    from reasoners.models.proxy import proxy_tokenizer
    from reasoners.models.tool_sums import CHAT_TEMPLATE, RESPONSE_TEMPLATE

    def make(
        after: Mapping[str, str], response: Mapping[str, Any] = RESPONSE_TEMPLATE, chat: str = CHAT_TEMPLATE
    ) -> Path:
        tokenizer = proxy_tokenizer()
        size = 128
        config = LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=size,
            intermediate_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=128,
            tie_word_embeddings=False,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
        model = LlamaForCausalLM(config)
        number = {c: tokenizer.convert_tokens_to_ids(c) for c in after} | {"$": tokenizer.eos_token_id}
        with torch.no_grad():
            model.model.embed_tokens.weight.copy_(torch.eye(len(tokenizer), size))
            model.model.layers[0].self_attn.o_proj.weight.zero_()
            model.model.layers[0].mlp.down_proj.weight.zero_()
            model.lm_head.weight.zero_()
            for last, following in after.items():
                for character in following:
                    model.lm_head.weight[number[character], number[last]] = 30 / size**0.5
        tokenizer.chat_template, tokenizer.response_template = chat, dict(response)
        folder = tmp_path_factory.mktemp("scripted") / "model"
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make
