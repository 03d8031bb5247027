"""`embedded:proxy`: a language model of 0.1 million parameters that can add, sometimes, in two formats.

It is made from nothing in under a minute on one core: a Llama with a character tokenizer, warm-started on
worked sums (`7+5=12,4+8+1=13:132`), then on a mixture with bare answers (`:132`). RL finds the better
format in a few steps, as it does with large models. Left out: a warm start on one format alone. RL then has
nothing to choose from, and crawls or collapses. Which format is likely depends on a digit of the problem,
so that greedy decoding shows both; a mixture without that rule is all of one or all of the other, as the
seed has it.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.threads import one_thread
from reasoners.models import addition, queries
from reasoners.models.cache import cached_folder, quiet_progress

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

CHARACTERS = "0123456789+-*/=,:.()<>?! \nabcdefghijklmnopqrstuvwxyz"
Pairs = Callable[[int, random.Random], Iterable[tuple[str, str]]]
"""A step's number and the random state -> prompts with their completions."""
SPECIAL = ("<pad>", "<bos>", "<eos>", "<unk>")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights, beside the seed."""

    version: int = 1
    hidden: int = 64
    feed_forward: int = 192
    layers: int = 2
    heads: int = 4
    positions: int = 128
    chain_steps: int = 350
    mixed_steps: int = 150
    chain_likely: float = 0.7
    chain_unlikely: float = 0.2
    init: float = 0.1
    batch: int = 64
    learning_rate: float = 5e-3
    warmup_steps: int = 20
    beta2: float = 0.98

    @property
    def steps(self) -> int:
        """All steps of the warm start."""
        return self.chain_steps + self.mixed_steps

    def rate(self, step: int) -> float:
        """The share of the learning rate at a step: a short rise, then a line to 0."""
        return min(1.0, (step + 1) / self.warmup_steps) * (1 - step / self.steps)


def proxy_folder(seed: int = 0, say: Callable[[str], None] = print, recipe: Recipe | None = None) -> Path:
    """Return the folder of the proxy with this warm-start seed, made at the first call (under a minute).

    Args:
        seed: initial weights and batches. The folder is the same, bit by bit, on the same machine and torch.
        say: receives progress lines.
        recipe: another recipe than the default, for experiments.
    """
    recipe = recipe or Recipe()
    mark = hashlib.sha256(json.dumps([asdict(recipe), CHARACTERS]).encode()).hexdigest()[:10]

    def build(folder: Path) -> None:
        tokenizer = proxy_tokenizer()
        model = warm_start(recipe, seed, tokenizer, say)
        with quiet_progress():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)

    return cached_folder(f"proxy-{seed}-{mark}", build, say)


def sql_proxy_folder(say: Callable[[str], None] = print) -> Path:
    """Return the folder of `embedded:proxy-sql`, warm-started on tiny queries with slips (see `queries`)."""
    recipe = Recipe(chain_steps=300, mixed_steps=0)
    facts = [asdict(recipe), CHARACTERS, queries.SLIPS, queries.NUMBERS]
    mark = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:10]

    def build(folder: Path) -> None:
        tokenizer = proxy_tokenizer()
        model = warm_start(recipe, 0, tokenizer, say, lambda _, draw: queries.pairs(recipe.batch, draw))
        with quiet_progress():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)

    return cached_folder(f"proxy-sql-{mark}", build, say)


def proxy_tokenizer() -> PreTrainedTokenizerFast:
    """Return the tokenizer: one token per character, `<bos>` in front."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocab = {token: i for i, token in enumerate([*SPECIAL, *CHARACTERS])}
    core = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    core.decoder = decoders.Fuse()  # otherwise decoded text has a space between characters
    core.post_processor = processors.TemplateProcessing(
        single="<bos> $A", pair="<bos> $A $B", special_tokens=[("<bos>", vocab["<bos>"])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
        model_max_length=Recipe().positions,
    )


def fresh_model(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    """Return a Llama of the recipe's size with weights from torch's random state."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.hidden,
        intermediate_size=recipe.feed_forward,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        max_position_embeddings=recipe.positions,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        dtype="float32",
        initializer_range=recipe.init,
    )
    model: PreTrainedModel = LlamaForCausalLM(config)
    return model


def warm_start(
    recipe: Recipe,
    seed: int,
    tokenizer: PreTrainedTokenizerFast,
    say: Callable[[str], None] = print,
    pairs: Pairs | None = None,
) -> PreTrainedModel:
    """Train a fresh model on the train split, next-token loss on the completion, and return it.

    `pairs` gives a step's prompts and completions; by default they are sums, worked and bare.
    One thread: then sums run in one order, whatever the machine's number of cores.
    """
    import torch

    draw = random.Random(seed)
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = fresh_model(recipe, tokenizer).train()
        optimizer = torch.optim.AdamW(
            model.parameters(), lr=recipe.learning_rate, betas=(0.9, recipe.beta2), weight_decay=0.0
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, recipe.rate)
        for step in range(recipe.steps):
            chosen = _sums(recipe, step, draw) if pairs is None else pairs(step, draw)
            inputs, labels = _batch(chosen, tokenizer)
            loss = model(input_ids=inputs, labels=labels).loss
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            if (step + 1) % 50 == 0:
                say(f"warm start of the proxy, seed {seed}: step {step + 1}/{recipe.steps}, loss {loss:.3f}")
    return model.eval()


def _sums(recipe: Recipe, step: int, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Yield sums as questions and answers, one at a time: the choice of format is drawn in between."""
    for a, b in draw.choices(addition.problems("train"), k=recipe.batch):
        share = recipe.chain_likely if b % 10 < 4 else recipe.chain_unlikely
        worked = step < recipe.chain_steps or draw.random() < share
        write = addition.chain if worked else addition.direct
        yield addition.question(a, b), write(a, b)


def _batch(
    pairs: Iterable[tuple[str, str]], tokenizer: PreTrainedTokenizerFast
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return inputs and labels (batch, length); labels are -100 on prompt and padding."""
    import torch

    inputs, labels = [], []
    for question, completion in pairs:
        prompt = tokenizer.encode(question)
        answer = [*tokenizer.encode(completion, add_special_tokens=False), tokenizer.eos_token_id]
        inputs.append(torch.tensor(prompt + answer))
        labels.append(torch.tensor([-100] * len(prompt) + answer))
    pad = torch.nn.utils.rnn.pad_sequence
    return (
        pad(inputs, batch_first=True, padding_value=tokenizer.pad_token_id),
        pad(labels, batch_first=True, padding_value=-100),
    )
