"""The report in a browser: its script runs, sorts, filters and opens rows, and hostile text stays text."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.report import write_report

from .browser import FLAGS, Tab, find_browser
from .specimen import HOSTILE, full_report

QUIET = ("--disable-component-update", "--disable-sync", "--window-size=1280,2400")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> str:
    found = find_browser()
    if found is None:
        pytest.skip("no browser is installed: chromium or google-chrome")
    return found


@pytest.fixture(scope="module")
def page() -> Iterator[Path]:
    # A browser from a sandboxed package may read below the home folder or /tmp only.
    with tempfile.TemporaryDirectory() as folder:
        yield write_report(Path(folder) / "report.html", full_report())


def run(browser: str, address: str, *flags: str) -> str:
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [browser, *FLAGS, *QUIET, f"--user-data-dir={profile}", *flags, address],
            capture_output=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    return done.stdout.decode("utf-8", "replace")


def dom(browser: str, page: Path, view: str = "") -> str:
    return run(browser, f"{page.as_uri()}#{view}", "--dump-dom")


def rows(html: str) -> list[str]:
    return re.findall(r'<tr class="row[^"]*" data-id="([^"]*)"', html)


def test_the_script_fills_the_table(browser: str, page: Path) -> None:
    html = dom(browser, page)
    assert 'data-ready="5"' in html
    assert rows(html) == ["p1", "p2", "p10", "p3", "&lt;b&gt;p4&lt;/b&gt;"]
    assert "5 of 5" in html


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("sort=id", ["p1", "p2", "p3", "p10"]),
        ("sort=gain&desc=1", ["p1", "p3", "p10", "p2"]),
        ("sort=base", ["p1", "p3", "p2", "p10"]),
        ("change=lost", ["p2"]),
        ("change=kept&sort=tuned", ["p3", "p10"]),
        ("q=prompt+of+p1", ["p1", "p10"]),
        ("q=nothing+like+this", []),
        ("change=bogus&sort=constructor", ["p1", "p2", "p10", "p3"]),
    ],
)
def test_the_address_sorts_and_filters(browser: str, page: Path, view: str, expected: list[str]) -> None:
    assert [r for r in rows(dom(browser, page, view)) if "p4" not in r] == expected


def test_an_open_row_shows_samples_as_text(browser: str, page: Path) -> None:
    html = dom(browser, page, "open=p1")
    assert html.count('class="detail"') == 1
    for text in (HOSTILE[0], HOSTILE[2]):
        assert text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in html
    assert "base &lt;b&gt;: 0 of 8 correct" in html
    assert "bad reference" in html
    assert "not scored" in html
    assert "<title>A &lt;title&gt;</title>" in html  # no script changed it
    assert "<img" not in html
    assert html.count("<script") == 2


def test_it_can_be_photographed_in_light_and_dark(browser: str, page: Path, tmp_path: Path) -> None:
    sizes = []
    for theme in ("light", "dark"):
        with tempfile.TemporaryDirectory() as folder:
            shot = Path(folder) / "shot.png"
            run(browser, f"{page.as_uri()}#theme={theme}", f"--screenshot={shot}")
            assert shot.read_bytes().startswith(b"\x89PNG")
            sizes.append(corner(shot))
    assert sum(sizes[0]) > 600
    assert sum(sizes[1]) < 120


def corner(path: Path) -> tuple[int, ...]:
    """Return the colour of the page's first pixel, each channel 0 to 255."""
    import matplotlib.image

    return tuple(int(255 * x) for x in matplotlib.image.imread(path)[2, 2][:3])


@pytest.fixture(scope="module")
def tab(browser: str) -> Iterator[Tab]:
    with Tab(browser) as found:
        yield found


def shown(tab: Tab) -> list[str]:
    found: list[str] = tab.run("[...document.querySelectorAll('tr.row')].map(r => r.dataset.id)")
    return found


def focused(tab: Tab) -> str | None:
    found: str | None = tab.run("document.activeElement.closest('tr.row')?.dataset.id")
    return found


def test_chips_filter_and_let_go_by_click(tab: Tab, page: Path) -> None:
    tab.goto(page)
    tab.click("[data-change=lost]")
    assert shown(tab) == ["p2"]
    assert tab.run("document.querySelector('[data-change=lost]').ariaPressed") == "true"
    assert tab.run("location.hash") == "#change=lost"
    tab.click("[data-change=lost]")
    assert len(shown(tab)) == 5
    tab.click("[data-chance]")
    assert shown(tab) == ["p3"]
    assert tab.run("document.querySelector('tr.row').innerText").count("within chance") == 1
    tab.click("[data-chance]")


def test_headings_sort_by_click_up_down_and_not(tab: Tab, page: Path) -> None:
    tab.goto(page)
    tab.click("th[data-sort=gain] button")
    assert shown(tab)[:2] == ["p1", "p3"]
    assert tab.run("document.querySelector('th[data-sort=gain]').ariaSort") == "descending"
    tab.click("th[data-sort=gain] button")
    assert shown(tab)[0] == "p2"
    tab.click("th[data-sort=gain] button")
    assert shown(tab)[0] == "p1"


