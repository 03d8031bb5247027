"""Benchmarks by name: where each lies, how it is asked, and what judges it; and what a training set has of it."""
