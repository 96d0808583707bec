"""Limits, freezes, tags and the place of accounts, through the API and the console."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import make_customer, make_user, signed_in_client
from audit.models import UnsealedEvent
from ledger.constants import SystemAccount
from ledger.exceptions import BusyAccount
from ledger.integrity import check_ledger
from ledger.models import Account
from ledger.services.accounts import account_of_currency, system_account
from ledger.tests.factories import make_account, make_wallet

pytestmark = pytest.mark.django_db
URL = "/api/v1/accounts"


@pytest.fixture
def client():
    return signed_in_client(make_user("accountant"))


@pytest.fixture
def console():
    client = Client()
    client.force_login(make_user("accountant"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def last_event():
    return json.loads(bytes(UnsealedEvent.objects.order_by("-id").first().body))


def new(client, **fields):
    body = {"account_code": "1999", "name": "Cash box", "account_type": "asset", "currency": "USD"} | fields
    return client.post(URL, body)


def codes(answer):
    return {answer.json()["code"], *(error["code"] for error in answer.json().get("errors", ()))}


def pointers(answer):
    return [error["pointer"] for error in answer.json().get("errors", ())]


def test_an_account_opens_with_limits_freezes_tags_and_subtype(client):
    terms = {
        "minimum_balance": "-50.00", "maximum_balance": "1000.00", "debits_frozen": True, "credits_frozen": False,
        "tags": ["hqla:level1", "rwa:20"], "account_subtype": "cash",
    }  # fmt: skip
    made = new(client, **terms)
    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in terms} == terms
    cash = Account.objects.get(code="1999")
    assert last_event()["data"]["terms"]["floor"] == "-50.00"
    assert transfer_refused(client, cash, make_account()) == "account_frozen"
    assert check_ledger().holds


def transfer_refused(client, debit, credit, amount="1.00"):
    lines = [
        {"account_id": str(debit.id), "debit_amount": amount},
        {"account_id": str(credit.id), "credit_amount": amount},
    ]
    return client.post("/api/v1/journal-entries", {"description": "Test", "lines": lines}).json().get("code")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"minimum_balance": "10.00"}, 409, "limit_already_broken"),
        ({"maximum_balance": "-10.00"}, 409, "limit_already_broken"),
        ({"minimum_balance": "-1.00", "maximum_balance": "-2.00"}, 400, "minimum_above_maximum"),
        ({"minimum_balance": "1.001"}, 400, "invalid_amount"),
        ({"maximum_balance": "9999999999999999999"}, 400, "invalid_amount"),
        ({"maximum_balance": 1e3}, 201, None),
        ({"debits_frozen": "yes"}, 400, "invalid"),
        ({"tags": ["a", "a"]}, 400, "invalid"),
        ({"tags": ["with space"]}, 400, "invalid"),
        ({"tags": [f"t{n}" for n in range(21)]}, 400, "max_length"),
        ({"tags": "cash"}, 400, "not_a_list"),
        ({"balance": "1.00"}, 400, "unknown_field"),
    ],
)
def test_terms_that_cannot_be_are_clear_problems(client, fields, status, code):
    answer = new(client, **fields)
    assert answer.status_code == status, answer.content
    assert code is None or code in codes(answer)


def test_a_child_has_its_parents_type_and_currency(client):
    parent = make_account("asset")
    assert new(client, parent_id=str(parent.id)).status_code == 201
    for fields in ({"account_type": "liability"}, {"currency": "EUR"}):
        answer = new(client, account_code="2999", parent_id=str(parent.id), **fields)
        assert (answer.status_code, codes(answer), pointers(answer)) == (400, {"parent_differs"}, ["/parent_id"])
    assert client.post(f"{URL}/{parent.id}/close", {}).json()["code"] == "account_has_children"
    child = Account.objects.get(code="1999")
    assert client.post(f"{URL}/{child.id}/close", {}).status_code == 200
    assert client.post(f"{URL}/{parent.id}/close", {}).status_code == 200
    assert codes(new(client, account_code="2999", parent_id=str(parent.id))) == {"account_closed"}


def test_a_tree_that_grows_too_deep_is_refused(client):
    parent = None
    for number in range(15):
        parent = make_account(code=f"{number:064}", parent=parent)
    answer = new(client, account_code="x" * 64, parent_id=str(parent.id))
    assert (answer.status_code, codes(answer)) == (400, {"tree_too_deep"})


def test_limits_and_freezes_change_with_a_reason_and_are_kept_from_then_on(client):
    wallet, other = make_wallet(funded="50.00"), make_wallet()
    url = f"{URL}/{wallet.id}"
    assert codes(client.patch(url, {"minimum_balance": "-20.00"})) == {"reason_required"}
    changed = client.patch(url, {"minimum_balance": "-20.00", "maximum_balance": "60.00", "reason": "agreed"})
    assert (changed.json()["minimum_balance"], changed.json()["maximum_balance"]) == ("-20.00", "60.00")
    event = last_event()
    assert (event["action"], event["reason"]) == ("ledger.account_changed", "agreed")
    assert event["data"]["before"] == {"floor": "0.00", "ceiling": None}
    assert event["data"]["after"] == {"floor": "-20.00", "ceiling": "60.00"}
    assert transfer_refused(client, wallet, other, "70.01") == "insufficient_funds"
    assert transfer_refused(client, make_account(), wallet, "10.01") == "ceiling_exceeded"
    for limit in ({"minimum_balance": "50.01"}, {"maximum_balance": "49.99"}):
        answer = client.patch(url, {**limit, "reason": "too tight"})
        assert (answer.status_code, codes(answer)) == (409, {"limit_already_broken"})
        assert pointers(answer) == [f"/{next(iter(limit))}"]
    crossed = client.patch(url, {"minimum_balance": "60.01", "reason": "crossed"})
    assert (crossed.status_code, codes(crossed)) == (400, {"minimum_above_maximum"})
    assert client.patch(url, {"credits_frozen": True, "reason": "inquiry"}).json()["credits_frozen"] is True
    assert transfer_refused(client, make_account(), wallet, "1.00") == "account_frozen"
    assert transfer_refused(client, wallet, other, "1.00") is None
    freed = client.patch(url, {"credits_frozen": False, "maximum_balance": None, "reason": "cleared"}).json()
    assert (freed["credits_frozen"], freed["maximum_balance"]) == (False, None)
    assert check_ledger().holds


def busy_accounts():
    below = account_of_currency(SystemAccount.FX_COUNTER_VALUE, "EUR")
    return [system_account("settlement", "USD"), below.parent, below, make_account(busy=True)]


def test_an_account_that_everybody_posts_to_takes_no_limits_on_either_database(client, console):
    for account in busy_accounts():
        for limit in ({"minimum_balance": "0.00"}, {"maximum_balance": "5.00"}):
            answer = client.patch(f"{URL}/{account.id}", {**limit, "reason": "a try"})
            assert (answer.status_code, codes(answer)) == (422, {"busy_account"})
            assert pointers(answer) == [f"/{next(iter(limit))}"]
        assert client.patch(f"{URL}/{account.id}", {"minimum_balance": None}).status_code == 200  # as it is
        frozen = client.patch(f"{URL}/{account.id}", {"debits_frozen": True, "reason": "a freeze is no limit"})
        assert frozen.status_code == 200
        page = console.get(reverse("admin:ledger_account_change", args=[account.id])).content.decode()
        assert "Freeze" in page
        assert reverse("admin:ledger_account_limits", args=[account.id]) not in page
        act(console, account, "limits", floor="0.00", ceiling="", reason="by its address")
        assert (account.floor, account.ceiling) == (None, None)
    with pytest.raises(BusyAccount):
        make_account(busy=True, ceiling_minor=0)
    assert check_ledger().holds


def test_an_account_opened_with_limits_keeps_them_with_a_role(client, console):
    account = make_account(role="settlement", ceiling_minor=100_00)
    changed = client.patch(f"{URL}/{account.id}", {"maximum_balance": "50.00", "reason": "agreed"})
    assert changed.json()["maximum_balance"] == "50.00"
    assert transfer_refused(client, account, make_account(), "50.01") == "ceiling_exceeded"
    page = console.get(reverse("admin:ledger_account_change", args=[account.id])).content.decode()
    assert reverse("admin:ledger_account_limits", args=[account.id]) in page


def test_the_tag_covers_limits_and_nothing_changes_when_it_differs(client):
    account = make_account()
    url = f"{URL}/{account.id}"
    tag = client.get(url)["ETag"]
    changed = client.patch(url, {"tags": ["rwa:20"], "account_subtype": "cash"}, HTTP_IF_MATCH=tag)
    assert (changed.json()["tags"], changed.json()["account_subtype"]) == (["rwa:20"], "cash")
    stale = client.patch(url, {"minimum_balance": "0.00", "reason": "late"}, HTTP_IF_MATCH=tag)
    assert stale.status_code == 412
    assert client.get(url).json()["minimum_balance"] is None
    events = UnsealedEvent.objects.count()
    assert client.patch(url, {"tags": ["rwa:20"]}, HTTP_IF_MATCH=changed["ETag"]).status_code == 200
    assert UnsealedEvent.objects.count() == events


def test_a_closed_account_keeps_its_limits(client):
    account = make_account()
    client.post(f"{URL}/{account.id}/close", {})
    url = f"{URL}/{account.id}"
    assert client.patch(url, {"name": "Old cash box"}).status_code == 200
    assert codes(client.patch(url, {"minimum_balance": "0.00", "reason": "late"})) == {"account_closed"}


def act(console, account, name, /, **fields):
    url = reverse(f"admin:ledger_account_{name}", args=[account.id])
    answer = console.post(url, {"_form_submitted": "True", **fields}, headers={"HX-Request": "true"})
    account.refresh_from_db()
    return answer


def test_the_console_describes_limits_freezes_and_closes(console):
    account = make_account("liability", owner_id=make_customer(name="Ada Lovelace").id)
    page = console.get(reverse("admin:ledger_account_change", args=[account.id])).content.decode()
    assert "Ada Lovelace" in page
    act(
        console,
        account,
        "describe",
        name="Deposit box",
        subtype="wallet",
        tags="a b",
        description="",
        reason="it has a new use",
    )
    assert (account.name, account.subtype, account.tags) == ("Deposit box", "wallet", ["a", "b"])
    dialog = console.get(reverse("admin:ledger_account_describe", args=[account.id])).content.decode()
    assert 'value="Deposit box"' in dialog
    act(console, account, "limits", floor="-5.00", ceiling="", reason="agreed with them")
    assert (account.floor, account.ceiling) == (-500, None)
    assert b"decimals" in act(console, account, "limits", floor="1.001", reason="agreed with them").content
    act(console, account, "freeze", sides=["debits"], reason="short")
    assert account.accepts_debits
    act(console, account, "freeze", sides=["debits"], reason="court order 12")
    assert (account.accepts_debits, account.accepts_credits) == (False, True)
    page = console.get(reverse("admin:ledger_account_change", args=[account.id])).content.decode()
    assert "Debits frozen" in page
    act(console, account, "unfreeze", reason="order lifted today")
    assert account.accepts_debits
    act(console, account, "close", reason="no longer needed")
    assert account.status == "closed"
