"""The report as a file: what it says, that it is inert and self-contained, that it is the same every time."""

import dataclasses
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from eval import Count, EvalError, compare, summarise
from eval.report import Curve, Report, render, render_markdown, write_report
from eval.report.payload import BUDGET, build, shorten
from eval.views import AuditView, SampleView
from eval.words import interval

from .specimen import BASE, HOSTILE, TUNED, report, view


class Page(HTMLParser):
    """Collects tags with attributes, text outside scripts, and the scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.scripts, self.inside = "", list[str](), ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts[-1] += data
        elif self.inside != "style":
            self.text += data


@pytest.fixture(scope="module")
def html() -> str:
    return render(report())


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def data_of(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.scripts[0])
    return found


def test_headline_figures_and_verdicts(page: Page) -> None:
    row = compare([Count(p, 8, c) for p, c in BASE.items()], [Count(p, 8, c) for p, c in TUNED.items()]).rows[
        0
    ]
    assert f"{100 * row.base:.1f} %" in page.text
    assert f"{100 * row.tuned:.1f} %" in page.text
    assert f"pass@1 rises by {100 * row.difference:.1f} points" in page.text
    assert "not distinguishable from no change" in page.text
    assert "5 problems, 8 samples of each from each model" in page.text
    assert "Mind <i>this</i>." in page.text
    assert "new problems of this kind" in page.text


def tables_of(html: str) -> dict[str, list[list[str]]]:
    """Return title -> rows, the headings first, of the tables of all figures per k."""
    (part,) = re.findall(r"<summary>All figures per k</summary>(.*?)</details>", html, flags=re.DOTALL)
    titles = re.findall(r"<h3>(.*?)</h3>", part)
    tables = re.findall(r"<table.*?</table>", part, flags=re.DOTALL)
    rows = [re.findall(r"<tr>(.*?)</tr>", table, flags=re.DOTALL) for table in tables]
    cells = [[re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in table] for table in rows]
    return dict(zip(titles, cells, strict=True))


LIMITS = (
    "Interval: new problems of this kind, this k alone. Band: the same, all k at once. "
    "Same problems: these problems, new samples; * from a fitted model, since n < 4k."
)


def test_the_tables_show_interval_band_and_same_problems(html: str, page: Page) -> None:
    found = tables_of(html)
    assert list(found) == ["base &lt;b&gt;", "tuned", "Difference, paired by problem"]
    result = report().compared()
    assert result is not None
    for title, rows in (("base &lt;b&gt;", result.base.rows), ("tuned", result.tuned.rows)):
        assert found[title][0] == ["k", "pass@k", "95 % interval", "band", "same problems"]
        for cells, row in zip(found[title][1:], rows, strict=True):
            edges = (row.low, row.high), (row.band_low, row.band_high), (row.same_low, row.same_high)
            star = "*" if 4 * row.k > 8 else ""
            assert cells[2:] == [interval(*x, digits=2) + (star if x == edges[2] else "") for x in edges]
    assert [row[-1].endswith("*") for row in found["tuned"][1:]] == [False, False, True, True]
    for cells, gain in zip(found["Difference, paired by problem"][1:], result.rows, strict=True):
        star = "*" if 4 * gain.k > 8 else ""
        assert cells[2] == interval(gain.low, gain.high, signed=True, digits=2)
        assert cells[3] == interval(gain.band_low, gain.band_high, signed=True, digits=2)
        assert cells[4] == interval(gain.same_low, gain.same_high, signed=True, digits=2) + star
    assert LIMITS in page.text


def test_one_audits_table_and_its_markdown_have_the_same_limits() -> None:
    one = Report("One", [AuditView("a", summarise([Count("x", 8, 2), Count("y", 8, 8)], [1, 2]))])
    (table,) = tables_of(render(one)).values()
    row = one.audits[0].summary.rows[0]
    assert table[1][3:] == [
        interval(row.band_low, row.band_high, digits=2),
        interval(row.same_low, row.same_high, digits=2),
    ]
    markdown = render_markdown(one)
    assert "| k | pass@k | 95 % interval | band | same problems |" in markdown
    assert "Same problems: these problems, new samples." in markdown  # n >= 4k: nothing rests on a model
    assert all(cell.replace("[", "\\[").replace("]", "\\]") in markdown for cell in table[1])


def test_markdown_has_both_tables_and_the_differences_and_speaks_of_no_chart() -> None:
    found = render_markdown(report())
    for heading in ("### base \\<b\\>\n", "### tuned\n", "### Difference, paired by problem\n"):
        assert heading in found
    assert "half a problem won and half a problem lost" in found
    assert "chart" not in found


def test_charts_are_named_for_what_they_draw(page: Page, html: str) -> None:
    assert "pass@k, 95 % interval and band (light)" in page.text
    assert "Paired difference, 95 % interval and band (light)" in page.text
    chart = next(x for x in re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL) if "pass-caption" in x)
    assert chart.count("fill-opacity: 0.16") == 4  # an interval and a band for each of two audits


def test_nothing_is_fetched_and_only_our_script_runs(html: str, page: Page) -> None:
    assert not [t for t, _ in page.tags if t in ("img", "link", "iframe", "object", "embed", "base", "form")]
    for _, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "href", "xlink:href", "action", "srcset"):
                assert value is not None
                assert value.startswith("#")
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy.partition("script-src")[2]


def test_the_policy_names_the_script_by_its_hash(page: Page) -> None:
    import base64
    import hashlib

    digest = base64.b64encode(hashlib.sha256(page.scripts[1].encode()).digest()).decode()
    assert any(f"'sha256-{digest}'" in (a.get("content") or "") for _, a in page.tags)


def test_hostile_text_is_data(html: str, page: Page) -> None:
    assert len(page.scripts) == 2
    assert [t for t, _ in page.tags if t == "script"] == ["script"] * 2
    assert "<" not in page.scripts[0]
    found = data_of(page)
    texts = [s["text"] for s in found["problems"][0]["samples"][0]]
    assert texts[0] == HOSTILE[0]
    assert texts[1] == (HOSTILE[1] + HOSTILE[3]).replace("\ud800", "?")
    assert "<b>p4" not in html
    assert "A &lt;title&gt;" in html
    assert "Reward $x$ &lt;i&gt;" in html
    assert "mean &amp; &lt;b&gt;" in html


def test_a_value_that_is_no_number_is_null(page: Page) -> None:
    values = [s["value"] for s in data_of(page)["problems"][0]["samples"][0]]
    assert values == [1.0, None, None]


def test_the_table_has_every_problem_with_its_change(page: Page) -> None:
    found = data_of(page)
    assert found["sides"] == ["base <b>", "tuned"]
    assert {p["id"]: p["change"] for p in found["problems"]} == {
        "p1": "new",
        "p2": "lost",
        "p10": "kept",
        "p3": "kept",
        "<b>p4</b>": "never",
    }
    assert found["problems"][3]["counts"] == [[8, 2], [8, 7]]


def test_charts_take_the_colours_of_the_page(html: str) -> None:
    charts = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert len(charts) == 4
    for chart in charts:
        assert "var(--" in chart
        assert not re.search(r"#[0-9a-f]{6}\b", chart)
        assert "http" not in chart
    variables = set(re.findall(r"var\((--\w+)\)", html))
    assert variables <= set(re.findall(r"(--\w+):", html))


def test_a_crossover_is_marked() -> None:
    base = AuditView("a", summarise([Count("x", 64, 16), Count("y", 64, 16)]))
    tuned = AuditView("b", summarise([Count("x", 64, 64), Count("y", 64, 0)]))
    found = compare(base.counts, tuned.counts)
    k = found.crossover
    html = render(Report("T", [base, tuned]))
    assert f">crossover, k = {k}<" in html
    assert found.crossing.sentence() in html
    assert ">crossover, k" not in render(report())


def test_same_report_same_bytes(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from tests.eval.specimen import report;"
        "from eval.report import write_report; write_report(sys.argv[2], report())"
    )
    root = str(Path(__file__).resolve().parents[2])
    for name in ("a.html", "b.html"):
        done = subprocess.run(
            [sys.executable, "-c", code, root, str(tmp_path / name)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_one_audit_needs_no_comparison(tmp_path: Path) -> None:
    path = write_report(tmp_path / "deep" / "one.html", Report("One", [view("base", BASE)]))
    page = Page(path.read_text(encoding="utf-8"))
    assert {p["change"] for p in data_of(page)["problems"]} == {"always", "sometimes", "never"}
    assert "Difference" not in page.text


def test_one_problem_and_one_sample_make_a_page() -> None:
    one = AuditView("a", summarise([Count("x", 1, 1)]))
    two = AuditView("b", summarise([Count("x", 1, 0)]))
    text = Page(render(Report("T", [one, two]))).text
    assert (
        "pass@1 falls by 100.0 points, from 100.0 % to 0.0 %. One problem says nothing about others." in text
    )


def test_settings_that_differ_are_pointed_out() -> None:
    cold = dataclasses.replace(view("cold", BASE), sampling={"temperature": 0.2, "top_p": 1.0})
    warning = "were not sampled with the same settings"
    assert warning in render(Report("T", [cold, view("warm", TUNED)]))
    assert warning not in render(report())


def test_problems_of_one_side_only_are_left_out() -> None:
    more = view("tuned", {**TUNED, "extra": 3})
    found = data_of(Page(render(Report("T", [view("base", BASE), more]))))
    assert [p["id"] for p in found["problems"]] == list(BASE)


def test_long_texts_lose_their_middle_and_say_so() -> None:
    text = "a" * 5000 + "b" * 5000
    short = shorten(text)
    assert "[... 4000 characters left out ...]" in short
    assert short.startswith("a" * 4000)
    assert short.endswith("b" * 2000)
    assert shorten("short") == "short"


def test_a_page_stays_within_its_budget() -> None:
    samples = [SampleView("x" * 6000, 0.0, correct=i % 2 == 0, index=i) for i in range(8)]
    counts = {str(i): 4 for i in range(600)}
    big = dataclasses.replace(view("big", counts), samples=dict.fromkeys(counts, samples))
    text, elision = build(Report("T", [big]), None)
    data = json.loads(text)
    assert BUDGET / 4 < len(text) <= BUDGET
    assert (
        elision
        == "To keep this page small it holds 4 of up to 8 samples per problem and texts are cut to 1500 characters."
    )
    assert [s["correct"] for s in data["problems"][0]["samples"][0]] == [True, False, True, False]
    assert data["problems"][0]["samples"][0][0]["text"].startswith("x" * 1000 + "\n[... 4500 characters")


def test_refuses_what_it_cannot_show(tmp_path: Path) -> None:
    base = view("base", BASE)
    with pytest.raises(EvalError, match="got 3"):
        Report("T", [base, base, base])
    with pytest.raises(EvalError, match="no comparison"):
        Report("T", [base], comparison=compare(base.counts, base.counts))
    with pytest.raises(EvalError, match="2 xs and 1 ys"):
        Curve("c", "x", "y", {"a": ([1, 2], [1])})
    (tmp_path / "file").write_text("")
    with pytest.raises(EvalError, match="cannot write the report"):
        write_report(tmp_path / "file" / "r.html", Report("T", [base]))


def test_importing_eval_loads_neither_matplotlib_nor_jinja2() -> None:
    code = (
        "import sys, eval, eval.report; eval.write_report;"
        "print([m for m in ('matplotlib', 'jinja2', 'torch', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_every_public_name_can_be_had() -> None:
    import eval as package

    pytest.importorskip("torch", reason="sampling needs the extra [train]")
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute `nonsense`"):
        package.nonsense  # noqa: B018


def test_levels_that_cannot_fit_are_skipped_without_changing_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from eval.report import payload

    many = view("many", {f"p{i}": i % 9 for i in range(450)})
    shown = Report("Many", [many])
    monkeypatch.setattr(payload, "BUDGET", 60_000)
    fast = payload.build(shown, None)
    built: list[int] = []
    whole = payload._data
    monkeypatch.setattr(payload, "_data", lambda *given: built.append(given[3]) or whole(*given))
    assert payload.build(shown, None) == fast
    skipping = len(built)
    monkeypatch.setattr(payload, "PROBED", 10**9)
    assert payload.build(shown, None) == fast
    assert skipping < len(built) - skipping


def test_one_audit_has_a_verdict_of_its_own() -> None:
    from eval.report import report_verdicts

    first, second = report_verdicts(Report("One", [view("base", BASE)]))
    assert first.startswith("pass@1 is 32.5 % (95 % interval ")
    assert first.endswith("; intervals are for new problems of this kind.")
    assert (
        second
        == "2 of 5 problems were not solved in 8 samples; each may still be solved at a rate of up to 31.2 %."
    )
    (alone,) = report_verdicts(Report("One", [view("base", {"p": 8})]))
    assert alone.endswith("one problem says nothing about other problems: no interval.")
    assert first in render(Report("One", [view("base", BASE)]))
