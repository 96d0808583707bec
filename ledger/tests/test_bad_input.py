"""What may not be: over HTTP a problem document that says where, in services a typed error; nothing is written."""

from datetime import date, timedelta

import pytest

from accounts.tests.factories import make_user, signed_in_client
from audit.models import UnsealedEvent
from ledger.constants import MAX_AMOUNT, MAX_TURNOVER
from ledger.integrity import check_ledger
from ledger.models import Account, Balance, DraftEntry, EntryLabel, EntryResolution, JournalEntry, Period, Posting
from ledger.selectors.balances import turnovers
from ledger.services.accounts import close_account
from ledger.services.batches import post_batch
from ledger.services.entries import post_pending, reverse_entry, void_pending
from ledger.services.posting import post_entries, post_entry
from ledger.tests.factories import make_account, make_wallet, transfer
from ledger.types import EntryDraft, EntryStatus, LineDraft, Side
from nexafi.core import clock
from nexafi.core.errors import DomainError
from nexafi.core.ids import uuid7
from nexafi.core.money import Money

pytestmark = pytest.mark.django_db
API = "/api/v1"
ENTRIES = f"{API}/journal-entries"
ALL = [Account, Balance, DraftEntry, EntryLabel, EntryResolution, JournalEntry, Posting, UnsealedEvent]
EDGE = "9999999999999999.99"  # 18 digits


class Setting:
    """Accounts and entries in every state that may refuse something."""

    def __init__(self):
        self.cash, self.euro = make_account(), make_account(currency="EUR")
        self.wallet = make_wallet(funded="100.00")
        self.closed = close_account(account_id=make_account().id)
        self.frozen = make_account(accepts_debits=False)
        self.capped = make_account("liability", ceiling_minor=500)
        self.full, self.other = make_account(), make_account("equity")
        most = EntryDraft.transfer(debit=self.full.id, credit=self.other.id, amount=Money(MAX_AMOUNT, "USD"))
        left = most._replace(
            lines=tuple(n._replace(amount=Money(MAX_TURNOVER % MAX_AMOUNT, "USD")) for n in most.lines)
        )
        post_entries([most] * 4 + [left])
        self.posted = transfer(self.cash.id, self.wallet.id, external_id="taken")
        hold = {"debit": self.wallet.id, "credit": self.cash.id, "status": EntryStatus.PENDING}
        self.held, self.ended, self.gone, self.late = (transfer(**hold) for _ in range(4))
        post_pending(entry_id=self.ended.id)
        void_pending(entry_id=self.gone.id)
        self.due = transfer(**hold, expires_at=clock.now() + timedelta(milliseconds=1))
        self.reversed = transfer(self.cash.id, self.wallet.id)
        reverse_entry(entry_id=self.reversed.id, reason="r")
        now = clock.now()
        Period.objects.create(name="2025", starts="2025-01-01", ends="2025-12-31", status="closed", closed_at=now)


@pytest.fixture
def world():
    return Setting()


@pytest.fixture
def client():
    return signed_in_client(make_user("accountant"))


def state():
    counts = {model: model.objects.count() for model in ALL}
    return counts, list(Balance.objects.order_by("account_id", "slot").values())


def refused(answer, status, code, pointer):
    """A problem document with this status, this code and, somewhere, this pointer."""
    assert answer["Content-Type"] == "application/problem+json", answer.content[:300]
    problem = answer.json()
    errors = {(error["pointer"], error["code"]) for error in problem.get("errors", ())}
    assert (answer.status_code, problem["status"]) == (status, status), problem
    assert code in {problem["code"], *(each for _, each in errors)}, problem
    assert pointer is None or (pointer, code) in errors, problem


# --- entries -------------------------------------------------------------------------------------------------------


def line(side, account_id, amount, **fields):
    return {"account_id": str(getattr(account_id, "id", account_id)), f"{side}_amount": amount, **fields}


def move(debit, credit, amount="10.00", **fields):
    return {"lines": [line("debit", debit, amount), line("credit", credit, amount)], **fields}


def lines_0(name):
    return f"/lines/0/{name}"


