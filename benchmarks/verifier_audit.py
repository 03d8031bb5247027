"""Audit the built-in verifiers and print the tables of docs/LOG.md.

    python benchmarks/verifier_audit.py            # counts per family, as Markdown
    python benchmarks/verifier_audit.py --examples # and what went wrong

Cases are made from the verifiers' own fixtures, so the figures say how a verifier treats each kind of text, and not how
often a model writes it.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from rewards import load_reward
from rewards.verifier_audit import AuditReport, audit_reward
from rewards.verifier_audit.fixtures import fixture_rows

AUDITED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("number", {}),
    ("number", {"where": "boxed"}),
    ("number", {"where": "last"}),
    ("exact", {}),
    ("exact", {"mode": "tagged"}),
    ("exact", {"mode": "exact"}),
    ("format", {}),
    ("format", {"allow_prefilled": True}),
    ("reasoning_gym", {"task": "chain_sum"}),
    ("reasoning_gym", {"task": "spell_backward"}),
)


def row(title: str, report: AuditReport, pays: bool) -> str:
    found = report.total(pays).to_json()
    rate = "-" if found["rate"] is None else f"{100 * found['rate']:.2f} %"
    worst = [f"{f.name} {f.wrong}/{f.cases}" for f in report.families if f.pays == pays and f.wrong]
    interval = f"{100 * found['low']:.2f} to {100 * found['high']:.2f} %"
    kind = "false negatives" if pays else "false positives"
    listed = ", ".join(worst) or "none"
    return f"| {title} | {kind} | {found['cases']} | {found['wrong']} | {rate} | {interval} | {listed} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", action="store_true")
    given = parser.parse_args()
    print("| reward | what | cases | wrong | rate | 95 % interval | in which families |")
    print("|---|---|---|---|---|---|---|")
    begin, cases, notes = time.perf_counter(), 0, []
    for name, params in AUDITED:
        bound = load_reward(name, **params)
        report = audit_reward(bound, fixture_rows(bound))
        title = " ".join([f"`{name}`", *(f"{k}={v}" for k, v in params.items())])
        print(row(title, report, False))
        print(row(title, report, True))
        cases += report.total(False).cases + report.total(True).cases
        for family in report.families:
            notes += [
                f"{title}, {family.name}: {e['completion']!r} for {e['reference']}" for e in family.examples
            ]
    print(f"\n{cases} cases in {time.perf_counter() - begin:.1f} s.")
    if given.examples:
        print("\n".join(notes))


if __name__ == "__main__":
    main()
