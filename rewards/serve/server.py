"""Run the application with uvicorn until SIGTERM or Ctrl-C, and leave no process behind."""

import os
import signal
import socket
import sys

import uvicorn
from fastapi import FastAPI

from rewards.errors import ToolkitError


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 = any free one. Raises `ToolkitError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=1024)
        listener.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # else each answer waits 40 ms for an ACK
        return listener
    except (OSError, OverflowError) as error:
        raise ToolkitError(
            f"cannot listen on {host}:{port}: {error}; choose another --host or --port."
        ) from error


def run(app: FastAPI, listener: socket.socket, seconds: float) -> None:
    """Serve until SIGTERM or SIGINT: requests in flight are finished (at most `seconds`), workers are killed."""
    config = uvicorn.Config(
        app, log_level="warning", timeout_graceful_shutdown=int(seconds) + 5, lifespan="on"
    )
    server = uvicorn.Server(config)
    for number in (
        signal.SIGTERM,
        signal.SIGINT,
    ):  # uvicorn raises the signal again when it is done: exit with 0
        signal.signal(number, lambda *_: None)
    server.run(sockets=[listener])
    if app.state.stuck:  # an inline reward that does not return: its thread cannot be stopped, only left
        print("a reward declared inline is still running; the process ends without it.", file=sys.stderr)
        sys.stderr.flush()
        os._exit(0)
