"""What the subtypes of accounts mean: the line of the statements that an account belongs to, and its kind of cash flow.

One table for balance sheet, income statement, cash flow and changes in equity. A chart (ledger/data/*.csv) may leave a
subtype empty or use one that is not here: the account then stands under the last line of its type.
"""

from dataclasses import dataclass
from enum import StrEnum

from ledger.constants import AccountType
from ledger.models import Account


class Part(StrEnum):
    """The parts of the balance sheet and of the income statement, in the order of print."""

    CURRENT_ASSETS = "Current assets"
    NON_CURRENT_ASSETS = "Non-current assets"
    CURRENT_LIABILITIES = "Current liabilities"
    NON_CURRENT_LIABILITIES = "Non-current liabilities"
    EQUITY = "Equity"
    REVENUE = "Revenue"
    COST_OF_SALES = "Cost of sales"
    OPERATING_EXPENSES = "Operating expenses"
    FINANCE = "Finance income and costs"
    UNREALISED_EXCHANGE = "Unrealised exchange differences"
    TAX = "Income tax"

    @property
    def key(self) -> str:
        return self.name.lower()


class Flow(StrEnum):
    """Where a change of the account stands in the cash flow statement; income and expenses are part of the profit."""

    CASH = "cash"
    OPERATING = "operating"
    INVESTING = "investing"
    FINANCING = "financing"
    PROFIT = "profit"
    NON_CASH = "non_cash"  # part of the profit that moved no cash; taken back on the line it came from (`against`)


@dataclass(frozen=True)
class Caption:
    """One line of the statements. `against`: the subtype whose line a contra account's cash flow belongs to, or whose
    balance a non-cash income or expense changed."""

    type: AccountType
    subtype: str
    title: str
    part: Part
    flow: Flow
    against: str = ""


_A, _L, _E, _I, _X = AccountType
_CA, _NCA = Part.CURRENT_ASSETS, Part.NON_CURRENT_ASSETS
_CL, _NCL = Part.CURRENT_LIABILITIES, Part.NON_CURRENT_LIABILITIES
_OP, _INV, _FIN, _PROFIT = Flow.OPERATING, Flow.INVESTING, Flow.FINANCING, Flow.PROFIT

