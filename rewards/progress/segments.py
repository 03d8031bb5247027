"""Cut a line of thought into episodes, as the released analysis of MRT does.

Paragraphs are parted by a blank line. A paragraph that begins with a mark of hesitation opens a new episode if the open
one has at least three paragraphs. Case counts: "wait" inside a sentence begins nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

MARKERS = (
    "Wait",
    "But wait",
    "Alternatively",
    "Is there another way to think about this?",
    "But let me double-check",
    "But hold on",
)
"""How a paragraph begins that opens an episode, in MRT's analysis of R1-like models."""
MIN_PARAGRAPHS = 3
BLANK = "\n\n"


def episode_spans(
    text: str,
    *,
    markers: Sequence[str] = MARKERS,
    min_paragraphs: int = MIN_PARAGRAPHS,
    max_cuts: int | None = None,
    group_size: int = 1,
) -> list[tuple[int, int]]:
    """Return where each episode begins and ends in `text`, in characters; side by side they are the whole text.

    Args:
        text: the thought. An empty one has no episodes.
        markers: how a paragraph begins that may open an episode.
        min_paragraphs: paragraphs that the open episode must have.
        max_cuts: at most this many cuts, and so one more episode; the rest is the last one. None = no limit.
        group_size: so many neighbouring episodes are merged into one, after cutting.

    Raises:
        ValueError: `min_paragraphs` or `group_size` below 1, or `max_cuts` below 0.
    """
    if min_paragraphs < 1 or group_size < 1 or (max_cuts is not None and max_cuts < 0):
        raise ValueError("min_paragraphs and group_size are at least 1, max_cuts at least 0")
    if not text:
        return []
    starts = _starts(text.split(BLANK), tuple(markers), min_paragraphs, max_cuts)[::group_size]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def segment(
    text: str,
    *,
    markers: Sequence[str] = MARKERS,
    min_paragraphs: int = MIN_PARAGRAPHS,
    max_cuts: int | None = None,
    group_size: int = 1,
) -> list[str]:
    """Return the episodes as texts without the newlines at their ends; the arguments are those of `episode_spans`."""
    rules = {"markers": markers, "min_paragraphs": min_paragraphs, "max_cuts": max_cuts}
    single = [text[a:b].rstrip("\n") for a, b in episode_spans(text, **rules)]  # type: ignore[arg-type]
    if group_size == 1:
        return single
    episode_spans(text, group_size=group_size)  # refuses a size below 1
    return [BLANK.join(single[i : i + group_size]) for i in range(0, len(single), group_size)]


def _starts(
    paragraphs: Sequence[str], markers: tuple[str, ...], min_paragraphs: int, max_cuts: int | None
) -> list[int]:
    starts, opened, position = [0], 0, 0
    for number, paragraph in enumerate(paragraphs):
        full = max_cuts is not None and len(starts) > max_cuts
        if not full and number - opened >= min_paragraphs and paragraph.startswith(markers):
            starts.append(position)
            opened = number
        position += len(paragraph) + len(BLANK)
    return starts
