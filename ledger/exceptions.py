"""What the ledger refuses, with stable codes."""

from nexafi.core.errors import BusinessRule, Conflict, InvalidInput, NotFound, ServiceUnavailable


class UnknownAccount(NotFound):
    code, title = "unknown_account", "Unknown account"


class UnknownEntry(NotFound):
    code, title = "unknown_entry", "Unknown journal entry"


class UnbalancedEntry(InvalidInput):
    code, title = "unbalanced_entry", "Debits and credits differ"


class InvalidLines(InvalidInput):
    code, title = "invalid_lines", "Invalid lines"


class AccountCurrencyMismatch(InvalidInput):
    code, title = "currency_mismatch", "The account holds another currency"


class AmountTooLarge(InvalidInput):
    code, title = "amount_too_large", "The amount is too large"


class InsufficientFunds(BusinessRule):
    code, title = "insufficient_funds", "Insufficient funds"


class CeilingExceeded(BusinessRule):
    code, title = "ceiling_exceeded", "The account would hold more than it may"


class AccountFrozen(BusinessRule):
    code, title = "account_frozen", "The account is frozen on that side"


class PeriodClosed(BusinessRule):
    code, title = "period_closed", "The date lies in a closed period"


class PeriodNotReady(Conflict):
    """The checklist of closing is not done; `errors` lists what is missing."""

    code, title = "period_not_ready", "The period is not ready to be closed"


class PeriodNotOpen(Conflict):
    code, title = "period_not_open", "The period is closed already"


class PeriodNotLast(Conflict):
    code, title = "period_not_last", "Only the last closed period can be opened again"


class PeriodNotContiguous(Conflict):
    code, title = "period_not_contiguous", "Periods follow one another without gap or overlap"


class DuplicatePeriod(Conflict):
    code, title = "duplicate_period", "The name of the period is taken"


class UnknownPeriod(NotFound):
    code, title = "unknown_period", "Unknown period"


class UnknownCheck(NotFound):
    code, title = "unknown_check", "Unknown check of the ledger"


class LedgerBusy(ServiceUnavailable):
    """Postings under way did not end in time, or stood in each other's way; nothing was done."""

    code, title = "ledger_busy", "The ledger is busy; try again in a moment"


class AccountNotOpen(BusinessRule):
    code, title = "account_closed", "The account is closed"


class AccountNotEmpty(Conflict):
    code, title = "account_not_empty", "The account still holds money"


class AccountHasChildren(Conflict):
    code, title = "account_has_children", "Open accounts stand below the account"


class LimitAlreadyBroken(Conflict):
    """A limit is set that the balance of now would not keep."""

    code, title = "limit_already_broken", "The balance is beyond that limit"


class BusyAccount(BusinessRule):
    code, title = "busy_account", "An account that everybody posts to takes no limits"


class MinimumAboveMaximum(InvalidInput):
    code, title = "minimum_above_maximum", "The minimum is above the maximum"


class ParentDiffers(InvalidInput):
    code, title = "parent_differs", "A child has its parent's type and currency"


class ParentIsCustomers(InvalidInput):
    code, title = "parent_is_customers", "Nothing stands below a customer's account"


class TreeTooDeep(InvalidInput):
    code, title = "tree_too_deep", "The account stands too deep in the tree"


class UnknownAttachment(NotFound):
    code, title = "unknown_attachment", "Unknown attachment"


class AttachmentExists(Conflict):
    code, title = "attachment_exists", "The entry has that document already"


class TooManyAttachments(Conflict):
    code, title = "too_many_attachments", "An entry holds at most 20 documents"


class InvalidChart(InvalidInput):
    code, title = "invalid_chart", "The chart cannot be imported"


class RoleTaken(Conflict):
    code, title = "role_taken", "Another account has that role in the currency"


class AccountHasRole(Conflict):
    code, title = "account_has_role", "Payments post to the account"


class TreeTooLarge(BusinessRule):
    code, title = "tree_too_large", "The chart has more than 10,000 accounts; ask for one currency"


class ReasonRequired(InvalidInput):
    code, title = "reason_required", "A reason is required"


class DuplicateCode(Conflict):
    code, title = "duplicate_account_code", "The account code is taken"


class DuplicateEntry(Conflict):
    """The id chosen by the caller is taken: what was asked for has been written, or another entry has that id."""

    code, title = "duplicate_entry", "An entry with this id exists"


class DuplicateExternalId(Conflict):
    code, title = "duplicate_external_id", "An entry with this external id exists"


class AlreadyResolved(Conflict):
    code, title = "already_resolved", "The entry is no longer pending"


class AlreadyReversed(Conflict):
    code, title = "already_reversed", "The entry is already reversed"


class NotPending(Conflict):
    code, title = "not_pending", "The entry is not pending"


class NotDraft(Conflict):
    code, title = "not_draft", "The entry is in the books, where nothing changes"


class NotPosted(Conflict):
    code, title = "not_posted", "The entry is not posted"


class CaptureTooLarge(BusinessRule):
    code, title = "capture_limit_exceeded", "More than the pending entry may be posted for"


class EntryExpired(Conflict):
    code, title = "entry_expired", "The pending entry has expired"


class EntryOwnedElsewhere(Conflict):
    """A payment, deposit or withdrawal wrote the entry and alone ends it; the detail names it."""

    code, title = "entry_owned_elsewhere", "The entry belongs to something else"


class RateUnavailable(BusinessRule):
    """No rate of that day: unknown, too old, or of a currency that is no longer quoted or no longer money."""

    code, title = "rate_unavailable", "There is no exchange rate"


class LinkedEntryRefused(BusinessRule):
    code, title = "linked_entry_refused", "An entry linked with this one was refused"


class BatchContended(ServiceUnavailable):
    code, title = "batch_contended", "Others write under the same ids; try again"


class TurnoversOfAnotherServer(ServiceUnavailable):
    """The data came from a server whose transactions were numbered further: what is folded can no longer be told."""

    code, title = "turnovers_of_another_server", "The ledger was restored: run manage.py fold_ledger --rebuild"


class BaseCurrencyChanged(ServiceUnavailable):
    """settings.BASE_CURRENCY is not what exchanges, revaluations and closings were worked out in so far."""

    code, title = "base_currency_changed", "BASE_CURRENCY is not the currency that the books are kept in"


class InvalidExchange(InvalidInput):
    code, title = "invalid_exchange", "Invalid currency exchange"


class RevaluationTooEarly(BusinessRule):
    code, title = "revaluation_too_early", "The day is not over"


class RevaluationOutOfOrder(Conflict):
    code, title = "revaluation_out_of_order", "A later day is revalued already"


class InvalidRate(InvalidInput):
    code, title = "invalid_rate", "Invalid exchange rate"


class RatesUnreadable(InvalidInput):
    """The file is not a whole, well-formed file of rates. Nothing of it was imported."""

    code, title = "rates_unreadable", "The rates cannot be read"


class RatesJumped(BusinessRule):
    """A rate is too far from the last one to be believed; a person must say that it is right."""

    code, title = "rates_jumped", "An exchange rate jumped"


class RatesUnavailable(ServiceUnavailable):
    """The source of rates did not answer properly."""

    code, title = "rates_unavailable", "The source of exchange rates is not available"


class StatementTooLong(BusinessRule):
    code, title = "statement_too_long", "The statement is too long for a file"
