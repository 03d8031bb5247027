"""The partial rewards, each a number in [0, 1] and a function of its own. None sees how long a completion is."""
