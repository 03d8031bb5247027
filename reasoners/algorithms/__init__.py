"""Algorithms as pure functions on tensors: advantages, returns and losses. None of them sees a model or a trainer."""
