"""Registration and sign-in over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from rest_framework.test import APIClient

from accounts.models import Customer, Session, User
from accounts.tests.factories import PASSWORD, make_user, signed_in_client

pytestmark = pytest.mark.django_db
API = "/api/v1"
ADA = {"email": "Ada@Example.com", "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace"}


def post(path: str, body: dict, client: APIClient | None = None, **extra):
    return (client or APIClient()).post(f"{API}{path}", body, format="json", **extra)


def sign_in(email: str, password: str = PASSWORD, **extra):
    return post("/auth/login", {"email": email, "password": password}, **extra)


def test_registration_makes_a_user_a_person_customer_and_the_role_customer():
    answer = post("/auth/register", ADA)
    assert answer.status_code == 201, answer.content
    body = answer.json()["user"]
    assert body["email"] == "ada@example.com"
    assert body["roles"] == ["customer"]
    user = User.objects.get(pk=body["id"])
    assert (user.customer.kind, user.customer.name) == ("person", "Ada Lovelace")
    assert user.memberships.get().role == "owner"
    assert PASSWORD not in answer.content.decode()


def test_a_company_name_at_registration_makes_an_organization_owned_by_the_user():
    user = User.objects.get(pk=post("/auth/register", ADA | {"company_name": "Engines Ltd"}).json()["user"]["id"])
    owned = user.memberships.select_related("customer").get(customer__kind="organization")
    assert (owned.role, owned.customer.name) == ("owner", "Engines Ltd")


def test_sign_in_answers_tokens_and_the_user():
    user = make_user("customer", password=PASSWORD)
    body = sign_in(user.email.upper()).json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 600
    assert body["user"]["id"] == str(user.id)


def test_a_refresh_token_works_once_and_its_reuse_kills_the_sign_in():
    first = sign_in(make_user(password=PASSWORD).email).json()
    second = post("/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    again = post("/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert (again.status_code, again.json()["code"]) == (401, "token_reused")
    dead = post("/auth/refresh", {"refresh_token": second.json()["refresh_token"]})
    assert (dead.status_code, dead.json()["code"]) == (401, "token_reused")
    assert not Session.objects.live().exists()


def test_sign_out_counts_on_the_next_request():
    tokens = sign_in(make_user(password=PASSWORD).email).json()
    assert post("/auth/logout", {"refresh_token": tokens["refresh_token"]}).status_code == 204
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}")
    answer = client.get(f"{API}/auth/sessions")
    assert answer.status_code == 401, answer.content


def test_five_wrong_passwords_lock_the_account_for_that_address_only():
    user = make_user(password=PASSWORD)
    codes = [sign_in(user.email, "wrong").status_code for _ in range(5)]
    locked = sign_in(user.email)
    assert codes == [401] * 5
    assert (locked.status_code, locked.json()["code"]) == (423, "account_locked")
    assert 1700 < int(locked["Retry-After"]) <= 1800
    assert sign_in(user.email, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_signed_in_client_is_its_user():
    user = make_user("customer")
    assert signed_in_client(user).get(f"{API}/auth/sessions").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_eight_registrations_of_one_address_at_once_make_one_user():
    def register(_):
        try:
            return post("/auth/register", ADA).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(register, range(8)))
    assert codes == [201] + [409] * 7
    assert (User.objects.count(), Customer.objects.count()) == (1, 1)
