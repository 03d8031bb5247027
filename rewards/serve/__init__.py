"""Score over HTTP: `create_app` makes the application, `reasoners rewards serve` runs it.

Needs the extra `serve` (FastAPI, uvicorn). Requests are bounded in size, number and time; no request is trusted.
A bearer token is asked for where one is set; it travels in the clear, so keep to 127.0.0.1 or a proxy with TLS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewards.errors import ToolkitError
from rewards.serve.limits import Limits

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rewards.suite import Suite

MISSING = "serving rewards needs FastAPI and uvicorn ({}); run: pip install 'reasoners[serve]'"


def create_app(suite: Suite, limits: Limits | None = None, token: str | None = None) -> FastAPI:
    """Return the application that scores with `suite`.

    Args:
        suite: the rewards; group rewards are refused, as a request holds no whole group. Give its rewards one
            `Runner`: the application closes it when it shuts down.
        limits: how much it takes at once, see `Limits`.
        token: what requests must carry as `Authorization: Bearer TOKEN`, but for `/health`; None = nothing.

    Raises:
        ToolkitError: FastAPI is not installed; the message names the extra.
    """
    try:
        from rewards.serve.app import build
    except ImportError as error:
        raise ToolkitError(MISSING.format(error)) from error
    return build(suite, limits or Limits(), token)


__all__ = ["Limits", "create_app"]
