"""An optional bearer token: without it, everything but `/health` is a 401."""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rewards.errors import ToolkitError

ENVIRONMENT = "REASONERS_SERVE_TOKEN"
"""Environment variable that holds the token, where no file does."""
OPEN = ("/health",)
"""Paths that answer without a token: whoever watches the service need not know it."""


def read_token(path: Path | None) -> str | None:
    """Return the token in a file, else in the environment, else None: then nobody is asked for one.

    Raises:
        ToolkitError: the file cannot be read, or what is there is no token.
    """
    where, text = f"${ENVIRONMENT}", os.environ.get(ENVIRONMENT)
    if path is not None:
        where = str(path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ToolkitError(f"cannot read the token in {path}: {error}.") from error
    if text is None:
        return None
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ToolkitError(f"{where} must hold one token of ASCII characters without blanks.")
    return token


class Guard:
    """Lets through whoever sends `Authorization: Bearer TOKEN`."""

    def __init__(self, app: Callable[..., Awaitable[None]], token: str) -> None:
        self.app, self._wanted = app, token.encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on an HTTP request that carries the token, or goes to an open path."""
        if scope["type"] != "http" or scope["path"] in OPEN or self._carries(scope["headers"]):
            return await self.app(scope, receive, send)
        from starlette.requests import Request

        from rewards.serve.wire import Refused, drain, problem

        await drain(Request(scope, receive))
        said = "this service wants a token: send the header `Authorization: Bearer TOKEN`."
        return await problem(Refused(401, "authentication_error", said, WWW_Authenticate="Bearer"))(
            scope, receive, send
        )

    def _carries(self, headers: list[tuple[bytes, bytes]]) -> bool:
        given = [value for name, value in headers if name == b"authorization"]
        if len(given) != 1:
            return False
        kind, _, token = given[0].partition(b" ")
        return kind.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._wanted)
