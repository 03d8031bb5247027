"""Carry a verifier to another engine: TRL, verl, OpenRLHF, verifiers.

Every export takes the name of a reward, a bound reward, a `Suite`, or the `rewards` list of a config, and returns
what the engine's own configuration wants. None of them imports its engine.
"""

from rewards.exports.base import Exported
from rewards.exports.openrlhf import as_openrlhf
from rewards.exports.trl import as_trl
from rewards.exports.verifiers import as_verifiers
from rewards.exports.verl import as_verl

__all__ = ["Exported", "as_openrlhf", "as_trl", "as_verifiers", "as_verl"]
