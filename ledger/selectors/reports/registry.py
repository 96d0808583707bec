"""Every report by its name; API, command and console go by this table."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from django.conf import settings

from ledger.selectors.base import require_base
from ledger.selectors.reports.aged import aged_payables, aged_receivables
from ledger.selectors.reports.balance_sheet import balance_sheet
from ledger.selectors.reports.capital_ratios import capital_ratios
from ledger.selectors.reports.cash_flow import cash_flow
from ledger.selectors.reports.changes_in_equity import changes_in_equity
from ledger.selectors.reports.general_ledger import general_ledger
from ledger.selectors.reports.income_statement import income_statement
from ledger.selectors.reports.liquidity_coverage import liquidity_coverage
from ledger.selectors.reports.trial_balance import trial_balance
from ledger.selectors.reports.types import Report, Terms
from nexafi.db.snapshot import one_snapshot


@dataclass(frozen=True)
class Spec:
    """A report and what it can be asked: of a period or of a day, with others beside it, converted. `proves`: its
    debits and credits must agree. `in_base`: in the base currency unless in another one."""

    name: str
    title: str
    description: str
    compute: Callable[[Terms], Report]
    of_period: bool = False
    compares: bool = False
    converts: bool = True
    proves: bool = False
    in_base: bool = False


_SPECS = (
    Spec("trial-balance", "Trial balance", "Every account's balance; debits equal credits.", trial_balance,
         compares=True, proves=True),
    Spec("balance-sheet", "Balance sheet", "What there is, what is owed, and what is left.", balance_sheet,
         compares=True, proves=True),
    Spec("income-statement", "Income statement", "What was earned and spent.", income_statement,
         of_period=True, compares=True, proves=True),
    Spec("cash-flow", "Cash flow statement", "Where cash came from and went to.", cash_flow,
         of_period=True, compares=True, proves=True),
    Spec("changes-in-equity", "Changes in equity", "How each part of equity came to be what it is.", changes_in_equity,
         of_period=True, compares=True, proves=True),
    Spec("general-ledger", "General ledger", "Every line of one account or of all.", general_ledger,
         of_period=True, converts=False),
    Spec("aged-receivables", "Aged receivables", "What others owe, by how long it has been due.", aged_receivables),
    Spec("aged-payables", "Aged payables", "What is owed to others, by how long it has been due.", aged_payables),
    Spec("liquidity-coverage", "Liquidity coverage ratio", "Liquid assets against thirty days of stress (Basel III).",
         liquidity_coverage, in_base=True),
    Spec("capital-ratios", "Capital ratios", "Own funds against risk-weighted assets (Basel III).", capital_ratios,
         in_base=True),
)  # fmt: skip
REPORTS: Final = {spec.name: spec for spec in _SPECS}


def read_report(name: str, terms: Terms) -> Report:
    """The report, all of it read from one snapshot of the database.

    Raises KeyError for an unknown name, RateUnavailable where a figure cannot be converted, BaseCurrencyChanged where
    one would be.
    """
    spec = REPORTS[name]
    with one_snapshot():
        if terms.currency or spec.in_base:
            require_base()
        report = spec.compute(terms)
    return replace(report, subtitle=(*_subtitle(report), *report.notes))


def _subtitle(report: Report) -> list[str]:
    spec, terms = REPORTS[report.name], report.terms
    lines = [terms.main.title if spec.of_period else f"As of {terms.main.title}"]
    lines += [f"Compared with {', '.join(span.title for span in terms.spans[1:])}"] if len(terms.spans) > 1 else []
    currency = terms.currency or (settings.BASE_CURRENCY if spec.in_base else "")
    lines += [f"Converted to {currency}"] if currency else []
    return lines
