"""Sampling a model, one seed per sample: what a sample says does not depend on what else is in the batch.

Each sample draws its tokens by inverting the cumulative distribution at its own uniform numbers, a stream
seeded by (seed, prompt, sample index). That is exact sampling from softmax(logits / temperature) after
top-k and top-p. Only rounding ties a sample to its batch: in a batch of another shape a logit may differ in
its last bit, and then, rarely, a token. Transformers' own sampling shares one random stream among the batch
and adopts penalties from the model's generation config; both make audits hard to compare, so neither is
used.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from eval.errors import EvalError
from eval.threads import fitting_threads

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Prompt = str | Sequence[Mapping[str, Any]]
"""Plain text, or chat turns for the model's template."""


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. `temperature` 0 is greedy; `top_k` 0 and `top_p` 1 are off.

    Raises:
        EvalError: a value out of its range.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    max_new_tokens: int = 256
    seed: int = 0

    def __post_init__(self) -> None:
        allowed = {
            "temperature": (0 <= self.temperature < math.inf, "at least 0"),
            "top_p": (0 < self.top_p <= 1, "above 0 and at most 1"),
            "top_k": (self.top_k >= 0, "at least 0 (0 = off)"),
            "max_new_tokens": (self.max_new_tokens >= 1, "at least 1"),
        }
        for name, (fine, text) in allowed.items():
            if not fine:
                raise EvalError(f"{name} must be {text}; got {getattr(self, name)}.")

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Request:
    """One sample to make: the prompt, and which of its samples."""

    prompt: Prompt
    index: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample. `tokens` counts the end token; `truncated` says that none came within the cap."""

    prompt: int
    index: int
    text: str
    tokens: int
    prompt_tokens: int
    truncated: bool


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
            yield Sample(one.prompt // n, one.index, one.text, one.tokens, one.prompt_tokens, one.truncated)


def sample_batches(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    requests: Sequence[Request],
    sampling: Sampling,
    batch_size: int = 64,
) -> Iterator[list[Sample]]:
    """Yield the samples of each batch of requests; `Sample.prompt` is the request's position.

    Raises:
        EvalError: as `sample`. Prompts are checked before the first batch.
    """
    if batch_size < 1:
        raise EvalError(f"batch_size must be at least 1; got {batch_size}.")
    hashes = {id(r.prompt): prompt_hash(r.prompt) for r in requests}
    marks = [hashes[id(r.prompt)] for r in requests]
    encoded = {
        mark: encode(tokenizer, r.prompt) for mark, r in dict(zip(marks, requests, strict=True)).items()
    }
    for mark, request in zip(marks, requests, strict=True):
        _check_length(model, encoded[mark], request.prompt, sampling.max_new_tokens)
    with fitting_threads(model), _own_settings(model, _ends(model, tokenizer)) as ends:
        for start in range(0, len(requests), batch_size):
            batch = range(start, min(start + batch_size, len(requests)))
            ids = [encoded[marks[i]] for i in batch]
            streams = [uniforms(sampling, marks[i], requests[i].index) for i in batch]
            outputs = _generate(model, ids, streams, sampling, ends)
            yield [
                _finished(tokenizer, i, requests[i].index, len(encoded[marks[i]]), output, ends)
                for i, output in zip(batch, outputs, strict=True)
            ]


def prompt_hash(prompt: Prompt) -> str:
    """Return the SHA-256 that identifies a prompt."""
    plain = prompt if isinstance(prompt, str) else [dict(turn) for turn in prompt]
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def uniforms(sampling: Sampling, mark: str, index: int) -> list[float]:
    """Return a sample's own uniform numbers in [0, 1), one per token. `mark` is the prompt's hash."""
    stream = random.Random(f"{sampling.seed}:{mark}:{index}")
    return [stream.random() for _ in range(sampling.max_new_tokens)]


def encode(tokenizer: PreTrainedTokenizerBase, prompt: Prompt) -> list[int]:
    """Return the token ids of a prompt: text as the tokenizer takes it, chat turns through the template.

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
            [dict(turn) for turn in prompt], add_generation_prompt=True, tokenize=False
        )
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    if not ids:
        raise EvalError("an empty prompt: the model needs at least one token to start from.")
    return [int(i) for i in ids]


