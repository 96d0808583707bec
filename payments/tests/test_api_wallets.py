"""Wallets over HTTP: opened once per currency, seen by their customer's members, moved by those who may."""

import pytest

from accounts.models import Membership
from accounts.tests.factories import make_customer, make_user, signed_in_client
from payments.exceptions import WalletInUse
from payments.models import Wallet
from payments.services.wallets import set_wallet_status
from payments.tests.factories import make_person, make_wallet, staff_client

pytestmark = pytest.mark.django_db


def organization_client(role: str):
    """An organization with 100.00 USD, and the client of a member with this role."""
    organization = make_customer(kind="organization", name="Quill GmbH")
    user = make_user("customer")
    Membership.objects.create(customer=organization, user=user, role=role)
    return make_wallet(organization, balance="100.00"), signed_in_client(user)


def test_a_new_wallet_is_empty_and_the_only_one_of_its_currency() -> None:
    ada = make_person()
    response = ada.client.post("/api/v1/wallets", {"currency": "EUR"})
    assert response.status_code == 201
    assert response.json().items() >= {"currency": "EUR", "balance": "0.00", "status": "active"}.items()
    again = ada.client.post("/api/v1/wallets", {"currency": "EUR"})
    assert (again.status_code, again.json()["code"]) == (409, "wallet_exists")


@pytest.mark.parametrize("currency", ["usd", "XAU", "ZZZ", "", None, 1])
def test_an_unknown_currency_is_refused(currency: object) -> None:
    assert make_person().client.post("/api/v1/wallets", {"currency": currency}).status_code == 400


def test_a_wallet_shows_balance_available_and_pending() -> None:
    ada, bob = make_person(balance="20000.00"), make_person()
    ada.pay(bob, "12000.00")
    body = ada.client.get(f"/api/v1/wallets/{ada.wallet.id}").json()
    assert (body["balance"], body["available_balance"], body["pending"]) == ("20000.00", "8000.00", "12000.00")


def test_wallets_of_others_are_not_there() -> None:
    ada, bob = make_person(), make_person()
    assert ada.client.get(f"/api/v1/wallets/{bob.wallet.id}").status_code == 404
    assert [w["id"] for w in ada.client.get("/api/v1/wallets").json()["results"]] == [str(ada.wallet.id)]
    assert len(staff_client("auditor").get("/api/v1/wallets").json()["results"]) == 2


def test_the_list_shows_balances() -> None:
    ada = make_person(balance="12.34")
    assert ada.client.get("/api/v1/wallets").json()["results"][0]["balance"] == "12.34"


@pytest.mark.parametrize(
    ("role", "opens"), [("owner", 201), ("admin", 201), ("accountant", 403), ("member", 403), ("viewer", 403)]
)
def test_owners_and_admins_open_an_organizations_wallets(role: str, opens: int) -> None:
    wallet, client = organization_client(role)
    body = {"currency": "EUR", "organization_id": str(wallet.customer_id)}
    assert client.post("/api/v1/wallets", body).status_code == opens


def test_an_organization_one_does_not_belong_to_is_not_there() -> None:
    wallet, _ = organization_client("owner")
    body = {"currency": "EUR", "organization_id": str(wallet.customer_id)}
    assert make_person().client.post("/api/v1/wallets", body).status_code == 404


@pytest.mark.parametrize(
    ("role", "pays"), [("owner", 201), ("admin", 201), ("accountant", 201), ("member", 403), ("viewer", 403)]
)
def test_who_may_move_an_organizations_money(role: str, pays: int) -> None:
    wallet, client = organization_client(role)
    bob = make_person()
    body = {"source_wallet_id": str(wallet.id), "destination_wallet_id": str(bob.wallet.id)}
    body |= {"amount": "1.00", "currency": "USD"}
    assert client.post("/api/v1/payments", body).status_code == pays
    assert client.get(f"/api/v1/wallets/{wallet.id}").status_code == 200


def test_transactions_list_what_moved_newest_first_and_page() -> None:
    ada, bob = make_person(balance="100.00"), make_person()
    first = ada.pay(bob, "1.00").json()["id"]
    bob.client.post(f"/api/v1/payments/{first}/refund", {"amount": "0.40"})
    url = f"/api/v1/wallets/{ada.wallet.id}/transactions"
    rows = ada.client.get(url).json()["results"]
    assert [(r["kind"], r["direction"], r["amount"]) for r in rows] == [
        ("refund", "in", "0.40"),
        ("payment", "out", "1.00"),
        ("deposit", "in", "100.00"),
    ]
    assert rows[1]["reference"] == first
    page = ada.client.get(f"{url}?page_size=2").json()
    rest = ada.client.get(page["next"]).json()
    assert [r["kind"] for r in rest["results"]] == ["deposit"]
    assert ada.client.get(rest["previous"]).json()["results"] == page["results"]
    assert [r["kind"] for r in ada.client.get(f"{url}?kind=refund").json()["results"]] == ["refund"]
    assert bob.client.get(url).status_code == 404


def test_only_an_empty_wallet_closes_and_a_new_one_may_follow() -> None:
    ada = make_person(balance="1.00")
    with pytest.raises(WalletInUse):
        set_wallet_status(wallet_id=ada.wallet.id, status="closed", reason="Customer left")
    empty = make_person()
    set_wallet_status(wallet_id=empty.wallet.id, status="closed", reason="Customer left")
    assert empty.client.post("/api/v1/wallets", {"currency": "USD"}).status_code == 201
    assert Wallet.objects.filter(customer=empty.customer).count() == 2
