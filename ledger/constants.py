"""The ledger's vocabulary and limits."""

import re
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.db import models

MAX_LINES: Final = 10_000  # of one entry
MAX_ENTRIES: Final = 10_000  # of one call
LARGE: Final = 200  # entries of a batch from which on few are written at a time
MAX_TURNOVER: Final = 2**62 - 1  # minor units on one side of a balance row; sums of two still fit a bigint
MAX_AMOUNT: Final = 10**18 - 1  # minor units of one line: 18 digits, so that adding one never overflows
BUSY_SLOTS: Final = 16  # balance rows of a busy account without a floor, on PostgreSQL

MAX_RATE_AGE: Final = timedelta(days=4)  # the longest that the ECB pauses, over Easter
TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:%/-]{0,39}")  # of an account
MAX_TAGS: Final = 20

MAX_RATE_JUMP: Final = Decimal("0.2")  # from one rate to the next, before a person must say that it is right

CLOSING_KIND: Final = "closing"  # entries that close income and expenses to retained earnings
REVALUATION_KIND: Final = "revaluation"  # entries of a revaluation: reversed the day after by the next kind
UNREVALUATION_KIND: Final = "revaluation_reversal"
REALISATION_KIND: Final = "exchange_difference"  # realised gains and losses of positions, never reversed
RARE_KINDS: Final = ("reversal", CLOSING_KIND, REVALUATION_KIND, UNREVALUATION_KIND, REALISATION_KIND)
CHECK_RECENT: Final = timedelta(hours=36)  # a nightly check and some patience
LAST_CHECK: Final = "ledger.check"  # the measurement of the last check's id and faults, for the dashboard
TOTALS: Final = "ledger.totals"  # the measurement of all debits and credits by currency


class AccountType(models.TextChoices):
    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"

    @property
    def debit_normal(self) -> bool:
        """Assets and expenses grow by debits; the others by credits."""
        return self in (AccountType.ASSET, AccountType.EXPENSE)


class AccountStatus(models.TextChoices):
    OPEN = "open"
    CLOSED = "closed"


class PostingKind(models.TextChoices):
    """`post` moves money; `pending` holds it; the others resolve a pending posting, each at most once."""

    POST = "post"
    PENDING = "pending"
    CAPTURE = "capture"
    VOID = "void"
    EXPIRE = "expire"


class SystemAccount(StrEnum):
    """The institution's own accounts that other rooms post to; the value is the chart's `role` column."""

    SETTLEMENT = "settlement"  # asset: money at the settlement bank or processor
    CUSTOMER_FUNDS = "customer_funds"  # liability: the parent of every wallet
    PAYOUTS = "payouts"  # liability: withdrawals under way
    SUSPENSE = "suspense"  # liability: money that cannot be assigned yet
    FX_POSITION = "fx_position"  # liability, in each foreign currency: the open position, long on the credit side
    FX_COUNTER_VALUE = "fx_counter_value"  # liability, in the base currency: what each position cost or brought
    FX_REVALUATION = "fx_revaluation"  # liability, in the base currency: what revaluation adds to each position
    FX_INCOME = "fx_income"  # income: what the institution's own rate brings over the middle rate
    FX_GAINS = "fx_gains"  # income, realised
    FX_LOSSES = "fx_losses"  # expense, realised
    FX_UNREALISED_GAINS = "fx_unrealised_gains"  # income
    FX_UNREALISED_LOSSES = "fx_unrealised_losses"  # expense
    FEES = "fees"  # income
    PROCESSING_COSTS = "processing_costs"  # expense
    RETAINED_EARNINGS = "retained_earnings"  # equity: what closed periods earned
    LOSSES = "losses"  # expense: chargebacks and write-offs


class RateSource(models.TextChoices):
    """Who says what a currency costs; where two say it of the same day, the first here counts."""

    MANUAL = "manual"  # recorded by an accountant, pair by pair, crossed through the base currency
    ECB = "ecb", "ECB"  # euro reference rates


PIVOTS: Final = {RateSource.ECB: "EUR"}  # sources that publish a sheet a day, all against one currency
