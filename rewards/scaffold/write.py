"""Fill the templates and put them in place, all of them or none."""

from __future__ import annotations

import builtins
import keyword
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from string import Template

from rewards.errors import RewardError

TEMPLATES = Path(__file__).parent / "templates"
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
DOMAIN = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def write_plugin(
    name: str, folder: str | Path = ".", *, package: bool = False, domain: str = "general"
) -> list[Path]:
    """Write the reward `name` into `folder/name` and return the files, sorted.

    Args:
        name: the reward's name, also that of its function and folder.
        folder: an existing folder, or one to be made.
        package: write a package with an entry point of the group `reasoners.rewards`.
        domain: what it verifies, for listings.

    Raises:
        RewardError: a name that cannot be used, a folder that is there already, or no right to write.
    """
    _check_names(name, domain)
    target = Path(folder).expanduser() / name
    if target.exists() or target.is_symlink():
        raise RewardError(f"{target} is there already; choose another name or --dir, or remove it.")
    words = {"name": name, "domain": domain, "title": name.replace("_", " ")}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{name}-") as draft:
            for path, text in _filled("package" if package else "plugin", words):
                file = Path(draft) / name / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            shutil.move(Path(draft) / name, target)
    except OSError as error:
        raise RewardError(f"cannot write {target}: {error.strerror or error}.") from error
    return sorted(path for path in target.rglob("*") if path.is_file())


def _filled(kind: str, words: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield path and text of each file: those of `kind`, and the code and cases that both kinds share."""
    for source in sorted((TEMPLATES / kind).rglob("*.txt")):
        path = source.relative_to(TEMPLATES / kind).as_posix().removesuffix(".txt")
        yield (
            path.replace("NAME", words["name"]),
            Template(source.read_text(encoding="utf-8")).substitute(words),
        )
    home = f"src/{words['name']}_reward/" if kind == "package" else ""
    for file in ("reward.py", "fixtures.jsonl"):
        text = (TEMPLATES / f"{file}.txt").read_text(encoding="utf-8")
        yield home + file, Template(text).substitute(words)


def _check_names(name: str, domain: str) -> None:
    allowed = "a small letter, then small letters, digits and `_`, at most 64"
    if not NAME.fullmatch(name):
        raise RewardError(f"`{name}` cannot be a reward's name; allowed: {allowed}.")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name):
        raise RewardError(f"`{name}` is a word of Python; choose another name, such as `{name}_match`.")
    if name in sys.stdlib_module_names or name in ("reward", "reasoners", "rewards", "data_selection"):
        raise RewardError(f"`{name}` is the name of a module; choose another, such as `{name}_match`.")
    if not DOMAIN.fullmatch(domain):
        raise RewardError(
            f"`{domain}` cannot be a domain; allowed: a word such as math, sql or classification."
        )
    from rewards.registry import registered_names

    if name in registered_names():
        raise RewardError(f"a reward called `{name}` is installed already; choose another name.")
