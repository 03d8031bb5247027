"""Every recipe in configs/ resolves, is complete, and suits the installed TRL. No model is loaded."""

import re
from pathlib import Path

import pytest

from reasoners.config import RunConfig, load_config, recipes_dir
from reasoners.data import load_rows, make_examples
from reasoners.models.load import EMBEDDED
from rewards import Rollout, Status, Suite

RECIPES = sorted(recipes_dir().glob("*.yaml"))
GPU_SQL = {"sql_reasoning_qwen2.5_3b", "sql_arctic_qwen2.5_7b"}
GPU = {"gsm8k_qwen2.5_0.5b", "gsm8k_qwen2.5_1.5b", "open_rs"} | GPU_SQL
CPU = {"demo", "smollm2_cpu", "sql_smoke"}

every_recipe = pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.stem)


def suite(config: RunConfig) -> Suite:
    return Suite.from_config(config.reward_entries())


def test_the_agreed_recipes_are_there() -> None:
    assert {file.stem for file in RECIPES} >= GPU | CPU


@every_recipe
def test_the_header_says_hardware_minutes_and_the_expected_figure(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    header = "\n".join(lines[: next(n for n, line in enumerate(lines) if not line.startswith("#"))])
    for word in ("Hardware:", "Minutes:", "Expected:"):
        assert word in header
    assert re.search(r"Minutes: (not measured|about [\d,]+|under \d+)", header)


@every_recipe
def test_a_recipe_is_found_by_its_name_and_writes_into_its_own_run_folder(file: Path) -> None:
    config = load_config(file.stem)
    assert config == load_config(file)
    assert config.run.name == file.stem
    assert config.run.dir == Path("runs") / file.stem


@every_recipe
def test_rewards_and_formats_of_a_recipe_are_usable(file: Path) -> None:
    config = load_config(file)
    assert any(term.weight for term in suite(config).terms)
    for pattern in config.formats.values():
        re.compile(pattern)


@every_recipe
def test_trl_accepts_the_recipe(file: Path) -> None:
    pytest.importorskip("trl", reason="needs the extra [train]")
    from reasoners.trl_args import grpo_config

    config = load_config(file)
    arguments = grpo_config(config, config.run.dir)
    assert arguments.generation_batch_size % arguments.num_generations == 0
    assert arguments.max_steps == config.trl["max_steps"] > 0
    assert arguments.use_vllm is (file.stem in GPU)


@pytest.mark.parametrize("name", sorted(CPU))
def test_embedded_recipes_have_their_model_and_rows(name: str) -> None:
    config = load_config(name)
    assert config.model.name in EMBEDDED
    train, held_out = (load_rows(config.data, split, config.run.seed) for split in ("train", "eval"))
    for where, rows in (("train", train), ("eval", held_out)):
        suite(config).check(rows, where)
    assert not {row["id"] for row in train} & {row["id"] for row in held_out}


@pytest.mark.parametrize("name", ["gsm8k_qwen2.5_0.5b", "gsm8k_qwen2.5_1.5b"])
def test_gsm8k_recipes_score_a_row_of_its_shape(name: str) -> None:
    config = load_config(name)
    row = {
        "id": "1",
        "question": "Ann has 3 pens and buys 4. How many?",
        "answer": "3 + 4 = <<3+4=7>>7\n#### 7",
    }
    suite(config).check([row], "a row")
    (example,) = make_examples([row], config.data, chat=True)
    assert [turn["role"] for turn in example.prompt if isinstance(turn, dict)] == ["system", "user"]
    right, wrong, loose = suite(config).score(
        [Rollout(completion=text, columns=row) for text in (r"so \boxed{7}", r"\boxed{8}", "it is 7")]
    )
    assert (right.total, wrong.total, loose.total) == (1.0, 0.0, 0.0)


def test_open_rs_reads_the_box_after_the_thinking_and_masks_what_it_cannot_check() -> None:
    config = load_config("open_rs")
    row = {"id": "1", "question": "What is half of one?", "answer": r"\frac{1}{2}"}
    (example,) = make_examples([row], config.data, chat=True)
    assert r"\boxed{}" in str(example.prompt[0]["content"] if isinstance(example.prompt, list) else "")
    judged = suite(config)
    (right,) = judged.score([Rollout(completion="half\n</think>\n\\boxed{0.5}", columns=row)])
    (inside,) = judged.score([Rollout(completion=r"so \boxed{0.5}", columns=row)])
    (masked,) = judged.score([Rollout(completion="\n</think>\n\\boxed{x}", columns={**row, "answer": "x+1"})])
    assert (right.total, inside.total) == (1.0, 0.0)
    assert (masked.total, masked.status) == (None, Status.BAD_REFERENCE)


def test_open_rs_format_wants_exactly_one_end_of_think() -> None:
    pattern = re.compile(load_config("open_rs").formats["one_end_of_think"])
    assert pattern.search("so\n</think>\nanswer")
    assert not pattern.search("so\n</think>\na\n</think>\nb")
    assert not pattern.search("no end of thinking")


@pytest.mark.parametrize("name", sorted(GPU_SQL))
def test_sql_recipes_score_a_row_of_their_shape(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REASONERS_CACHE", str(tmp_path))
    config = load_config(name)
    script = "CREATE TABLE city (name TEXT, people INT); INSERT INTO city VALUES ('Aba', 5), ('Bern', 7);"
    row = {
        "id": "1",
        "question": "Which are large?",
        "evidence": "large: above 6",
        "schema": "city(name, people)",
    }
    row |= {"answer": "SELECT name FROM city WHERE people > 6", "db": script}
    suite(config).check([row], "a row")
    (example,) = make_examples([row], config.data, chat=True)
    assert "city(name, people)" in str(example.prompt[-1])
    tagged = "<think>so</think><answer>```sql\n{}\n```</answer>"
    texts = [tagged.format(q) for q in (row["answer"], "SELECT name FROM city")] + ["none"]
    right, wrong, none = suite(config).score([Rollout(completion=text, columns=row) for text in texts])
    assert right.correct
    assert not wrong.correct
    assert right.total is not None
    assert wrong.total is not None
    assert right.total > wrong.total > none.total == 0.0


def test_the_smoke_recipe_tells_each_slip_apart() -> None:
    config = load_config("sql_smoke")
    row = load_rows(config.data, "eval", 0)[0]
    what, _, rest = row["answer"].removeprefix("select ").partition(" from ")
    wide, whole = f"select * from {rest}", f"select {what} from {rest.partition(' where ')[0]}"
    scores = suite(config).score(
        [Rollout(completion=text, columns=row) for text in (row["answer"], wide, whole, "select *")]
    )
    totals = [v.total for v in scores]
    assert totals[0] == 6.0
    assert all(total is not None and 0.0 < total <= 1.5 for total in totals[1:3])
    assert [v.correct for v in scores] == [True, False, False, False]