ENTRY_CASES = {
    "a cent short": (lambda w: {"lines": [line("debit", w.cash, "10.01"), line("credit", w.wallet, "10.00")]},
                     400, "unbalanced_entry", "/lines"),
    "balanced across currencies only": (lambda w: move(w.euro, w.wallet), 400, "unbalanced_entry", "/lines"),
    "another currency than the account's": (
        lambda w: {"lines": [line("debit", w.cash, "1.00", currency="EUR"), line("credit", w.wallet, "1.00")]},
        400, "currency_mismatch", lines_0("currency")),
    "zero": (lambda w: move(w.cash, w.wallet, "0.00"), 400, "not_positive", lines_0("debit_amount")),
    "negative": (lambda w: move(w.cash, w.wallet, "-1.00"), 400, "not_positive", lines_0("debit_amount")),
    "19 digits": (lambda w: move(w.cash, w.wallet, f"1{EDGE}"), 400, "invalid_amount", lines_0("debit_amount")),
    "an exponent": (lambda w: move(w.cash, w.wallet, "1e3"), 400, "invalid_amount", lines_0("debit_amount")),
    "a sum that no account can count": (lambda w: move(w.full, w.wallet, EDGE), 400, "amount_too_large", "/lines/0"),
    "a cent more than it can count": (lambda w: move(w.full, w.cash, "0.01"), 400, "amount_too_large", "/lines/0"),
    "one line": (lambda w: {"lines": [line("debit", w.cash, "1.00")]}, 400, "invalid_lines", "/lines"),
    "no line": (lambda w: {"lines": []}, 400, "invalid_lines", "/lines"),
    "thousandths": (lambda w: move(w.cash, w.wallet, "1.001"), 400, "invalid_amount", lines_0("debit_amount")),
    "both amounts on a line": (
        lambda w: {"lines": [line("debit", w.cash, "1.00", credit_amount="1.00"), line("credit", w.wallet, "1.00")]},
        400, "one_side", "/lines/0"),
    "no amount on a line": (lambda w: {"lines": [{"account_id": str(w.cash.id)}]}, 400, "one_side", "/lines/0"),
    "both sides of one entry": (lambda w: move(w.cash, w.cash), 400, "invalid_lines", "/lines/1/account_id"),
    "a closed account": (lambda w: move(w.closed, w.wallet), 422, "account_closed", lines_0("account_id")),
    "a frozen side": (lambda w: move(w.frozen, w.wallet), 422, "account_frozen", lines_0("account_id")),
    "an unknown account": (lambda w: move(uuid7(), w.wallet), 400, "unknown_account", lines_0("account_id")),
    "no account's id": (lambda w: move("1", w.wallet), 400, "invalid", lines_0("account_id")),
    "more than there is": (lambda w: move(w.wallet, w.cash, "1000.00"), 422, "insufficient_funds", "/lines/0"),
    "more held than there is": (
        lambda w: move(w.wallet, w.cash, "1000.00", status="pending"), 422, "insufficient_funds", "/lines/0"),
    "more than it may hold": (lambda w: move(w.cash, w.capped, "5.01"), 422, "ceiling_exceeded", "/lines/1"),
    "nothing to balance with": (
        lambda w: {"lines": [line("debit", w.cash, "2.00"), line("credit", w.wallet, "1.00"),
                             line("credit", w.other, "1.00")], "balancing": True},
        400, "invalid_lines", "/lines"),
    "a closed period": (lambda w: move(w.cash, w.wallet, entry_date="2025-12-31"), 422, "period_closed", "/entry_date"),
    "the year 1": (lambda w: move(w.cash, w.wallet, entry_date="0001-01-01"), 422, "period_closed", "/entry_date"),
    "the year 0": (lambda w: move(w.cash, w.wallet, entry_date="0000-01-01"), 400, "invalid", "/entry_date"),
    "no date": (lambda w: move(w.cash, w.wallet, entry_date="2026-02-30"), 400, "invalid", "/entry_date"),
    "a name that is taken": (
        lambda w: move(w.cash, w.wallet, external_id="taken"), 409, "duplicate_external_id", "/external_id"),
    "256 characters": (lambda w: move(w.cash, w.wallet, external_id="x" * 256), 400, "max_length", "/external_id"),
    "a NUL": (lambda w: move(w.cash, w.wallet, external_id="a\0b"), 400, "invalid_json", None),
    "a control character": (
        lambda w: move(w.cash, w.wallet, reference_number="a\x07"), 400, "invalid_characters", "/reference_number"),
    "an unknown field": (lambda w: move(w.cash, w.wallet, id=str(uuid7())), 400, "unknown_field", "/id"),
    "nested metadata": (lambda w: move(w.cash, w.wallet, metadata={"a": {"b": 1}}), 400, "invalid", "/metadata/a"),
    "huge metadata": (lambda w: move(w.cash, w.wallet, metadata={"a": "x" * 501}), 400, "max_length", "/metadata/a"),
    "too much metadata": (
        lambda w: move(w.cash, w.wallet, metadata={str(n): "" for n in range(51)}), 400, "too_large", "/metadata"),
    "deep metadata": (lambda w: move(w.cash, w.wallet, metadata=nested(40)), 400, "invalid_json", None),
    "an expiry of what is posted": (
        lambda w: move(w.cash, w.wallet, expires_at="2999-01-01T00:00:00Z"), 400, "invalid", "/expires_at"),
    "an expiry of a draft": (
        lambda w: move(w.cash, w.wallet, status="draft", expires_at="2999-01-01T00:00:00Z"),
        400, "invalid", "/expires_at"),
    "an expiry that is past": (
        lambda w: move(w.cash, w.wallet, status="pending", expires_at="2020-01-01T00:00:00Z"),
        400, "in_the_past", "/expires_at"),
    "an expiry before the first year": (
        lambda w: move(w.cash, w.wallet, status="pending", expires_at="0001-01-01T00:00:00+14:00"),
        400, "invalid", "/expires_at"),
    "a limit below the amount": (
        lambda w: move(w.wallet, w.cash, status="pending", capture_limit="9.99"),
        422, "capture_limit_exceeded", "/capture_limit"),
    "a limit in two currencies": (
        lambda w: {"lines": [*move(w.cash, w.wallet)["lines"], line("debit", w.euro, "1.00")],
                   "status": "pending", "capture_limit": "20.00"},
        400, "invalid_lines", "/capture_limit"),
    "a limit of 19 digits": (
        lambda w: move(w.wallet, w.cash, status="pending", capture_limit="99999999999999999.99"),
        400, "invalid_amount", "/capture_limit"),
}  # fmt: skip
UNREADABLE = {"a NUL", "deep metadata"}  # the whole body is refused
FORM = {"zero", "negative", "an exponent", "no account's id", "the year 0", "no date", "256 characters",
        "both amounts on a line", "no amount on a line",
        "a control character", "an unknown field", "nested metadata", "huge metadata", "too much metadata",
        "an expiry of what is posted", "an expiry of a draft", "an expiry before the first year"}  # fmt: skip


