"""A model loaded with transformers, sampled batch by batch: a text does not depend on what else is in the batch.

Only rounding ties a sample to its batch: in a batch of another shape a logit may differ in its last bit, and then,
rarely, a token.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eval.backends.decode import Row, decode, reads_prompts_once
from eval.drawing import draw
from eval.errors import EvalError
from eval.sampling import Prompt, Request, Sample, Sampling, marks_of, prompt_hash, uniforms
from eval.threads import fitting_threads

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


class TransformersBackend:
    """A causal language model with its tokenizer (see `eval.backends.contract.Backend`).

    Args:
        model: a causal language model, loaded. Its state is left as it was.
        tokenizer: its tokenizer.
        batch_size: samples made at once; also what a crash can lose.
        template: further arguments of the chat template, such as `enable_thinking`.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        batch_size: int = 64,
        template: Mapping[str, Any] | None = None,
    ) -> None:
        self.model, self.tokenizer, self.batch_size = model, tokenizer, batch_size
        self.template = dict(template or {})

    @property
    def chat(self) -> bool:
        """Whether the tokenizer has a chat template."""
        return bool(self.tokenizer.chat_template)

    def mark(self) -> dict[str, Any]:
        """Return the fingerprint of the weights, and the template's arguments if there are any."""
        own = {"template": self.template} if self.template else {}
        return {"weights": weights_mark(self.model), **own}

    def prepare(self, prompts: Sequence[Prompt], sampling: Sampling) -> None:
        """Refuse a prompt that cannot be encoded, or is too long."""
        _encoded(self.model, self.tokenizer, {prompt_hash(p): p for p in prompts}, sampling, self.template)

    def batches(
        self, requests: Sequence[Request], sampling: Sampling, *, details: bool = False
    ) -> Iterator[list[Sample]]:
        """Yield the samples of each batch of requests, in order."""
        return sample_batches(
            self.model,
            self.tokenizer,
            requests,
            sampling,
            self.batch_size,
            details=details,
            template=self.template,
        )

    def close(self) -> None:
        """Do nothing: the model belongs to the caller."""


