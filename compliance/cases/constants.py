"""Agreed times and sizes of case work."""

from datetime import timedelta
from typing import Final

from compliance.cases.models import Alert

# From opening to decision. A held payment is never below medium, so nobody's money waits longer than three days.
SLA: Final[dict[str, timedelta]] = {
    Alert.Severity.CRITICAL: timedelta(hours=4),
    Alert.Severity.HIGH: timedelta(hours=24),
    Alert.Severity.MEDIUM: timedelta(days=3),
    Alert.Severity.LOW: timedelta(days=7),
}

MIN_REASON: Final = 10  # characters; shorter reasons cannot be followed by another person
MAX_REASON: Final = 4_000
