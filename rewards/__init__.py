"""Rewards: the contract, the registry, the runner, the records, the built-in verifiers. No heavy imports."""

from rewards.bound import BoundReward
from rewards.contract import Message, Rollout, Score, Source, Status
from rewards.define import Reward, group_reward, reward
from rewards.errors import BadReference, RecordError, RewardError, ToolkitError
from rewards.records import Record, iter_records, read_records, write_records
from rewards.registry import list_rewards, load_reward
from rewards.runner import Runner
from rewards.suite import Suite, Term, Verdict

TOOLKIT = "reasoners"
"""Marks this package as ours: a file of the same name that hides it has no such mark."""

__all__ = [
    "TOOLKIT",
    "BadReference",
    "BoundReward",
    "Message",
    "Record",
    "RecordError",
    "Reward",
    "RewardError",
    "Rollout",
    "Runner",
    "Score",
    "Source",
    "Status",
    "Suite",
    "Term",
    "ToolkitError",
    "Verdict",
    "group_reward",
    "iter_records",
    "list_rewards",
    "load_reward",
    "read_records",
    "reward",
    "write_records",
]
