"""Who may call what: every route and method of the API against every role, and nobody's object for anybody else.

A route that is missing here fails the build: whoever adds one says who may call it.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import get_resolver
from rest_framework.test import APIClient

from accounts.models import Session
from accounts.services.customers import create_organization
from accounts.tests.factories import make_user, signed_in_client
from compliance.kyc.models import KycVerification
from nexafi.api.views import ApiView
from nexafi.core.ids import uuid7
from nexafi.outbox.services.relay import drain
from notifications.models import Message
from payments.tests.factories import make_person

pytestmark = pytest.mark.django_db

ROLES = {
    "C": "customer",
    "N": "compliance_analyst",
    "O": "compliance_officer",
    "K": "accountant",
    "U": "auditor",
    "A": "admin",
}
# Method and path: the letters of the roles that may call it; "public" needs no sign-in.
MATRIX = {
    "POST /accounts": "K",
    "GET /accounts": "KU",
    "GET /accounts/export": "KU",
    "POST /accounts/import": "K",
    "GET /accounts/tree": "KU",
    "PATCH /accounts/{account_id}": "K",
    "GET /accounts/{account_id}": "KU",
    "GET /accounts/{account_id}/balance": "KU",
    "POST /accounts/{account_id}/close": "K",
    "GET /accounts/{account_id}/statement": "KU",
    "GET /aml/alerts": "NOU",
    "POST /aml/alerts/next": "NO",
    "GET /aml/alerts/{alert_id}": "NOU",
    "POST /aml/alerts/{alert_id}/assign": "NO",
    "POST /aml/alerts/{alert_id}/comment": "NO",
    "POST /aml/alerts/{alert_id}/reject": "O",
    "POST /aml/alerts/{alert_id}/release": "O",
    "POST /aml/check": "NO",
    "POST /aml/rules": "O",
    "GET /aml/rules": "NOU",
    "GET /analytics/income": "C",
    "GET /analytics/spending": "C",
    "GET /approvals": "OKUA",
    "GET /approvals/{approval_id}": "OKUA",
    "POST /approvals/{approval_id}/approve": "OKA",
    "POST /approvals/{approval_id}/reject": "OKA",
    "GET /audit/events": "NOUA",
    "GET /audit/proofs/consistency": "NOUA",
    "GET /audit/proofs/inclusion": "NOUA",
    "GET /audit/tree-head": "NOUA",
    "POST /auth/login": "public",
    "POST /auth/logout": "public",
    "POST /auth/password/change": "CNOKUA",
    "POST /auth/refresh": "public",
    "POST /auth/register": "public",
    "GET /auth/sessions": "CNOKUA",
    "DELETE /auth/sessions/{session_id}": "CNOKUA",
    "GET /compliance/dashboard": "NOU",
    "POST /compliance/screening/watchlist": "NO",
    "GET /currencies": "CNOKUA",
    "GET /customers": "CNOUA",
    "GET /customers/{customer_id}": "CNOUA",
    "GET /docs": "public",
    "POST /exchange-rates": "K",
    "GET /exchange-rates": "CNOKUA",
    "GET /exchange-rates/recorded": "KU",
    "POST /exchanges": "K",
    "GET /health": "public",
    "GET /health/live": "public",
    "GET /health/ready": "public",
    "POST /journal-entries": "K",
    "POST /journal-entries/batch": "K",
    "GET /journal-entries": "KU",
    "GET /journal-entries/{entry_id}": "KU",
    "PUT /journal-entries/{entry_id}": "K",
    "POST /journal-entries/{entry_id}/attachments": "K",
    "GET /journal-entries/{entry_id}/attachments": "KU",
    "GET /journal-entries/{entry_id}/attachments/{attachment_id}": "KU",
    "POST /journal-entries/{entry_id}/comments": "K",
    "GET /journal-entries/{entry_id}/comments": "KU",
    "POST /journal-entries/{entry_id}/post": "K",
    "POST /journal-entries/{entry_id}/reverse": "K",
    "POST /journal-entries/{entry_id}/void": "K",
    "GET /kyc": "CNOU",
    "POST /kyc/verify": "CO",
    "GET /kyc/{verification_id}": "CNOU",
    "POST /kyc/{verification_id}/complete": "O",
    "POST /kyc/{verification_id}/documents": "CO",
    "GET /monitoring/alerts/active": "NOU",
    "POST /monitoring/transaction/analyze": "NO",
    "POST /ledger/checks": "KU",
    "GET /ledger/checks": "KU",
    "GET /ledger/checks/{check_id}": "KU",
    "GET /multicurrency/currencies/supported": "CNOKUA",
    "POST /multicurrency/exchange-rates": "K",
    "GET /multicurrency/exchange-rates": "CNOKUA",
    "POST /multicurrency/wallets": "C",
    "GET /multicurrency/wallets": "CNOKU",
    "GET /notifications": "CNOKUA",
    "GET /notifications/preferences/{user_id}": "CNOKUA",
    "PUT /notifications/preferences/{user_id}": "CNOKUA",
    "POST /notifications/send": "A",
    "PUT /notifications/{message_id}/status": "CNOKUA",
    "POST /organizations": "C",
    "GET /organizations": "CNOUA",
    "GET /organizations/{organization_id}": "CNOUA",
    "POST /organizations/{organization_id}/members": "C",
    "GET /organizations/{organization_id}/members": "CNOUA",
    "DELETE /organizations/{organization_id}/members/{user_id}": "C",
    "PATCH /organizations/{organization_id}/members/{user_id}": "C",
    "POST /payments": "C",
    "GET /payments": "CNOKU",
    "GET /payments/{payment_id}": "CNOKU",
    "POST /payments/{payment_id}/cancel": "C",
    "POST /payments/{payment_id}/refund": "C",
    "POST /periods": "K",
    "GET /periods": "KU",
    "GET /periods/{period_id}": "KU",
    "POST /periods/{period_id}/close": "K",
    "POST /periods/{period_id}/reopen": "K",
    "GET /reports/aged-payables": "KU",
    "GET /reports/aged-receivables": "KU",
    "GET /reports/balance-sheet": "KU",
    "GET /reports/capital-ratios": "KU",
    "GET /reports/cash-flow": "KU",
    "GET /reports/changes-in-equity": "KU",
    "GET /reports/general-ledger": "KU",
    "GET /reports/income-statement": "KU",
    "GET /reports/liquidity-coverage": "KU",
    "GET /reports/trial-balance": "KU",
    "POST /revaluations": "K",
    "GET /revaluations": "KU",
    "GET /sanctions/hits": "NOU",
    "POST /sanctions/hits/{hit_id}/resolve": "O",
    "GET /sanctions/lists": "NOU",
    "POST /sanctions/screen": "NO",
    "POST /sanctions/screen/batch": "NO",
    "GET /schema": "public",
    "GET /services": "public",
    "GET /users": "NOUA",
    "GET /users/profile": "CNOKUA",
    "PATCH /users/profile": "CNOKUA",
    "PUT /users/profile": "CNOKUA",
    "GET /users/{user_id}": "CNOKUA",
    "POST /users/{user_id}/roles": "A",
    "DELETE /users/{user_id}/roles/{role}": "A",
    "POST /wallets": "C",
    "GET /wallets": "CNOKU",
    "GET /wallets/{wallet_id}": "CNOKU",
    "POST /wallets/{wallet_id}/deposits": "C",
    "GET /wallets/{wallet_id}/deposits": "CNOKU",
    "GET /wallets/{wallet_id}/deposits/{transfer_id}": "CNOKU",
    "GET /wallets/{wallet_id}/transactions": "CNOKU",
    "POST /wallets/{wallet_id}/withdrawals": "C",
    "GET /wallets/{wallet_id}/withdrawals": "CNOKU",
    "GET /wallets/{wallet_id}/withdrawals/{transfer_id}": "CNOKU",
}


def routes(patterns: Any, prefix: str = "") -> Iterator[tuple[str, type[ApiView]]]:
    """Every path under /api/v1 with its view, `<uuid:id>` written `{id}`."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, route)
        elif route.startswith("api/v1/"):
            yield "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route.removeprefix("api/v1/")), pattern.callback.cls


