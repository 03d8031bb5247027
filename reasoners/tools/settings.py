"""The config's section `tools`: what the model may call during a rollout."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from reasoners.section import Section


class ToolEntry(Section):
    """One tool. A plain text is its name."""

    name: str = Field(description="calculator, python, search, sql, or file.py:function")
    params: dict[str, Any] = Field({}, description="settings of a shipped tool, see docs/tools.md")
    max_chars: int = Field(
        2000, gt=0, description="characters of a result that the model sees; the rest is cut, and said so"
    )

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value
