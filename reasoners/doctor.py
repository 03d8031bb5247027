"""What `reasoners doctor` looks at. Each check returns findings; none of them raises or changes anything."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from reasoners._layout import HOME, PACKAGES, layout_problem, package_origin

Status = Literal["ok", "note", "problem"]
DISTRIBUTION = "reasoners"
PYTHONS = ((3, 11), (3, 13))
LOW_DISK_GIB = 2.0
# An extra counts as installed when this package of it is there: a lone torch is no training set-up.
EXTRAS = {"train": "trl", "gym": "reasoning-gym", "vllm": "vllm"}
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Finding:
    """One line of the report. A `problem` makes the exit status 1; `advice` says what to do about it."""

    topic: str
    status: Status
    text: str
    advice: str = ""


def examine() -> list[Finding]:
    """Run every check, in the order in which a person would look."""
    checks = (
        check_python,
        check_versions,
        check_layout,
        check_plugins,
        check_device,
        check_models,
        check_cache,
        check_disk,
        check_tools,
    )
    return [finding for check in checks for finding in check()]


def as_json(findings: list[Finding]) -> dict[str, Any]:
    """Return the report for `--json`: `healthy`, and the findings as they are printed."""
    return {"healthy": healthy(findings), "findings": [asdict(f) for f in findings]}


def healthy(findings: list[Finding]) -> bool:
    """Return whether nothing has to be mended."""
    return all(f.status != "problem" for f in findings)


def check_python() -> Iterator[Finding]:
    """The interpreter: its version, and where it is."""
    version = ".".join(map(str, sys.version_info[:3]))
    text = f"Python {version}, {sys.executable}"
    if PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        yield Finding("python", "ok", text)
    else:
        yield Finding(
            "python", "problem", text, "use Python 3.11, 3.12 or 3.13: make setup PYTHON=python3.12"
        )


def check_versions() -> Iterator[Finding]:
    """The packages: what is installed against what this version of the toolkit supports."""
    from packaging.requirements import Requirement

    try:
        lines = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield Finding(
            "packages", "problem", "reasoners is not installed", "run `pip install -e .` in its folder"
        )
        return
    wanted = [Requirement(line) for line in lines]
    core = [r for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]
    yield from _versions("core", core)
    for extra, sign in EXTRAS.items():
        own = [r for r in wanted if r not in core and r.marker and r.marker.evaluate({"extra": extra})]
        if installed_version(sign) is None:
            yield Finding(extra, "note", "not installed", f"needed for it: pip install 'reasoners[{extra}]'")
        else:
            yield from _versions(extra, own)


def _versions(topic: str, requirements: list[Any]) -> Iterator[Finding]:
    pins, good = read_pins(), []
    for wanted in requirements:
        have = installed_version(wanted.name)
        fix = f"pip install '{wanted.name}{wanted.specifier}', or `make setup` in a checkout"
        if have is None:
            yield Finding(topic, "problem", f"{wanted.name} is missing", fix)
        elif not wanted.specifier.contains(have, prereleases=True):
            yield Finding(topic, "problem", f"{wanted.name} {have} is outside {wanted.specifier}", fix)
        else:
            pin = pins.get(wanted.name.lower())
            good.append(f"{wanted.name} {have}" + (f" (pin {pin})" if pin and pin != _public(have) else ""))
    if good:
        yield Finding(topic, "ok", ", ".join(good))


def _public(version: str) -> str:
    return version.partition("+")[0]


def installed_version(name: str) -> str | None:
    """Return the version of an installed distribution, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def read_pins() -> dict[str, str]:
    """Return the pins of constraints.txt by lower-case name; empty outside a checkout."""
    from packaging.requirements import InvalidRequirement, Requirement

    pins: dict[str, str] = {}
    try:
        lines = (HOME / "constraints.txt").read_text(encoding="utf-8").splitlines()
    except OSError:
        return pins
    for line in lines:
        try:
            pin = Requirement(line)
        except InvalidRequirement:
            continue
        if pin.marker is None or pin.marker.evaluate():
            pins[pin.name.lower()] = re.sub("^==", "", str(pin.specifier))
    return pins


