"""Tools that a model may call during a rollout, and how they are found and checked."""

from reasoners.tools.load import SHIPPED, load_tools
from reasoners.tools.observation import bounded, count_cut
from reasoners.tools.sandbox import Sandbox, SandboxError, ToolError
from reasoners.tools.settings import ToolEntry

__all__ = [
    "SHIPPED",
    "Sandbox",
    "SandboxError",
    "ToolEntry",
    "ToolError",
    "bounded",
    "count_cut",
    "load_tools",
]
