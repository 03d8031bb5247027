"""Consistency, majority and best-of-k of audits: exact figures, intervals, and the commands as a user runs them."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import Count, EvalError, g_pass_at_k, load_audit, mean_interval, pass_at_k, pass_hat_k, summarise
from eval.analyses.best import best_sheet, file_scores
from eval.analyses.consistency import consistency_sheet
from eval.analyses.figures import paired_figures
from eval.analyses.majority import Ballot, majority_sheet
from eval.analyses.stored import judged_samples
from rewards import Record, Rollout, Score, Source, Status, Verdict, write_records

Cli = Callable[..., subprocess.CompletedProcess[str]]
COUNTS = [Count("a", 8, 2), Count("b", 8, 8), Count("c", 8, 0), Count("d", 8, 5)]
SAID = {
    "a": ["#### 7", "#### 7", "#### 7", "#### 4", "#### 4", "#### 4.0", "so", ""],
    "b": ["#### 1/2", "#### 0.5", "#### 2/4", "#### 9", "#### 9", "#### 9", "#### 3", "#### 3"],
}
RIGHT = {"a": {"4"}, "b": {"9"}}


def audit(
    folder: Path, said: Mapping[str, Sequence[str]] = SAID, n: int = 8, masked: Sequence[int] = ()
) -> Path:
    """Write an audit of number-like answers; sample i of the last problem may be masked."""
    records, counts = [], []
    last = list(said)[-1]
    for p, texts in said.items():
        right = [text.removeprefix("#### ").removesuffix(".0") in RIGHT[p] for text in texts]
        for i, (text, correct) in enumerate(zip(texts, right, strict=True)):
            judged = None if p == last and i in masked else correct
            rollout = Rollout(
                text, prompt=p, prompt_id=p, index=i, completion_tokens=10 - i, source=Source(split="audit")
            )
            verdict = Verdict(float(correct), judged, Status.SCORED, {"number": Score(float(correct))})
            records.append(Record(rollout, verdict))
        known = [r for i, r in enumerate(right[:n]) if not (p == last and i in masked)]
        counts.append(Count(p, len(known), sum(known)))
    write_records(folder / "records", "audit-00000000", records)
    content = {
        "name": folder.name,
        "model": "m",
        "n": n,
        "sampling": {},
        "summary": summarise(counts).to_json(),
    }
    (folder / "audit.json").write_text(json.dumps(content))
    return folder


def figures(sheet: object) -> dict[str, float]:
    return {x.name: x.value for x in sheet.figures()}  # type: ignore[attr-defined]


def test_consistency_is_the_mean_of_the_estimators_with_the_intervals_of_means() -> None:
    sheet = consistency_sheet(COUNTS, [1, 4], [0.5, 1.0])
    found = figures(sheet)
    n, c = np.array([x.n for x in COUNTS]), np.array([x.c for x in COUNTS])
    assert found["pass@1"] == pytest.approx(15 / 32, abs=1e-15)
    assert found["G-Pass@4, tau 0.5"] == pytest.approx(g_pass_at_k(n, c, 4, 0.5).mean(), abs=1e-15)
    assert found["G-Pass@4, tau 1"] == pytest.approx(found["pass^4"], abs=1e-15)
    assert found["pass^4"] == pytest.approx(pass_hat_k(n, c, 4).mean(), abs=1e-15)
    assert (found["Cover@0.5"], found["Cover@1"]) == (0.5, 0.25)
    assert "mG-Pass@1" not in found
    row = next(x for x in sheet.figures(0.9) if x.name == "pass^4")
    at = mean_interval(pass_hat_k(n, c, 4), 32, 0.9)
    assert (row.low, row.high) == (at.low, at.high)


@given(st.lists(st.tuples(st.integers(4, 12), st.floats(0, 1)), min_size=1, max_size=6), st.integers(2, 4))
@settings(deadline=None, max_examples=60)
def test_the_figures_stand_in_order_and_within_their_intervals(
    problems: list[tuple[int, float]], k: int
) -> None:
    counts = [Count(f"p{i}", n, round(n * share)) for i, (n, share) in enumerate(problems)]
    sheet = consistency_sheet(counts, [1, k], [0.5, 0.75])
    found = figures(sheet)
    order = [f"pass^{k}", f"G-Pass@{k}, tau 0.75", f"G-Pass@{k}, tau 0.5", f"pass@{k}"]
    values = [found[name] for name in order]
    assert np.diff(values).min() >= -1e-12
    assert found[f"pass^{k}"] - 1e-12 <= found["pass@1"] <= found[f"pass@{k}"] + 1e-12
    for x in sheet.figures():
        assert (x.low is None) == (len(counts) == 1)
        assert x.low is None or x.high is None or 0 <= x.low <= x.value + 1e-12 <= x.high + 2e-12 <= 1 + 3e-12


def test_clusters_are_the_unit_and_pairing_is_by_id() -> None:
    alone = [Count(f"p{i}", 8, i) for i in range(8)]
    copies = [Count(f"p{i}{j}", 8, i, f"p{i}") for i in range(8) for j in "xyz"]
    one, many = (consistency_sheet(x, [4]).figures() for x in (alone, copies))
    for a, b in zip(one, many, strict=True):
        assert b.value == pytest.approx(a.value)
        if a.k is not None:
            assert a.low is not None
            assert b.low is not None
            assert b.low == pytest.approx(a.low, abs=0.01)
    better = [Count(x.problem_id, 8, x.c + 1) for x in reversed(alone)]
    gains = {x.name: x for x in paired_figures(consistency_sheet(alone, [1]), consistency_sheet(better, [1]))}
    assert gains["pass@1"].value == pytest.approx(1 / 8, abs=1e-15)
    assert gains["Cover@0.5"].low is None
    with pytest.raises(EvalError, match="same problems"):
        paired_figures(consistency_sheet(alone, [1]), consistency_sheet(alone[1:], [1]))


def test_an_answer_is_its_form_and_right_where_most_of_its_samples_are() -> None:
    ballot = Ballot()
    for text, correct in (
        ("#### 7", True),
        ("= 7", True),
        ("#### 7.0", False),
        ("#### 8", False),
        ("", False),
    ):
        ballot.add(text, correct)
    votes = ballot.votes("p", "text")
    assert (votes.right, votes.wrong, votes.unparsed, ballot.against) == ((3,), (1,), 1, 1)


def test_votes_of_an_audit_against_a_count_by_hand(tmp_path: Path) -> None:
    folder = audit(tmp_path / "a")
    counts = [Count("a", 8, 3), Count("b", 8, 3)]
    found = figures(majority_sheet(folder, counts, [1, 8]))
    assert found["maj@1"] == pytest.approx(3 / 8, abs=1e-15)
    assert found["maj@8"] == pytest.approx(0.5, abs=1e-12)  # both problems: 3 right votes tie with 3 wrong
    assert figures(majority_sheet(folder, counts, [8], ties="lose"))["maj@8"] == 0
    assert figures(majority_sheet(folder, counts, [8], ties="win"))["maj@8"] == pytest.approx(1.0, abs=1e-12)
    assert majority_sheet(folder, counts, [8]).notes == [
        "1 of 16 samples state no answer that could be read."
    ]


def test_best_of_all_is_what_the_scorer_likes_most(tmp_path: Path) -> None:
    folder = audit(tmp_path / "a")
    counts = [Count("a", 8, 3), Count("b", 8, 3)]
    last_right = {(p, i): float(i) for p in "ab" for i in range(8)}
    found = figures(best_sheet(folder, counts, {**last_right, ("b", 3): 99.0}, [1, 2, 8]))
    assert found["best@8"] == pytest.approx(0.5, abs=1e-15)  # a: sample 7 is empty; b: sample 3 is a 9
    perfect = {("a", i): float(3 <= i <= 5) for i in range(8)} | {
        ("b", i): float(3 <= i <= 5) for i in range(8)
    }
    found = figures(best_sheet(folder, counts, perfect, [1, 2, 8]))
    assert found["best@2"] == pytest.approx(pass_at_k(8, 3, 2), abs=1e-15) == found["pass@2"]
    sheet = best_sheet(folder, counts, {**perfect, ("a", 0): None, ("a", 1): float("nan")}, [6])
    assert [(x.n, x.c) for x in sheet.counts] == [(6, 3), (8, 3)]
    assert sheet.notes == ["2 samples without a score are left out of every figure."]
    with pytest.raises(EvalError, match="sample 7 of problem `b`"):
        best_sheet(folder, counts, {k: v for k, v in perfect.items() if k != ("b", 7)})


def test_samples_beyond_n_and_masked_ones_count_nowhere(tmp_path: Path) -> None:
    folder = audit(tmp_path / "a", n=6, masked=[0])
    counts = [Count("a", 6, 3), Count("b", 5, 3)]
    assert figures(majority_sheet(folder, counts, [1]))["maj@1"] == pytest.approx((3 / 6 + 3 / 5) / 2)
    with pytest.raises(EvalError, match=r"3 right of 5 stored samples, but audit.json says 3 of 6"):
        majority_sheet(folder, [Count("b", 6, 3)])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"problem_id": "a", "sample_index": 0}', "needs problem_id, sample_index, score"),
        ('{"problem_id": "a", "sample_index": 0, "score": "high"}', "number or null"),
        ('{"problem_id": "a", "sample_index": true, "score": 1}', "whole number"),
        (
            '{"problem_id": "a", "sample_index": 1, "score": 1}\n' * 2,
            "line 2: sample 1 of problem `a` is given twice",
        ),
    ],
)
def test_scores_that_cannot_be_read_are_named(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "s.jsonl").write_text(line)
    with pytest.raises(EvalError, match=says):
        file_scores(tmp_path / "s.jsonl")


def test_consistency_of_counts_and_of_two_audits(cli: Cli, tmp_path: Path) -> None:
    rows = [json.dumps({"problem_id": x.problem_id, "n": x.n, "c": x.c}) for x in COUNTS]
    (tmp_path / "base.jsonl").write_text("\n".join(rows))
    done = cli(
        "analyse",
        "consistency",
        "base.jsonl",
        "--counts",
        "--k",
        "1,4",
        "--tau",
        "0.5",
        "--json",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert (data["tau"], data["target"], data["differences"]) == ([0.5], "new problems of this kind", [])
    assert [x["name"] for x in data["audits"][0]["figures"]] == [
        *("pass@1", "pass@4", "G-Pass@4, tau 0.5", "mG-Pass@4", "pass^4", "Cover@0.5")
    ]
    audit(tmp_path / "one")
    audit(tmp_path / "two", {**SAID, "a": ["#### 4"] * 8})
    done = cli("analyse", "consistency", "one", "two", "--k", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "paired by problem" in done.stdout


def test_majority_and_best_as_commands(cli: Cli, tmp_path: Path) -> None:
    audit(tmp_path / "one")
    audit(tmp_path / "two", {**SAID, "a": ["#### 4"] * 8})
    done = cli(
        "analyse", "majority", "one", "two", "--k", "8", "--ties", "lose", "--json", "o.json", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    data = json.loads((tmp_path / "o.json").read_text())
    assert (data["ties"], data["unparsed"], data["equal"]) == ("lose", "ignore", "text")
    assert next(x["value"] for x in data["differences"] if x["name"] == "maj@8") == pytest.approx(0.5)
    assert "Rules: ties lose, unparsed ignore, equal text." in done.stdout
    assert "one: 1 of 16 samples state no answer" in done.stdout
    (tmp_path / "brief.py").write_text(
        "from rewards import reward\n\n@reward('brief', cost='inline')\ndef brief(completion: str) -> float:\n"
        '    """Prefer the short."""\n    return 1 / (1 + len(completion))\n'
    )
    expected = {"score:number": 1.0, "shortest": 0.0, "longest": 0.0, "brief.py:brief": 0.3}
    for scorer, value in expected.items():
        done = cli("analyse", "best", "one", "--scorer", scorer, "--k", "8", "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        found = {x["name"]: x["value"] for x in json.loads(done.stdout)["audits"][0]["figures"]}
        assert found["best@8"] == pytest.approx(value, abs=1e-12), scorer


def test_each_audit_is_ranked_by_its_own_file(cli: Cli, tmp_path: Path) -> None:
    """Both audits have the same keys, so one's scores would rank the other's samples without a word."""
    audit(tmp_path / "one")
    audit(tmp_path / "two", {**SAID, "a": list(reversed(SAID["a"]))})
    for name in ("one", "two"):
        samples = judged_samples(tmp_path / name, load_audit(tmp_path / name, 0).counts)
        rows = [
            {"problem_id": x.problem_id, "sample_index": x.index, "score": float(x.correct)} for x in samples
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))

    def best_of_all(*scorers: str) -> list[float]:
        given = [word for x in scorers for word in ("--scorer", x)]
        done = cli("analyse", "best", "one", "two", *given, "--k", "8", "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["scorer"] == (scorers[0] if len(scorers) == 1 else list(scorers))
        return [next(y["value"] for y in x["figures"] if y["name"] == "best@8") for x in found["audits"]]

    assert best_of_all("one.jsonl", "two.jsonl") == [1.0, 1.0]
    assert min(best_of_all("two.jsonl", "one.jsonl")) < 1.0
    assert best_of_all("score:number") == best_of_all("score:number", "score:number") == [1.0, 1.0]
    done = cli(
        "analyse", "best", "one", "two", "--scorer", "one.jsonl", "--scorer", "two.jsonl", cwd=tmp_path
    )
    assert "Rules: scorer one.jsonl and two.jsonl." in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("best", "one", "--scorer", "score:nope"), "number"),
        (("best", "one", "--scorer", "nope.jsonl"), "nope.jsonl"),
        (("best", "one", "--scorer", "no_such_reward"), "no_such_reward"),
        (("best", "one"), "--scorer"),
        (("best", "one", "two", "--scorer", "s.jsonl"), "holds the scores of one audit's samples"),
        (("best", "one", "two", "--scorer", "s.jsonl", "--scorer", "./s.jsonl"), "a file of its own"),
        (("best", "one", "--scorer", "s.jsonl", "--scorer", "longest"), "2 times --scorer for 1 audit:"),
        (("best", "one", "two", *["--scorer", "longest"] * 3), "3 times --scorer for 2 audits:"),
        (("majority", "one", "--k", "9"), "take k <= 8"),
        (("majority", "one", "one", "one"), "give one audit, or a base and a tuned one"),
        (("majority", "nowhere"), "holds no audit.json"),
        (("consistency", "one", "--tau", "half"), "--tau takes numbers"),
        (("consistency", "one", "--tau", "1.5"), "tau must be"),
        (("consistency", "one", "--counts"), "one"),
    ],
)
def test_a_mistake_is_one_sentence(cli: Cli, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    audit(tmp_path / "one")
    done = cli("analyse", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_help_has_examples(cli: Cli) -> None:
    for name in ("consistency", "majority", "best"):
        assert f"reasoners analyse {name} audits/base" in cli("analyse", name, "--help").stdout