def nested(depth):
    return {"a": nested(depth - 1)} if depth else {}


def post(client, path, body):
    return client.post(path, body, HTTP_IDEMPOTENCY_KEY=str(uuid7()))


@pytest.mark.parametrize("case", ENTRY_CASES)
def test_a_bad_entry_is_refused_alone_and_in_batches(client, world, case):
    make, status, code, pointer = ENTRY_CASES[case]
    bad, good = {"description": "x", **make(world)}, {"description": "x", **move(world.cash, world.wallet)}
    before = state()
    refused(post(client, ENTRIES, bad), status, code, pointer)
    if bad.get("status") == "draft":
        assert state() == before
        return
    inside = pointer and f"/entries/1{pointer}"
    refused(post(client, f"{ENTRIES}/batch", {"atomic": True, "entries": [good, bad]}), status, code, inside)
    if case in FORM | UNREADABLE:
        refused(post(client, f"{ENTRIES}/batch", {"entries": [bad, good]}), status, code, None)
    assert state() == before
    if case in FORM | UNREADABLE:
        return
    results = post(client, f"{ENTRIES}/batch", {"entries": [good, bad, good]}).json()["results"]
    assert [result["status"] for result in results] == ["posted", "refused", "posted"]
    problem = results[1]["error"]
    assert (pointer, code) in {(error["pointer"], error["code"]) for error in problem["errors"]}


