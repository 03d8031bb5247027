"""`reasoners rewards`: everything about verifiers. Each command is a file of its own."""

from __future__ import annotations

import click

from reasoners.cli.lazy import LazyGroup

COMMANDS = {
    "audit": (
        "reasoners.cli.rewards_audit:audit_command",
        "Measure what a reward pays wrongly, and refuses wrongly.",
    ),
    "new": ("reasoners.cli.rewards_new:new_command", "Write a new reward: code, cases, tests, README."),
    "check": ("reasoners.cli.rewards_check:check_command", "Prove rewards with the conformance kit."),
    "explain": ("reasoners.cli.rewards_explain:explain_command", "Say why a completion got its reward."),
    "export": ("reasoners.cli.rewards_export:export_command", "Write a reward as a file of another engine."),
    "list": ("reasoners.cli.rewards_list:list_command", "List every reward: what it verifies and needs."),
    "rescore": (
        "reasoners.cli.rewards_rescore:rescore_command",
        "Replay stored samples with another reward.",
    ),
    "score": ("reasoners.cli.rewards_score:score_command", "Score completions from a file."),
    "serve": ("reasoners.cli.rewards_serve:serve_command", "Score over HTTP."),
}


@click.group(cls=LazyGroup, homes=COMMANDS)
def rewards() -> None:
    """Write, list, prove and use verifiers.

    \b
    Example:
      reasoners rewards score number --in cases.jsonl --out scores.jsonl
    """
