"""Requests that a second person decides (maker and checker)."""

import hashlib
from typing import Any, Protocol

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from nexafi.approvals.registry import hidden_from
from nexafi.core import clock
from nexafi.core import json as strict_json
from nexafi.core.fields import UUID7Field


class Person(Protocol):
    """A signed-in user, as much of one as this app needs."""

    pk: Any

    def may(self, permission: str) -> bool: ...


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def visible_to(self, user: Person) -> "ApprovalQuerySet":
        """One's own, and for those who may view requests all of the kinds that they may look into."""
        own = Q(maker_id=user.pk)
        return self.filter(own | ~Q(kind__in=hidden_from(user.may)) if user.may("approvals.view") else own)

    def waiting(self) -> "ApprovalQuerySet":
        return self.filter(status=Approval.Status.REQUESTED)

    def waiting_about(self, kind: str, target_id: object) -> "Approval | None":
        """The request of this kind that waits about an object: few wait at a time, and an index holds them."""
        return self.waiting().filter(kind=kind, target_id=str(target_id)).first()


class Approval(models.Model):
    """An act that waits for, or got, the decision of a second person.

    The database refuses (constraints and trigger): a checker who is the maker, a decision without a reason, any change
    of what was asked, any change of a decided row, and deletion.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested"
        APPROVED = "approved"  # and executed: both happen in one transaction
        REJECTED = "rejected"
        EXPIRED = "expired"

    id = UUID7Field()
    kind = models.CharField(max_length=80)
    payload = models.JSONField()
    payload_hash = models.CharField(max_length=64)  # SHA-256 of the canonical payload when it was requested
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.REQUESTED)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    request_reason = models.TextField()
    requested_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    checker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    decision_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(checker=None) | ~Q(checker=F("maker")), name="approval_checker_is_not_maker"
            ),
            models.CheckConstraint(
                condition=Q(status="requested", checker=None, decided_at=None, decision_reason="")
                | Q(status="expired", checker=None, decided_at__isnull=False)
                | (
                    Q(status__in=["approved", "rejected"], checker__isnull=False, decided_at__isnull=False)
                    & ~Q(decision_reason="")
                ),
                name="approval_decision_complete",
            ),
            models.CheckConstraint(condition=~Q(request_reason=""), name="approval_request_has_reason"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="approval_waiting", condition=Q(status="requested")),
            models.Index(fields=["requested_at", "id"], name="approval_by_time"),
        ]

    def is_intact(self) -> bool:
        """Whether the payload still is what was requested."""
        return payload_hash(self.payload) == self.payload_hash


def payload_hash(payload: dict[str, Any]) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal. Raises TypeError for floats."""
    return hashlib.sha256(strict_json.canonical(payload)).hexdigest()
