"""The app's tables, room by room."""

from compliance.cases.models import Alert, AlertEvent
from compliance.kyc.models import KycDocument, KycVerification
from compliance.monitoring.models import Activity, Assessment, Rule

__all__ = [
    "Activity",
    "Alert",
    "AlertEvent",
    "Assessment",
    "KycDocument",
    "KycVerification",
    "Rule",
]
