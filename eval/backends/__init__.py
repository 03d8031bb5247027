"""Engines that make samples: transformers, vLLM, and any server that speaks OpenAI's protocol.

`contract.Backend` is all that the audit knows of them.
"""
