"""An export as a file: the form that verl and OpenRLHF load by path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from pprint import pformat
from typing import Any

from rewards.errors import RewardError, unknown_name

ENGINES = {
    "trl": (
        "as_trl",
        "reward_func",
        "import reward_func from it and pass GRPOTrainer(reward_funcs=[reward_func])",
    ),
    "verl": (
        "as_verl",
        "compute_score",
        "reward.custom_reward_function.path={path} reward.custom_reward_function.name=compute_score",
    ),
    "openrlhf": ("as_openrlhf", "reward_func", "--reward.remote_url {path}"),
    "verifiers": (
        "as_verifiers",
        "reward_func",
        "import reward_func from it and pass vf.Rubric(funcs=[reward_func])",
    ),
}
"""Engine -> (function, name in the file, how the engine is told)."""

TEXT = '''"""{title}, for {engine}. Written by `reasoners rewards export`; it needs the package `reasoners`."""

from reasoners import {maker}

{target} = {maker}({arguments})
'''


def module_text(
    engine: str,
    what: str | Sequence[Mapping[str, Any] | str],
    params: Mapping[str, Any] | None = None,
    **options: Any,
) -> str:
    """Return the source of a module that makes the export, as `as_ENGINE(what, **options, **params)` would.

    Paths of plugin files become absolute: the engine runs elsewhere.

    Raises:
        RewardError: an unknown engine, or what the export itself refuses.
    """
    if engine not in ENGINES:
        raise RewardError(unknown_name("engine", engine, ENGINES))
    from rewards import exports

    maker, target, _ = ENGINES[engine]
    placed = _placed(what) if isinstance(what, str) else [_entry(entry) for entry in what]
    given = {**{key: value for key, value in options.items() if value is not None}, **(params or {})}
    made = getattr(exports, maker)(placed, **given)
    arguments = ", ".join([pformat(placed, width=100), *(f"{key}={value!r}" for key, value in given.items())])
    title = f"The reward {made.__name__}".replace("\\", "/").replace('"', "'")
    return TEXT.format(title=title, engine=engine, maker=maker, target=target, arguments=arguments)


def how_to(engine: str, path: str) -> str:
    """Return what to tell the engine about the file at `path`."""
    return ENGINES[engine][2].format(path=path)


def _entry(entry: Mapping[str, Any] | str) -> dict[str, Any]:
    tree = {"name": entry} if isinstance(entry, str) else dict(entry)
    return {**tree, "name": _placed(str(tree.get("name", "")))}


def _placed(ref: str) -> str:
    path, sign, attribute = ref.rpartition(":") if ".py:" in ref else (ref, "", "")
    if not path.endswith(".py"):
        return ref
    return f"{Path(path).expanduser().resolve()}{sign}{attribute}"
