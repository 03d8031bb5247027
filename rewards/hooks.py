"""Functions by which a plugin says more about itself: `explain_FUNCTION`, `audit_`, `references_`, `validate_`,
`fingerprint_FUNCTION`.

A hook stands in the reward's own module, or in a module of its package that is named as the hook begins: `explain`, ...
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from rewards.define import Reward
from rewards.errors import RewardError


def find_hook(spec: Reward, kind: str) -> Callable[..., Any] | None:
    """Return the plugin's function `KIND_FUNCTION`, or None if it has none.

    Raises:
        RewardError: the module `KIND` of its package is there and does not import.
    """
    name = f"{kind}_{spec.fn.__name__}"
    home = spec.fn.__module__
    found = getattr(sys.modules.get(home), name, None)
    package = home.rpartition(".")[0]
    if found is None and package and find_spec(f"{package}.{kind}") is not None:
        try:
            found = getattr(import_module(f"{package}.{kind}"), name, None)
        except (Exception, SystemExit) as error:  # a foreign module may fail in any way; say which and why
            raise RewardError(
                f"reward `{spec.name}`: its module `{package}.{kind}` does not import: {type(error).__name__}: {error}"
            ) from error
    return found if inspect.isfunction(found) else None


def validate(spec: Reward, params: Mapping[str, Any]) -> None:
    """Let the plugin look at its parameters, defaults included, before anything is scored.

    `validate_FUNCTION(*, parameters)` raises `RewardError` or `ValueError` for what cannot work.

    Raises:
        RewardError: what the plugin says, with its name.
    """
    hook = find_hook(spec, "validate")
    if hook is None:
        return
    given = spec.with_defaults(params)
    try:
        hook(**given)
    except (RewardError, ValueError) as error:
        raise RewardError(f"reward `{spec.name}`: {error}") from error
    except (Exception, SystemExit) as error:
        problem = f"`{hook.__name__}` failed: {type(error).__name__}: {error}"
        raise RewardError(f"reward `{spec.name}`: its {problem}") from error
