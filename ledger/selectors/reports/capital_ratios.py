"""Capital ratios: own funds against risk-weighted assets, and the leverage ratio.

Sources: Basel Committee, "Basel III: A global regulatory framework for more resilient banks and banking systems"
(BCBS 189, June 2011; numbers in brackets are its paragraphs) for own funds and minima; "Basel III: Finalising post-
crisis reforms" (BCBS d424, December 2017) for the standardised risk weights and the leverage ratio; 2 and 4 % are
those of central counterparties (Basel Framework, CRE54.16 and 54.20). Accounts are classed by their tags:
"capital:cet1", "capital:at1", "capital:tier2" for what counts, the same with "_deduction" for what is taken off
(goodwill, intangibles, deferred tax [67-89]), "rwa:35" for an asset weighted 35 %.

    CET1 ratio = common equity tier 1 / risk-weighted assets >= 4.5 %; tier 1 >= 6 %; total capital >= 8 % [50]
    leverage ratio = tier 1 / exposure >= 3 % (d424)

Interim profit belongs to common equity [52], but supervisors may ask for an audit first: here a profit counts once it
is in an equity account, which is the stricter way (as EU CRR, article 26(2)); a loss counts at once. Not done: credit
risk mitigation, the multipliers for currency mismatch and junior liens (1.5 and 1.25), off-balance-sheet items,
market, operational and credit valuation risk, capital buffers (2.5 % conservation [129]). The exposure is the assets
less what tier 1 deducts.
"""

from fractions import Fraction
from typing import Final

from ledger.constants import AccountType
from ledger.documents import Kind
from ledger.selectors.reports.tagged import Weights, WeightTable, weights
from ledger.selectors.reports.types import Report, Terms

RISK_WEIGHTS: Final[Weights] = {
    str(percent): Fraction(percent, 100)
    for percent in (0, 2, 4, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 65, 70, 75, 80, 85, 90, 100, 105, 110, 130, 150,
                    250, 400, 1250)
}  # fmt: skip
_MINIMA: Final = {
    "cet1": ("Common equity tier 1 ratio", Fraction(45, 1000)),
    "tier1": ("Tier 1 ratio", Fraction(6, 100)),
    "total": ("Total capital ratio", Fraction(8, 100)),
}
_LEVERAGE = Fraction(3, 100)
_TIERS = {"cet1": "Common equity tier 1", "at1": "Additional tier 1", "tier2": "Tier 2"}


def capital_ratios(terms: Terms) -> Report:
    """The ratios at the end of a day, in the reporting currency."""
    table = WeightTable(terms, "capital", "rwa")
    cet1, at1, tier2 = (_tier(table, tier) for tier in _TIERS)
    capital = {"cet1": cet1, "tier1": cet1 + at1, "total": cet1 + at1 + tier2}
    table.sum("tier1_capital", "Tier 1 capital", capital["tier1"])
    table.sum("total_capital", "Total capital", capital["total"], Kind.TOTAL)
    risk = table.weigh("Assets by risk weight", "rwa", RISK_WEIGHTS)
    table.sum("risk_weighted_assets", "Risk-weighted assets", risk)
    for key, (title, minimum) in _MINIMA.items():
        table.ratio(f"{key}_ratio", title, capital[key], risk, minimum)
    deducted = table.weighed("capital", "cet1_deduction") + table.weighed("capital", "at1_deduction")
    exposure = table.sum("exposure", "Exposure", table.net(AccountType.ASSET) + deducted)
    table.ratio("leverage_ratio", "Leverage ratio", capital["tier1"], exposure, _LEVERAGE)
    return table.report("capital-ratios", "Capital ratios")


def _tier(table: WeightTable, tier: str) -> int:
    """What counts, less deductions, and for common equity less a loss that no equity account holds yet."""
    title = _TIERS[tier]
    own = table.weigh(title, "capital", weights(**{tier: "100"}), signed=True)
    deductions = weights(**{f"{tier}_deduction": "100"})
    deducted = table.weigh(f"Deductions from {title.lower()}", "capital", deductions, sign=-1)
    loss = min(-table.net(AccountType.INCOME, AccountType.EXPENSE), 0) if tier == "cet1" else 0
    if loss:
        table.sum("loss", "Loss not yet closed", loss, Kind.LINE)
    return table.sum(tier, title, own + deducted + loss)
