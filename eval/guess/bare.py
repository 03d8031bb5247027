"""Whether an audit can be another one's run without reasoning: the same model, but not the same question."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.errors import EvalError
from eval.store import stored_settings

if TYPE_CHECKING:
    from eval.views import AuditView

WHAT = (
    "A run without reasoning is an audit of the same model and problems with a prompt that asks for the bare answer "
    "and a cap that leaves no room to think, for example `reasoners audit CONFIG --out audits/bare "
    "audit.max_new_tokens=16 'data.system=Answer with the final number in \\boxed{} and nothing else.'`."
)
_WHO = ("engine", "weights", "name")
"""What of a backend's mark says which model it is; the rest says how the prompt was shown to it."""


def check_bare(audit: tuple[Path, AuditView], bare: tuple[Path, AuditView]) -> list[str]:
    """Return what a reader must know of a run without reasoning, sentences; none where all is as it should be.

    Args:
        audit: folder and content of the audit whose guesses are looked for.
        bare: of its run without reasoning.

    Raises:
        EvalError: `bare` is the audit itself, or asks with the same prompts and leaves at least as many new tokens;
            or a settings file was edited.
    """
    (folder, view), (place, plain) = audit, bare
    if folder.resolve() == place.resolve():
        raise EvalError(f"--bare {place} is the audit itself, not its run without reasoning. {WHAT}")
    marks = [_mark(folder), _mark(place)]
    otherwise = True if _how(marks[0]) != _how(marks[1]) else _asks_otherwise(view, plain)
    said = []
    if otherwise is False:
        raise EvalError(
            f"--bare {place} is no run without reasoning: its prompts are those of {folder}, and its cap of "
            f"{plain.sampling['max_new_tokens']} new tokens is no lower. {WHAT}"
        )
    if otherwise is None:
        said.append(
            f"whether `{plain.name}` is a run without reasoning cannot be told: neither its prompts nor its cap on new "
            "tokens are known to differ from this audit's."
        )
    if _another(*marks):
        said.append(
            f"its run without reasoning, `{plain.name}`, is of another model; how often that one guesses right says "
            "little about this one."
        )
    return said


def _asks_otherwise(view: AuditView, plain: AuditView) -> bool | None:
    """Whether the second audit has other prompts or leaves fewer new tokens; None where that is not known."""
    both = [(text, plain.prompts[p]) for p, text in view.prompts.items() if p in plain.prompts]
    if any(text != other for text, other in both):
        return True
    own, cap = (x.sampling.get("max_new_tokens") for x in (view, plain))
    if own is None or cap is None:
        return None
    return True if cap < own else None if not both else False


def _mark(folder: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = stored_settings(folder).get("model", {})
    return found


def _how(mark: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mark.items() if key not in _WHO}


def _another(mark: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two marks of one kind of engine name different models; those of two kinds cannot be compared."""
    if mark.get("engine") != other.get("engine"):
        return False
    return any(key in mark and key in other and mark[key] != other[key] for key in ("weights", "name"))
