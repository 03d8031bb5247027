"""Probes along a thought: how many, of what, with which values; a scripted policy stands for the model."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from reasoners.algorithms.progress import ProgressSection  # noqa: E402
from reasoners.policy import side_by_side  # noqa: E402
from reasoners.probes import Cost, Probed, Prober, Trace, token_ends, with_values  # noqa: E402
from reasoners.progress_credit import credited, figures  # noqa: E402
from rewards import Rollout, Suite, ToolkitError  # noqa: E402

THOUGHT = "a\n\nb\n\nc\n\nWait 1\n\nx\n\ny\n\nBut wait 2\n\nz"
SUITE = [{"name": "number", "label": "right", "params": {"where": "last"}}]


class Scripted:
    """A policy of characters whose answer depends on how much of the thought it saw."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers, self.asked = answers, [""][:0]

    def encode(self, text: str) -> list[int]:
        return list(map(ord, text))

    def decode(self, ids: list[int]) -> str:
        return "".join(map(chr, ids))

    def answer(self, prompts: Sequence[list[int]], max_tokens: int, temperature: float) -> list[list[int]]:
        self.asked += [self.decode(p) for p in prompts]
        found = [next(a for mark, a in self.answers.items() if mark in self.decode(p)) for p in prompts]
        return [self.encode(a)[:max_tokens] for a in found]

    def log_probability(self, prompts: Sequence[list[int]], texts: Sequence[list[int]]) -> list[float]:
        self.asked += [self.decode(p) for p in prompts]
        return [-float(len(t)) for t in texts]


def trace(completion: str, prompt: str = "Q: ", row: str = "p", **columns: Any) -> Trace:
    rollout = Rollout(completion, prompt, columns={"answer": "7", **columns}, prompt_id=row)
    return Trace(rollout, list(map(ord, prompt)), list(map(ord, completion)))


def prober(policy: Scripted, **section: Any) -> Prober:
    return Prober(ProgressSection(**{"samples": 1, **section}), Suite.from_config(SUITE), policy)


RISING = {"BUT": "0", "But wait": "7", "Wait": "0", "a\n\n": "7", "": "0"}


def test_a_thought_is_stopped_once_before_and_once_after_each_episode() -> None:
    policy = Scripted(RISING)
    found = prober(policy).probe([trace(f"{THOUGHT}</think>7")])[0]
    assert len(policy.asked) == 4  # three episodes + 1
    assert policy.asked[0] == "Q: \n\nTime is up.\n</think>\n\nThe answer is "
    assert policy.asked[1] == "Q: a\n\nb\n\nc\n\n\n\nTime is up.\n</think>\n\nThe answer is "
    assert policy.asked[3] == f"Q: {THOUGHT}</think>\n\nThe answer is "  # a whole thought is not broken off
    assert found.values == [0.0, 1.0, 0.0, 1.0]
    assert found.ends == [THOUGHT.index("Wait 1"), THOUGHT.index("But wait"), len(THOUGHT)]


@pytest.mark.parametrize("samples", [1, 3])
def test_the_cost_is_counted(samples: int) -> None:
    policy = Scripted({"": "42"})
    probes = prober(policy, samples=samples)
    probes.probe([trace(f"{THOUGHT}</think>7")])
    assert (probes.cost.terminations, probes.cost.answers, probes.cost.tokens) == (
        4,
        4 * samples,
        8 * samples,
    )


def test_the_beginning_is_shared_by_a_prompts_samples() -> None:
    policy = Scripted({"": "7"})
    found = prober(policy).probe([trace(THOUGHT), trace("short"), trace("short", prompt="R: ")])
    assert len(policy.asked) == (3 + 1) + 1 + 2
    assert [len(p.values or []) for p in found] == [4, 2, 2]


@pytest.mark.parametrize("estimate", ["samples", "logprob"])
def test_rows_with_one_text_are_judged_each_by_its_own_reference(estimate: str) -> None:
    policy = Scripted({"": "7"})
    probes = prober(policy, estimate=estimate)
    both = [trace("short"), trace("short", row="q", answer="88")]
    found = probes.probe([*both, *both])
    right, other = (1.0, 0.0) if estimate == "samples" else (math.exp(-1), math.exp(-2))
    assert [p.values for p in found] == [[right] * 2, [other] * 2] * 2
    assert probes.cost.terminations == 4  # still once for a row's samples


