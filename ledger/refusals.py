"""Turns what the database refused into the ledger's own errors."""

from contextlib import AbstractContextManager

from django.db import DatabaseError

from ledger import exceptions
from nexafi.core.errors import DomainError

# What the database's message contains (a trigger's code, a constraint's name, or SQLite's column list).
_REFUSALS: dict[str, type[DomainError]] = {
    "balance_floor": exceptions.InsufficientFunds,
    "balance_ceiling": exceptions.CeilingExceeded,
    "balance_range": exceptions.AmountTooLarge,
    "posting_amount": exceptions.AmountTooLarge,
    "out of range": exceptions.AmountTooLarge,
    "posting_two_accounts": exceptions.InvalidLines,
    "account_closed": exceptions.AccountNotOpen,
    "account_frozen": exceptions.AccountFrozen,
    "period_closed": exceptions.PeriodClosed,
    "ledger_period_name": exceptions.DuplicatePeriod,
    "ledger_period.name": exceptions.DuplicatePeriod,
    "account_not_empty": exceptions.AccountNotEmpty,
    "currency_mismatch": exceptions.AccountCurrencyMismatch,
    "unknown_account": exceptions.UnknownAccount,
    "unknown_entry": exceptions.UnknownEntry,
    "not_pending": exceptions.NotPending,
    "posting_resolved_once": exceptions.AlreadyResolved,
    "ledger_posting.pending_id": exceptions.AlreadyResolved,
    "ledger_entryresolution": exceptions.AlreadyResolved,
    "ledger_journalentry_pkey": exceptions.DuplicateEntry,
    "ledger_journalentry.id": exceptions.DuplicateEntry,
    "entry_reversed_once": exceptions.AlreadyReversed,
    "reverses_id": exceptions.AlreadyReversed,
    "external_id": exceptions.DuplicateExternalId,
    "parent_differs": exceptions.ParentDiffers,
    "account_role_once": exceptions.RoleTaken,
    "ledger_account.role": exceptions.RoleTaken,
    "ledger_account_code": exceptions.DuplicateCode,
    "ledger_account.code": exceptions.DuplicateCode,
    "deadlock detected": exceptions.LedgerBusy,
}


class _TypedRefusals:
    """A class and not a generator: it stands around every posting."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, DatabaseError):
            message = str(error).split("\n", 1)[0]
            for sign, refusal in _REFUSALS.items():
                if sign in message:
                    raise refusal() from error


_TYPED_REFUSALS = _TypedRefusals()


def typed_refusals() -> AbstractContextManager[None]:
    """Raise the matching error of ledger.exceptions when the database refuses a write.

    Used around `transaction.atomic()`, never within: what is refused must be rolled back first.
    """
    return _TYPED_REFUSALS
