"""The error of this package: counts, samples or settings that the user can mend."""

from rewards.errors import ToolkitError


class EvalError(ToolkitError, ValueError):
    """Counts that cannot be, a k that is not defined for them, an audit that cannot be read."""
