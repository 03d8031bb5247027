"""The table of benchmarks. To add one, add a line; `eval.suites.shapes` reads its rows.

Credits: GSM8K (Cobbe et al. 2021), MATH-500 (Lightman et al. 2023, from Hendrycks et al. 2021), AIME and AMC
(Mathematical Association of America), Minerva (Lewkowycz et al. 2022), OlympiadBench (He et al. 2024), MMLU
(Hendrycks et al. 2021), GPQA (Rein et al. 2023), Spider (Yu et al. 2018), BIRD (Li et al. 2023).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eval.errors import EvalError
from eval.suites import shapes
from rewards.errors import unknown_name

BOXED = "{{ question }}\nReason step by step and put the final answer in \\boxed{}."
LETTER = (
    "{{ question }}\n{{ options }}\nReason step by step and put the letter of the right option in \\boxed{}."
)
QUERY = (
    "{{ schema }}\n\n{% if evidence %}Note: {{ evidence }}\n{% endif %}Question: {{ question }}\n"
    "Answer with one SQLite query in a ```sql block."
)
STEM = (
    "abstract_algebra astronomy college_biology college_chemistry college_computer_science "
    "college_mathematics college_physics computer_security conceptual_physics electrical_engineering "
    "elementary_mathematics high_school_biology high_school_chemistry high_school_computer_science "
    "high_school_mathematics high_school_physics high_school_statistics machine_learning"
)


@dataclass(frozen=True)
class Benchmark:
    """One benchmark.

    Attributes:
        name: what people type.
        title: what it is.
        hub: the data set's id on the Hugging Face hub.
        split: the split that is asked.
        shape: turns a published row into `question`, `answer` and more (see `eval.suites.shapes`).
        subsets: the hub's configurations, read one after the other; None = its default.
        files: names of a local copy, in the order they are looked for.
        prompt: Jinja template over the shaped row.
        rewards: what judges a completion, as entries of a config.
        databases: folder with ID/ID.sqlite below the data folder, where questions are about databases.
        gated: the hub asks you to accept terms first.
    """

    name: str
    title: str
    hub: str
    split: str
    shape: Callable[[Mapping[str, Any]], dict[str, Any]] = shapes.plain
    subsets: tuple[str | None, ...] = (None,)
    files: tuple[str, ...] = ()
    prompt: str = BOXED
    rewards: tuple[Mapping[str, Any], ...] = ({"name": "math"},)
    databases: tuple[str, ...] = field(default=())
    gated: bool = False


_SQL: tuple[Mapping[str, Any], ...] = ({"name": "sql"},)
_ALL = [
    Benchmark("gsm8k", "grade-school word problems, 1,319", "openai/gsm8k", "test", shapes.gsm8k, ("main",),
              ("gsm8k_test.jsonl",)),
    Benchmark("math500", "competition mathematics, 500", "HuggingFaceH4/MATH-500", "test"),
    Benchmark("aime24", "AIME 2024, 30", "HuggingFaceH4/aime_2024", "train"),
    Benchmark("aime25", "AIME 2025, 30", "math-ai/aime25", "test"),
    Benchmark("amc23", "AMC 12 of 2023, 40", "math-ai/amc23", "test"),
    Benchmark("minerva", "university science, 272", "math-ai/minervamath", "test", shapes.minerva,
              files=("minerva_math.jsonl",)),
    Benchmark("olympiadbench", "olympiad mathematics in English, text only, 675", "math-ai/olympiadbench", "test",
              shapes.olympiad),
    Benchmark("mmlu_stem", "multiple choice in science, about 3,000", "cais/mmlu", "test", shapes.choices,
              tuple(STEM.split()), prompt=LETTER),
    Benchmark("gpqa", "graduate multiple choice (diamond), 198", "Idavidrein/gpqa", "train", shapes.gpqa,
              ("gpqa_diamond",), ("gpqa_diamond.csv",), prompt=LETTER, gated=True),
    Benchmark("spider", "text to SQL, development set, 1,034", "xlangai/spider", "validation", shapes.sql,
              files=("dev.json",), prompt=QUERY, rewards=_SQL, databases=("database",)),
    Benchmark("bird", "text to SQL on larger databases, development set, 1,534", "birdsql/bird_sql_dev_20251106",
              "dev_20251106", shapes.sql, files=("dev.json",), prompt=QUERY, rewards=_SQL,
              databases=("dev_databases", "database")),
]  # fmt: skip
BENCHMARKS = {b.name: b for b in _ALL}


def find_benchmark(name: str) -> Benchmark:
    """Return a benchmark by name. Raises `EvalError` with the nearest name."""
    if name not in BENCHMARKS:
        raise EvalError(unknown_name("benchmark", name, BENCHMARKS))
    return BENCHMARKS[name]
