"""What the approvals API takes and gives."""

from typing import Any

from rest_framework import serializers as plain

from nexafi.api import serializers as s
from nexafi.approvals.models import Approval


class Decision(s.StrictSerializer):
    reason = s.CharField(max_length=1000, multiline=True)


class ApprovalFilters(s.ListFilters):
    orderings = ("-requested_at", "requested_at")
    status = s.ChoiceField(choices=Approval.Status.values)
    kind = s.CharField(max_length=80)
    maker_id = s.UUIDField()
    checker_id = s.UUIDField()
    target_id = s.CharField(max_length=64)
    requested_after = s.DateTimeField(source="requested_at__gte")
    requested_before = s.DateTimeField(source="requested_at__lt")


class ApprovalOut(plain.Serializer[Any]):
    """A request for an act that takes two people, as asked and as decided."""

    id = plain.UUIDField()
    kind = plain.CharField()
    status = plain.ChoiceField(choices=Approval.Status.choices)
    payload = plain.DictField(help_text="What will be done, exactly.")
    payload_hash = plain.CharField(help_text="SHA-256 of the canonical payload, frozen with the request.")
    target_type = plain.CharField()
    target_id = plain.CharField()
    maker_id = plain.UUIDField()
    request_reason = plain.CharField()
    requested_at = plain.DateTimeField()
    expires_at = plain.DateTimeField()
    checker_id = plain.UUIDField(allow_null=True)
    decision_reason = plain.CharField()
    decided_at = plain.DateTimeField(allow_null=True)
