"""Models: loading by name, the precision the machine likes, and two embedded ones that need no hub."""

from reasoners.models.addition import addition_rows
from reasoners.models.device import Precision, choose_precision
from reasoners.models.load import load_model, resolve_model

__all__ = ["Precision", "addition_rows", "choose_precision", "load_model", "resolve_model"]
