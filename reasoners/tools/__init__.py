"""Tools that a model may call during a rollout, and how they are found and checked."""

from reasoners.tools.load import SHIPPED, load_tools
from reasoners.tools.observation import bounded, count_cut
from reasoners.tools.rows import checks_rows, row_columns
from reasoners.tools.sandbox import Sandbox, SandboxError, ToolError
from reasoners.tools.settings import ToolEntry

__all__ = [
    "SHIPPED",
    "Sandbox",
    "SandboxError",
    "ToolEntry",
    "ToolError",
    "bounded",
    "checks_rows",
    "count_cut",
    "load_tools",
    "row_columns",
]
