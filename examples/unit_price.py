"""A verifier in ten lines: write it, try it, then train or audit with it.

    python examples/unit_price.py
    reasoners rewards score examples/unit_price.py:unit_price --in cases.jsonl --out scores.jsonl
    reasoners train demo 'rewards=[{name: examples/unit_price.py:unit_price, params: {tolerance: 0.01}}]'

The last line needs data with a column `price`; without it, it stops at once and says so.
"""

from reasoners import BadReference, Score, Status, reward


@reward("unit_price", domain="shopping", cost="inline")
def unit_price(completion: str, price: float, *, tolerance: float = 0.0) -> Score:
    """Pay 1 for the right price, written as `EUR 12.34` and nothing else."""
    if price <= 0:
        raise BadReference(f"a price of {price} cannot be right")
    currency, _, amount = completion.strip().partition(" ")
    if currency != "EUR" or not amount.replace(".", "", 1).isdigit():
        return Score(None, Status.UNPARSED, reason="expected `EUR 12.34`")
    return Score(float(abs(float(amount) - price) <= tolerance), parts={"off_by": abs(float(amount) - price)})


def main() -> None:
    """Show what each kind of completion gets."""
    bound = unit_price.bind(tolerance=0.01)
    for completion, price in [
        ("EUR 12.34", 12.34),
        ("EUR 12.50", 12.34),
        ("about twelve", 12.34),
        ("EUR 1", -1.0),
    ]:
        score = bound.score(completion=completion, price=price)
        print(f"{completion!r:<16} {score.status:<14} {score.value}  {score.reason}")


if __name__ == "__main__":
    main()
