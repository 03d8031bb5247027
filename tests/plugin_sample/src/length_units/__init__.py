"""Rewards for lengths: a package of its own, as a stranger would publish it."""
