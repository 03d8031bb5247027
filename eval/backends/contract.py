"""The contract of an engine. No logic lives here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from eval.sampling import Prompt, Request, Sample, Sampling


class Backend(Protocol):
    """A model, ready to be sampled."""

    @property
    def chat(self) -> bool:
        """Whether the model takes chat turns; prompts that leave it open are made so."""

    def mark(self) -> Mapping[str, Any]:
        """Return what tells this engine and model from others, as plain JSON data: samples of two marks do not mix."""

    def prepare(self, prompts: Sequence[Prompt], sampling: Sampling) -> None:
        """Check every prompt of an audit before the first sample is made.

        Raises:
            EvalError: a prompt that the model cannot take.
        """

    def batches(
        self, requests: Sequence[Request], sampling: Sampling, *, details: bool = False
    ) -> Iterator[list[Sample]]:
        """Yield samples as they are made, each request answered once, in any order.

        What a sample says depends on its prompt, its index, `sampling` and the model alone, up to rounding.

        Args:
            requests: what is asked for; `Sample.prompt` is a position in it.
            sampling: how tokens are drawn.
            details: also give `token_ids` and `logprobs` where the engine knows them.

        Raises:
            EvalError: what the user can mend. Samples yielded before stay valid.
        """

    def close(self) -> None:
        """Free what the engine holds."""