def draw(logits: torch.Tensor, numbers: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """Return one token id per row.

    Args:
        logits: (rows, vocabulary), any float type; -inf excludes a token.
        numbers: (rows,), float64 in [0, 1): where the row's cumulative distribution is inverted.
        sampling: temperature, top-k and top-p, applied in this order; temperature 0 takes the largest logit.

    Raises:
        EvalError: a row without a usable distribution (the model has diverged).
    """
    import torch

    if sampling.temperature == 0:
        return logits.argmax(dim=-1)
    scores = _top_k(logits.double() / sampling.temperature, sampling.top_k)
    weights = _top_p(torch.softmax(scores, dim=-1), sampling.top_p)
    cumulative = weights.cumsum(dim=-1)
    total = cumulative[:, -1:]
    if not bool(torch.isfinite(total).all()):
        raise EvalError(
            "the model gives NaN or infinite logits; it has diverged, or its number format overflows."
        )
    # The product may round up to the total, where no token is left.
    target = torch.minimum(numbers[:, None] * total, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(cumulative, target, right=True).squeeze(-1)


def _top_k(scores: torch.Tensor, k: int) -> torch.Tensor:
    if not 0 < k < scores.shape[-1]:
        return scores
    return scores.masked_fill(scores < scores.topk(k, dim=-1).values[:, -1:], -math.inf)


def _top_p(weights: torch.Tensor, p: float) -> torch.Tensor:
    """Keep the fewest most likely tokens whose probabilities add up to at least `p`."""
    if p >= 1:
        return weights
    ordered, order = weights.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(dim=-1) - ordered
    return weights.scatter(-1, order, ordered.masked_fill(before >= p, 0.0))


class _OwnStreams:
    """A logits processor that leaves only the drawn token, so that greedy decoding takes it."""

    def __init__(self, streams: Sequence[Sequence[float]], prompt_length: int, sampling: Sampling) -> None:
        self.streams, self.prompt_length, self.sampling = streams, prompt_length, sampling

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        import torch

        step = input_ids.shape[1] - self.prompt_length
        numbers = torch.tensor([s[step] for s in self.streams], dtype=torch.float64, device=scores.device)
        chosen = draw(scores, numbers, self.sampling)
        return torch.full_like(scores, -math.inf).scatter_(1, chosen[:, None], 0.0)


def _generate(
    model: PreTrainedModel,
    ids: Sequence[list[int]],
    streams: Sequence[Sequence[float]],
    sampling: Sampling,
    ends: Sequence[int],
) -> list[list[int]]:
    import torch

    width = max(map(len, ids))
    inputs = torch.tensor([[ends[0]] * (width - len(row)) + row for row in ids], device=model.device)
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in ids], device=model.device)
    try:
        with torch.inference_mode():
            output = model.generate(
                input_ids=inputs,
                attention_mask=mask,
                max_new_tokens=sampling.max_new_tokens,
                do_sample=False,
                logits_processor=[_OwnStreams(streams, width, sampling)],
            )
    except RuntimeError as error:
        if "memory" in str(error):
            raise EvalError(
                f"not enough memory for a batch of {len(ids)}; set a smaller batch_size."
            ) from error
        raise
    found: list[list[int]] = output[:, width:].tolist()
    return found


def _finished(
    tokenizer: PreTrainedTokenizerBase,
    position: int,
    index: int,
    prompt_tokens: int,
    output: list[int],
    ends: Sequence[int],
) -> Sample:
    length = next((i for i, token in enumerate(output) if token in ends), None)
    kept = output if length is None else output[:length]
    text = str(tokenizer.decode(kept, skip_special_tokens=True))
    return Sample(position, index, text, len(output[: len(kept) + 1]), prompt_tokens, length is None)


def _check_length(model: PreTrainedModel, ids: Sequence[int], prompt: Prompt, new_tokens: int) -> None:
    limit = getattr(model.config, "max_position_embeddings", None)
    if limit is not None and len(ids) + new_tokens > limit:
        raise EvalError(
            f"a prompt of {len(ids)} tokens and max_new_tokens={new_tokens} exceed the model's {limit} "
            f"positions. Lower max_new_tokens or shorten the prompt, which begins {str(prompt)[:50]!r}."
        )


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
