"""What a check of the ledger answers."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Model

_TAMPERED: Final = (
    "Nobody alters these by the product: treat it as tampering, keep the database as it is, restore from a backup."
)
_REBUILD: Final = "The postings are right: find out who wrote to the balance, then set it to what the postings make."
_MIGRATE: Final = "Run manage.py migrate, which installs it again, then check again."


# Which check, what a finding means, what to do about it.
CHECKS: Final[dict[str, tuple[str, str]]] = {
    "entry_altered": ("An entry, or a posting of it, differs from what the audit log holds.", _TAMPERED),
    "resolution_altered": ("The end of a pending entry differs from what the audit log holds.", _TAMPERED),
    "account_altered": ("An account's code, type or currency is not the one it was opened with.", _TAMPERED),
    "period_altered": ("A period is not as the audit log holds it.", _TAMPERED),
    "note_altered": ("A comment or attachment is not the one that the audit log holds.", _TAMPERED),
    "entry_missing": ("An entry was deleted, or rows refer to one that is not there.", _TAMPERED),
    "resolution_missing": ("The end of a pending entry was deleted.", _TAMPERED),
    "account_missing": ("An account was deleted, or rows refer to one that is not there.", _TAMPERED),
    "period_missing": ("A period was deleted.", _TAMPERED),
    "note_missing": ("A comment or attachment was deleted.", _TAMPERED),
    "audit_event_missing": ("No audit event speaks of the row: the product did not write it.", _TAMPERED),
    "base_currency_altered": ("The base currency is not the one that the audit log saw settled.", _TAMPERED),
    "base_currency_changed": (
        "BASE_CURRENCY is not the currency that the books are kept in.",
        "Set BASE_CURRENCY back and restart; until then nothing is exchanged, revalued, closed or converted.",
    ),
    "posting_kind": ("A posting is not of its entry's kind.", _TAMPERED),
    "posting_currency": ("A posting is not in its account's currency.", _TAMPERED),
    "posting_dates": ("A posting does not carry the dates of its entry, or of what ended it.", _TAMPERED),
    "recorded_in_future": ("An entry was recorded later than now.", "Set the clocks of all servers by NTP."),
    "pending_inconsistent": ("What was held and what ended it do not match.", _TAMPERED),
    "pending_list_differs": (
        "The list of pending entries is not what the entries and their ends say.",
        "The entry is right: find out who wrote to the list, then put it on the list or take it off.",
    ),
    "reversal_differs": ("A reversal does not mirror what it reverses, or does not follow it.", _TAMPERED),
    "reversed_twice": ("Several entries reverse one.", _TAMPERED),
    "link_broken": ("Entries that were written linked are not together.", _TAMPERED),
    "labels_differ": ("What an entry is found by is not its metadata.", "The entry is right; write its labels anew."),
    "booked_after_closing": ("Something was booked into a period after it was closed.", _TAMPERED),
    "period_gap": ("Periods do not follow one another.", _TAMPERED),
    "earnings_left": ("An income or expense account holds something at the end of the last closed period.", _TAMPERED),
    "balance_differs": ("A balance is not the sum of its postings.", _REBUILD),
    "balance_terms": ("A balance row does not repeat its account's terms.", _REBUILD),
    "balance_rows": ("An account has not the balance rows it needs.", _REBUILD),
    "limit_broken": ("By its postings, an account is below its floor or above its ceiling.", _TAMPERED),
    "turnover_differs": (
        "The turnovers of a past day or month are not the sum of its postings.",
        "The postings are right: find out who wrote to the turnovers, then fold them anew.",
    ),
    "currency_unbalanced": ("Debits and credits of a currency differ.", _TAMPERED),
    "attachment_altered": ("The file of an attachment is gone or is not what was attached.", _TAMPERED),
    "trigger_missing": ("A trigger no longer guards the ledger.", _MIGRATE),
    "constraint_missing": ("A constraint no longer guards the ledger.", "Create it again as the model declares it."),
}


def explain(check: str) -> tuple[str, str]:
    """What a finding of a check means and what to do about it; a kept finding may be of a check that is no more."""
    return CHECKS.get(check, ("A check of an earlier version.", "Check again."))


@dataclass(frozen=True)
class Fault:
    """One thing that does not add up: which check, in which table, at which row, and what is wrong."""

    check: str
    table: str
    key: str
    detail: str

    @classmethod
    def at(cls, check: str, row: Model, detail: str = "") -> "Fault":
        """A fault of a row; the check's own words unless `detail` says more."""
        return cls(check, row._meta.db_table, str(row.pk), detail or CHECKS[check][0])


@dataclass
class Report:
    """How much was looked at (rows by table) and what was found."""

    checked: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    truncated: bool = False
    totals: dict[str, tuple[int, int]] = field(default_factory=dict)  # currency -> debits, credits, minor units

    @property
    def holds(self) -> bool:
        return not self.faults
