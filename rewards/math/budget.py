"""How much of a text is read. Past any of these the answer is `OverBudget`, before the work is done."""

from __future__ import annotations

MAX_CHARACTERS = 40_000
"""Longer texts are refused unread; a set of 5,000 numbers is shorter."""
MAX_TOKENS = 25_000
MAX_DIGITS = 2_000
"""Digits of one numeral; below the interpreter's own limit on int()."""
MAX_EXPONENT = 2_000
"""Size of the exponent in `1e5`."""
MAX_DEPTH = 48
"""Brackets, exponents and functions inside one another. Each costs about ten frames of a stack of 1,000."""
MAX_POSTFIX = 8
"""Signs such as `!` after one factor."""
SHOWN = 400
"""Characters of a canonical form shown to people."""
