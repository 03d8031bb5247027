"""What a reward says about itself: name, summary, domain, range, parameters."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rewards.conformance.report import Check
from rewards.define import Reward
from rewards.errors import RewardError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
SUMMARY_CHARS = 120


def metadata(spec: Reward) -> Check:
    """Check the name, the docstring's first line, the domain and the range."""
    problem = next(_metadata_problems(spec), None)
    if problem is None:
        return Check("metadata", True)
    got, allowed = problem
    return Check("metadata", False, f"the declaration of `{spec.name}`", got, allowed)


def _metadata_problems(spec: Reward) -> Iterator[tuple[str, str]]:
    if not NAME.fullmatch(spec.name):
        yield f"the name {spec.name!r}", "a letter, then letters, digits, `_`, `.` and `-`"
    if not spec.summary.strip():
        yield "no docstring", "a docstring whose first line says what is paid for"
    if len(spec.summary) > SUMMARY_CHARS:
        yield f"a first line of {len(spec.summary)} characters", f"a summary of at most {SUMMARY_CHARS}"
    if not isinstance(spec.domain, str) or not spec.domain.strip():
        yield f"the domain {spec.domain!r}", 'a word such as "math", "sql" or "classification"'
    if not all(math.isfinite(end) for end in spec.range):
        yield f"the range {spec.range}", "two finite numbers, the lowest and the highest value"


def parameters(spec: Reward) -> Check:
    """Check that each parameter has a type, a default of that type or none, and a word of documentation."""
    text = _documentation(spec)
    for name, parameter in spec.params.items():
        fed = f"the parameter `{name}` of `{spec.name}`"
        if parameter.annotation is inspect.Parameter.empty:
            return Check("parameters", False, fed, "no type", f"an annotation, such as `{name}: int = 1`")
        if not re.search(rf"\b{re.escape(name)}\b", text):
            allowed = "its name and meaning in the docstring, or in a README.md beside the plugin"
            return Check("parameters", False, fed, "no documentation", allowed)
        if parameter.default is not inspect.Parameter.empty:
            try:
                replace(spec, params={name: parameter}).check_params({name: parameter.default})
            except RewardError as error:
                return Check("parameters", False, fed, str(error), "a default of the annotated type")
    return Check("parameters", True)


def _documentation(spec: Reward) -> str:
    text = inspect.getdoc(spec.fn) or ""
    try:
        source = inspect.getsourcefile(spec.fn)
    except TypeError:
        return text
    for folder in [Path(source).parent] if source else []:
        readme = folder / "README.md"
        if readme.is_file():
            text += readme.read_text(encoding="utf-8", errors="replace")
    return text
