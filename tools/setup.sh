#!/bin/sh
# Find a Python that fits (PYTHON=... overrides) and hand over to tools/setup_env.py.
cd "$(dirname "$0")/.." || exit 1

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }

if [ -n "${PYTHON:-}" ]; then
  fits "$PYTHON" && exec "$PYTHON" tools/setup_env.py "$@"
  echo "error: PYTHON=$PYTHON is $("$PYTHON" --version 2>&1 | head -n 1); Python 3.11, 3.12 or 3.13 is needed." >&2
  exit 2
fi
# A finished environment's own interpreter first: a second run needs no search.
[ -f .venv/reasoners-setup.json ] && fits .venv/bin/python && exec .venv/bin/python tools/setup_env.py "$@"
for python in python3 python3.12 python3.11 python3.13 python; do
  fits "$python" && exec "$python" tools/setup_env.py "$@"
done
echo "error: no Python 3.11, 3.12 or 3.13 found on PATH (python3 is: $(python3 --version 2>&1 | head -n 1))." >&2
echo "Install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.12)," >&2
echo "or name it: make setup PYTHON=/path/to/python3.12" >&2
exit 2