ACT_CASES = {
    "void what is posted": (lambda w: f"{w.posted.id}/void", {}, 409, "not_pending"),
    "void what was posted": (lambda w: f"{w.ended.id}/void", {}, 409, "already_resolved"),
    "void what was voided": (lambda w: f"{w.gone.id}/void", {}, 409, "already_resolved"),
    "void nothing": (lambda w: f"{uuid7()}/void", {}, 404, "unknown_entry"),
    "post what is posted": (lambda w: f"{w.posted.id}/post", {}, 409, "not_pending"),
    "post what was voided": (lambda w: f"{w.gone.id}/post", {}, 409, "already_resolved"),
    "post what has expired": (lambda w: f"{w.due.id}/post", {}, 409, "entry_expired"),
    "post nothing": (lambda w: f"{uuid7()}/post", {}, 404, "unknown_entry"),
    "post nothing for an amount": (lambda w: f"{uuid7()}/post", {"amount": "1.00"}, 404, "unknown_entry"),
    "post for more": (lambda w: f"{w.held.id}/post", {"amount": "10.01"}, 422, "capture_limit_exceeded"),
    "post for nothing": (lambda w: f"{w.held.id}/post", {"amount": "0.00"}, 400, "not_positive"),
    "post for 18 digits": (lambda w: f"{w.held.id}/post", {"amount": EDGE}, 422, "capture_limit_exceeded"),
    "post for 19 digits": (lambda w: f"{w.held.id}/post", {"amount": f"1{EDGE}"}, 400, "invalid_amount"),
    "post for thousandths": (lambda w: f"{w.held.id}/post", {"amount": "1.001"}, 400, "invalid_amount"),
    "reverse twice": (lambda w: f"{w.reversed.id}/reverse", {"reason": "r"}, 409, "already_reversed"),
    "reverse what is pending": (lambda w: f"{w.held.id}/reverse", {"reason": "r"}, 409, "not_posted"),
    "reverse what was voided": (lambda w: f"{w.gone.id}/reverse", {"reason": "r"}, 409, "not_posted"),
    "reverse nothing": (lambda w: f"{uuid7()}/reverse", {"reason": "r"}, 404, "unknown_entry"),
    "reverse without a reason": (lambda w: f"{w.posted.id}/reverse", {}, 400, "required"),
    "no id": (lambda w: "1/void", {}, 404, "not_found"),
}


def test_what_may_not_become_of_an_entry(client, world):
    before = state()
    for path, body, status, code in ACT_CASES.values():
        answer = client.post(f"{ENTRIES}/{path(world)}", body)
        refused(answer, status, code, None)
    assert state() == before


def test_a_call_has_at_most_ten_thousand_entries(client, world):
    draft = EntryDraft.transfer(debit=world.cash.id, credit=world.wallet.id, amount=Money(1, "USD"))
    before = state()
    for entries in ([], [draft] * 10_001):
        for service in (post_entries, post_batch):
            with pytest.raises(DomainError) as raised:
                service(entries)
            assert (raised.value.code, raised.value.errors[0].pointer) == ("invalid_lines", "/entries")
    bodies = [{"description": "x", "lines": []}] * 10_001
    refused(post(client, f"{ENTRIES}/batch", {"entries": bodies}), 400, "max_length", "/entries")
    assert state() == before


def test_an_entry_of_ten_thousand_lines_is_written(client, world):
    lines = [line("debit", world.cash, "0.01")] * 9_999 + [line("credit", world.wallet, "99.99")]
    answer = post(client, ENTRIES, {"description": "x", "lines": lines})
    assert answer.status_code == 201, answer.content[:300]
    assert Posting.objects.filter(entry=answer.json()["id"]).count() == 9_999


def test_sums_of_a_currency_go_beyond_what_one_account_can_count(world):
    for _ in range(2):
        full, other = make_account(), make_account("equity")
        most = EntryDraft.transfer(debit=full.id, credit=other.id, amount=Money(MAX_AMOUNT, "USD"))
        post_entries([most] * 4)
    debits, credits = turnovers()["USD"]
    assert debits == credits > 2**63 + 2**61
    assert check_ledger().totals["USD"] == (debits, credits)


def test_dates_at_the_ends_of_the_calendar(client, world):
    """Far days are days: what is dated there is found there, and reports reach it."""
    for day in ("2026-01-01", "9999-12-31"):
        assert (
            post(client, ENTRIES, {"description": "x", **move(world.cash, world.wallet, entry_date=day)}).status_code
            == 201
        )
    url = f"{API}/accounts/{world.wallet.id}"
    for path in (
        f"{url}/balance?as_of=0001-01-01",
        f"{url}/balance?as_of=9999-12-31",
        f"{url}/balance?as_of=0001-01-01T00:00:00Z",
        f"{url}/balance?as_of=9999-12-31T23:59:59Z",
        f"{url}/statement?from=0001-01-01&to=9999-12-31",
        f"{url}/statement?to=0001-01-05",
        f"{url}/statement?from=9999-12-31&to=9999-12-31",
        f"{API}/reports/trial-balance?as_of=0001-01-01",
        f"{API}/reports/trial-balance?as_of=9999-12-31",
        f"{API}/reports/balance-sheet?as_of=0001-01-01",
        f"{API}/reports/balance-sheet?as_of=9999-12-31",
        f"{ENTRIES}?entry_date=0001-01-01",
        f"{API}/exchange-rates?as_of=0001-01-01",
    ):
        answer = client.get(path)
        assert answer.status_code in (200, 400), (path, answer.content[:300])
    sums = client.get(f"{url}/statement?from=9999-12-31&to=9999-12-31").json()
    assert [row["balance"] for row in sums["results"]] == [sums["closing_balance"]]


