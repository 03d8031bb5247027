"""Find a reward by name, file or dotted path. Built-in and foreign plugins come through the same door.

number                  an entry point of the group `reasoners.rewards`
path/to/my.py:length    a function in a file
package.module:length   a function in an importable module (also `package.module.length`)
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from rewards.bound import BoundReward
from rewards.define import Reward
from rewards.errors import RewardError, unknown_name

GROUP = "reasoners.rewards"
SWITCH = "REASONERS_PLUGINS"
"""Environment variable: a comma-separated list of plugin names to load; empty = none; unset = all."""


@dataclass(frozen=True)
class Listed:
    """One line of `reasoners rewards list`: a plugin that loaded, or the reason it did not."""

    name: str
    origin: str
    reward: Reward | None
    problem: str = ""


def load_reward(ref: str, /, **params: Any) -> BoundReward:
    """Return the reward called `ref`, with its parameters set and checked.

    Args:
        ref: a registered name, `path.py:function`, `module:attribute` or a dotted path.
        **params: the reward's keyword-only parameters.

    Raises:
        RewardError: no such reward, a broken plugin, or a parameter it does not take.
    """
    return find_reward(ref).bind(**params)


def find_reward(ref: str) -> Reward:
    """Return the declared reward called `ref`, without parameters. Raises `RewardError`."""
    if ".py:" in ref or ref.endswith(".py"):
        return _from_file(ref)
    point = _registered().get(ref)
    if point is not None:
        return _from_entry_point(point)
    if ":" in ref or "." in ref:
        return _from_module(ref)
    limited = f" {SWITCH} limits what is loaded." if SWITCH in os.environ else ""
    raise RewardError(unknown_name("reward", ref, _registered()) + limited)


def registered_names() -> list[str]:
    """Return the names of all registered plugins, without loading any."""
    return sorted(_registered())


def list_rewards() -> Iterator[Listed]:
    """Yield every registered plugin; one that does not load says why, and the others still load."""
    for name, point in sorted(_registered().items()):
        origin = point.dist.name if point.dist else point.value
        try:
            yield Listed(name, origin, _from_entry_point(point))
        except RewardError as error:
            yield Listed(name, origin, None, str(error))


@cache
def _registered() -> dict[str, EntryPoint]:
    wanted = os.environ.get(SWITCH)
    allowed = None if wanted is None else {w.strip() for w in wanted.split(",")}
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        if allowed is not None and point.name not in allowed:
            continue
        other = found.get(point.name)
        if other is not None and other.value != point.value:
            owners = " and ".join(f"{p.dist.name if p.dist else '?'} ({p.value})" for p in (other, point))
            raise RewardError(f"two plugins are called `{point.name}`: {owners}. Uninstall one.")
        found[point.name] = point
    return found


def _from_entry_point(point: EntryPoint) -> Reward:
    owner = point.dist.name if point.dist else point.value
    try:
        loaded = point.load()
    except (Exception, SystemExit) as error:  # a foreign package may fail in any way; name it and go on
        raise RewardError(f"plugin `{point.name}` of {owner} does not load: {_one_line(error)}") from error
    try:
        return _as_reward(loaded, point.value)
    except RewardError as error:
        raise RewardError(f"plugin `{point.name}` of {owner}: {error}") from error


def _from_module(ref: str) -> Reward:
    module_name, _, attribute = ref.partition(":") if ":" in ref else ref.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        raise RewardError(f"cannot import `{module_name}` for reward `{ref}`: {_one_line(error)}") from error
    return _attribute(module, attribute, ref)


def _from_file(ref: str) -> Reward:
    path_text, _, attribute = ref.rpartition(":") if ".py:" in ref else (ref, "", "")
    path = Path(path_text).expanduser().resolve()
    if not path.is_file():
        raise RewardError(f"no file {path} for reward `{ref}`.")
    module = load_file(path)
    if attribute:
        return _attribute(module, attribute, f"{path}:{attribute}")
    declared = [(k, v) for k, v in vars(module).items() if isinstance(v, Reward)]
    if len(declared) != 1:
        names = ", ".join(k for k, _ in declared) or "none"
        raise RewardError(f"{path} declares {len(declared)} rewards ({names}); write `{path.name}:NAME`.")
    return _as_reward(declared[0][1], f"{path}:{declared[0][0]}")


def load_file(path: Path) -> ModuleType:
    """Return a Python file as a module, loaded once; its folder is appended to the path. Raises `RewardError`."""
    name = f"reasoners_plugin_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # its neighbours can be imported, and hide nothing of ours
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise RewardError(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise RewardError(f"{path} does not load: {_one_line(error)}") from error
    return module


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]


def _attribute(module: ModuleType, attribute: str, ref: str) -> Reward:
    if not hasattr(module, attribute):
        names = [k for k, v in vars(module).items() if isinstance(v, Reward)]
        raise RewardError(f"`{ref}`: " + unknown_name("reward", attribute, names))
    return _as_reward(getattr(module, attribute), ref)


def _as_reward(loaded: object, ref: str) -> Reward:
    if not isinstance(loaded, Reward):
        raise RewardError(f"`{ref}` is a {type(loaded).__name__}; decorate the function with `@reward(...)`.")
    loaded.ref = loaded.ref or ref
    return loaded
