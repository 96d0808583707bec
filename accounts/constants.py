"""Limits and names shared across the app."""

from datetime import timedelta
from typing import Final

LOCK_AFTER: Final = 5  # failed tries of one account from one address (PSD2 RTS 2018/389, article 4(3)(b))
LOCK_FOR: Final = timedelta(minutes=30)
SLOW_AFTER: Final = 20  # failed tries of one account from addresses it never signed in from
KNOWN_ADDRESS_FOR: Final = timedelta(days=90)  # how long an address counts as the user's own; sessions are kept as long
