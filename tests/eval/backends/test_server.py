"""A server that fails in every way: nothing is lost, nothing doubled, and each sample is the one its seed makes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.backends.server import ServerBackend
from eval.engine import run_audit
from eval.errors import EvalError
from eval.sampling import Request, Sample, Sampling, prompt_hash, sample_seed
from eval.tally import Problem
from eval.views import load_audit
from rewards import Suite, Term, iter_records, reward

from .service import FAULTS, Service, plan, running, text_of

PROMPTS: list[Any] = ["1+1=", [{"role": "user", "content": "What is 2+2?"}], "a \u2028 long \U0001f600 line"]
SAMPLING = Sampling(temperature=0.7, top_p=0.9, max_new_tokens=24, seed=5)


@reward("even", cost="inline")
def even(completion: str) -> float:
    """Pay for a digest that begins with an even digit."""
    return float(completion[0] in "02468ace")


def backend(service: Service, **changes: Any) -> ServerBackend:
    settings = {"concurrency": 8, "batch_size": 10, "timeout": 0.5, "pause": 0.01, **changes}
    return ServerBackend(service.url, "m", **settings)


def made(engine: ServerBackend, requests: list[Request], **changes: Any) -> list[Sample]:
    return [s for batch in engine.batches(requests, SAMPLING, **changes) for s in batch]


def expected(requests: list[Request]) -> dict[int, str]:
    seeds = [sample_seed(SAMPLING, prompt_hash(r.prompt), r.index) for r in requests]
    return {i: text_of(r.prompt, s) for i, (r, s) in enumerate(zip(requests, seeds, strict=True))}


@pytest.mark.parametrize("stream", [False, True])
def test_each_sample_is_asked_for_once_with_its_own_seed(stream: bool) -> None:
    requests = [Request(p, i) for p in PROMPTS for i in range(8)]
    with running(Service(delay=0.02)) as service:
        found = made(backend(service, stream=stream), requests)
    assert {s.prompt: s.text for s in found} == expected(requests)
    assert len(found) == 24 == len(service.bodies) == len({b["seed"] for b in service.bodies})
    assert 2 <= service.most_at_once <= 8
    one = found[0]
    assert (one.tokens, one.prompt_tokens, one.truncated) == (24, 7, one.text[0] in "01")
    assert {s.truncated for s in found} == {True, False}
    body = next(b for b in service.bodies if "messages" in b)
    assert (body["model"], body["temperature"], body["top_p"], body["max_tokens"]) == ("m", 0.7, 0.9, 24)
    assert "top_k" not in body


@pytest.mark.parametrize("stream", [False, True])
def test_no_fault_loses_or_doubles_a_sample(stream: bool) -> None:
    requests = [Request(p, i) for p in PROMPTS for i in range(40)]
    with running(Service(fault=plan(FAULTS))) as service:
        found = made(backend(service, stream=stream, concurrency=16), requests)
    assert {s.prompt: s.text for s in found} == expected(requests)
    assert len(found) == len(requests)
    assert all(service.happened[fault] for fault in FAULTS), service.happened


def test_an_audit_through_a_failing_server_equals_one_through_a_sound_one(tmp_path: Path) -> None:
    problems = [Problem(f"p{i}", p) for i, p in enumerate(PROMPTS)]
    suite, results = Suite([Term(even.bind(), "even")]), []
    for name, fault in (("sound", plan([""])), ("failing", plan(FAULTS, 2))):
        with running(Service(fault=fault)) as service:
            results.append(
                run_audit(tmp_path / name, problems, suite, backend(service), n=12, sampling=SAMPLING)
            )
    assert results[0] == results[1]
    assert results[0]["summary"]["samples"] == 36


def test_half_a_character_in_a_prompt_is_stored_and_found_again(tmp_path: Path) -> None:
    problems = [Problem(f"p{i}", f"half a character \ud83d {i}", {"answer": "\ud83d"}) for i in range(2)]
    suite = Suite([Term(even.bind(), "even")])
    with running(Service()) as service:
        results = [
            run_audit(tmp_path, problems, suite, backend(service), n=n, sampling=SAMPLING, greedy=False)
            for n in (2, 4)
        ]
    assert [r["summary"]["samples"] for r in results] == [4, 8]
    assert len(service.bodies) == 8
    assert load_audit(tmp_path).prompts["p1"] == "half a character ? 1"


def test_a_server_that_stays_down_is_an_error_that_keeps_the_samples(tmp_path: Path) -> None:
    problems = [Problem("p", PROMPTS[0])]
    suite = Suite([Term(even.bind(), "even")])
    seeds = [sample_seed(SAMPLING, prompt_hash(PROMPTS[0]), i) for i in range(20)]
    with running(Service(fault=lambda seed, attempt: "500" if seed == seeds[15] else "")) as service:
        engine = backend(service, attempts=2, concurrency=2)
        with pytest.raises(EvalError, match=r"failed 2 times, at last with: HTTP 500.*same command goes on"):
            run_audit(tmp_path, problems, suite, engine, n=20, sampling=SAMPLING, greedy=False)
        kept = {r.rollout.index for r in iter_records(tmp_path, "audit")}
        assert set(range(14)) <= kept <= set(range(20)) - {15}
        service.fault = lambda seed, attempt: ""
        service.bodies.clear()
        result = run_audit(tmp_path, problems, suite, engine, n=20, sampling=SAMPLING, greedy=False)
    assert result["summary"]["samples"] == 20
    assert {b["seed"] for b in service.bodies} == {s for i, s in enumerate(seeds) if i not in kept}


def test_what_the_server_refuses_is_said_at_once() -> None:
    with running(Service(fault=lambda seed, attempt: "400 no top_k here")) as service:
        begin = time.monotonic()
        with pytest.raises(EvalError, match="answers HTTP 400: <html>400 no top_k here"):
            made(backend(service, pause=30.0), [Request("p")])
        assert len(service.bodies) == 1
    assert time.monotonic() - begin < 20
    with pytest.raises(EvalError, match="failed 2 times, at last with: URLError"):
        made(backend(service, attempts=2), [Request("p")])
    with pytest.raises(EvalError, match="is no address"):
        ServerBackend("localhost:8000", "m")


def test_a_server_that_ignores_seeds_and_repeats_itself_raises_the_alarm(tmp_path: Path) -> None:
    suite = Suite([Term(even.bind(), "even")])
    with running(Service(ignores_seeds=True)) as service:
        problems = [Problem(p, p) for p in "abc"]
        result = run_audit(tmp_path, problems, suite, backend(service), n=4, sampling=SAMPLING, greedy=False)
    assert result["notes"][0].startswith("ALARM: all samples of 3 of 3 problems are identical")


@pytest.mark.parametrize(
    "new_id",
    [
        lambda: f"chatcmpl-{random.randrange(99)}",
        lambda: "12",
        lambda: f"run-of-today-{random.randrange(99):08}",
    ],
)
def test_ids_that_come_again_are_no_fault_of_a_sound_server(new_id: Callable[[], str]) -> None:
    requests = [Request(f"q{p}", i) for p in range(20) for i in range(16)]
    letter = lambda prompt, seed: "ABCD"[seed % 4]  # noqa: E731 - a short honest answer
    with running(Service(text_of=letter, new_id=new_id)) as service:
        found = made(backend(service, concurrency=16), requests)
    assert {s.prompt: s.text for s in found} == {
        i: letter(r.prompt, sample_seed(SAMPLING, prompt_hash(r.prompt), r.index))
        for i, r in enumerate(requests)
    }
    assert len(found) == 320


@pytest.mark.parametrize(
    ("new_id", "told"), [("chatcmpl-9f86d081884c7d659a2f", True), ("chatcmpl-417", False), ("1234567", False)]
)
def test_a_response_given_twice_is_refused_where_its_id_can_tell(new_id: str, told: bool) -> None:
    requests = [Request(p, i) for p in PROMPTS for i in range(2)]
    with running(Service(text_of=lambda *_: "one answer", new_id=lambda: new_id)) as service:
        if told:
            with pytest.raises(
                EvalError, match=f"gave the response {new_id} to two requests; is there a cache"
            ):
                made(backend(service, attempts=2), requests)
        else:
            assert len(made(backend(service, attempts=2), requests)) == 6


@pytest.mark.parametrize("key", ["  secret\r", "secret\n"])
def test_space_around_a_key_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("MY_KEY", key)
    with running(Service()) as service:
        made(backend(service, key_env="MY_KEY"), [Request("p")])
    assert service.keys == {"Bearer secret"}


@pytest.mark.parametrize("key", ["sec\rret", "sec\x07ret", "secr\u20acet", "secret\u2026"])
def test_a_key_that_no_request_can_carry_is_refused_unseen(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("MY_KEY", key)
    with pytest.raises(EvalError, match="the environment variable MY_KEY holds signs") as refused:
        ServerBackend("http://127.0.0.1:9/v1", "m", key_env="MY_KEY")
    assert "sec" not in str(refused.value)


def test_details_and_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "secret")
    with running(Service()) as service:
        engine = backend(service, key_env="MY_KEY", extra={"min_p": 0.1})
        found = made(engine, [Request(p) for p in PROMPTS], details=True)
    assert all(s.logprobs == (-0.5,) * 24 and s.token_ids is None for s in found)
    assert service.keys == {"Bearer secret"}
    assert all(b["min_p"] == 0.1 for b in service.bodies)
    assert "secret" not in str(engine.mark())


def test_a_consumer_that_stops_leaves_no_thread_waiting() -> None:
    import threading

    before = threading.active_count()
    with running(Service()) as service:
        stream = backend(service, batch_size=1).batches([Request("p", i) for i in range(400)], SAMPLING)
        next(stream)
        stream.close()
        deadline = time.monotonic() + 20
        while (
            any(t.name.startswith("sample-") for t in threading.enumerate()) and time.monotonic() < deadline
        ):
            time.sleep(0.02)
        assert not [t for t in threading.enumerate() if t.name.startswith("sample-")]
        assert len(service.bodies) < 100
    assert threading.active_count() <= before + 10
