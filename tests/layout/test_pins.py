"""constraints.txt: exact, complete for the packages we name, and inside the ranges of pyproject.toml."""

import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPO = Path(__file__).resolve().parents[2]
LINES = [
    line for line in (REPO / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")
]
PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(python: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in LINES:
        pin = Requirement(line)
        environment = {
            "python_full_version": f"{python}.0",
            "python_version": python,
            "sys_platform": "linux",
        }
        if pin.marker is None or pin.marker.evaluate(environment):
            assert canonical(pin.name) not in found, f"{pin.name} is pinned twice on Python {python}"
            found[canonical(pin.name)] = str(pin.specifier)
    return found


def test_every_pin_is_exact() -> None:
    assert LINES
    for line in LINES:
        assert re.fullmatch(r"==[^*,]+", str(Requirement(line).specifier)), line


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("group", ["core", *PROJECT["optional-dependencies"]])
def test_pins_lie_inside_our_ranges(python: str, group: str) -> None:
    wanted = PROJECT["dependencies"] if group == "core" else PROJECT["optional-dependencies"][group]
    have = pins(python)
    for line in wanted:
        requirement = Requirement(line)
        version = have[canonical(requirement.name)].removeprefix("==")
        assert requirement.specifier.contains(version), f"{line}: pinned at {version}"


def test_the_running_python_is_supported() -> None:
    low, high = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    assert int(low) <= sys.version_info.minor < int(high)
