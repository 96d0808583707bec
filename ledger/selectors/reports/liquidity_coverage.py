"""Liquidity coverage ratio: liquid assets against the net outflow of thirty days of stress.

Source: Basel Committee, "Basel III: The Liquidity Coverage Ratio and liquidity risk monitoring tools" (BCBS 238,
January 2013); numbers in brackets are its paragraphs. Accounts are classed by their tags ("hqla:level1",
"lcr_outflow:retail_stable", "lcr_inflow:retail"); the balance of an account on its normal side counts, less than
nothing counts as nothing.

    LCR = stock of high-quality liquid assets / total net cash outflows >= 100 % [17, 22]
    net outflows = outflows - min(inflows, 75 % of outflows) [69, 144]

Level 2 assets are at most 40 % of the stock and level 2B at most 15 %, after haircuts [46-48, annex 1 (5)]:

    stock = L1 + L2A + L2B - adjustment for the 15 % cap - adjustment for the 40 % cap
    15 %: max(L2B - 15/85 (L1 + L2A), L2B - 15/60 L1, 0);  40 %: max(L2A + L2B - adj. 15 % - 2/3 L1, 0)

Not done: the unwinding of secured funding within thirty days [48, annex 1 (4)], collateral used again for short
positions [146], and contractual maturities: what is tagged counts whole. Tag what falls due in the window, without
operating costs [141] and other than financial revenues [160].
"""

from fractions import Fraction
from typing import Final

from ledger.documents import Kind
from ledger.selectors.reports.tagged import WeightTable, weights
from ledger.selectors.reports.types import Report, Terms

HAIRCUTS: Final = weights(  # what counts of the market value [49-54]
    level1="100",  # coins and notes, central bank reserves, 0 % sovereigns [49-50]
    level2a="85",  # 20 % sovereigns, AA- corporate and covered bonds [52]
    level2b_rmbs="75",  # AA residential mortgage-backed securities [54 a]
    level2b_corporate="50",  # A+ to BBB- corporate bonds [54 b]
    level2b_equity="50",  # shares of a major index [54 c]
)
OUTFLOWS: Final = weights(  # run-off rates
    retail_stable="5",  # of people: insured, in a relationship or transactional account [75]
    retail_stable_insured="3",  # under a scheme that meets further criteria [78]
    retail_less_stable="10",  # [79]
    small_business_stable="5",  # [89]
    small_business_less_stable="10",  # [89]
    operational="25",  # clearing, custody, cash management [93-103]
    operational_insured="5",  # the part covered by deposit insurance [104]
    cooperative="25",  # deposits with the centralised institution of a network [105]
    corporate="40",  # non-financial corporates, sovereigns, central banks [107]
    corporate_insured="20",  # the whole amount covered by deposit insurance [108]
    financial="100",  # banks and all other legal entities [109]
    secured_level1="0",  # secured funding, by what backs it [114-115]
    secured_level2a="15",
    secured_public="25",  # domestic sovereigns and public sector, development banks
    secured_level2b_rmbs="25",
    secured_level2b="50",
    secured_other="100",
    derivatives="100",  # net [116-117]
    facility_retail="5",  # undrawn committed facilities, small business too [131 a]
    facility_corporate_credit="10",  # [131 b]
    facility_corporate_liquidity="30",  # [131 c]
    facility_bank="40",  # [131 d]
    facility_financial_credit="40",  # [131 e]
    facility_financial_liquidity="100",  # [131 f]
    facility_other="100",  # [131 g]
    other="100",  # dividends, interest, other contractual outflows [141]
)
INFLOWS: Final = weights(  # inflow rates
    reverse_repo_level1="0",  # maturing secured lending, rolled over [145-146]
    reverse_repo_level2a="15",
    reverse_repo_level2b_rmbs="25",
    reverse_repo_level2b="50",
    reverse_repo_other="100",
    margin_lending="50",  # against other than liquid assets [145]
    retail="50",  # small business too [153]
    corporate="50",  # non-financial wholesale [154]
    financial="100",  # financial institutions and central banks [154]
    securities="100",  # maturing, not in the stock [155]
    operational="0",  # own operational deposits elsewhere [156]
    derivatives="100",  # net [158]
    other="100",  # contractual: our choice, the supervisor sets it [160]
)
_MINIMUM = Fraction(1)
_MOST_INFLOWS = Fraction(75, 100)  # of the outflows [144]


def liquidity_coverage(terms: Terms) -> Report:
    """The ratio at the end of a day, in the reporting currency."""
    table = WeightTable(terms, "hqla", "lcr_outflow", "lcr_inflow")
    stock = _stock(table)
    outflows = table.sum("outflows", "Total outflows", table.weigh("Cash outflows", "lcr_outflow", OUTFLOWS))
    inflows = table.sum("inflows", "Total inflows", table.weigh("Cash inflows", "lcr_inflow", INFLOWS))
    counted = min(inflows, round(_MOST_INFLOWS * outflows))
    table.sum("inflows_counted", "Inflows counted, at most 75 % of outflows", counted)
    net = table.sum("net_outflows", "Total net cash outflows", outflows - counted, Kind.TOTAL)
    table.ratio("lcr", "Liquidity coverage ratio", stock, net, _MINIMUM)
    return table.report("liquidity-coverage", "Liquidity coverage ratio")


def _stock(table: WeightTable) -> int:
    """Liquid assets after haircuts and caps."""
    whole = table.weigh("High-quality liquid assets", "hqla", HAIRCUTS)
    table.sum("before_caps", "Assets after haircuts", whole)
    level1, level2a = table.weighed("hqla", "level1"), table.weighed("hqla", "level2a")
    level2b = whole - level1 - level2a
    over15 = max(level2b - Fraction(15, 85) * (level1 + level2a), level2b - Fraction(15, 60) * level1, Fraction(0))
    over40 = max(level2a + level2b - over15 - Fraction(2, 3) * level1, Fraction(0))
    cap15 = table.sum("cap_level2b", "Over the cap of 15 % for level 2B", -round(over15), Kind.LINE)
    cap40 = table.sum("cap_level2", "Over the cap of 40 % for level 2", -round(over40), Kind.LINE)
    return table.sum("stock", "Stock of high-quality liquid assets", whole + cap15 + cap40, Kind.TOTAL)
