"""The tool `python`: an interpreter that can compute, and has no files, no network and no other processes."""

from __future__ import annotations

from collections.abc import Callable

from reasoners.tools.observation import cut_text
from reasoners.tools.sandbox import Sandbox


def python_tool(seconds: float = 2.0, memory_mb: int = 512, max_chars: int = 2000) -> Callable[[str], str]:
    """Return the tool.

    Args:
        seconds: time of one call.
        memory_mb: address space of one call.
        max_chars: characters of output that are shown.

    Raises:
        ToolkitError: limits that are none, or a machine without a sandbox.
    """
    sandbox = Sandbox(seconds, memory_mb, max_chars)
    sandbox.check()

    def python(code: str) -> str:
        """Run Python code and return what it prints; a last line that is an expression is printed.

        Only the standard library's mathematics and text modules can be imported; nothing is kept between calls.

        Args:
            code: the code.

        Returns:
            What was printed.
        """
        found = sandbox.run(str(code))
        if found.cut:
            return cut_text(found.text, max_chars, whole=0)
        return found.text.rstrip("\n") or "(nothing was printed)"

    return python
