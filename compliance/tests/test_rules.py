"""Each rule at, below and above its threshold; and more money never lowers a score."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.monitoring import rules, scoring
from compliance.monitoring.activity import Window
from compliance.monitoring.reference import country_marks, in_base
from compliance.tests.factories import make_facts
from compliance.types import Outcome, Party, RiskLevel
from nexafi.core import clock
from nexafi.core.money import Money


def evidence(amount="25.00", currency="USD", acting=None, receiving=None, **facts):
    made = make_facts(amount, currency, **facts)
    windows = {hours: Window(**values) for hours, values in (acting or {}).items()}
    received = {hours: Window(**values) for hours, values in (receiving or {}).items()}
    return rules.Evidence(made, in_base(made.amount), country_marks(), windows, received)


def newcomer(days, name="New"):
    return Party(name=name, country="US", since=clock.now() - timedelta(days=days))


def band(count, total, hours=120):
    return {hours: {"band_count": count, "band_sum_minor": total * 100}}


CASES = [
    ("large_amount", {"amount": "9999.99"}, None),
    ("large_amount", {"amount": "10000.00"}, 55),
    ("large_amount", {"amount": "15000.00"}, 70),
    ("large_amount", {"amount": "20000.00"}, 85),
    ("large_amount", {"amount": "900000.00"}, 85),
    ("large_amount", {"amount": "8951.00", "currency": "EUR"}, 55),
    ("large_amount", {"amount": "8950.00", "currency": "EUR"}, None),
    ("large_amount", {"amount": "1572503", "currency": "JPY"}, 55),
    ("large_amount", {"amount": "3760.000", "currency": "BHD"}, 55),
    ("large_amount", {"amount": "99999.00", "currency": "XCD"}, None),
    ("velocity_count", {"acting": {24: {"count": 29}}}, None),
    ("velocity_count", {"acting": {24: {"count": 30}}}, 20),
    ("velocity_count", {"acting": {24: {"count": 500}}}, 45),
    ("velocity_count", {"receiving": {24: {"count": 500}}}, None),
    ("velocity_sum", {"acting": {24: {"sum_minor": 19_999_99}}}, None),
    ("velocity_sum", {"acting": {24: {"sum_minor": 20_000_00}}}, 30),
    ("velocity_sum", {"acting": {24: {"sum_minor": 40_000_00}}}, 60),
    ("structuring", {"amount": "4000.00", "acting": band(3, 12_000)}, 55),
    ("structuring", {"amount": "4000.00", "receiving": band(3, 12_000)}, 55),
    ("structuring", {"amount": "4000.00", "acting": band(2, 12_000)}, None),
    ("structuring", {"amount": "3000.00", "acting": band(3, 10_000)}, None),
    ("structuring", {"amount": "20.00", "acting": band(3, 12_000)}, None),
    ("structuring", {"amount": "10000.00", "acting": band(3, 12_000)}, None),
    ("high_risk_country", {"beneficiary": Party(name="A", country="IR")}, 100),
    ("high_risk_country", {"beneficiary": Party(name="A", country="MM")}, 60),
    ("high_risk_country", {"amount": "1000.00", "beneficiary": Party(name="A", country="VN")}, 35),
    ("high_risk_country", {"amount": "999.99", "beneficiary": Party(name="A", country="VN")}, 10),
    ("high_risk_country", {"beneficiary": Party(name="A", country="DE")}, None),
    (
        "high_risk_country",
        {"originator": Party(name="A", country="KP"), "beneficiary": Party(name="B", country="VN")},
        100,
    ),
    ("new_account_large", {"amount": "5000.00", "originator": newcomer(2)}, 30),
    ("new_account_large", {"amount": "10000.00", "originator": newcomer(2)}, 60),
    ("new_account_large", {"amount": "4999.99", "originator": newcomer(2)}, None),
    ("new_account_large", {"amount": "5000.00", "originator": newcomer(31)}, None),
    ("new_account_large", {"amount": "5000.00"}, None),
    ("new_account_large", {"amount": "5000.00", "kind": "deposit", "beneficiary": newcomer(2)}, 30),
]


@pytest.mark.parametrize(("code", "given", "score"), CASES)
def test_a_rule_fires_from_its_threshold_with_a_graded_score(code, given, score):
    reason = rules.RULES[code](evidence(**given), rules.DEFAULTS[code])
    assert (reason.score if reason else 0) == (score or 0)
    if reason:
        assert reason.code == code
        assert reason.explanation.endswith(".")
        assert reason.actual
        assert reason.threshold


def test_every_rule_has_defaults_and_a_description():
    assert set(rules.RULES) == set(rules.DEFAULTS)
    assert all(rule.__doc__ for rule in rules.RULES.values())


@pytest.mark.parametrize(
    ("scores", "total", "level", "outcome"),
    [
        ([], 0, RiskLevel.LOW, Outcome.APPROVE),
        ([24], 24, RiskLevel.LOW, Outcome.APPROVE),
        ([25], 25, RiskLevel.MEDIUM, Outcome.APPROVE),
        ([49], 49, RiskLevel.MEDIUM, Outcome.APPROVE),
        ([30, 20], 50, RiskLevel.HIGH, Outcome.REVIEW),
        ([85, 60, 55], 99, RiskLevel.HIGH, Outcome.REVIEW),
        ([100], 100, RiskLevel.HIGH, Outcome.BLOCK),
        ([100, 30], 100, RiskLevel.HIGH, Outcome.BLOCK),
    ],
)
def test_scores_combine_as_documented(scores, total, level, outcome):
    from compliance.types import Reason

    score = scoring.combine([Reason("x", s, "x.") for s in scores])
    assert (score, scoring.level_of(score), scoring.outcome_of(score)) == (total, level, outcome)


def _score(minor, history, country, days, kind):
    """The score of a payment of `minor` US cents on top of a history of earlier amounts."""
    counted = [*history, minor]
    in_band = [m for m in counted if rules.in_band(Money(m, "USD"), rules.DEFAULTS["structuring"])]
    window = {
        "count": len(counted),
        "sum_minor": sum(counted),
        "band_count": len(in_band),
        "band_sum_minor": sum(in_band),
    }
    party = newcomer(days)
    made = evidence(
        Money(minor, "USD").amount,
        acting={24: window, 120: window},
        originator=party,
        beneficiary=Party(name="B", country=country, since=party.since),
        kind=kind,
    )
    return scoring.combine(rules.evaluate(made, rules.DEFAULTS))


@given(
    amounts=st.lists(st.integers(1, 60_000_00), min_size=2, max_size=2).map(sorted),
    history=st.lists(st.integers(1, 15_000_00), max_size=40),
    country=st.sampled_from(["DE", "VN", "MM", "KP"]),
    days=st.integers(0, 60),
    kind=st.sampled_from(["payment", "deposit", "withdrawal"]),
)
def test_more_money_never_lowers_the_score(amounts, history, country, days, kind):
    less, more = (_score(minor, history, country, days, kind) for minor in amounts)
    assert less <= more
