"""Maker and checker: request, approve, reject, expire."""

from nexafi.approvals.services.decisions import approve, expire_due, reject
from nexafi.approvals.services.requests import request_approval

__all__ = ["approve", "expire_due", "reject", "request_approval"]
