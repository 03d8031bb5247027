"""What the kit found: one `Check` per rule, gathered in a `Report`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rewards.contract import Score

SHOWN = 200
"""Characters of an input that a failure shows."""


@dataclass(frozen=True)
class Check:
    """One rule. `ok` is None where it could not be checked; `got` then says why, `allowed` what would help."""

    name: str
    ok: bool | None
    fed: str = ""
    got: str = ""
    allowed: str = ""

    @property
    def word(self) -> str:
        """Return `ok`, `FAILED` or `not checked`."""
        return {True: "ok", False: "FAILED", None: "not checked"}[self.ok]

    def sentence(self) -> str:
        """Return what was fed, what came back and what is allowed, on three lines."""
        rows = (("fed", self.fed), ("got", self.got), ("allowed", self.allowed))
        return "\n".join([f"{self.name}: {self.word}", *(f"  {word}: {text}" for word, text in rows if text)])


@dataclass(frozen=True)
class Report:
    """All checks of one reward, in the order they were made."""

    reward: str
    checks: Sequence[Check]

    @property
    def failures(self) -> list[Check]:
        """The rules that were broken."""
        return [check for check in self.checks if check.ok is False]

    @property
    def unchecked(self) -> list[Check]:
        """The rules that could not be checked."""
        return [check for check in self.checks if check.ok is None]

    def passed(self, strict: bool = False) -> bool:
        """Whether no rule was broken; with `strict`, whether all were checked too."""
        return not self.failures and not (strict and self.unchecked)

    def find(self, name: str) -> Check:
        """Return the check called `name`. Raises `KeyError`."""
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(name)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data, for JSON."""
        return {"reward": self.reward, "ok": self.passed(), "checks": [asdict(c) for c in self.checks]}


def shown(value: object) -> str:
    """Return an input as text, cut in the middle where it is long."""
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) <= SHOWN:
        return text
    return f"{text[: SHOWN // 2]} ... {text[-SHOWN // 4 :]} ({len(text)} characters)"


def verdict(score: Score) -> str:
    """Return a score as text: value, status, reason."""
    value = "no value" if score.value is None else f"{score.value:g}"
    return f"{value}, {score.status.value}" + (f": {shown(score.reason)}" if score.reason else "")