def check_layout() -> Iterator[Finding]:
    """The four packages: where each comes from, what hides it, who else installs that name."""
    owners = metadata.packages_distributions()
    for name in PACKAGES:
        problem = layout_problem(name)
        if problem:
            yield Finding("layout", "problem", problem, "rename that file, or run from another folder")
        others = sorted(set(owners.get(name, [])) - {DISTRIBUTION})
        if others:
            text = f"`{name}` is also installed by {', '.join(others)}, which may overwrite ours"
            yield Finding(
                "layout", "problem", text, f"pip uninstall {others[0]}, then install reasoners again"
            )
        if not problem:
            yield Finding("layout", "ok", f"{name} from {package_origin(name)}")
    yield from _strays(Path.cwd())


def _strays(folder: Path) -> Iterator[Finding]:
    if folder == HOME:
        return
    for name in PACKAGES:
        for stray in (folder / f"{name}.py", folder / name / "__init__.py"):
            if stray.is_file():
                text = f"{stray} hides our `{name}` from scripts run in this folder"
                yield Finding("layout", "note", text, "rename it")


def check_plugins() -> Iterator[Finding]:
    """The rewards: how many load, and one line for each that does not."""
    from rewards.errors import ToolkitError
    from rewards.registry import list_rewards

    try:
        listed = list(list_rewards())
    except ToolkitError as error:
        yield Finding("rewards", "problem", str(error), "uninstall or rename one of them")
        return
    good = [plugin.name for plugin in listed if not plugin.problem]
    yield Finding("rewards", "ok" if good else "problem", f"{len(good)} load: {', '.join(good)}")
    for plugin in listed:
        if plugin.problem:
            advice = (
                f"mend or uninstall {plugin.origin}; REASONERS_PLUGINS=name,name loads only the ones named"
            )
            yield Finding("rewards", "problem", plugin.problem, advice)


def check_device() -> Iterator[Finding]:
    """The device and the number format that training will use, and why."""
    if installed_version("torch") is None:
        yield Finding("device", "note", "core install, no torch: scoring, selecting and comparing work")
        return
    try:
        from reasoners.models.device import choose_precision

        yield Finding("device", "ok", choose_precision().why)
    except Exception as error:  # a broken CUDA or torch can fail in any way; the other checks still matter
        text = f"torch does not work: {type(error).__name__}: {error}"
        yield Finding("device", "problem", text, "install torch again: make clean-venv setup")


def check_models() -> Iterator[Finding]:
    """The embedded models: which are in the cache."""
    from reasoners.models.cache import MANIFEST, cache_root

    found = sorted(path.parent.name for path in cache_root().glob(f"*/{MANIFEST}"))
    if found:
        yield Finding("models", "ok", f"prepared in {cache_root()}: {', '.join(found)}")
    else:
        yield Finding("models", "note", f"none prepared in {cache_root()}; each is made at its first use")


def check_cache() -> Iterator[Finding]:
    """The cache folder: whether a file can be written."""
    from reasoners.models.cache import cache_root

    place = next(p for p in (cache_root(), *cache_root().parents) if p.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            yield Finding("cache", "ok", f"{cache_root()} is writable")
    except OSError as error:
        text = f"{cache_root()} cannot be written: {error.strerror}"
        yield Finding("cache", "problem", text, "set REASONERS_CACHE to a folder that you can write")


def check_disk() -> Iterator[Finding]:
    """The free space where runs and models go."""
    from reasoners.models.cache import cache_root

    cache = next(p for p in (cache_root(), *cache_root().parents) if p.exists())
    for title, place in (("this folder", Path.cwd()), ("the cache", cache)):
        free = shutil.disk_usage(place).free / 2**30
        low = free < LOW_DISK_GIB
        advice = "free some space before training" if low else ""
        yield Finding("disk", "problem" if low else "ok", f"{free:.1f} GiB free for {title}", advice)


def check_tools() -> Iterator[Finding]:
    """What is useful but not needed: a browser for report tests, the processor count."""
    browser = next((found for name in CHROMIUMS if (found := shutil.which(name))), None)
    yield Finding("tools", "note", f"chromium: {browser or 'absent; only tests of the report use it'}")
    yield Finding("tools", "note", f"{os.cpu_count()} CPU cores, {sys.platform}")
