"""The report in a browser: its script runs, sorts, filters and opens rows, and hostile text stays text."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.report import write_report

from .specimen import HOSTILE, report

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
QUIET = ("--disable-component-update", "--disable-sync", "--window-size=1280,2400")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> str:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    return found


@pytest.fixture(scope="module")
def page() -> Iterator[Path]:
    # A browser from a sandboxed package may read below the home folder or /tmp only.
    with tempfile.TemporaryDirectory() as folder:
        yield write_report(Path(folder) / "report.html", report())


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