def test_ends_alone_are_two_stops() -> None:
    policy = Scripted(RISING)
    found = prober(policy, probes="ends").probe([trace(THOUGHT)])[0]
    assert (found.values, found.ends, len(policy.asked)) == ([0.0, 1.0], [len(THOUGHT)], 2)


def test_a_thought_is_cut_at_budgets_and_answered_as_it_stands_when_it_has_ended() -> None:
    policy = Scripted(RISING)
    thought = trace(f"{THOUGHT}</think>7")
    lengths, values = prober(policy).at_budgets([thought, trace("short</think>7")], [0, 3, len(THOUGHT), 99])
    assert lengths == [len(THOUGHT), 5]
    assert values == [[0.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]
    # The beginning is shared; a thought that has ended is not broken off, and asked about once.
    assert policy.asked == [
        "Q: \n\nTime is up.\n</think>\n\nThe answer is ",
        "Q: a\n\n\n\nTime is up.\n</think>\n\nThe answer is ",
        f"Q: {THOUGHT}</think>\n\nThe answer is ",
        "Q: sho\n\nTime is up.\n</think>\n\nThe answer is ",
        "Q: short</think>\n\nThe answer is ",
    ]


def test_an_empty_completion_has_no_episodes() -> None:
    found = prober(Scripted({"": "7"})).probe([trace("")])[0]
    assert (found.values, found.ends) == ([1.0], [])


def test_the_probability_of_the_reference_is_a_value() -> None:
    policy = Scripted({})
    found = prober(policy, estimate="logprob").probe([trace(THOUGHT, answer="77")])[0]
    assert found.values == pytest.approx([math.exp(-2)] * 4)
    with pytest.raises(ToolkitError, match="needs the column `gold`"):
        prober(policy, estimate="logprob", reference="gold").probe([trace(THOUGHT)])


def test_masked_answers_leave_the_values_unknown() -> None:
    found = prober(Scripted({"": "7"})).probe([trace(THOUGHT, answer="not a number")])[0]
    assert found.values is None
    kept = with_values(trace(THOUGHT).rollout, found)
    assert "values" not in kept.columns


def test_an_unknown_outcome_is_named() -> None:
    with pytest.raises(ToolkitError, match=r"no reward is labelled `rigt`\. Known: right"):
        prober(Scripted({}), outcome="rigt")
    found = prober(Scripted(RISING), outcome="right").probe([trace(THOUGHT)])[0]
    assert found.values == [0.0, 1.0, 0.0, 1.0]


def test_the_values_are_what_the_reward_reads() -> None:
    found = with_values(trace(THOUGHT).rollout, Probed([0.25, 0.5, 1.0], [1, 2]))
    suite = Suite.from_config(["progress"])
    assert suite.score([found])[0].total == 0.75


def test_a_token_across_an_end_belongs_to_the_episode_before() -> None:
    words = ["ab", "cde", "f", ""]
    decode = lambda ids: "".join(words[i] for i in ids)  # noqa: E731
    assert token_ends([0, 1, 2, 3], [2, 3, 5, 6], decode) == [1, 2, 2, 3]
    assert token_ends([0, 1], [99], decode) == [2]
    assert token_ends([], [], decode) == []


def credit(totals: list[float], probed: list[Probed], **section: Any) -> list[Any]:
    base = torch.tensor([1.0, -1.0])
    found = credited(base, torch.tensor(totals), probed, ProgressSection(**section), 4)
    return list(found.tolist())


PROBED = [Probed([0.2, 0.5, 0.4], [1, 3]), Probed([0.6, 0.6], [2])]


def test_the_bonus_lies_on_its_tokens() -> None:
    found = credit([1.0, 0.0], PROBED, placement="tokens", weight=2.0)
    assert found[0] == pytest.approx([1.6, 0.8, 0.8, 1.0])
    assert found[1] == pytest.approx([-1.0] * 4)


def test_the_advantage_over_stopping_at_once() -> None:
    assert credit([1.0, 0.0], PROBED, baseline="termination") == pytest.approx([0.8, -0.6])
    assert credit([1.0, 0.0], PROBED) == [1.0, -1.0]


def test_a_masked_sample_gets_neither_bonus_nor_baseline() -> None:
    nan = math.nan
    found = credit([nan, 0.0], [PROBED[0], Probed(None, [2])], placement="tokens", baseline="termination")
    assert found == [[0.0] * 4, [0.0] * 4]


def test_figures_are_means_over_what_is_known() -> None:
    probes = prober(Scripted({"": "7"}))
    found = figures([*PROBED, Probed(None, [])], [probes.cost])
    assert found["progress/start"] == pytest.approx(0.4)
    assert found["progress/gain"] == pytest.approx(0.1)
    assert found["progress/regret"] == pytest.approx((0.5 + 0.6 + 0.4) / 2)
    assert found["progress/unknown"] == pytest.approx(1 / 3)


def test_what_the_probes_cost_is_summed_over_ranks() -> None:
    found = figures(PROBED, [Cost(4, 8, 30), Cost(5, 10, 12)])
    spent = [found[f"progress/{name}"] for name in ("terminations", "answers", "tokens")]
    assert spent == [9.0, 18.0, 42.0]


def test_prompts_are_padded_left_and_texts_right() -> None:
    ids, mask, kept = side_by_side([([1, 2], [3]), ([4], [5, 6])], 0)
    assert ids.tolist() == [[1, 2, 3, 0], [0, 4, 5, 6]]
    assert mask.tolist() == [[1, 1, 1, 0], [0, 1, 1, 1]]
    assert kept.tolist() == [[True, False], [True, True]]


PROGRESS = {"end": "=", "stop": "", "header": ":", "samples": 2, "answer_tokens": 4, "min_paragraphs": 1}


@pytest.mark.parametrize("estimate", ["samples", "logprob"])
@pytest.mark.parametrize(
    "choice",
    [
        {"placement": "tokens"},
        {"baseline": "termination"},
        {"placement": "tokens", "baseline": "termination"},
    ],
    ids=["tokens", "termination", "both"],
)
def test_a_run_probes_its_samples(small_run: Any, estimate: str, choice: dict[str, Any]) -> None:
    from rich.console import Console

    from reasoners.config import load_config
    from reasoners.training import train
    from rewards import read_records

    path = small_run(progress={**PROGRESS, **choice, "estimate": estimate}, trl={"max_steps": 2})
    result = train(load_config(path), Console(quiet=True))
    steps = [m for m in result.metrics if "reward" in m]
    assert len(steps) == 2
    for step in steps:
        # 3 prompts, 2 samples each of one episode: 3 shared beginnings and at most 6 ends
        assert 3 <= step["progress/terminations"] <= 9
        assert step["progress/answers"] == (2 * step["progress/terminations"] if estimate == "samples" else 0)
        assert 0 <= step["progress/start"] <= 1
    columns = [json.loads(c) for c in read_records(result.folder.root).column("columns").to_pylist()]
    assert all(0 <= v <= 1 for c in columns for v in c["values"])


RIGHT = {"name": "number"}
HALF = {"name": "format", "weight": 0.5}
KINDS = [{**RIGHT, "when": {"kind": "n"}}, {"name": "exact", "when": {"kind": "e"}}]


def termination(rewards: list[Any], rows: list[dict[str, Any]], outcome: str | None = None) -> None:
    from reasoners.progress_fit import check_termination

    section = ProgressSection(baseline="termination", outcome=outcome)
    check_termination(section, Suite.from_config(rewards), rows)


@pytest.mark.parametrize(
    "rewards",
    [
        [RIGHT],
        [RIGHT, {"name": "progress", "weight": 0.3}],
        [RIGHT, {**HALF, "weight": 0}, {**HALF, "label": "later", "only": "eval"}],
        KINDS,
    ],
)
def test_the_outcome_alone_has_the_baseline_of_answering_at_once(rewards: list[Any]) -> None:
    termination(rewards, [{"kind": "n"}, {"kind": "e"}])


@pytest.mark.parametrize(
    ("rewards", "why"),
    [
        ([{**RIGHT, "weight": 2.0}], "`number` has weight 2"),
        ([{**RIGHT, "weight": -1.0}], "`number` has weight -1"),
        ([RIGHT, HALF], "these pay: number, format"),
        ([*KINDS, {**HALF, "when": {"kind": "e"}}], "row 1 of data.train these pay: exact, format"),
        ([{**RIGHT, "requires": "format"}, {**HALF, "weight": 0}], "`number` has requires"),
        ([{**RIGHT, "schedule": {"start": 0.0, "end": 1.0}}], "`number` has schedule"),
        ([{"name": "tool_efficiency", "params": {"alpha": 1.0, "c": 2.0}}], "does not know what is right"),
        ([{"name": "sql", "params": {"preset": "reasoning_sql"}}], "`sql` pays 0 to"),
    ],
)
def test_another_total_has_no_such_baseline(rewards: list[Any], why: str) -> None:
    from reasoners.config import ConfigError

    with pytest.raises(ConfigError) as caught:
        termination(rewards, [{"kind": "n"}, {"kind": "e"}])
    assert why in str(caught.value)
    assert "progress.baseline: algorithm" in str(caught.value)


def test_the_outcome_that_is_probed_must_be_the_one_that_pays() -> None:
    from reasoners.config import ConfigError

    termination([{**RIGHT, "label": "right"}], [{}], outcome="right")
    with pytest.raises(ConfigError, match=r"`number` pays, and progress\.outcome is `format`"):
        termination([RIGHT, {**HALF, "weight": 0}], [{}], outcome="format")


def test_a_config_with_another_total_does_not_start(small_run: Any) -> None:
    from reasoners.checking import check
    from reasoners.config import ConfigError, load_config

    doubled = [{**RIGHT, "weight": 2.0}]
    check(load_config(small_run("one", rewards=[RIGHT], progress={"baseline": "termination"})))
    with pytest.raises(ConfigError, match="`number` has weight 2"):
        check(load_config(small_run("two", rewards=doubled, progress={"baseline": "termination"})))


ODD = """
from rewards import reward

@reward("odd", cost="inline")
def odd(completion: str) -> float:
    \"\"\"Pay an odd number of characters.\"\"\"
    return float(len(completion) % 2)
"""


def test_a_run_with_the_reward_counts_as_right_what_the_outcome_says(small_run: Any, tmp_path: Any) -> None:
    from rich.console import Console

    from reasoners.config import load_config
    from reasoners.training import train
    from rewards import read_records

    (tmp_path / "odd.py").write_text(ODD)
    rewards = [{"name": f"{tmp_path / 'odd.py'}:odd"}, {"name": "progress", "weight": 0.5}]
    trl = {"max_steps": 2, "mask_truncated_completions": False}
    path = small_run(progress={**PROGRESS, "probes": "ends"}, rewards=rewards, trl=trl)
    result = train(load_config(path), Console(quiet=True))
    rows = read_records(result.folder.root, "train").to_pylist()
    assert {len(row["completion"]) % 2 == 1 for row in rows} == {True, False}
    assert all(row["correct"] == (len(row["completion"]) % 2 == 1) for row in rows)
    assert any(row["total"] not in (0.0, 1.0) for row in rows)  # progress was paid


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"progress": {}}, "nothing uses the values"),
        ({"progress": {"placement": "tokens", "probes": "ends"}}, "needs progress.probes: all"),
        ({"progress": {"placement": "tokens"}, "rewards": ["number", "progress"]}, "pay twice"),
        ({"rewards": ["number", "progress"]}, "needs the section `progress`"),
        ({"progress": {"baseline": "termination"}, "algorithm": {"name": "ppo"}}, "from its critic"),
        (
            {"progress": {"baseline": "termination"}, "algorithm": {"dynamic": {"budget": 1}}},
            "teaches something too",
        ),
        ({"progress": {"placement": "tokens"}, "algorithm": {"name": "dapo"}}, "teaches something too"),
        ({"progress": {"placement": "tokens"}, "algorithm": {"name": "remax"}}, "what is not probed"),
        ({"progress": {"placement": "tokens"}, "tools": ["calculator"]}, "single turns"),
        ({"progress": {"placement": "tokens"}, "trl": {"vllm_mode": "server"}}, "in step"),
        ({"progress": {"placement": "tokens"}, "trl": {"deepspeed": "zero3.json"}}, "trl.deepspeed makes"),
    ],
)
def test_a_section_that_cannot_work_is_refused(sections: dict[str, Any], message: str) -> None:
    from reasoners.config import ConfigError, parse_config
    from reasoners.progress_fit import check_progress

    config = parse_config({"rewards": ["number"], **sections})
    with pytest.raises(ConfigError, match=message):
        check_progress(config)
