"""The verl export: by its signature always, and through verl's own loader and reward manager where verl imports.

To run the latter: pip install verl; or, for the CPU parts alone, pip install --no-deps verl, and ray, tensordict,
hydra-core, codetiming, torchdata, aiohttp.
"""

import asyncio
import math
import pickle
from pathlib import Path

import pytest

from rewards import RewardError
from rewards.exports import as_verl
from rewards.exports.columns import MaskedSample
from rewards.exports.files import module_text

KEYS = ["score", "acc", "masked", "status", "reason", "reward/digits"]


def test_a_score_and_its_extras(plugin: str) -> None:
    compute_score = as_verl(f"{plugin}:digits", scale=0.5)
    found = compute_score("gsm8k", "12ab", "12", {"answer": "", "split": "train"})
    assert found == {
        "score": 0.25,
        "acc": 0.0,
        "masked": 0.0,
        "status": "scored",
        "reason": "",
        "reward/digits": 0.25,
    }
    assert (
        as_verl("number")(data_source="d", solution_str="#### 4", ground_truth=4, extra_info=None)["acc"]
        == 1.0
    )


def test_a_masked_sample_costs_what_was_chosen_and_says_so(plugin: str) -> None:
    floor = as_verl(f"{plugin}:signed")("d", "x", "")
    assert (floor["score"], floor["masked"], floor["status"]) == (-1.0, 1.0, "bad_reference")
    assert floor["reason"] == "signed: no gold answer"
    assert math.isnan(floor["reward/signed"])
    assert as_verl(f"{plugin}:signed", on_masked=0.25)("d", "x", "")["score"] == 0.25
    with pytest.raises(MaskedSample, match="bad_reference: signed: no gold answer"):
        as_verl(f"{plugin}:signed", on_masked="raise")("d", "x", "")
    penalty = [{"name": f"{plugin}:digits", "weight": 2.0}, {"name": "exact", "weight": -0.5}]
    assert as_verl(penalty)("d", "x", "")["score"] == -0.5  # the lowest total: 2 x 0 - 0.5 x 1


def test_every_sample_has_the_same_keys(plugin: str) -> None:
    compute_score = as_verl(f"{plugin}:digits")
    assert [list(compute_score("d", text, gold)) for text, gold in (("1", "1"), ("x", ""))] == [KEYS, KEYS]


def test_the_reference_finds_its_column(plugin: str) -> None:
    assert as_verl(f"{plugin}:digits").reference == "answer"
    assert as_verl(f"{plugin}:signed").reference == "gold"
    with pytest.raises(RewardError, match=r"need 2 columns \(left, right\). Say which"):
        as_verl(f"{plugin}:two")
    assert as_verl(f"{plugin}:two", reference="left")("d", "b", "a", {"right": "b"})["score"] == 1.0
    with pytest.raises(RewardError, match="needs column `right`"):
        as_verl(f"{plugin}:two", reference="left")("d", "b", "a", {})


def test_a_prompt_that_is_not_given_is_an_error_not_a_score(plugin: str) -> None:
    assert as_verl(f"{plugin}:echo")("d", "text", None, {"prompt": "ask"})["score"] == 1.0
    with pytest.raises(RewardError, match="needs the prompt"):
        as_verl(f"{plugin}:echo")("d", "text", None, {})


def test_a_policy_that_does_not_exist_is_refused() -> None:
    for bad in ("zero", float("nan"), True, None):
        with pytest.raises(RewardError, match="on_masked must be"):
            as_verl("number", on_masked=bad)  # type: ignore[arg-type]


def test_pickled(plugin: str) -> None:
    again = pickle.loads(pickle.dumps(as_verl(f"{plugin}:signed", on_masked=0.5)))
    assert again("d", "x", "")["score"] == 0.5


def test_through_verls_own_loader_and_manager(plugin: str, tmp_path: Path) -> None:
    reason = "verl's own call path: verl 0.9 is not installed here (it is tested by its documented signature above)"
    pytest.importorskip("verl", reason=reason, exc_type=ImportError)
    pytest.importorskip("verl.experimental.reward_loop.reward_manager", reason=reason, exc_type=ImportError)
    import numpy as np
    import torch
    from omegaconf import OmegaConf
    from verl import DataProto
    from verl.trainer.ppo.reward import load_reward_manager

    path = tmp_path / "for_verl.py"
    path.write_text(module_text("verl", f"{plugin}:digits", {"scale": 0.5}))
    custom = {"path": str(path), "name": "compute_score", "reward_kwargs": {"constant": 1}}
    manager = {"source": "register", "name": "naive"}
    config = OmegaConf.create({"reward": {"custom_reward_function": custom, "reward_manager": manager}})

    class Letters:
        def decode(self, ids: torch.Tensor, skip_special_tokens: bool = True) -> str:
            return "".join(map(chr, ids.tolist()))

    async def judged() -> list[dict[str, object]]:
        reward_manager = load_reward_manager(config, Letters())
        found = []
        for text, gold in (("12ab", "12"), ("1234", "")):
            data = DataProto.from_dict(
                tensors={
                    "responses": torch.tensor([[*map(ord, text), 0]]),
                    "attention_mask": torch.tensor([[1, 1, 1, 1, 1, 0]]),
                },
                non_tensors={
                    "data_source": np.array(["d"], dtype=object),
                    "reward_model": np.array([{"ground_truth": gold}], dtype=object),
                    "extra_info": np.array([{}], dtype=object),
                },
            )
            found.append(await reward_manager.run_single(data))
        return found

    good, masked = asyncio.run(judged())
    assert good["reward_score"] == 0.25
    assert list(good["reward_extra_info"]) == KEYS
    assert masked["reward_score"] == 0.0
    assert (masked["reward_extra_info"]["masked"], masked["reward_extra_info"]["status"]) == (
        1.0,
        "bad_reference",
    )
