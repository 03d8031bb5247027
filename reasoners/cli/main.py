"""`reasoners`: the entry point. Commands are loaded when they are run, so `--help` answers at once."""

from __future__ import annotations

import sys

import click

from reasoners import __version__
from reasoners.cli.lazy import LazyGroup
from rewards.errors import ToolkitError

COMMANDS = {
    "train": ("reasoners.cli.train:train", "Train a model by RL with verifiable rewards."),
    "audit": ("reasoners.cli.audit:audit", "Sample a model and estimate pass@k with intervals."),
    "compare": ("reasoners.cli.compare:compare", "Compare two audits, problem by problem."),
    "plan": ("reasoners.cli.plan:plan", "Plan an audit: problems, samples and cost for a wanted width."),
    "benchmarks": ("reasoners.cli.benchmarks:benchmarks", "List benchmarks; look for one in a training set."),
    "study": ("reasoners.cli.study:study", "Compare models over several seeds and tasks."),
    "import": ("reasoners.cli.interop:import_command", "Turn results of another harness into an audit."),
    "export": (
        "reasoners.cli.interop:export_command",
        "Write an audit in the form of lm-evaluation-harness.",
    ),
    "report": ("reasoners.cli.report:report", "Show audits and training runs on one page."),
    "analyse": (
        "reasoners.cli.analyse:analyse",
        "Ask more of audits: consistency, maj@k, best-of-k, perplexity, temperature.",
    ),
    "select": ("reasoners.cli.select:select", "Choose a small training set from a run's records."),
    "rewards": ("reasoners.cli.rewards:rewards", "List rewards; score completions with one."),
    "demo": ("reasoners.cli.demo:demo", "Walk the whole road: audit, train, select, audit, compare."),
    "doctor": ("reasoners.cli.doctor:doctor", "Check the installation and say what to mend."),
}


@click.group(cls=LazyGroup, homes=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reasoners")
def cli() -> None:
    """Reinforcement learning with verifiable rewards: train, curate and audit language models.

    \b
    Examples:
      reasoners train configs/demo.yaml
      reasoners rewards list
      reasoners audit configs/demo.yaml --model runs/demo/model
    """


def main() -> None:
    """Run the command line; an error the user can mend is one sentence and exit status 2."""
    try:
        code = cli(standalone_mode=False)  # click returns what a command gives to Exit
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        click.echo("stopped.", err=True)
        sys.exit(130)
    except KeyboardInterrupt:
        click.echo("stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (ToolkitError, ImportError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
