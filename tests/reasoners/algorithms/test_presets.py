"""Every preset is accepted by the installed TRL, and every trap is refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="needs the extra [train]")

from reasoners.algorithms.presets import PRESETS, AlgorithmError, dynamic_of, rounds_of
from reasoners.algorithms.settings import AlgorithmSection, DynamicSection, IteratedSection
from reasoners.algorithms.unused import OF_LOSS, READER
from reasoners.config import ConfigError, load_config
from reasoners.run_folder import config_text
from reasoners.trl_args import grpo_config

Make = Callable[..., Path]


@pytest.mark.parametrize("name", PRESETS)
def test_trl_takes_what_the_preset_sets(name: str, small_run: Make, tmp_path: Path) -> None:
    trl = {"num_generations": PRESETS[name].trl.get("num_generations", 2)}
    config = load_config(small_run(algorithm={"name": name}, trl=trl))
    made = grpo_config(config, tmp_path)
    for field, value in PRESETS[name].trl.items():
        assert getattr(made, field) == value, field


def test_the_users_own_field_wins(small_run: Make, tmp_path: Path) -> None:
    config = load_config(small_run(algorithm={"name": "dapo"}, trl={"epsilon_high": 0.4}))
    assert grpo_config(config, tmp_path).epsilon_high == 0.4


def test_a_field_that_makes_it_another_algorithm_is_refused(small_run: Make, tmp_path: Path) -> None:
    config = load_config(small_run(algorithm={"name": "dr_grpo"}, trl={"loss_type": "grpo"}))
    with pytest.raises(ConfigError, match=r"dr_grpo is defined by trl\.loss_type: dr_grpo"):
        grpo_config(config, tmp_path)
    config = load_config(small_run(algorithm={"name": "loop"}, trl={"importance_sampling_level": "sequence"}))
    with pytest.raises(ConfigError, match=r"loop is defined by trl\.importance_sampling_level: token"):
        grpo_config(config, tmp_path)


@pytest.mark.parametrize(
    ("algorithm", "trl", "words"),
    [
        ({"name": "grpoo"}, {}, "Did you mean `grpo`"),
        ({"name": "direct_dapo"}, {}, "2412.18279"),
        ({}, {"loss_type": "cispo"}, "5.0"),
        ({"name": "loop"}, {"top_p": 0.9}, "top_p=0.9"),
        ({}, {"top_k": 5, "use_vllm": True}, "top_k=5"),
        ({}, {"top_p": 0.9, "steps_per_generation": 4}, "top_p=0.9"),
        ({}, {"top_p": 0.9, "generation_batch_size": 24}, "top_p=0.9"),
        ({}, {"min_p": 0.1, "num_iterations": 2}, "min_p=0.1"),
        ({}, {"repetition_penalty": 1.2, "num_iterations": 2}, "repetition_penalty=1.2"),
        ({}, {"generation_kwargs": {"min_p": 0.1}, "num_iterations": 2}, "min_p=0.1"),
        ({"name": "ppo"}, {"num_generations": 1, "num_iterations": 1}, "clipping does nothing"),
        ({"name": "grpo"}, {"num_generations": 1}, "nothing to compare"),
        ({"name": "remax", "dynamic": {"budget": 1}}, {"num_generations": 1}, "num_generations above 1"),
        ({"name": "grpo", "dynamic": {"pool": "difficulty"}}, {}, "budget 0 samples none"),
        ({"name": "dapo", "dynamic": {"budget": 0, "pool": "difficulty"}}, {}, "budget 0 samples none"),
        ({"name": "raft", "iterated": {"keep": "correct"}}, {}, r"raft is defined by .*\.keep: best"),
        ({"name": "expert_iteration", "iterated": {"keep": "best"}}, {}, r"defined by .*\.keep: correct"),
        (
            {"name": "expert_iteration", "iterated": {"above": 0.5}},
            {},
            r"above has no effect .*keep: correct",
        ),
        *(
            ({"name": name, "dynamic": {"budget": 1}}, {"num_generations": 2}, f"{name} learns from them too")
            for name in ("reinforce_pp", "reinforce_pp_baseline", "ppo", "remax")
        ),
        ({"name": "ppo", "kl": "reward"}, {"num_generations": 1}, "set it above 0"),
    ],
)
def test_traps_are_refused(
    algorithm: dict[str, object], trl: dict[str, object], words: str, small_run: Make, tmp_path: Path
) -> None:
    with pytest.raises(AlgorithmError, match=words):
        grpo_config(load_config(small_run(algorithm=algorithm, trl=trl)), tmp_path)


UNUSED = [
    ({"name": "grpo", "kl": "reward"}, {"beta": 0.1}, r"algorithm\.kl has .*name: grpo: only PPO's critic"),
    ({"name": "rloo", "critic": {"learning_rate": 1e-3}}, {}, r"algorithm\.critic has .*name: rloo"),
    ({"name": "grpo", "value_warmup": 5}, {}, r"algorithm\.value_warmup has .*name: grpo"),
    ({"name": "remax", "gamma": 0.9}, {}, r"algorithm\.gamma has .*name: remax"),
    ({"lam": 0.9}, {}, r"algorithm\.lam has no effect without an algorithm\.name"),
    ({"name": "raft", "whiten": False}, {}, r"algorithm\.whiten has .*name: raft"),
    (
        {"name": "grpo", "iterated": {"rounds": 2}},
        {},
        r"algorithm\.iterated has .*name: grpo: .*expert_iteration",
    ),
    ({"iterated": {}}, {}, r"algorithm\.iterated has no effect without an algorithm\.name"),
    ({"name": "raft", "dynamic": {"budget": 2}}, {}, r"algorithm\.dynamic has .*name: raft: .* rounds"),
    (
        {"name": "dr_grpo", "std_floor": 0.1},
        {},
        r"std_floor has .* dr_grpo and with trl\.scale_rewards: none",
    ),
    (
        {"name": "dapo", "std_floor": 0.1},
        {"scale_rewards": "none"},
        r"std_floor has .* dapo and with trl\.scale_rewards",
    ),
    ({"std_floor": 0.1}, {"scale_rewards": "batch"}, r"std_floor has .* trl\.scale_rewards: batch"),
    *(
        ({"name": name, "std_floor": 0.1}, {}, rf"std_floor has .*name: {name}: .*standard deviation")
        for name in ("rloo", "loop", "remax", "reinforce_pp", "opo", "pass_at_k", "ppo", "raft")
    ),
    *(
        ({"name": name}, {"scale_rewards": "group"}, rf"trl\.scale_rewards: group has .*name: {name}")
        for name in (
            "rloo",
            "loop",
            "remax",
            "reinforce_pp",
            "reinforce_pp_baseline",
            "opo",
            "pass_at_k",
            "ppo",
        )
    ),
    (
        {"name": "reinforce_pp"},
        {"scale_rewards": "none"},
        r"trl\.scale_rewards: none has .*name: reinforce_pp",
    ),
    ({"name": "raft"}, {"scale_rewards": "none"}, r"trl\.scale_rewards: none has .*name: raft"),
    ({"name": "cispo"}, {"epsilon": 0.1}, r"trl\.epsilon has .*name: cispo.*loss_type: cispo; bnpo, dapo, "),
    ({"name": "sapo"}, {"epsilon_high": 0.3}, r"trl\.epsilon_high has .*name: sapo"),
    ({"name": "vespo"}, {"delta": 2.0}, r"trl\.delta has .*name: vespo"),
    ({"name": "grpo"}, {"sapo_temperature_neg": 1.1}, r"trl\.sapo_temperature_neg has .*; sapo read it"),
    ({}, {"vespo_k_pos": 3.0}, r"trl\.vespo_k_pos has .*without an algorithm\.name.*loss_type: dapo"),
    ({"name": "raft"}, {"epsilon": 0.1}, r"trl\.epsilon has .*name: raft, which fine-tunes on samples"),
]


@pytest.mark.parametrize(("algorithm", "trl", "words"), UNUSED)
def test_what_has_no_effect_is_refused(
    algorithm: dict[str, object], trl: dict[str, object], words: str, small_run: Make, tmp_path: Path
) -> None:
    with pytest.raises(AlgorithmError, match=words):
        grpo_config(load_config(small_run(algorithm=algorithm, trl=trl)), tmp_path)


@pytest.mark.parametrize(
    ("algorithm", "trl"),
    [
        ({"std_floor": 0.1, "dynamic": {"budget": 2}}, {}),
        ({"name": "grpo", "std_floor": 0.1}, {"scale_rewards": "group"}),
        ({"name": "sapo", "std_floor": 0.1}, {}),
        ({"name": "dapo"}, {"scale_rewards": "batch"}),
        ({"name": "rloo"}, {"scale_rewards": "none"}),
        ({"name": "opo", "dynamic": {"budget": 2}}, {"scale_rewards": "none"}),
        ({"name": "loop"}, {"num_iterations": 1, "importance_sampling_level": "token"}),
        ({"name": "ppo", "gamma": 0.9, "whiten": False, "value_warmup": 3, "kl": "reward"}, {"beta": 0.1}),
        ({"name": "ppo", "critic": {"loss": "hl_gauss", "bins": 7, "sigma": 0.5}}, {"delta": 2.0}),
        ({"name": "raft", "iterated": {"rounds": 2}}, {}),
        ({"name": "sapo"}, {"sapo_temperature_neg": 1.1}),
        ({"name": "vespo"}, {"vespo_k_pos": 3.0}),
        ({"name": "luspo"}, {"epsilon": 0.1, "epsilon_high": 0.2}),
        ({}, {"delta": 2.0, "epsilon": 0.1}),
        ({}, {"top_p": 0.9, "min_p": 0.1}),
        ({}, {"top_p": 0.9, "steps_per_generation": 2, "gradient_accumulation_steps": 4}),
    ],
)
def test_what_has_an_effect_is_accepted(
    algorithm: dict[str, object], trl: dict[str, object], small_run: Make, tmp_path: Path
) -> None:
    assert grpo_config(load_config(small_run(algorithm=algorithm, trl=trl)), tmp_path)


def test_trl_knows_the_fields_that_one_loss_reads() -> None:
    from trl import GRPOConfig

    losses = {"cispo", "sapo", "vespo"}
    assert {"loss_type", *OF_LOSS} <= set(GRPOConfig.__dataclass_fields__)
    assert {
        part for part in losses if part in GRPOConfig.__dataclass_fields__["loss_type"].metadata["help"]
    } == losses
    named = {field for field in GRPOConfig.__dataclass_fields__ if field.split("_")[0] in losses}
    assert named <= set(OF_LOSS)


@pytest.mark.parametrize(
    ("name", "own", "keep", "kl"),
    [
        ("expert_iteration", None, "correct", 0.0),
        ("raft", None, "best", 0.0),
        ("superhf", None, "best", 0.1),
        ("superhf", {}, "best", 0.1),
        ("raft", {"epochs": 2}, "best", 0.0),
        ("superhf", {"epochs": 2, "keep": None, "kl": None}, "best", 0.1),
        ("superhf", {"epochs": 2, "kl": 0.5}, "best", 0.5),
        ("superhf", {"epochs": 2, "kl": 0.0}, "best", 0.0),
    ],
)
def test_a_field_of_the_rounds_leaves_the_others_to_the_algorithm(
    name: str, own: dict[str, object] | None, keep: str, kl: float
) -> None:
    found = rounds_of(AlgorithmSection.model_validate({"name": name, "iterated": own}))
    assert (found.keep, found.kl, found.epochs) == (keep, kl, (own or {}).get("epochs", 1))


@pytest.mark.parametrize(
    ("name", "own", "budget", "pool"),
    [
        ("dapo", None, 3, "uniform"),
        ("dapo", {"pool": "difficulty"}, 3, "difficulty"),
        ("dapo", {"budget": 0}, 0, "uniform"),
        ("grpo", {}, 0, "uniform"),
        (None, {"budget": 2}, 2, "uniform"),
    ],
)
def test_a_field_of_dynamic_sampling_leaves_the_others_to_the_algorithm(
    name: str | None, own: dict[str, object] | None, budget: int, pool: str
) -> None:
    found = dynamic_of(AlgorithmSection.model_validate({"name": name, "dynamic": own}))
    assert (found.budget, found.pool) == (budget, pool)


def test_what_a_preset_sets_is_none_where_the_user_says_nothing() -> None:
    """A run's own config spells out every field: another default would then win over the preset's value."""
    for name, found in PRESETS.items():
        for section, kind in ((found.iterated, IteratedSection), (found.dynamic, DynamicSection)):
            for field in section.model_fields_set if section is not None else ():
                assert kind.model_fields[field].default is None, f"{name}: {field}"


def test_every_field_of_the_section_has_its_reader() -> None:
    assert {"name", *READER} == set(AlgorithmSection.model_fields)


@pytest.mark.parametrize(
    "algorithm",
    [
        *({"name": name} for name in PRESETS),
        {"name": "dapo", "dynamic": {"pool": "difficulty"}},
        {"name": "superhf", "iterated": {"rounds": 2}},
    ],
    ids=str,
)
def test_what_a_run_wrote_down_is_accepted_again_and_means_the_same(
    algorithm: dict[str, object], small_run: Make, tmp_path: Path
) -> None:
    """It has every field, also those that the algorithm does not read, at their defaults."""
    trl = {"num_generations": PRESETS[str(algorithm["name"])].trl.get("num_generations", 2)}
    config = load_config(small_run(algorithm=algorithm, trl=trl))
    written = tmp_path / "written.yaml"
    written.write_text(config_text(config))
    again = load_config(written)
    assert grpo_config(again, tmp_path)
    assert rounds_of(again.algorithm) == rounds_of(config.algorithm)
    assert dynamic_of(again.algorithm) == dynamic_of(config.algorithm)
