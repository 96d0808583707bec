"""The ledger in the console, a module a topic."""

from ledger import tiles  # noqa: F401  registers the dashboard's tiles
from ledger.admin import accounts, checks, drafts, entries, periods, rates, reports

__all__ = ["accounts", "checks", "drafts", "entries", "periods", "rates", "reports"]
from ledger.admin import revaluations

__all__ = ["accounts", "checks", "entries", "periods", "rates", "reports", "revaluations"]
