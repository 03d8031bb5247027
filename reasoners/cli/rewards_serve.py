"""`reasoners rewards serve`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reasoners.cli.common import json_flag, reward_params, runner_options
from rewards.errors import ToolkitError

if TYPE_CHECKING:
    from rewards.runner import Runner
    from rewards.suite import Suite


@click.command("serve")
@click.argument("name", required=False)
@click.argument("params", nargs=-1, metavar="[PARAM=VALUE]...")
@click.option("--config", help="A run's config (file or recipe): serve its `rewards` instead of one NAME.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 = any free one."
)
@click.option("--max-body", default="1MB", show_default=True, help="Size of one request; more is a 413.")
@click.option(
    "--queue",
    type=click.IntRange(min=0),
    default=256,
    show_default=True,
    help="Requests that may wait; then 429.",
)
@runner_options
@click.option("--timeout", type=float, default=60.0, show_default=True, help="Seconds per request; then 504.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="Ask for the bearer token in this file; $REASONERS_SERVE_TOKEN does the same.",
)
@json_flag
def serve_command(
    name: str | None,
    params: tuple[str, ...],
    config: str | None,
    host: str,
    port: int,
    workers: int | None,
    max_body: str,
    queue: int,
    deadline: float,
    timeout: float,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Serve the reward NAME, or the rewards of a config, over HTTP.

    POST /score takes one row as JSON: `completion` or `messages`, and the columns; POST /score_batch takes
    {"rows": [...]}. GET /health and /metrics (Prometheus) tell how it does. SIGTERM finishes what is in flight.
    A token travels in the clear: keep to 127.0.0.1, or put a proxy with TLS in front.

    \b
    Examples:
      reasoners rewards serve number where=boxed --port 8000
      curl -d '{"completion": "#### 42", "answer": "42"}' http://127.0.0.1:8000/score
    """
    from rewards.runner import Runner
    from rewards.serve import MISSING, Limits, create_app
    from rewards.serve.limits import parse_size
    from rewards.serve.token import read_token

    token = read_token(token_file)
    runner = Runner(workers, deadline)
    limits = Limits(parse_size(max_body), queue, runner.workers, timeout)
    app = create_app(_suite(name, params, config, runner), limits, token)
    try:
        from rewards.serve.server import listen, run
    except ImportError as error:
        raise ToolkitError(MISSING.format(error)) from error
    listener = listen(host, port)
    address = {
        "host": host,
        "port": listener.getsockname()[1],
        "rewards": app.title.removeprefix("Rewards: "),
    }
    line = "serving {rewards} on http://{host}:{port}: POST /score, /score_batch; GET /health, /metrics"
    click.echo(json.dumps(address) if as_json else line.format(**address))
    run(app, listener, timeout)


def _suite(name: str | None, params: tuple[str, ...], config: str | None, runner: Runner) -> Suite:
    from rewards.suite import Suite

    if (name is None) == (config is None):
        raise ToolkitError("serve one NAME, or a --config; see reasoners rewards serve --help.")
    if config is not None:
        from reasoners.config import load_config

        return Suite.from_config(load_config(config).reward_entries(), runner)
    return Suite.from_config([{"name": name, "params": reward_params(str(name), params)}], runner)
