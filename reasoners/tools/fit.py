"""Whether a run can use tools: what its config says elsewhere, and the model's chat template."""

from __future__ import annotations

from typing import Any

from reasoners.algorithms.presets import is_iterated, preset
from reasoners.config import ConfigError, RunConfig
from rewards.errors import ToolkitError


def check_fit(config: RunConfig) -> None:
    """Refuse a config whose other parts would not use its tools. Raises `ConfigError`."""
    if not config.tools:
        return
    found = preset(config.algorithm)
    if config.data.chat is False:
        raise ConfigError(
            "tools: a tool loop needs turns; set data.chat: true (or leave it out for a chat model)."
        )
    if is_iterated(config.algorithm):
        raise ConfigError(
            f"tools: algorithm.name: {config.algorithm.name} samples without tools; use grpo, loop, ppo."
        )
    if found is not None and found.credit == "greedy":
        raise ConfigError(
            "tools: the greedy completions of remax are sampled without tools; use rloo or loop."
        )


def check_template(tokenizer: Any) -> None:
    """Refuse a tokenizer whose chat template no tool loop can use.

    TRL must be able to render calls and results, and to read calls back. It knows the templates of common models by
    their exact text; any other tokenizer must bring a `response_template` (see docs/tools.md).

    Raises:
        ToolkitError: says which of the two fails.
    """
    from trl.chat_template_utils import add_response_schema, supports_tool_calling

    if not supports_tool_calling(tokenizer):
        raise ToolkitError(
            "tools: the model's chat template does not render tool calls and their results (or there is none). Use a "
            "model that was made for tools, such as Qwen3, or leave out the section `tools`."
        )
    if getattr(tokenizer, "response_template", None) is not None:
        return
    try:
        add_response_schema(tokenizer)
    except ValueError as error:
        raise ToolkitError(
            "tools: calls cannot be read back from this model's text: its chat template is none that TRL knows byte by "
            "byte, and its tokenizer has no `response_template`. docs/tools.md shows how to give it one."
        ) from error
