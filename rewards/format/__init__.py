"""The think/answer format of a completion."""
