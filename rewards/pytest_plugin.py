"""pytest plugin: `pytest --reasoners-reward number` adds one test per check of the conformance kit.

Without the option it does nothing and imports nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("reasoners", "verifiers")
    group.addoption(
        "--reasoners-reward",
        action="append",
        default=[],
        metavar="NAME",
        help="put a reward through the conformance kit: a name, path.py:function or module:function; repeatable",
    )
    group.addoption(
        "--reasoners-strict", action="store_true", help="fail what cannot be checked for want of fixtures"
    )


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Append one item per check of each reward asked for."""
    names: list[Any] = config.getoption("--reasoners-reward")
    if names:
        from rewards.conformance.items import reward_items

        for name in names:
            items.extend(reward_items(session, name, config.getoption("--reasoners-strict")))