def test_a_row_opens_by_click_and_shows_what_the_verifier_read(tab: Tab, page: Path) -> None:
    tab.goto(page)
    tab.click("tr.row[data-id=p1] td")
    detail = tab.run("document.querySelector('tr.detail').innerText")
    assert "base <b>: 0 of 8 correct" in detail
    assert "read as <b>7</b>" in detail.replace("\n", " ")
    assert HOSTILE[2] in detail
    assert tab.run("document.title") == "A <title>"
    tab.click("tr.row[data-id=p1] td")
    assert tab.run("document.querySelectorAll('tr.detail').length") == 0


def test_keys_walk_open_search_and_close(tab: Tab, page: Path) -> None:
    tab.goto(page)
    tab.press("j")
    assert focused(tab) == "p1"
    tab.press("j")
    tab.press("j")
    assert focused(tab) == "p10"
    tab.press("k")
    assert focused(tab) == "p2"
    tab.press("Enter")
    assert tab.run("document.querySelector('tr.detail').previousElementSibling.dataset.id") == "p2"
    assert focused(tab) == "p2"
    tab.press("/")
    tab.write("prompt of p1")
    assert shown(tab) == ["p1", "p10"]
    tab.press("Escape")
    tab.press("Escape")
    assert tab.run("location.hash") == "#q=prompt+of+p1"
    assert tab.run("document.querySelectorAll('tr.detail').length") == 0


def test_links_lead_to_their_problem(tab: Tab, page: Path) -> None:
    tab.goto(page)
    tab.click(".ids a[href='#open=p2']")
    tab.until("document.querySelectorAll('tr.detail').length === 1")
    assert tab.run("document.querySelector('tr.detail').previousElementSibling.dataset.id") == "p2"
    top = tab.run("document.querySelector('tr.row.open').getBoundingClientRect().top")
    assert -5 < top < 900


def test_every_link_has_somewhere_to_go(tab: Tab, page: Path) -> None:
    tab.goto(page)
    targets: list[str] = tab.run("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))")
    assert targets
    for target in targets:
        tab.goto(page, target.removeprefix("#"))
        assert shown(tab), target


def test_a_phone_needs_no_sideways_scrolling(browser: str, page: Path) -> None:
    with Tab(browser, width=360, height=740, touch=True) as phone:
        phone.goto(page, "open=p1")
        assert phone.run("document.documentElement.scrollWidth") <= 360
        edges = "[...document.querySelectorAll('#problems *')].map(e => e.getBoundingClientRect().right)"
        assert phone.run(f"Math.max(...{edges})") <= 360
        assert phone.run("document.querySelector('th.ask').getClientRects().length") == 0


def test_in_print_nothing_is_hidden_behind_controls(tab: Tab, page: Path) -> None:
    tab.goto(page, "open=p1")
    tab.call("Emulation.setEmulatedMedia", media="print")
    assert tab.run("getComputedStyle(document.querySelector('.tools')).display") == "none"
    assert tab.run("getComputedStyle(document.querySelector('pre')).maxHeight") == "none"
    tables = "[...document.querySelectorAll('details:not([open]) table')]"
    visible = f"{tables}.map(t => t.checkVisibility() && t.getBoundingClientRect().height > 20)"
    shown_in_print = tab.run(visible)
    tab.call("Emulation.setEmulatedMedia", media="")
    assert len(shown_in_print) >= 3
    assert all(shown_in_print)
    assert not any(tab.run(visible))  # on the screen they are closed


def test_the_reader_s_theme_is_followed(tab: Tab, page: Path) -> None:
    found = []
    for theme in ("light", "dark"):
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        tab.goto(page)
        found.append(tab.run("getComputedStyle(document.body).backgroundColor"))
    assert found == ["rgb(246, 247, 249)", "rgb(14, 17, 22)"]
    tab.call("Emulation.setEmulatedMedia", features=[])


def test_nothing_is_asked_of_the_network(tab: Tab, page: Path) -> None:
    tab.goto(page, "open=p1")
    fetched = tab.run("performance.getEntriesByType('resource').map(e => e.name)")
    assert fetched == []


def test_wide_tables_keep_k_in_sight_on_a_phone(browser: str, page: Path) -> None:
    with Tab(browser, width=390, height=844, touch=True) as phone:
        phone.goto(page)
        phone.run("document.querySelectorAll('details.figures').forEach(x => x.open = true)")
        assert phone.run("document.documentElement.scrollWidth") <= 390
        phone.run("document.querySelectorAll('.held').forEach(x => x.parentElement.scrollLeft = 900)")
        places = phone.run(
            "[...document.querySelectorAll('.held')].map(t => [t.parentElement.scrollLeft,"
            " t.rows[1].cells[0].getBoundingClientRect().left, t.getBoundingClientRect().left])"
        )
        assert len(places) == 3
        for moved, cell, table in places:
            assert moved > 20
            assert table < 0 < cell < 30
