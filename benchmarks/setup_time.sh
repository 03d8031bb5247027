#!/bin/sh
# Seconds from a fresh clone to a ready environment: no .venv, an empty model cache, pip's cache as it is.
# Run: sh benchmarks/setup_time.sh
# Bars: make setup under 240 s, pip install . (core) under 60 s, then the starts of benchmarks/startup.py.
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
export REASONERS_CACHE="$place/cache"
unset PYTHONDONTWRITEBYTECODE
git clone -q "$home" "$place/clone"
cd "$place/clone"

start=$(date +%s)
make setup
echo "make setup: $(($(date +%s) - start)) s, .venv $(du -sm .venv | cut -f1) MB, models $(du -sm "$REASONERS_CACHE" | cut -f1) MB"

start=$(date +%s)
make setup >/dev/null
echo "make setup again: $(($(date +%s) - start)) s"

.venv/bin/python -m venv "$place/core"
start=$(date +%s)
"$place/core/bin/pip" install -q --disable-pip-version-check .
echo "pip install . (core): $(($(date +%s) - start)) s, $(du -sm "$place/core" | cut -f1) MB"
echo "starts in the core environment:"
"$place/core/bin/python" benchmarks/startup.py
echo "starts in .venv:"
.venv/bin/python benchmarks/startup.py