def sample(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Prompt],
    *,
    n: int = 1,
    max_new_tokens: int = 256,
    temperature: float = 1.0,
    top_p: float = 1.0,
    top_k: int = 0,
    seed: int = 0,
    batch_size: int = 64,
) -> Iterator[Sample]:
    """Yield `n` samples per prompt, in order; `Sample.prompt` is the prompt's position.

    Raises:
        EvalError: n > 1 at temperature 0 (the samples would be copies), a setting out of range, a chat prompt
            for a model without a chat template, a prompt too long for the model, or not enough memory.
    """
    sampling = Sampling(temperature, top_p, top_k, max_new_tokens, seed)
    if n < 1 or (temperature == 0 and n > 1):
        raise EvalError(
            f"n={n} at temperature {temperature:g}: take n >= 1, and n = 1 at temperature 0 (greedy)."
        )
    requests = [Request(prompt, index) for prompt in prompts for index in range(n)]
    for found in sample_batches(model, tokenizer, requests, sampling, batch_size):
        for one in found:
            yield replace(one, prompt=one.prompt // n)


def sample_batches(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    requests: Sequence[Request],
    sampling: Sampling,
    batch_size: int = 64,
    *,
    details: bool = False,
    template: Mapping[str, Any] | None = None,
) -> Iterator[list[Sample]]:
    """Yield the samples of each batch of requests; `Sample.prompt` is the request's position.

    `template` holds further arguments of the chat template.

    Raises:
        EvalError: as `sample`. Prompts are checked before the first batch.
    """
    if batch_size < 1:
        raise EvalError(f"batch_size must be at least 1; got {batch_size}.")
    marks = marks_of(requests)
    prompts = {mark: request.prompt for mark, request in zip(marks, requests, strict=True)}
    encoded = _encoded(model, tokenizer, prompts, sampling, template)
    with fitting_threads(model), _own_settings(model, _ends(model, tokenizer)) as ends:
        for start in range(0, len(requests), batch_size):
            batch = range(start, min(start + batch_size, len(requests)))
            rows = [Row(encoded[marks[i]], uniforms(sampling, marks[i], requests[i].index)) for i in batch]
            _make(model, rows, sampling, ends, details)
            yield [
                _finished(tokenizer, i, requests[i].index, row, ends, details)
                for i, row in zip(batch, rows, strict=True)
            ]


def fill(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rows: Sequence[Row], sampling: Sampling
) -> None:
    """Continue rows of token ids as one batch, each up to an end token or `max_new_tokens`. Raises `EvalError`."""
    with fitting_threads(model), _own_settings(model, _ends(model, tokenizer)) as ends:
        _make(model, rows, sampling, ends, details=False)


def encode(
    tokenizer: PreTrainedTokenizerBase, prompt: Prompt, template: Mapping[str, Any] | None = None
) -> list[int]:
    """Return the token ids of a prompt: text as the tokenizer takes it, chat turns through the template.

    `template` holds further arguments of the chat template.

    Raises:
        EvalError: chat turns without a chat template, or an empty prompt.
    """
    if isinstance(prompt, str):
        ids = tokenizer(prompt)["input_ids"]
    elif not tokenizer.chat_template:
        raise EvalError(
            "the prompts are chat turns, but the model's tokenizer has no chat template; use plain text."
        )
    else:
        text = tokenizer.apply_chat_template(
            [dict(turn) for turn in prompt], add_generation_prompt=True, tokenize=False, **(template or {})
        )
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    if not ids:
        raise EvalError("an empty prompt: the model needs at least one token to start from.")
    return [int(i) for i in ids]


def _encoded(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Mapping[str, Prompt],
    sampling: Sampling,
    template: Mapping[str, Any] | None = None,
) -> dict[str, tuple[int, ...]]:
    """Return the token ids of each prompt. Raises `EvalError`."""
    limit = getattr(model.config, "max_position_embeddings", None)
    found = {mark: tuple(encode(tokenizer, prompt, template)) for mark, prompt in prompts.items()}
    for mark, prompt in prompts.items():
        check_length(limit, len(found[mark]), prompt, sampling.max_new_tokens)
    return found


def check_length(limit: int | None, length: int, prompt: Prompt, new_tokens: int) -> None:
    """Refuse a prompt of `length` tokens that leaves no room for `new_tokens` in `limit`. Raises `EvalError`."""
    if limit is not None and length + new_tokens > limit:
        raise EvalError(
            f"a prompt of {length} tokens and max_new_tokens={new_tokens} exceed the model's {limit} "
            f"positions. Lower max_new_tokens or shorten the prompt, which begins {str(prompt)[:50]!r}."
        )


def weights_mark(model: PreTrainedModel) -> str:
    """Return a fingerprint of a model's weights: a fixed part of every tensor, so that training shows."""
    import torch

    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        flat = tensor.detach().reshape(-1)
        some = flat[:: max(1, flat.numel() // 1024)].to(device="cpu", dtype=torch.float64)
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode() + some.numpy().tobytes())
    return digest.hexdigest()[:16]


class _OwnStreams:
    """A logits processor that leaves only the drawn token, so that greedy decoding takes it."""

    def __init__(self, rows: Sequence[Row], prompt_length: int, sampling: Sampling) -> None:
        self.rows, self.prompt_length, self.sampling = rows, prompt_length, sampling

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        import torch

        step = input_ids.shape[1] - self.prompt_length
        numbers = torch.tensor(
            [r.numbers[step] for r in self.rows], dtype=torch.float64, device=scores.device
        )
        chosen = draw(scores, numbers, self.sampling)
        return torch.full_like(scores, -math.inf).scatter_(1, chosen[:, None], 0.0)


def _make(
    model: PreTrainedModel, rows: Sequence[Row], sampling: Sampling, ends: Sequence[int], details: bool
) -> None:
    try:
        if reads_prompts_once(model):
            decode(model, rows, sampling, ends, details=details)
        else:
            _generate(model, rows, sampling, ends)
    except RuntimeError as error:
        if "memory" in str(error):
            raise EvalError(
                f"not enough memory for a batch of {len(rows)}; set a smaller batch_size."
            ) from error
        raise


def _generate(model: PreTrainedModel, rows: Sequence[Row], sampling: Sampling, ends: Sequence[int]) -> None:
    """Fill the rows by transformers' own loop, for models whose state is not a cache of keys and values."""
    import torch

    width = max(len(row.prompt) for row in rows)
    padded = [[ends[0]] * (width - len(row.prompt)) + list(row.prompt) for row in rows]
    mask = [[0] * (width - len(row.prompt)) + [1] * len(row.prompt) for row in rows]
    with torch.inference_mode():
        output = model.generate(
            input_ids=torch.tensor(padded, device=model.device),
            attention_mask=torch.tensor(mask, device=model.device),
            max_new_tokens=sampling.max_new_tokens,
            do_sample=False,
            logits_processor=[_OwnStreams(rows, width, sampling)],
        )
    for row, tokens in zip(rows, output[:, width:].tolist(), strict=True):
        length = next((i for i, token in enumerate(tokens) if token in ends), len(tokens))
        row.tokens = tokens[: length + 1]
        row.ended = length < len(tokens)


def _finished(
    tokenizer: PreTrainedTokenizerBase,
    position: int,
    index: int,
    row: Row,
    ends: Sequence[int],
    details: bool,
) -> Sample:
    kept = row.tokens[:-1] if row.ended else row.tokens
    text = str(tokenizer.decode(kept, skip_special_tokens=True))
    known = (tuple(row.tokens), tuple(row.logprobs) or None) if details else (None, None)
    return Sample(position, index, text, len(row.tokens), len(row.prompt), not row.ended, *known)


def _ends(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Return every token that ends a completion, by the tokenizer and by the model's generation config."""
    of_model = model.generation_config.eos_token_id
    several = of_model if isinstance(of_model, list | tuple) else [of_model]
    found = [i for i in dict.fromkeys([tokenizer.eos_token_id, *several]) if i is not None]
    if not found:
        raise EvalError("neither the tokenizer nor the model's generation config names an end token.")
    return [int(i) for i in found]


@contextmanager
def _own_settings(model: PreTrainedModel, ends: list[int]) -> Iterator[list[int]]:
    """Put the model in eval mode with a bare generation config, and give both back afterwards."""
    from transformers import GenerationConfig

    before, training = model.generation_config, model.training
    model.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=ends[0], use_cache=True)
    model.eval()
    try:
        yield ends
    finally:
        model.generation_config = before
        model.train(training)