# In the order of print. The last line of each type is the one for any other subtype.
TAXONOMY: tuple[Caption, ...] = (
    Caption(_A, "cash", "Cash and cash equivalents", _CA, Flow.CASH),
    Caption(_A, "restricted_cash", "Restricted cash", _CA, Flow.CASH),
    Caption(_A, "receivable", "Trade and other receivables", _CA, _OP),
    Caption(_A, "tax_receivable", "Tax receivable", _CA, _OP),
    Caption(_A, "loan_receivable", "Loans and advances", _CA, _OP),
    Caption(_A, "inventory", "Inventories", _CA, _OP),
    Caption(_A, "prepayment", "Prepayments", _CA, _OP),
    Caption(_A, "short_term_investment", "Short-term investments", _CA, _INV),
    Caption(_A, "fixed_asset", "Property, plant and equipment", _NCA, _INV),
    Caption(_A, "accumulated_depreciation", "Accumulated depreciation", _NCA, _INV, "fixed_asset"),
    Caption(_A, "right_of_use_asset", "Right-of-use assets", _NCA, _INV),
    Caption(_A, "intangible", "Intangible assets", _NCA, _INV),
    Caption(_A, "accumulated_amortisation", "Accumulated amortisation", _NCA, _INV, "intangible"),
    Caption(_A, "goodwill", "Goodwill", _NCA, _INV),
    Caption(_A, "long_term_investment", "Investments", _NCA, _INV),
    Caption(_A, "deferred_tax_asset", "Deferred tax assets", _NCA, _OP),
    Caption(_A, "other_non_current_asset", "Other non-current assets", _NCA, _INV),
    Caption(_A, "other_current_asset", "Other current assets", _CA, _OP),
    Caption(_L, "customer_funds", "Customer funds", _CL, _OP),
    Caption(_L, "wallet", "Customer funds", _CL, _OP, "customer_funds"),
    Caption(_L, "payable", "Trade and other payables", _CL, _OP),
    Caption(_L, "clearing", "Clearing and settlement", _CL, _OP),
    Caption(_L, "fx_position", "Currency exchange position", _CL, _OP),
    Caption(_L, "accrual", "Accrued liabilities", _CL, _OP),
    Caption(_L, "deferred_income", "Deferred income", _CL, _OP),
    Caption(_L, "tax_payable", "Taxes payable", _CL, _OP),
    Caption(_L, "provision", "Provisions", _CL, _OP),
    Caption(_L, "short_term_debt", "Short-term borrowings", _CL, _FIN),
    Caption(_L, "long_term_debt", "Long-term borrowings", _NCL, _FIN),
    Caption(_L, "lease_liability", "Lease liabilities", _NCL, _FIN),
    Caption(_L, "subordinated_debt", "Subordinated debt", _NCL, _FIN),
    Caption(_L, "deferred_tax_liability", "Deferred tax liabilities", _NCL, _OP),
    Caption(_L, "other_non_current_liability", "Other non-current liabilities", _NCL, _OP),
    Caption(_L, "other_current_liability", "Other current liabilities", _CL, _OP),
    Caption(_E, "capital", "Share capital", Part.EQUITY, _FIN),
    Caption(_E, "share_premium", "Share premium", Part.EQUITY, _FIN),
    Caption(_E, "treasury_shares", "Treasury shares", Part.EQUITY, _FIN),
    Caption(_E, "reserve", "Other reserves", Part.EQUITY, Flow.NON_CASH),
    Caption(_E, "retained_earnings", "Retained earnings", Part.EQUITY, _FIN),
    Caption(_E, "dividends", "Dividends", Part.EQUITY, _FIN),
    Caption(_E, "other_equity", "Other equity", Part.EQUITY, _FIN),
    Caption(_I, "revenue", "Revenue", Part.REVENUE, _PROFIT),
    Caption(_I, "fees", "Fee and commission income", Part.REVENUE, _PROFIT),
    Caption(_I, "fx", "Currency exchange income", Part.REVENUE, _PROFIT),
    Caption(_I, "interest", "Interest income", Part.FINANCE, _PROFIT),
    Caption(_I, "investment_income", "Investment income", Part.FINANCE, _PROFIT),
    Caption(_I, "fx_unrealised", "Unrealised exchange gains", Part.UNREALISED_EXCHANGE, Flow.NON_CASH, "fx_position"),
    Caption(_I, "other_income", "Other income", Part.REVENUE, _PROFIT),
    Caption(_X, "cost_of_sales", "Cost of sales", Part.COST_OF_SALES, _PROFIT),
    Caption(_X, "processing", "Processing costs", Part.COST_OF_SALES, _PROFIT),
    Caption(_X, "losses", "Losses and write-offs", Part.OPERATING_EXPENSES, _PROFIT),
    Caption(_X, "credit_loss", "Expected credit losses", Part.OPERATING_EXPENSES, Flow.NON_CASH, "receivable"),
    Caption(_X, "personnel", "Personnel", Part.OPERATING_EXPENSES, _PROFIT),
    Caption(_X, "office", "Premises", Part.OPERATING_EXPENSES, _PROFIT),
    Caption(_X, "technology", "Technology", Part.OPERATING_EXPENSES, _PROFIT),
    Caption(_X, "marketing", "Marketing", Part.OPERATING_EXPENSES, _PROFIT),
    Caption(_X, "professional", "Professional services", Part.OPERATING_EXPENSES, _PROFIT),
    Caption(_X, "depreciation", "Depreciation", Part.OPERATING_EXPENSES, Flow.NON_CASH, "fixed_asset"),
    Caption(_X, "amortisation", "Amortisation", Part.OPERATING_EXPENSES, Flow.NON_CASH, "intangible"),
    Caption(_X, "impairment", "Impairment", Part.OPERATING_EXPENSES, Flow.NON_CASH, "fixed_asset"),
    Caption(_X, "fx", "Currency exchange losses", Part.OPERATING_EXPENSES, _PROFIT),
    Caption(_X, "interest", "Finance costs", Part.FINANCE, _PROFIT),
    Caption(_X, "fx_unrealised", "Unrealised exchange losses", Part.UNREALISED_EXCHANGE, Flow.NON_CASH, "fx_position"),
    Caption(_X, "tax", "Income tax expense", Part.TAX, _PROFIT),
    Caption(_X, "other_expense", "Other expenses", Part.OPERATING_EXPENSES, _PROFIT),
)  # fmt: skip

_BY_KEY = {(caption.type, caption.subtype): caption for caption in TAXONOMY}
_OTHERS = {caption.type: caption for caption in TAXONOMY}  # the last of each type
ORDER = {caption: number for number, caption in enumerate(TAXONOMY)}

_BALANCES = {caption.subtype: caption for caption in TAXONOMY if caption.type in (_A, _L)}

RECEIVABLE = "receivable"
PAYABLE = "payable"
RETAINED_EARNINGS = _BY_KEY[_E, "retained_earnings"]


def caption_of(account: Account) -> Caption:
    """The line of the statements that the account belongs to."""
    kind = AccountType(account.type)
    return _BY_KEY.get((kind, account.subtype), _OTHERS[kind])


def cash_line_of(caption: Caption) -> Caption:
    """The line of the cash flow statement that a change of an asset or liability is shown on, or that a non-cash income
    or expense is taken back from."""
    return _BALANCES[caption.against] if caption.against else caption
