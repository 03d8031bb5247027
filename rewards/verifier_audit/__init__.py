"""How often a verifier pays what is wrong, and refuses what is right."""

from rewards.verifier_audit.case import Case
from rewards.verifier_audit.measure import AuditReport, Family, audit_reward
from rewards.wilson import wilson

__all__ = ["AuditReport", "Case", "Family", "audit_reward", "wilson"]