# --- the same through the services -----------------------------------------------------------------------------------


def usd(*legs):
    return tuple(LineDraft(account_id, side, Money(minor, "USD")) for side, account_id, minor in legs)


D, C = Side.DEBIT, Side.CREDIT
SERVICE_CASES = {
    "a unit short": (lambda w: usd((D, w.cash.id, 101), (C, w.wallet.id, 100)), {}, "unbalanced_entry"),
    "zero": (lambda w: usd((D, w.cash.id, 0), (C, w.wallet.id, 0)), {}, "invalid_lines"),
    "negative": (lambda w: usd((D, w.cash.id, -5), (C, w.wallet.id, -5)), {}, "invalid_lines"),
    "19 digits": (lambda w: usd((D, w.cash.id, 10**18), (C, w.wallet.id, 10**18)), {}, "amount_too_large"),
    "bigint": (lambda w: usd((D, w.cash.id, 2**63 - 1), (C, w.wallet.id, 2**63 - 1)), {}, "amount_too_large"),
    "lines beyond bigint": (
        lambda w: usd(*[(D, w.cash.id, MAX_AMOUNT)] * 20, *[(C, w.other.id, MAX_AMOUNT)] * 20), {}, "amount_too_large"),
    "both sides": (lambda w: usd((D, w.cash.id, 5), (C, w.cash.id, 5)), {}, "invalid_lines"),
    "10,001 lines": (lambda w: usd(*[(D, w.cash.id, 1)] * 10_000, (C, w.wallet.id, 10_000)), {}, "invalid_lines"),
    "one line": (lambda w: usd((D, w.cash.id, 5)), {}, "invalid_lines"),
    "unknown": (lambda w: usd((D, uuid7(), 5), (C, w.wallet.id, 5)), {}, "unknown_account"),
    "euro": (lambda w: usd((D, w.euro.id, 5), (C, w.wallet.id, 5)), {}, "currency_mismatch"),
    "closed": (lambda w: usd((D, w.closed.id, 5), (C, w.wallet.id, 5)), {}, "account_closed"),
    "frozen": (lambda w: usd((D, w.frozen.id, 5), (C, w.wallet.id, 5)), {}, "account_frozen"),
    "year 1": (
        lambda w: usd((D, w.cash.id, 5), (C, w.wallet.id, 5)), {"effective_date": date(1, 1, 1)}, "period_closed"),
    "taken": (lambda w: usd((D, w.cash.id, 5), (C, w.wallet.id, 5)), {"external_id": "taken"}, "duplicate_external_id"),
}  # fmt: skip


def test_services_refuse_with_the_same_codes(world):
    good = EntryDraft(lines=usd((D, world.cash.id, 5), (C, world.wallet.id, 5)))
    before = state()
    for case, (lines, fields, code) in SERVICE_CASES.items():
        bad = EntryDraft(lines=lines(world), **fields)
        for write in (lambda: post_entry(bad), lambda: post_entries([good, bad])):  # noqa: B023
            with pytest.raises(DomainError) as raised:
                write()
            assert raised.value.code == code, case
            assert raised.value.errors, case
    assert state() == before
    for case, (lines, fields, code) in SERVICE_CASES.items():
        (outcome,) = post_batch([EntryDraft(lines=lines(world), **fields)])
        assert outcome.code == code, case


@pytest.mark.parametrize("amount", [Money(0, "USD"), Money(-5, "USD"), Money(500, "EUR"), Money(MAX_AMOUNT, "USD")])
def test_a_pending_entry_is_not_posted_for_what_it_cannot_be(world, amount):
    before = state()
    with pytest.raises(DomainError) as raised:
        post_pending(entry_id=world.held.id, amount=amount)
    assert raised.value.code in ("invalid_lines", "currency_mismatch", "capture_limit_exceeded")
    assert state() == before