def call(client: APIClient, row: str) -> int:
    """The status of a call with an empty body, for objects that are not there."""
    method, path = row.split()
    path = path.replace("{role}", "auditor")
    url = "/api/v1" + re.sub(r"\{\w+\}", lambda _: str(uuid7()), path)
    body = "{}" if method in ("POST", "PUT", "PATCH") else ""
    return client.generic(method, url, body, content_type="application/json").status_code


def test_every_route_and_method_has_its_row_and_every_row_its_route():
    declared = {f"{method} {path}" for path, view in routes(get_resolver().url_patterns) for method in view.access}
    assert declared - MATRIX.keys() == set(), "say who may call these"
    assert MATRIX.keys() - declared == set(), "these are gone"


def test_every_view_denies_by_default():
    for path, view in routes(get_resolver().url_patterns):
        assert issubclass(view, ApiView), path
        methods = {name.upper() for name in view.http_method_names if hasattr(view, name)} - {"HEAD"}
        assert methods == set(view.access), path


@pytest.mark.parametrize("letter", ROLES)
def test_a_role_may_call_its_rows_and_no_others(letter):
    client = signed_in_client(make_user(ROLES[letter]))
    for row, letters in MATRIX.items():
        status = call(client, row)
        if letters == "public" or letter in letters:
            assert status < 500, (row, status)
            assert status not in (401, 403, 405), (row, status)
        else:
            assert status == 403, (row, status)


