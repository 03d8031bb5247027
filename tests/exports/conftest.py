"""What the tests of the exports share."""

from pathlib import Path

import pytest

from rewards.exports import base

PLUGIN = '''
from rewards import BadReference, reward

@reward("digits", cost="inline")
def digits(completion: str, answer: str, *, scale: float = 1.0) -> float:
    """Share of digits; a row without an answer is unusable."""
    if not answer:
        raise BadReference("the answer is empty")
    return scale * sum(c.isdigit() for c in completion) / max(len(completion), 1)

@reward("signed", cost="inline", range=(-1.0, 1.0))
def signed(completion: str, gold: str) -> float:
    """1 or -1; the reference must be text."""
    if not gold:
        raise BadReference("no gold answer")
    return 1.0 if completion == gold else -1.0

@reward("echo", cost="inline")
def echo(completion: str, prompt: str) -> float:
    """1 unless the completion repeats the prompt."""
    return float(prompt not in completion)

@reward("calls", cost="inline")
def calls(tool_calls: list, answer: str) -> float:
    """1 if the first call asks for the answer."""
    return float(bool(tool_calls) and tool_calls[0]["function"]["arguments"] == {"q": answer})

@reward("two", cost="inline")
def two(completion: str, left: str, right: str) -> float:
    """1 for either."""
    return float(completion in (left, right))

@reward("pid")
def pid(completion: str) -> float:
    """Hang on `loop`, else 1."""
    while completion == "loop":
        pass
    return 1.0
'''


@pytest.fixture(autouse=True)
def fresh_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are unique in a process; each test starts with none taken."""
    monkeypatch.setattr(base, "_taken", {})


@pytest.fixture
def plugin(tmp_path: Path) -> str:
    """The path of a file with a few rewards."""
    (tmp_path / "mine.py").write_text(PLUGIN)
    return str(tmp_path / "mine.py")
