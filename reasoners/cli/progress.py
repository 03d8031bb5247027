"""Progress of long commands: a bar with the time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

LINE_SECONDS = 10.0


@contextmanager
def progress_display(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Yield `report(label, done, total)`, to be called whenever there is progress."""
    if not console.is_terminal:
        yield _lines(console)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=total)
            bars.update(tasks[label], completed=done, total=total)

        yield report


def _lines(console: Console) -> Callable[[str, int, int], None]:
    starts: dict[str, tuple[float, int]] = {}
    printed = time.monotonic()

    def report(label: str, done: int, total: int) -> None:
        nonlocal printed
        now = time.monotonic()
        begin, first = starts.setdefault(label, (now, done))
        if done < total and now - printed < LINE_SECONDS:
            return
        printed = now
        left = (
            f", about {(now - begin) / (done - first) * (total - done):.0f} s left"
            if first < done < total
            else ""
        )
        console.print(f"{label}: {done} of {total} samples{left}", highlight=False, soft_wrap=True)

    return report