def test_without_sign_in_only_public_rows_answer():
    for row, letters in MATRIX.items():
        status = call(APIClient(), row)
        assert (status == 401) == (letters != "public"), (row, status)


def test_without_a_role_only_what_every_user_may_is_open():
    client = signed_in_client(make_user())
    for row, letters in MATRIX.items():
        if letters != "public" and set(letters) != set(ROLES):
            assert call(client, row) == 403, row


def owned_by(person: Any) -> dict[str, list[str]]:
    """Paths to one object of each kind that belongs to a person, with the methods to try on it."""
    other = make_person()
    payment = person.pay(other, "1.00").json()
    deposit = person.client.post(f"/api/v1/wallets/{person.wallet.id}/deposits", {"amount": "5.00"}).json()
    organization = create_organization(owner=person.user, name="Ada Ltd")
    drain()
    message = Message.objects.filter(recipient=person.user).latest("created_at")
    wallet = f"/wallets/{person.wallet.id}"
    return {
        wallet: ["GET"],
        f"{wallet}/transactions": ["GET"],
        f"{wallet}/deposits": ["GET", "POST"],
        f"{wallet}/withdrawals": ["GET", "POST"],
        f"{wallet}/deposits/{deposit['id']}": ["GET"],
        f"/customers/{person.customer.id}": ["GET"],
        f"/organizations/{organization.id}": ["GET"],
        f"/organizations/{organization.id}/members": ["GET", "POST"],
        f"/organizations/{organization.id}/members/{person.user.id}": ["PATCH", "DELETE"],
        f"/kyc/{KycVerification.objects.get(customer=person.customer).id}": ["GET"],
        f"/auth/sessions/{Session.objects.get(user=person.user).id}": ["DELETE"],
        f"/notifications/{message.id}/status": ["PUT"],
        f"/notifications/preferences/{person.user.id}": ["GET", "PUT"],
        f"/users/{person.user.id}": ["GET"],
        f"/payments/{payment['id']}/refund": ["POST"],
        f"/payments/{payment['id']}/cancel": ["POST"],
        f"/payments/{payment['id']}": ["GET"],
    }


BODIES = {
    "deposits": {"amount": "1.00"},
    "withdrawals": {"amount": "1.00"},
    "members": {"email": "a@example.com", "role": "viewer"},
    "status": {"status": "read"},
}


def test_another_customers_object_is_not_there():
    ada, eve = make_person(balance="100"), make_person()
    for path, methods in owned_by(ada).items():
        for method in methods:
            body = BODIES.get(path.rpartition("/")[2], {"role": "viewer"} if method == "PATCH" else {})
            status = getattr(eve.client, method.lower())(f"/api/v1{path}", body).status_code
            assert status == 404, (method, path, status)
            if method == "GET":
                assert ada.client.get(f"/api/v1{path}").status_code == 200, path


def test_another_customers_wallet_in_a_body_is_not_there():
    ada, eve = make_person(balance="100"), make_person(balance="100")
    response = eve.client.post(
        "/api/v1/payments",
        {
            "source_wallet_id": str(ada.wallet.id),
            "destination_wallet_id": str(eve.wallet.id),
            "amount": "1.00",
            "currency": "USD",
        },
        headers={"Idempotency-Key": "theft"},
    )
    assert response.status_code == 404
    assert (ada.balance, eve.balance) == ("100.00", "100.00")


def test_lists_show_ones_own_only():
    ada, eve = make_person(balance="100"), make_person()
    owned_by(ada)
    for path in ("/wallets", "/payments", "/kyc", "/customers", "/organizations", "/notifications", "/auth/sessions"):
        mine = {row["id"] for row in ada.client.get(f"/api/v1{path}").json()["results"]}
        theirs = {row["id"] for row in eve.client.get(f"/api/v1{path}").json()["results"]}
        assert mine, path
        assert not mine & theirs, path
