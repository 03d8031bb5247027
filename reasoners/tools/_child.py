"""The sandbox's process: `python _child.py MEMORY SECONDS`, code on stdin, what it prints on stdout.

The exit status says how it ended: 0 done, 1 the code raised (the message is on stderr), 3 no confinement here.
"""

from __future__ import annotations

import ast
import bisect  # noqa: F401 - code in the sandbox can import what is loaded here, and nothing else
import cmath  # noqa: F401
import collections  # noqa: F401
import copy  # noqa: F401
import dataclasses  # noqa: F401
import datetime  # noqa: F401
import decimal  # noqa: F401
import fractions  # noqa: F401
import functools  # noqa: F401
import heapq  # noqa: F401
import itertools  # noqa: F401
import json  # noqa: F401
import math
import operator  # noqa: F401
import os
import random
import re  # noqa: F401
import statistics  # noqa: F401
import string  # noqa: F401
import sys
import time  # noqa: F401
from importlib import import_module
from typing import Any

NO_CONFINEMENT = 3
READY = b"\0"
"""Said on stdout before the code is read: from here on it is the code that takes time."""


def main() -> None:
    """Confine this process, then run the code on stdin."""
    guard = import_module("_confine")  # it lies beside this file, and no package is on the path

    import_module("_strptime")  # datetime imports it where it is called
    random.seed(0)
    os.write(1, READY)
    code = sys.stdin.buffer.read().decode("utf-8", "replace")
    try:
        guard.confine(int(sys.argv[1]), int(sys.argv[2]))
    except guard.CannotConfineError as error:
        sys.stderr.write(str(error))
        sys.exit(NO_CONFINEMENT)
    for name in ("ctypes", "_ctypes", "_confine", "resource"):
        sys.modules.pop(name, None)
    sys.exit(run(code))


def run(code: str) -> int:
    """Run code as an interactive session does: a last line that is an expression is shown."""
    scope: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__, "math": math}
    try:
        tree = ast.parse(code)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<tool>", "exec"), scope)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<tool>", "eval"), scope)
            if value is not None:
                print(repr(value))
        sys.stdout.flush()
    except SystemExit:
        sys.stdout.flush()
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}"[:1000])
        return 1
    return 0


if __name__ == "__main__":
    main()
