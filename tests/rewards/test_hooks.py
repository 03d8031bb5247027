"""What a plugin says about itself beside its reward, and parameters that it refuses before anything is scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rewards import RewardError, Suite, load_reward
from rewards.hooks import find_hook

PLUGIN = '''
from rewards import group_reward, reward


@reward("near")
def near(completion: str, *, low: int = 0, high: int = 10) -> float:
    """Pay for low to high."""
    return 1.0


def validate_near(*, low, high):
    if low == 13: 1 / 0
    if low > high: raise ValueError(f"low {low} is above high {high}")


@group_reward("rank")
def rank(rollouts, scores, *, by: str = "length") -> list[float]:
    """Compare."""
    return [0.0 for _ in rollouts]


def validate_rank(*, by):
    if by != "length": raise ValueError("only by length")
'''


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    (tmp_path / "near.py").write_text(PLUGIN)
    return tmp_path / "near.py"


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("near", {"low": 20}, r"^reward `near`: low 20 is above high 10$"),
        ("near", {"low": 13}, r"`near`: its `validate_near` failed: ZeroDivisionError: division by zero"),
        ("rank", {"by": "price"}, r"^reward `rank`: only by length$"),
    ],
)
def test_a_plugin_refuses_parameters_when_the_config_is_read(
    plugin: Path, name: str, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(RewardError, match=message):
        load_reward(f"{plugin}:{name}", **params)
    with pytest.raises(RewardError, match=message):
        Suite.from_config([{"name": f"{plugin}:{name}", "params": params}])
    assert load_reward(f"{plugin}:{name}").params == {}


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("exact", {"labels": ["a", "A"]}, "the labels 'a' and 'A' are the same text in mode normalised"),
        ("exact", {"labels": ["..."]}, "the label '...' cannot be compared in mode normalised"),
        ("format", {"think": "x", "answer": "x"}, "must be two different tags"),
    ],
)
def test_the_built_ins_refuse_what_cannot_work(name: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(RewardError, match=message):
        load_reward(name, **params)


def test_a_type_that_only_a_type_checker_knows_leaves_the_other_parameters_checked(tmp_path: Path) -> None:
    (tmp_path / "typed.py").write_text(
        "from __future__ import annotations\nfrom rewards import reward\n"
        "@reward('typed')\n"
        "def typed(completion: str, *, limit: Decimal = None, top: int = 1, bad: 3 | 'x' = 1) -> float:\n"
        "    return 1.0\n"
    )
    ref = f"{tmp_path / 'typed.py'}:typed"
    assert load_reward(ref, limit=3, top="4").params == {"limit": 3, "top": 4}
    with pytest.raises(RewardError, match="parameter `top` = 'many'"):
        load_reward(ref, top="many")
    with pytest.raises(RewardError, match=r"the type `3 \| 'x'` of parameter `bad` cannot be read"):
        load_reward(ref, bad=1)


def test_labels_that_differ_by_case_are_two_where_case_counts() -> None:
    assert load_reward("exact", labels=["a", "A"], mode="exact").params["labels"] == ["a", "A"]


def test_a_module_of_hooks_that_does_not_import_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "hooked_plugin"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "reward.py").write_text(PLUGIN)
    (package / "explain.py").write_text("import no_such_module_at_all")
    monkeypatch.syspath_prepend(tmp_path)
    spec = load_reward("hooked_plugin.reward:near").spec
    assert find_hook(spec, "audit") is None
    with pytest.raises(
        RewardError, match=r"`hooked_plugin\.explain` does not import: ModuleNotFoundError: .*no_such"
    ):
        find_hook(spec, "explain")
