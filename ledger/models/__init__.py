"""Accounts and balances; entries, postings and resolutions; turnovers of past days; periods; checks; exchange rates.

Nothing but an account's descriptive fields, its limits and the balances ever changes, and balances change by triggers
alone (ledger.triggers). See ledger.services for every write.
"""

from ledger.models.accounts import Account, Balance
from ledger.models.entries import (
    DraftEntry,
    EntryAttachment,
    EntryComment,
    EntryLabel,
    EntryResolution,
    JournalEntry,
    JournalLine,
    PendingEntry,
    Posting,
)
from ledger.models.history import FoldMark, Turnover
from ledger.models.periods import LedgerCheck, Period
from ledger.models.rates import BaseCurrency, ExchangeRate, Revaluation

__all__ = [
    "Account",
    "Balance",
    "BaseCurrency",
    "DraftEntry",
    "EntryAttachment",
    "EntryComment",
    "EntryLabel",
    "EntryResolution",
    "ExchangeRate",
    "FoldMark",
    "JournalEntry",
    "JournalLine",
    "LedgerCheck",
    "PendingEntry",
    "Period",
    "Posting",
    "Revaluation",
    "Turnover",
]
