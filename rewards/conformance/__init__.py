"""The conformance kit: what every reward must pass, ours or foreign.

`check_reward("number")` returns a report; `reasoners rewards check NAME` prints it; `reward_checks("number")`
makes a test of it, one test id per check. Everything a plugin does here happens in a killable worker.
"""

from rewards.conformance.kit import check_names, check_reward
from rewards.conformance.report import Check, Report
from rewards.conformance.testing import reward_checks

__all__ = ["Check", "Report", "check_names", "check_reward", "reward_checks"]
