"""The mathematics verifier: extraction, a parser that executes nothing, comparison in tiers."""
