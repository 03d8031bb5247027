"""What travels: bounded bodies in, verdicts and errors out, all JSON."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from rewards.bound import row_rollout
from rewards.contract import Rollout, Score
from rewards.errors import RewardError
from rewards.suite import Suite, Verdict

DRAINED = 16_000_000
"""Bytes of a refused body that are read and dropped, so that the client is there to read the answer."""
DRAIN_SECONDS = 5.0


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """An answer other than 200."""

    def __init__(self, code: int, kind: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.code, self.kind, self.message = code, kind, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def answer(payload: Any, code: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON in ASCII: a lone surrogate in a completion must not break the answer."""
    text = json.dumps(payload, allow_nan=False)
    return Response(text, code, headers=headers, media_type="application/json")


def problem(refused: Refused) -> Response:
    """Return an error body of the form that clients of OpenAI's API know."""
    error = {"message": refused.message, "type": refused.kind, "param": None, "code": refused.code}
    return answer({"error": error}, refused.code, refused.headers)


async def drain(request: Request) -> None:
    """Read and drop the body of a request that is refused."""
    dropped = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for chunk in request.stream():
                dropped += len(chunk)
                if dropped > DRAINED:
                    return


async def read_object(request: Request, limit: int) -> dict[str, Any]:
    """Return the body as a JSON object. Raises `Refused` (413 or 422)."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            body += chunk
        elif size > limit + DRAINED:
            break
    if size > limit:
        said = f"the body is larger than {limit} bytes; send fewer rows, or raise --max-body."
        raise Refused(413, "body_too_large", said, Connection="close")
    try:
        found = json.loads(bytes(body).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Refused(422, "invalid_request_error", f"the body is not JSON: {error}.") from error
    if not isinstance(found, dict):
        kind = type(found).__name__
        raise Refused(422, "invalid_request_error", f"the body must be a JSON object, not a {kind}.")
    return found


def row_of(row: object, suite: Suite, where: str = "") -> Rollout:
    """Return a row as a rollout that has every column it needs. Raises `Refused` (422)."""
    try:
        if not isinstance(row, dict):
            raise RewardError(f"a row must be a JSON object, not a {type(row).__name__}.")
        rollout = row_rollout(row)
        for term in suite.terms:
            if term.applies(rollout):
                term.reward.spec.arguments(rollout)
    except RewardError as error:
        raise Refused(422, "invalid_request_error", f"{where}{error}") from error
    except (TypeError, AttributeError, ValueError) as error:  # turns that are none, calls that are no list
        said = f"{where}`completion` or `messages` is no text and no list of chat turns as they should be: {error}."
        raise Refused(422, "invalid_request_error", said) from error
    return rollout


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON: the total, and every reward's score."""
    return {
        "value": _finite(verdict.total),
        "status": verdict.status.value,
        "correct": verdict.correct,
        "scores": {label: _score(score) for label, score in verdict.scores.items()},
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "value": _finite(score.value),
        "status": score.status.value,
        "parts": {name: _finite(part) for name, part in score.parts.items()},
        "reason": score.reason,
        "seconds": round(score.seconds, 6),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
