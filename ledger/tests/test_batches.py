"""Batches: what comes of them is what comes of posting one by one."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import exceptions
from ledger.constants import MAX_AMOUNT
from ledger.models import JournalEntry, Period
from ledger.selectors import balance_of, balances_of
from ledger.services.batches import post_batch
from ledger.services.entries import post_pending
from ledger.services.posting import post_entries, post_entry
from ledger.tests.factories import make_account, make_wallet
from ledger.types import EntryDraft, EntryStatus, LineDraft, Side, Written
from nexafi.core import clock
from nexafi.core.errors import DomainError
from nexafi.core.ids import uuid7
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db


def usd(text):
    return Money.parse(text, "USD")


def pay(source, target, amount, **changes):
    return EntryDraft.transfer(debit=source.id, credit=target.id, amount=usd(amount), **changes)


def codes(outcomes):
    return [outcome.code if isinstance(outcome, DomainError) else "ok" for outcome in outcomes]


def test_each_entry_stands_for_itself():
    wallet, other = make_wallet(funded="10.00"), make_wallet()
    outcomes = post_batch(
        [
            pay(wallet, other, "6.00", external_id="a"),
            pay(wallet, other, "5.00"),
            pay(other, wallet, "6.01"),
            pay(wallet, other, "4.00", external_id="a"),
            pay(other, wallet, "6.00"),
            pay(wallet, other, "10.00"),
        ]
    )
    refused = ["insufficient_funds", "insufficient_funds", "duplicate_external_id"]
    assert codes(outcomes) == ["ok", *refused, "ok", "ok"]
    assert balance_of(other.id).posted == usd("10.00")
    assert JournalEntry.objects.filter(pk__in=[o.id for o in outcomes if isinstance(o, Written)]).count() == 3
    assert outcomes[1].errors[0].pointer == "/lines/0"


def test_all_or_none_says_which_entry_was_refused_and_where():
    wallet, other = make_wallet(funded="10.00"), make_wallet()
    with pytest.raises(exceptions.InsufficientFunds) as refused:
        post_entries([pay(wallet, other, "6.00"), pay(wallet, other, "4.01"), pay(other, wallet, "6.00")])
    assert refused.value.errors[0].pointer == "/entries/1/lines/0"
    assert balance_of(wallet.id).posted == usd("10.00")


def test_a_batch_may_not_spend_what_a_later_entry_brings():
    cash, wallet, other = make_account("asset"), make_wallet(), make_wallet()
    spend, fund = pay(wallet, other, "5.00"), pay(cash, wallet, "5.00")
    with pytest.raises(exceptions.InsufficientFunds):
        post_entries([spend, fund])
    assert len(post_entries([fund, spend])) == 2


def test_linked_entries_stand_or_fall_together():
    wallet, other = make_wallet(funded="10.00"), make_wallet()
    outcomes = post_batch(
        [
            pay(wallet, other, "1.00", linked=True),
            pay(wallet, other, "20.00", linked=True),
            pay(wallet, other, "1.00"),
            pay(wallet, other, "3.00", linked=True),
            pay(other, wallet, "3.00"),
        ]
    )
    assert codes(outcomes) == ["linked_entry_refused", "insufficient_funds", "linked_entry_refused", "ok", "ok"]
    first, second = JournalEntry.objects.filter(pk__in=[outcomes[3].id, outcomes[4].id]).order_by("id")
    assert first.linked_with == second.linked_with == first.id
    assert balance_of(wallet.id).posted == usd("10.00")


def test_a_balancing_entry_moves_as_much_as_is_there():
    wallet, jar = make_wallet(funded="10.00"), make_account("liability", ceiling_minor=700)
    post_entry(pay(wallet, jar, "100.00", balancing=True))
    assert (balance_of(wallet.id).posted, balance_of(jar.id).posted) == (usd("3.00"), usd("7.00"))
    outcomes = post_batch([pay(wallet, jar, "1.00", balancing=True), pay(jar, wallet, "2.00", balancing=True)])
    assert codes(outcomes) == ["insufficient_funds", "ok"]
    assert outcomes[1].amount == usd("2.00")


def test_what_a_batch_may_not_do():
    cash, frozen = make_account("asset"), make_account("liability")
    capped = make_account("liability", ceiling_minor=100)
    frozen.accepts_credits = False
    frozen.save(update_fields=["accepts_credits"])
    Period.objects.create(
        name="January", starts="2025-01-01", ends="2025-01-31", status="closed", closed_at=clock.now()
    )
    drafts = [
        pay(cash, frozen, "1.00"),
        pay(frozen, cash, "1.00"),
        pay(cash, capped, "1.01"),
        pay(cash, capped, "1.00", effective_date=Period.objects.get().ends),
        EntryDraft.transfer(debit=cash.id, credit=uuid7(), amount=usd("1.00")),
        EntryDraft.transfer(debit=cash.id, credit=capped.id, amount=Money(100, "EUR")),
    ]
    expected = [
        "account_frozen", "ok", "ceiling_exceeded", "period_closed", "unknown_account", "currency_mismatch"
    ]  # fmt: skip
    assert codes(post_batch(drafts)) == expected
    assert [code_of(draft) for draft in drafts] == expected


def code_of(draft):
    try:
        post_entry(draft)
    except DomainError as refusal:
        return refusal.code
    return "ok"


@pytest.mark.parametrize("name", ["id", "external_id"])
def test_what_is_sent_again_is_refused_as_such_whatever_else_would_be_wrong_by_now(name):
    wallet, other = make_wallet(funded="10.00"), make_wallet()
    drafts = [pay(wallet, other, "5.00", **{name: uuid7() if name == "id" else f"same-{n}"}) for n in range(2)]
    post_entries(drafts)
    other.accepts_credits = False
    other.save(update_fields=["accepts_credits"])
    again = f"duplicate_{'entry' if name == 'id' else name}"
    assert [code_of(draft) for draft in drafts] == [again, again]
    assert codes(post_batch([*drafts, pay(wallet, other, "1.00")])) == [again, again, "account_frozen"]
    with pytest.raises(DomainError) as refused:
        post_entries(drafts)
    assert refused.value.errors[0].pointer == f"/entries/0/{name}"


def test_one_id_used_twice_in_a_batch_is_written_once():
    wallet, other = make_wallet(funded="10.00"), make_wallet()
    draft = pay(wallet, other, "5.00", id=uuid7())
    assert codes(post_batch([draft, draft])) == ["ok", "duplicate_entry"]
    with pytest.raises(exceptions.DuplicateEntry):
        post_entries([draft._replace(id=(new := uuid7())), draft._replace(id=new)])


def test_an_account_without_limits_takes_what_it_can_count_and_no_more():
    cash, books = make_account("asset"), make_account("equity")
    most = EntryDraft.transfer(debit=cash.id, credit=books.id, amount=Money(MAX_AMOUNT, "USD"))
    assert codes(post_batch([most] * 6)) == ["ok"] * 4 + ["amount_too_large"] * 2
    assert codes(post_batch([most, pay(cash, books, "1.00")])) == ["amount_too_large", "ok"]
    assert code_of(most) == "amount_too_large"


def test_an_entry_that_does_not_balance_is_pointed_at_within_its_batch():
    wallet, other = make_wallet(funded="10.00"), make_wallet()
    good = pay(wallet, other, "1.00")
    bad = good._replace(lines=(good.lines[0], good.lines[1]._replace(amount=usd("1.01"))))
    with pytest.raises(exceptions.UnbalancedEntry) as refused:
        post_entries([good, bad])
    assert refused.value.errors[0].pointer == "/entries/1/lines"
    assert codes(post_batch([good, bad])) == ["ok", "unbalanced_entry"]


IN_BETWEEN = {  # moves of a call, by account and minor units; the one that is refused
    "spent before it comes": ([("wallet", -500), ("wallet", 500)], 0),
    "comes before it is spent": ([("wallet", 500), ("wallet", -800)], None),
    "held before it comes": ([("wallet", -500, "held"), ("wallet", 500)], 0),
    "spent with what is only coming": ([("wallet", 500, "held"), ("wallet", -301)], 1),
    "too much for a moment": ([("wallet", 200), ("wallet", -500), ("wallet", -1), ("wallet", 1)], 2),
    "to the last cent and back": ([("wallet", -300), ("wallet", 300), ("wallet", -300)], None),
    "an overdraft passed for a moment": ([("loan", -201), ("loan", 100)], 0),
    "too full for a moment": ([("jar", 401), ("jar", -100)], 0),
    "expected too full for a moment": ([("jar", 300, "held"), ("jar", 101), ("jar", -100)], 1),
    "emptied first": ([("jar", -200), ("jar", 600)], None),
    "two accounts, the later one first": ([("jar", 100), ("loan", -201), ("jar", 301), ("jar", -9), ("loan", 1)], 1),
    "two currencies": ([("yen", -50), ("wallet", -300), ("yen", 50)], 0),
}


@pytest.mark.parametrize("case", IN_BETWEEN)
def test_each_entry_of_a_call_must_be_affordable_when_its_turn_comes(case):
    """Whatever comes of the whole call; 1.00 of the wallet was held and posted in part before."""
    moves, refused = IN_BETWEEN[case]
    cash = {"USD": make_account("asset"), "JPY": make_account("asset", "JPY")}
    accounts = {
        "wallet": make_account("liability", floor_minor=0),
        "loan": make_account("liability", floor_minor=-200),
        "jar": make_account("asset", floor_minor=0, ceiling_minor=600),
        "yen": make_account("liability", "JPY", floor_minor=0),
    }

    def draft(name, minor, held=""):
        account = accounts[name]
        sides = [cash[account.currency].id, account.id]
        debit, credit = sides if (minor < 0) == account.debit_normal else sides[::-1]
        status = EntryStatus.PENDING if held else EntryStatus.POSTED
        return EntryDraft.transfer(
            debit=debit, credit=credit, amount=Money(abs(minor), account.currency), status=status
        )

    post_entries([draft("wallet", 390), draft("jar", 200)])
    post_pending(entry_id=post_entry(draft("wallet", -100, "held")).id, amount=usd("0.90"))
    drafts = [draft(*move) for move in moves]
    if refused is None:
        post_entries(drafts)
        return
    with pytest.raises((exceptions.InsufficientFunds, exceptions.CeilingExceeded)) as raised:
        post_entries(drafts)
    assert raised.value.errors[0].pointer.startswith(f"/entries/{refused}/lines/")
    alone = [code == "ok" for code in codes(post_batch(drafts))]
    assert alone.index(False) == refused


LEGS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 300), st.sampled_from([0, 0, 0, 1])), min_size=1, max_size=3
)
ENTRIES = st.lists(
    st.tuples(LEGS, st.integers(0, 5), st.booleans(), st.booleans(), st.integers(0, 9), st.booleans()),
    min_size=1,
    max_size=20,
)
MOVES = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 3), st.integers(50, 300), st.just(0)), min_size=1, max_size=2),
        st.integers(0, 3),
        st.booleans(),
        st.just(False),
        st.just(9),
        st.just(False),
    ),
    min_size=1,
    max_size=4,
)
# Moves and their opposites in any order: nothing comes of them, but on the way a limit may be passed.
THERE_AND_BACK = MOVES.flatmap(lambda moves: st.permutations(moves + [(m[0], m[1], not m[2], *m[3:]) for m in moves]))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(entries=st.one_of(ENTRIES, THERE_AND_BACK), cuts=st.sets(st.integers(1, 19), max_size=3))
def test_a_batch_is_the_same_as_posting_one_by_one_or_in_parts(entries, cuts):
    """The same refusals and the same balances, with several lines and currencies, on accounts with floors, ceilings, a
    freeze and a closed one. All or none is the same too, up to the first refusal."""
    first, second, third, fourth = (_Books() for _ in range(4))
    one_by_one = [code_of(draft) for draft in first.drafts(entries)]
    assert codes(post_batch(second.drafts(entries))) == one_by_one
    drafts, bounds = third.drafts(entries), [0, *sorted(cuts), len(entries)]
    parts = [drafts[start:stop] for start, stop in pairwise(bounds) if drafts[start:stop]]
    assert [code for part in parts for code in codes(post_batch(part))] == one_by_one
    assert second.figures() == third.figures() == first.figures()
    expected = next((code for code in one_by_one if code != "ok"), "ok")
    assert code_of_all(fourth.drafts(entries)) == expected
    if expected == "ok":
        assert fourth.figures() == first.figures()


def code_of_all(drafts):
    try:
        post_entries(drafts)
    except DomainError as refusal:
        return refusal.code
    return "ok"


class _Books:
    def __init__(self):
        self.usd, self.jpy = self.open("USD"), self.open("JPY")

    def open(self, currency):
        cash = make_account("asset", currency)
        wallets = [make_account("liability", currency, floor_minor=floor) for floor in (0, -200)]
        jar = make_account("asset", currency, floor_minor=0, ceiling_minor=600)
        frozen, closed = make_account("liability", currency), make_account("liability", currency)
        pairs = [(cash, wallets[0]), (cash, wallets[1]), (jar, cash)]
        money = Money(300, currency)
        post_entries([EntryDraft.transfer(debit=d.id, credit=c.id, amount=money) for d, c in pairs])
        frozen.accepts_debits = False
        frozen.save(update_fields=["accepts_debits"])
        closed.status = "closed"
        closed.save(update_fields=["status"])
        return [cash, *wallets, jar, frozen, closed]

    def drafts(self, entries):
        run = uuid7()
        return [
            EntryDraft(
                lines=tuple(self.lines(legs, against, turned)),
                status=EntryStatus.PENDING if pending else EntryStatus.POSTED,
                external_id=f"{run}-{name}" if name < 3 else None,
                balancing=balancing and len(legs) == 1,
            )
            for legs, against, turned, pending, name, balancing in entries
        ]

    def lines(self, legs, against, turned):
        """Each leg on one side; the sum of each currency against one account on the other."""
        sides = [Side.CREDIT, Side.DEBIT] if turned else [Side.DEBIT, Side.CREDIT]
        for currency in (self.usd, self.jpy):
            own = [(currency[number], minor) for number, minor, which in legs if which == (currency is self.jpy)]
            for account, minor in own:
                yield LineDraft(account.id, sides[0], Money(minor, account.currency))
            if own:
                account, total = currency[against], sum(minor for _, minor in own)
                yield LineDraft(account.id, sides[1], Money(total, account.currency))

    def figures(self):
        ids = [account.id for account in (*self.usd, *self.jpy)]
        positions = balances_of(ids)
        return [positions[account_id] for account_id in ids]
