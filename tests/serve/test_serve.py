"""`reasoners rewards serve`, as a process of its own, over real connections."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from rewards import RewardError, Suite, ToolkitError, group_reward
from rewards.serve import Limits, create_app
from rewards.serve.limits import parse_size
from rewards.serve.token import read_token

pytest.importorskip("uvicorn", reason="needs the extra [serve]")
pytest.importorskip("fastapi", reason="needs the extra [serve]")

PLUGIN = '''
import time
from pathlib import Path
from rewards import BadReference, reward

@reward("slow", deadline=20.0)
def slow(completion: str, seconds: float, *, started: str = "") -> float:
    """Sleep, then pay 1; `loop` never ends."""
    if started:
        Path(started).touch()
    while completion == "loop":
        pass
    time.sleep(seconds)
    return 1.0

@reward("hang")
def hang(completion: str) -> float:
    """Never end on `loop`."""
    while completion == "loop":
        pass
    return 1.0

@reward("batched", batch=True)
def batched(completion: list[str]) -> list[float]:
    """Pay for `yes`."""
    return [float(text == "yes") for text in completion]

@reward("awaited")
async def awaited(completion: str) -> float:
    """Pay for `yes`."""
    return float(completion == "yes")

@reward("inline", cost="inline")
def inline(completion: str) -> float:
    """Break its promise to end."""
    while completion == "loop":
        time.sleep(0.01)
    return 1.0
'''


class Service:
    """A running service and how to talk to it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.url = process, f"http://127.0.0.1:{port}"
        self.port = port

    def ask(
        self, path: str, body: Any = None, raw: bytes | None = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, _read(reply), dict(reply.headers)
        except urllib.error.HTTPError as error:
            return error.code, _read(error), dict(error.headers)

    def children(self) -> set[int]:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True
        )
        return {int(pid) for pid in found.stdout.split()}

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def _read(reply: Any) -> Any:
    text = reply.read().decode()
    return json.loads(text) if "json" in reply.headers.get("Content-Type", "") else text


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    (tmp_path / "mine.py").write_text(PLUGIN)
    started: list[Service] = []

    def start(*words: str) -> Service:
        command = [
            sys.executable,
            "-m",
            "reasoners.cli.main",
            "rewards",
            "serve",
            *words,
            "--port",
            "0",
            "--json",
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
        assert process.stdout is not None
        service = Service(process, json.loads(process.stdout.readline())["port"])
        started.append(service)
        return service

    yield start
    for service in started:
        if service.process.poll() is None:
            service.process.kill()
        service.process.wait()


def test_scores_and_refusals(serve: Callable[..., Service]) -> None:
    service = serve("number", "where=boxed", "--max-body", "20KB", "--workers", "1")
    code, found, _ = service.ask("/score", {"completion": "so \\boxed{42}", "answer": "42", "unused": [1]})
    assert (code, found["value"], found["status"], found["correct"]) == (200, 1.0, "scored", True)
    assert found["scores"]["number"]["value"] == 1.0
    turns = [{"role": "assistant", "content": "\\boxed{41} \ud800"}]
    rows = [
        {"messages": turns, "answer": "42"},
        {"completion": "none", "answer": "42"},
        {"completion": "\\boxed{1}", "answer": "no number"},
    ]
    code, found, _ = service.ask("/score_batch", {"rows": rows})
    assert code == 200
    assert [(s["value"], s["status"]) for s in found["scores"]] == [
        (0.0, "scored"),
        (0.0, "unparsed"),
        (None, "bad_reference"),
    ]
    assert service.ask("/score_batch", {"rows": []})[1] == {"scores": []}
    bad: list[tuple[dict[str, Any], int, str]] = [
        ({"raw": b"{nope"}, 422, "the body is not JSON"),
        ({"raw": b"\xff\xfe"}, 422, "the body is not JSON"),
        ({"raw": b"[" * 15_000}, 422, "the body is not JSON"),
        ({"raw": b"[1]"}, 422, "must be a JSON object, not a list"),
        ({"body": {"completion": "1", "anwser": "1"}}, 422, "needs column `answer`; the row has: anwser"),
        ({"body": {"answer": "1"}}, 422, "a row needs `completion` (text) or `messages`"),
        ({"body": {"completion": "x" * 20_000, "answer": "1"}}, 413, "larger than 20000 bytes"),
        ({"body": {"completion": "x" * 3_000_000, "answer": "1"}}, 413, "larger than 20000 bytes"),
    ]
    for given, wanted, said in bad:
        code, found, _ = service.ask("/score", **given)
        assert (code, list(found)) == (wanted, ["error"]), found
        assert said in found["error"]["message"]
        assert sorted(found["error"]) == ["code", "message", "param", "type"]
    code, found, _ = service.ask("/score_batch", {"rows": [rows[0], {"completion": "1"}]})
    assert (code, found["error"]["message"][:7]) == (422, "row 1: ")
    assert service.ask("/score_batch", {"row": []})[0] == 422
    assert service.ask("/score")[0] == 405
    assert "POST /score_batch" in service.ask("/nowhere")[1]["error"]["message"]
    assert service.ask("/health")[1] == {"status": "ok", "rewards": ["number"], "waiting": 0}
    lines = service.ask("/metrics")[1].splitlines()
    assert 'reasoners_requests_total{path="/score",code="422"} 6' in lines
    assert 'reasoners_requests_total{path="/score",code="413"} 2' in lines
    assert 'reasoners_requests_total{path="other",code="404"} 1' in lines
    assert 'reasoners_scores_total{status="scored"} 2' in lines
    assert 'reasoners_scores_total{status="bad_reference"} 1' in lines
    assert "reasoners_queue_depth 0" in lines
    assert service.stop() == 0


def test_a_token_is_asked_for_everywhere_but_at_health(serve: Callable[..., Service], tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret-token\n")
    service = serve("number", "--workers", "1", "--token-file", "token")
    row = {"completion": "#### 42", "answer": "42"}
    for wrong in (
        {},
        {"Authorization": "s3cret-token"},
        {"Authorization": "Bearer s3cret"},
        {"Authorization": "Bearer s3cret-token more"},
        {"Authorization": "Basic s3cret-token"},
        {"Authorization": "Bearer s3cret-tok\u00e9n"},
    ):
        code, found, headers = service.ask("/score", row, **wrong)
        assert (code, found["error"]["type"]) == (401, "authentication_error")
        assert headers["www-authenticate"] == "Bearer"
        assert service.ask("/metrics", **wrong)[0] == service.ask("/openapi.json", **wrong)[0] == 401
    assert service.ask("/score", raw=b"x" * 3_000_000)[0] == 401
    assert service.ask("/health")[0] == 200
    right = {"Authorization": "bearer s3cret-token"}
    assert service.ask("/score", row, **right)[1]["value"] == 1.0
    assert 'reasoners_requests_total{path="/score",code="401"} 7' in service.ask("/metrics", **right)[1]


def test_a_token_from_the_environment(
    serve: Callable[..., Service], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REASONERS_SERVE_TOKEN", "abc")
    service = serve("number", "--workers", "1")
    row = {"completion": "#### 42", "answer": "42"}
    assert service.ask("/score", row)[0] == 401
    assert service.ask("/score", row, Authorization="Bearer abc")[0] == 200
    for text, message in (("", "must hold one token"), ("two words", "must hold one token")):
        monkeypatch.setenv("REASONERS_SERVE_TOKEN", text)
        with pytest.raises(ToolkitError, match=message):
            read_token(None)
    with pytest.raises(ToolkitError, match="cannot read the token in"):
        read_token(tmp_path / "none")


@pytest.mark.parametrize("name", ["batched", "awaited"])
def test_async_and_batch_rewards_are_served(serve: Callable[..., Service], name: str) -> None:
    service = serve(f"mine.py:{name}", "--workers", "1")
    rows = [{"completion": text} for text in ("yes", "no", "yes")]
    found = service.ask("/score_batch", {"rows": rows})[1]["scores"]
    assert [score["value"] for score in found] == [1.0, 0.0, 1.0]


def test_a_body_without_a_length_is_bounded_too(serve: Callable[..., Service]) -> None:
    service = serve("number", "--max-body", "1KB")
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as wire:
        wire.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(50):
            wire.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
        wire.sendall(b"0\r\n\r\n")
        assert wire.recv(4096).startswith(b"HTTP/1.1 413")
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as wire:
        wire.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")  # and goes away
    assert service.ask("/health")[0] == 200


def test_a_hanging_reward_costs_its_deadline(serve: Callable[..., Service]) -> None:
    service = serve("mine.py:hang", "--workers", "1", "--deadline", "0.4")
    rows = [{"completion": text} for text in ("a", "loop", "b")]
    code, found, _ = service.ask("/score_batch", {"rows": rows})
    assert code == 200
    assert [(s["value"], s["status"]) for s in found["scores"]] == [
        (1, "scored"),
        (0, "timeout"),
        (1, "scored"),
    ]


def test_a_request_past_its_time_is_answered_and_its_worker_killed(serve: Callable[..., Service]) -> None:
    hard = serve("mine.py:slow", "--workers", "1", "--timeout", "0.5")
    code, found, _ = hard.ask("/score", {"completion": "loop", "seconds": 0})
    assert (code, found["error"]["type"]) == (504, "timeout")
    assert hard.ask("/health")[1]["status"] == "ok"
    workers = hard.children()
    assert workers
    assert hard.stop() == 0  # the loop has 20 s of its deadline left: it is killed
    assert not any(_alive(pid) for pid in workers)


def _alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_full_queue_says_when_to_come_back(serve: Callable[..., Service]) -> None:
    service = serve("mine.py:slow", "--workers", "1", "--queue", "1")
    assert service.ask("/score", {"completion": "warm", "seconds": 0})[0] == 200
    with ThreadPoolExecutor(6) as pool:
        row = {"completion": "x", "seconds": 1.5}
        found = list(pool.map(lambda _: service.ask("/score", row), range(6)))
    codes = sorted(code for code, _, _ in found)
    assert codes == [200, 200, 429, 429, 429, 429]  # one in work, one waiting
    headers = [headers for code, _, headers in found if code == 429]
    assert all(1 <= int(h["retry-after"]) <= 60 for h in headers)
    assert service.ask("/score", {"completion": "x", "seconds": 0})[0] == 200  # places are given back


def test_sigterm_finishes_what_is_in_flight(serve: Callable[..., Service], tmp_path: Path) -> None:
    mark = tmp_path / "started"
    service = serve("mine.py:slow", f"started={mark}", "--workers", "1")
    answers: list[Any] = []
    row = {"completion": "x", "seconds": 1.0}
    asking = threading.Thread(target=lambda: answers.append(service.ask("/score", row)))
    asking.start()
    until = time.monotonic() + 60
    while not mark.exists() and time.monotonic() < until:
        time.sleep(0.02)
    workers = service.children()
    assert workers
    assert service.stop() == 0
    asking.join(30)
    assert [(code, found["value"]) for code, found, _ in answers] == [(200, 1.0)]
    assert not any(_alive(pid) for pid in workers)


def test_sigterm_leaves_an_inline_reward_that_never_ends(serve: Callable[..., Service]) -> None:
    service = serve("mine.py:inline", "--workers", "1", "--timeout", "0.4")
    assert service.ask("/score", {"completion": "loop"})[0] == 504
    assert (
        service.ask("/metrics")[1].count("reasoners_requests_in_progress 1") == 1
    )  # its thread is still taken
    assert service.stop() == 0


def test_the_rewards_of_a_config(serve: Callable[..., Service], tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(
        "model: {name: none}\ndata: {train: none.jsonl}\n"
        "rewards: [number, {name: exact, label: same, weight: 0.5}]\n"
    )
    service = serve("--config", "run.yaml")
    code, found, _ = service.ask("/score", {"completion": "42", "answer": "42"})
    assert (code, found["value"], sorted(found["scores"])) == (200, 1.5, ["number", "same"])


def refused(*words: str) -> str:
    command = [sys.executable, "-m", "reasoners.cli.main", "rewards", "serve", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2, done
    return done.stderr


def test_what_cannot_be_served_is_said_at_once() -> None:
    assert "serve one NAME, or a --config" in refused()
    assert "unknown reward `nubmer`. Did you mean `number`" in refused("nubmer")
    assert "`1 parsec` is no size" in refused("number", "--max-body", "1 parsec")
    for bad in ("0", "-1", "nan", "inf"):
        assert "--deadline must be a positive number" in refused("number", "--deadline", bad)
    assert "time must be a positive number" in refused("number", "--timeout", "0")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "choose another --host or --port" in refused("number", "--port", str(taken.getsockname()[1]))


def test_the_missing_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['fastapi'] = None\n"
        "from reasoners.cli.main import main; sys.argv = ['reasoners', 'rewards', 'serve', 'number']; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "pip install 'reasoners[serve]'" in done.stderr


def test_group_rewards_are_refused() -> None:
    @group_reward("shortest")
    def shortest(rollouts: Any, scores: Any) -> list[float]:
        return [0.0 for _ in rollouts]

    from rewards import Term

    with pytest.raises(RewardError, match="group reward"):
        create_app(Suite([Term(shortest.bind(), "shortest")]))


@pytest.mark.parametrize(("text", "size"), [("1MB", 10**6), ("2 KiB", 2048), ("17", 17), ("0.5kb", 500)])
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1MB", "1 parsec", "MB", "1e3"])
def test_bad_sizes(text: str) -> None:
    with pytest.raises(ToolkitError, match="is no size"):
        parse_size(text)


def test_bad_limits() -> None:
    for bad in ({"body": 0}, {"queue": -1}, {"threads": 0}, {"seconds": float("nan")}):
        with pytest.raises(ToolkitError):
            Limits(**bad)  # type: ignore[arg-type]
