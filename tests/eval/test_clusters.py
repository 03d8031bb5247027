"""Problems that belong together: all sides of a comparison have one unit, and a plan does not take it for another."""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval import Count, EvalError, compare, summarise
from eval.analyses.consistency import consistency_sheet
from eval.analyses.figures import Figure, paired_figures
from eval.clusters import merge_clusters
from eval.family import compare_many
from eval.plan import from_pilot, plan_audit, predict

Cli = Callable[..., subprocess.CompletedProcess[str]]
GROUPS, EACH, N = 12, 5, 16


def plain(seed: int) -> list[Count]:
    """Return counts whose problems are nearly the same within a group of five."""
    rng = np.random.default_rng(seed)
    rates = np.repeat(rng.beta(0.7, 0.7, GROUPS), EACH)
    return [Count(f"p{i}", N, int(c)) for i, c in enumerate(rng.binomial(N, rates))]


def clustered(counts: Sequence[Count], name: str = "g") -> list[Count]:
    return [Count(x.problem_id, x.n, x.c, f"{name}{i // EACH}") for i, x in enumerate(counts)]


BASE, TUNED, LATER = plain(0), plain(1), plain(2)


def test_a_side_without_clusters_takes_those_of_the_others() -> None:
    merged = merge_clusters([BASE, clustered(TUNED)[::-1], LATER[:3]])
    assert merged == [clustered(BASE), clustered(TUNED)[::-1], clustered(LATER)[:3]]
    assert merge_clusters([BASE, TUNED]) == [BASE, TUNED]
    stranger = [*BASE, Count("other", N, 3)]
    assert merge_clusters([stranger, clustered(TUNED)])[0] == stranger  # all have one, or none


def test_two_clusters_of_one_problem_are_refused() -> None:
    says = "problem `p0` stands in the clusters `g0` and `h0`"
    for call in (
        lambda: merge_clusters([clustered(BASE), LATER, clustered(TUNED, "h")]),
        lambda: compare(clustered(BASE), clustered(TUNED, "h")),
        lambda: compare_many({"a": BASE, "b": clustered(TUNED), "c": clustered(LATER, "h")}),
        lambda: paired(clustered(BASE), clustered(TUNED, "h")),
    ):
        with pytest.raises(EvalError, match=says):
            call()
    with pytest.raises(EvalError, match="have no cluster"):
        merge_clusters([BASE, [*clustered(TUNED)[1:], TUNED[0]]])


@pytest.mark.parametrize("sides", [(BASE, clustered(TUNED)), (clustered(BASE), TUNED)])
def test_a_comparison_has_one_unit_whoever_names_it(sides: tuple[list[Count], list[Count]]) -> None:
    found = compare(*sides, [1, 4])
    both = compare(clustered(BASE), clustered(TUNED), [1, 4])
    assert found.to_json() == both.to_json()
    assert found.base == summarise(clustered(BASE), [1, 4])
    assert found.tuned.clusters == found.base.clusters == GROUPS
    assert width(found.rows[0]) > 1.3 * width(compare(BASE, TUNED, [1, 4]).rows[0])
    assert paired(*sides) == paired(clustered(BASE), clustered(TUNED))
    assert paired(*sides) != paired(BASE, TUNED)


@pytest.mark.parametrize("having", [(0,), (1,), (2,), (0, 2)])
def test_several_models_have_one_unit_whoever_names_it(having: tuple[int, ...]) -> None:
    def family(having: Sequence[int]) -> dict[str, list[Count]]:
        sides = (BASE, TUNED, LATER)
        return {str(i): clustered(x) if i in having else x for i, x in enumerate(sides)}

    found = compare_many(family(having), [1, 4])
    assert found == compare_many(family((0, 1, 2)), [1, 4])
    assert found.clusters == found.to_json()["clusters"] == GROUPS
    alone = compare_many(family(()), [1, 4])
    assert alone.clusters is None
    assert width(found.rows[0]) > 1.3 * width(alone.rows[0])


def test_only_common_problems_need_the_same_clusters() -> None:
    other = [*clustered(TUNED)[:-1], Count("else", N, 2, "h")]
    found = compare(BASE, other, [1], common_only=True)
    assert found.base.clusters == found.tuned.clusters == GROUPS
    models = {"a": BASE, "b": other, "c": LATER}
    assert compare_many(models, [1], common_only=True).clusters == GROUPS


def test_a_plan_for_new_problems_refuses_clusters() -> None:
    pilot = from_pilot(clustered(BASE), 1)
    says = f"60 problems stand in {GROUPS} clusters.*one problem of each cluster"
    with pytest.raises(EvalError, match=says):
        plan_audit(pilot, 0.05)
    with pytest.raises(EvalError, match=says):
        predict(pilot, 100, N)
    # New samples of these problems are independent; and so are problems that stand alone.
    assert plan_audit(pilot, 0.01, target="same") == plan_audit(from_pilot(BASE, 1), 0.01, target="same")
    alone = [Count(x.problem_id, x.n, x.c, x.problem_id) for x in BASE]
    assert plan_audit(from_pilot(alone, 1), 0.05) == plan_audit(from_pilot(BASE, 1), 0.05)


def test_the_commands_have_one_unit(cli: Cli, tmp_path: Path) -> None:
    files = {"b": BASE, "t": TUNED, "l": LATER, "bc": clustered(BASE), "tc": clustered(TUNED)}
    for name, counts in files.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(x.row()) + "\n" for x in counts))

    def told(*words: str) -> Any:
        done = cli(*words, "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    figures = ("analyse", "consistency", "--k", "1,4", "--counts")
    one, both = (told(*figures, base, "tc.jsonl") for base in ("b.jsonl", "bc.jsonl"))
    assert one["differences"] == both["differences"]
    assert [x["figures"] for x in one["audits"]] == [x["figures"] for x in both["audits"]]
    many = cli("compare", "--counts", "b.jsonl", "tc.jsonl", "l.jsonl", "--k", "1,4", cwd=tmp_path)
    assert f"{GROUPS} clusters of related problems; the cluster is the unit" in many.stdout
    two = cli("compare", "--counts", "b.jsonl", "tc.jsonl", "--k", "1,4", cwd=tmp_path)
    assert f"{GROUPS} clusters of related problems; the cluster is the unit" in two.stdout
    done = cli("plan", "--counts", "bc.jsonl", "--k", "1", "--half-width", "0.05", cwd=tmp_path)
    assert done.returncode == 2
    assert "--target same" in done.stderr


def test_a_report_shows_both_audits_in_one_unit(cli: Cli, tmp_path: Path) -> None:
    for name, counts in (("base", BASE), ("tuned", clustered(TUNED))):
        rows = [{"id": x.problem_id, **x.row()} for x in counts]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        assert cli("import", "plain", f"{name}.jsonl", "--out", name, cwd=tmp_path).returncode == 0
    done = cli("report", "base", "tuned", "--json", "r.json", "--out", "r.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    data = json.loads((tmp_path / "r.json").read_text())
    assert [x["summary"]["clusters"] for x in data["audits"]] == [GROUPS, GROUPS]
    assert data["comparison"]["base"]["clusters"] == GROUPS
    assert data["audits"][0]["summary"]["k"] == summarise(clustered(BASE)).to_json()["k"]


def paired(base: list[Count], tuned: list[Count]) -> list[Figure]:
    return paired_figures(consistency_sheet(base, [1, 4]), consistency_sheet(tuned, [1, 4]))


def width(row: Any) -> float:
    return float(row.high - row.low)
