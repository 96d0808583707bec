"""The ledger in the console, a module a topic."""

from ledger import tiles  # noqa: F401  registers the dashboard's tiles
from ledger.admin import accounts, checks, drafts, entries, periods, rates, reports, revaluations

__all__ = ["accounts", "checks", "drafts", "entries", "periods", "rates", "reports", "revaluations"]
