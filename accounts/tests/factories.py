"""Users, customers and signed-in clients for every app's tests."""

from itertools import count
from typing import Any

from rest_framework.test import APIClient

from accounts.models import Customer, Membership, RoleGrant, User
from accounts.services.sessions import open_session
from accounts.tokens import issue_pair

PASSWORD = "Quartz-lantern-88-orbit"
_numbers = count(1)


def make_user(*roles: str, password: str | None = None, **fields: Any) -> User:
    """A user who holds `roles`. A password (PASSWORD) is set only when asked for."""
    number = next(_numbers)
    fields = {"email": f"user{number}@example.com", "first_name": "Ada", "last_name": f"Tester {number}"} | fields
    user = User.objects.create_user(password=password, **fields)
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in roles)
    return user


def make_customer(owner: User | None = None, **fields: Any) -> Customer:
    """A customer owned by `owner` (made with the role customer when None): a person unless `kind` says otherwise."""
    owner = owner or make_user("customer")
    is_person = fields.get("kind", Customer.Kind.PERSON) == Customer.Kind.PERSON
    if is_person and not Customer.objects.filter(person=owner).exists():
        fields.setdefault("person", owner)
    fields = {"kind": Customer.Kind.PERSON, "name": owner.full_name, "country": "US"} | fields
    customer = Customer.objects.create(**fields)
    Membership.objects.create(customer=customer, user=owner, role=Membership.Role.OWNER)
    return customer


def signed_in_client(user: User) -> APIClient:
    """A client of the JSON API that sends a bearer token of a live session of `user`."""
    client = APIClient()
    client.default_format = "json"
    token = issue_pair(open_session(user=user)).access_token
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client
