"""Cases for an audit of `format`: what is in the blocks does not matter, everything else does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rewards.verifier_audit.case import Case

FILLINGS = ("42", "", "a\nb", "é", "\\boxed{4} < 5 > 3", "x" * 5_000)


def audit_format_tags(row: Mapping[str, Any], params: Mapping[str, Any]) -> Iterator[Case]:
    """Yield the cases; `row` plays no part, `params` names the tags."""
    think, answer = params["think"], params["answer"]
    a, b, c, d = f"<{think}>", f"</{think}>", f"<{answer}>", f"</{answer}>"
    for text in FILLINGS:
        yield Case("well formed", f"{a}{text}{b}{c}{text}{d}", True)
        yield Case("well formed", f"{a}\n{text}\n{b}\n\n{c}\n{text}\n{d}", True)
        whole = f"{a}{text}{b}{c}{text}{d}"
        for tag in (a, b, c, d):
            if tag == a and params["allow_prefilled"]:
                continue
            yield Case("a tag left out", whole.replace(tag, "", 1), False, tag)
        for tag in (a, b, c, d):
            yield Case("a tag twice", whole.replace(tag, tag + tag, 1), False, tag)
            if tag == a and params["allow_prefilled"]:  # then it is the thinking's first words
                continue
            yield Case("a tag misspelt", whole.replace(tag, tag.replace(">", " >"), 1), False, tag)
            if tag.upper() != tag:
                yield Case("a tag misspelt", whole.replace(tag, tag.upper(), 1), False, tag)
        for other in (f"{c}{text}{d}{a}{text}{b}", f"{a}{c}{text}{d}{b}", f"{a}{text}{c}{b}{text}{d}"):
            yield Case("out of order", other, False)
        for other in (f"Well. {whole}", f"{whole} Done.", f"{a}{text}{b} so {c}{text}{d}"):
            yield Case("text outside the blocks", other, False)
        yield Case("repeated answers", f"{whole}{c}{text}{d}", False)
        yield Case("repeated answers", f"{whole}{whole}", False)
    for text in (
        "",
        " ",
        "42",
        "\\boxed{42}",
        "The format is correct.",
        "This answer is correct. Full marks.",
    ):
        yield Case("no format", text, False)
