"""Drafts are replaced, posted and discarded, in the API and the console."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import make_user, signed_in_client
from ledger.models import DraftEntry, JournalEntry
from ledger.selectors import balance_of
from ledger.tests.factories import make_account, make_wallet, transfer
from nexafi.core.ids import uuid7

pytestmark = pytest.mark.django_db
URL = "/api/v1/journal-entries"


@pytest.fixture
def client():
    return signed_in_client(make_user("accountant"))


@pytest.fixture
def pair():
    return make_account(), make_wallet()


def body(pair, amount, **fields):
    debit, credit = pair
    lines = [
        {"account_id": str(debit.id), "debit_amount": amount},
        {"account_id": str(credit.id), "credit_amount": fields.pop("credited", amount)},
    ]
    return {"description": "Rent", "status": "draft", "lines": lines, **fields}


def draft(client, pair, amount="5.00", **fields):
    made = client.post(URL, body(pair, amount, **fields))
    assert made.status_code == 201, made.content
    return f"{URL}/{made.json()['id']}"


def test_a_draft_is_replaced_by_whoever_read_it_last(client, pair):
    url = draft(client, pair)
    tag = client.get(url)["ETag"]
    replaced = client.put(url, body(pair, "6.00", metadata={"invoice": "INV-1"}), HTTP_IF_MATCH=tag)
    assert (replaced.status_code, replaced.json()["lines"][0]["debit_amount"]) == (200, "6.00")
    assert replaced.json()["id"] == url.rpartition("/")[2]
    assert client.put(url, body(pair, "7.00"), HTTP_IF_MATCH=tag).status_code == 412
    assert client.put(url, body(pair, "8.00"), HTTP_IF_MATCH=replaced["ETag"]).status_code == 200
    assert client.get(url).json()["metadata"] == {}  # the whole draft is replaced
    assert client.post(f"{url}/post", {}).json()["lines"][0]["debit_amount"] == "8.00"


def test_what_is_no_draft_or_does_not_balance_is_refused(client, pair):
    url = draft(client, pair)
    unbalanced = client.put(url, body(pair, "6.00", credited="5.00"))
    assert (unbalanced.status_code, unbalanced.json()["code"]) == (400, "unbalanced_entry")
    assert client.put(url, body(pair, "6.00", status="posted")).status_code == 400
    assert client.get(url).json()["lines"][0]["debit_amount"] == "5.00"
    written = transfer(*(account.id for account in pair))
    answer = client.put(f"{URL}/{written.id}", body(pair, "6.00"))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_draft")
    assert client.put(f"{URL}/{uuid7()}", body(pair, "6.00")).status_code == 404


def test_the_console_posts_and_discards_drafts(client, pair):
    console = Client()
    console.force_login(make_user("accountant"), backend="django.contrib.auth.backends.ModelBackend")
    lists = reverse("admin:ledger_draftentry_changelist")
    assert "No entry is being prepared" in console.get(lists).content.decode()
    ids = [draft(client, pair, amount, reference_number="R-7").rpartition("/")[2] for amount in ("1234.50", "6.00")]
    page = console.get(lists).content.decode()
    assert "1,234.50" in page
    assert "R-7" in page
    assert "1,234.50" in console.get(reverse("admin:ledger_draftentry_change", args=[ids[0]])).content.decode()

    def act(name, draft_id, **fields):
        url = reverse(f"admin:ledger_draftentry_{name}", args=[draft_id])
        answer = console.post(url, {"_form_submitted": "True", **fields}, headers={"HX-Request": "true"})
        return answer.headers.get("HX-Redirect", "")

    assert act("post", ids[0], reason="checked against the invoice") == reverse(
        "admin:ledger_journalentry_change", args=[ids[0]]
    )
    assert act("discard", ids[1], reason="short") == ""
    assert act("discard", ids[1], reason="entered twice") == lists
    assert (DraftEntry.objects.count(), JournalEntry.objects.count()) == (0, 1)
    assert balance_of(pair[1].id).posted.amount == "1234.50"
    over = draft(client, pair[::-1], "9999.00").rpartition("/")[2]
    assert act("post", over, reason="checked against the invoice") == reverse(
        "admin:ledger_draftentry_change", args=[over]
    )
    assert DraftEntry.objects.filter(pk=over).exists()
    assert balance_of(pair[1].id).posted.amount == "1234.50"
