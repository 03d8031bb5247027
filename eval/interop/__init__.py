"""Results of other harnesses in, and ours out: lm-evaluation-harness, lighteval, inspect_ai, evalplus, plain files."""
