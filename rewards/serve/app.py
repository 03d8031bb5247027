"""The application: four routes, one door for errors. Needs FastAPI; see `rewards.serve.create_app`."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from rewards.contract import Rollout
from rewards.exports.base import as_suite
from rewards.serve.desk import Desk, Full
from rewards.serve.limits import Limits
from rewards.serve.metrics import Metrics
from rewards.serve.token import Guard
from rewards.serve.wire import Refused, answer, drain, problem, read_object, row_of, verdict_json
from rewards.suite import Suite, Verdict

log = logging.getLogger("rewards.serve")
ROW = {"type": "object", "example": {"completion": "so #### 42", "answer": "42"}}
ROWS = {"type": "object", "properties": {"rows": {"type": "array", "items": ROW}}, "required": ["rows"]}


def build(suite: Suite, limits: Limits, token: str | None = None) -> FastAPI:
    """Return the application. Raises `RewardError` for group rewards."""
    suite = as_suite(suite, {})
    desk, metrics = Desk(suite, limits), Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.stuck = desk.close()

    app = FastAPI(title="Rewards: " + ", ".join(t.label for t in suite.terms), lifespan=lifespan)
    app.state.desk, app.state.metrics, app.state.stuck = desk, metrics, False
    if token is not None:
        app.add_middleware(Guard, token=token)
    app.add_middleware(
        _Counting, metrics=metrics
    )  # the last one added is the outermost: it counts refusals too
    _errors(app)
    _scoring(app, desk, metrics)

    @app.get("/health")
    async def health() -> Response:
        return answer({"status": "ok", "rewards": [t.label for t in suite.terms], "waiting": desk.waiting})

    @app.get("/metrics")
    async def metrics_text() -> Response:
        text = metrics.text(
            queue_depth=desk.waiting, queue_limit=limits.queue, requests_in_progress=desk.taken
        )
        return Response(text, media_type="text/plain; version=0.0.4")

    return app


def _scoring(app: FastAPI, desk: Desk, metrics: Metrics) -> None:
    async def judged(request: Request, rows_of: Callable[[dict[str, Any]], list[Rollout]]) -> list[Verdict]:
        seconds, start = desk.limits.seconds, time.monotonic()
        try:
            with desk.place():
                async with asyncio.timeout(seconds):
                    body = await read_object(request, desk.limits.body)
                rollouts = rows_of(body)
                verdicts = await desk.judge(rollouts, seconds - (time.monotonic() - start))
        except Full as full:
            await drain(request)
            said = f"{desk.taken} requests are in work or waiting; try again in {full.retry} s."
            raise Refused(429, "queue_full", said, Retry_After=str(full.retry)) from None
        except TimeoutError:
            said = f"no verdict within {seconds:g} s; send fewer rows, or raise --timeout."
            raise Refused(504, "timeout", said) from None
        metrics.statuses.update(verdict.status.value for verdict in verdicts)
        return verdicts

    @app.post("/score", openapi_extra=_body(ROW))
    async def score(request: Request) -> Response:
        """Score one row: `completion` or `messages`, `prompt`, and the columns of the rewards."""
        verdicts = await judged(request, lambda body: [row_of(body, desk.suite)])
        return answer(verdict_json(verdicts[0]))

    @app.post("/score_batch", openapi_extra=_body(ROWS))
    async def score_batch(request: Request) -> Response:
        """Score `rows`, in order."""
        verdicts = await judged(request, lambda body: _rows(body, desk.suite))
        return answer({"scores": [verdict_json(verdict) for verdict in verdicts]})


def _rows(body: dict[str, Any], suite: Suite) -> list[Rollout]:
    rows = body.get("rows")
    if not isinstance(rows, list) or len(body) > 1:
        have = ", ".join(body) or "nothing"
        raise Refused(
            422, "invalid_request_error", f"a batch has one key, `rows`, a list of rows; got: {have}."
        )
    return [row_of(row, suite, f"row {number}: ") for number, row in enumerate(rows)]


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _errors(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return problem(error)

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        said = (
            f"{request.method} {request.url.path}: {error.detail}. There are POST /score, POST /score_batch, "
        )
        headers = dict(error.headers or {})
        return problem(
            Refused(
                error.status_code, "invalid_request_error", said + "GET /health, GET /metrics.", **headers
            )
        )

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=499)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        log.error("%s failed", request.url.path, exc_info=error)
        return problem(Refused(500, "server_error", f"{type(error).__name__}: {error}"))


class _Counting:
    """Counts answers by path and code, and times them."""

    def __init__(self, app: Callable[..., Awaitable[None]], metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        code, start = 500, time.monotonic()

        async def sending(message: Any) -> None:
            nonlocal code
            code = message.get("status", code)
            await send(message)

        try:
            return await self.app(scope, receive, sending)
        finally:
            self.metrics.answered(scope["path"], code, time.monotonic() - start)
