"""The app's tables, room by room."""

from compliance.cases.models import Alert, AlertEvent
from compliance.kyc.models import KycDocument, KycVerification
from compliance.monitoring.models import Activity, Assessment, Rule
from compliance.screening.models import (
    EntryIdentifier,
    EntryName,
    EntryRevision,
    FalsePositive,
    ScreeningHit,
    ScreeningRun,
    ScreeningVerdict,
    WatchlistEntry,
    WatchlistSnapshot,
    WatchlistSource,
)

__all__ = [
    "Activity",
    "Alert",
    "AlertEvent",
    "Assessment",
    "EntryIdentifier",
    "EntryName",
    "EntryRevision",
    "FalsePositive",
    "KycDocument",
    "KycVerification",
    "Rule",
    "ScreeningHit",
    "ScreeningRun",
    "ScreeningVerdict",
    "WatchlistEntry",
    "WatchlistSnapshot",
    "WatchlistSource",
]
