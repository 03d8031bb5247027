"""The stable surface of the toolkit: `from reasoners import reward, load_reward, Score, pass_at_k`.

Names are loaded at first use, so `import reasoners` costs nothing. Each package checks that the others are ours.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reasoners._layout import check_layout

if TYPE_CHECKING:
    from data_selection import lim_scores, select_lim
    from eval import (
        Count,
        Votes,
        best_of_k,
        compare,
        compare_many,
        cover_at,
        fail_at_k,
        from_pilot,
        from_prior,
        g_pass_at_k,
        maj_at_k,
        mg_pass_at_k,
        pass_at_k,
        pass_hat_k,
        plan_audit,
        summarise,
    )
    from rewards import (
        BadReference,
        BoundReward,
        Record,
        Reward,
        Rollout,
        Runner,
        Score,
        Source,
        Status,
        Suite,
        ToolkitError,
        Verdict,
        group_reward,
        iter_records,
        list_rewards,
        load_reward,
        read_records,
        reward,
    )
    from rewards.conformance import check_reward, reward_checks
    from rewards.exports import as_openrlhf, as_trl, as_verifiers, as_verl

__version__ = "0.1.0"

_HOMES = {
    "rewards": (
        "BadReference BoundReward Record Reward Rollout Runner Score Source Status Suite ToolkitError Verdict "
        "group_reward iter_records list_rewards load_reward read_records reward"
    ),
    "rewards.exports": "as_openrlhf as_trl as_verifiers as_verl",
    "rewards.conformance": "check_reward reward_checks",
    "data_selection": "lim_scores select_lim",
    "eval": (
        "Count Votes best_of_k compare compare_many cover_at fail_at_k from_pilot from_prior g_pass_at_k maj_at_k "
        "mg_pass_at_k pass_at_k pass_hat_k plan_audit summarise"
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "BadReference",
    "BoundReward",
    "Count",
    "Record",
    "Reward",
    "Rollout",
    "Runner",
    "Score",
    "Source",
    "Status",
    "Suite",
    "ToolkitError",
    "Verdict",
    "Votes",
    "as_openrlhf",
    "as_trl",
    "as_verifiers",
    "as_verl",
    "best_of_k",
    "check_reward",
    "compare",
    "compare_many",
    "cover_at",
    "fail_at_k",
    "from_pilot",
    "from_prior",
    "g_pass_at_k",
    "group_reward",
    "iter_records",
    "lim_scores",
    "list_rewards",
    "load_reward",
    "maj_at_k",
    "mg_pass_at_k",
    "pass_at_k",
    "pass_hat_k",
    "plan_audit",
    "read_records",
    "reward",
    "reward_checks",
    "select_lim",
    "summarise",
]

check_layout()


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module `reasoners` has no attribute `{name}`")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
