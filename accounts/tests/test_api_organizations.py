"""Organizations and their members: who may do what to whom."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.exceptions import LastOwner, MembershipTooLow
from accounts.models import Customer, Membership, User
from accounts.services.customers import RANK, create_organization, customer_for
from accounts.services.members import add_member, change_member_role, remove_member
from accounts.tests.factories import make_customer, make_user, signed_in_client
from nexafi.core.errors import DomainError, NotFound

ORGANIZATIONS = "/api/v1/organizations"
CUSTOMERS = "/api/v1/customers"
ROLES = ["owner", "admin", "accountant", "member", "viewer"]


def join(organization: Customer, role: str) -> User:
    user = make_user("customer")
    Membership.objects.create(customer=organization, user=user, role=role)
    return user


def members_path(organization: Customer, user: User | None = None) -> str:
    return f"{ORGANIZATIONS}/{organization.id}/members" + (f"/{user.id}" if user else "")


@pytest.fixture
def owner() -> User:
    return make_user("customer")


@pytest.fixture
def organization(owner) -> Customer:
    return create_organization(owner=owner, name="Engines Ltd", country="GB")


@pytest.mark.django_db
def test_whoever_makes_an_organization_owns_it(owner):
    client = signed_in_client(owner)
    made = client.post(ORGANIZATIONS, {"name": "Engines Ltd", "country": "GB"})
    assert made.status_code == 201
    body = made.json()
    assert (body["kind"], body["name"], body["country"]) == ("organization", "Engines Ltd", "GB")
    assert client.get(ORGANIZATIONS).json()["results"] == [body]
    assert client.get(f"{ORGANIZATIONS}/{body['id']}").json() == body
    assert client.get(f"{CUSTOMERS}/{body['id']}").json() == body
    members = client.get(f"{ORGANIZATIONS}/{body['id']}/members").json()["results"]
    assert [(m["user_id"], m["role"]) for m in members] == [(str(owner.id), "owner")]


@pytest.mark.django_db
def test_strangers_see_nothing_of_it_and_staff_look_only(organization):
    stranger, staff = signed_in_client(make_user("customer")), signed_in_client(make_user("compliance_analyst"))
    for path in (f"{ORGANIZATIONS}/{organization.id}", members_path(organization), f"{CUSTOMERS}/{organization.id}"):
        assert stranger.get(path).status_code == 404
        assert staff.get(path).status_code == 200
    body = {"email": make_user().email, "role": "viewer"}
    assert stranger.post(members_path(organization), body).status_code == 404
    assert staff.post(members_path(organization), body).status_code == 403
    assert stranger.get(CUSTOMERS).json()["results"] == []


def manages(own: str, other: str) -> bool:
    return own == "owner" or (own == "admin" and other not in {"owner", "admin"})


@pytest.mark.django_db
@pytest.mark.parametrize("own", ROLES)
def test_who_may_add_change_and_remove_whom(organization, own):
    client = signed_in_client(join(organization, own))
    for other in ROLES:
        newcomer, victim = make_user("customer"), join(organization, other)
        added = client.post(members_path(organization), {"email": newcomer.email, "role": other})
        changed = client.patch(members_path(organization, victim), {"role": "viewer"})
        organization.memberships.filter(user=victim).update(role=other)
        removed = client.delete(members_path(organization, victim))
        codes = (added.status_code, changed.status_code, removed.status_code)
        assert codes == ((201, 200, 204) if manages(own, other) else (403, 403, 403)), other
        assert organization.memberships.filter(user=newcomer).exists() == manages(own, other)


@pytest.mark.django_db
def test_an_admin_raises_nobody_to_their_own_level(organization):
    client, member = signed_in_client(join(organization, "admin")), join(organization, "member")
    assert client.patch(members_path(organization, member), {"role": "admin"}).status_code == 403
    assert client.patch(members_path(organization, member), {"role": "accountant"}).status_code == 200


@pytest.mark.django_db
def test_anybody_may_leave_but_the_last_owner(organization, owner):
    viewer = join(organization, "viewer")
    assert signed_in_client(viewer).delete(members_path(organization, viewer)).status_code == 204
    client = signed_in_client(owner)
    answer = client.delete(members_path(organization, owner))
    assert (answer.status_code, answer.json()["code"]) == (422, "last_owner")
    assert client.patch(members_path(organization, owner), {"role": "admin"}).json()["code"] == "last_owner"
    join(organization, "owner")
    assert client.delete(members_path(organization, owner)).status_code == 204


@pytest.mark.django_db
def test_members_are_registered_users_and_members_once(organization, owner):
    client, path = signed_in_client(owner), members_path(organization)
    assert client.post(path, {"email": "nobody@example.com", "role": "viewer"}).json()["code"] == "unknown_user"
    assert client.post(path, {"email": owner.email, "role": "viewer"}).json()["code"] == "already_member"
    assert client.delete(f"{path}/{uuid4()}").status_code == 404


@pytest.mark.django_db
def test_a_person_is_no_organization(owner):
    person = make_customer(owner)
    client = signed_in_client(owner)
    assert client.get(f"{CUSTOMERS}/{person.id}").status_code == 200
    assert client.get(f"{ORGANIZATIONS}/{person.id}").status_code == 404
    body = {"email": make_user().email, "role": "owner"}
    assert client.post(members_path(person), body).status_code == 404


@pytest.mark.django_db
def test_customer_for_is_oneself_or_the_organization_one_may_act_for(organization, owner):
    person = make_customer(owner)
    assert customer_for(owner) == person
    assert customer_for(owner, organization.id, Membership.Role.OWNER) == organization
    viewer = join(organization, "viewer")
    with pytest.raises(MembershipTooLow):
        customer_for(viewer, organization.id)
    assert customer_for(viewer, organization.id, Membership.Role.VIEWER) == organization
    for user, wanted in ((viewer, None), (viewer, uuid4()), (make_user("customer"), organization.id)):
        with pytest.raises(NotFound):
            customer_for(user, wanted)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_owners_leaving_at_once_leave_one_behind():
    if connection.vendor != "postgresql":
        pytest.skip("needs true concurrency")
    for _ in range(5):
        first = make_user("customer")
        organization = create_organization(owner=first, name="Engines Ltd")
        owners = [first, join(organization, "owner")]

        def leave(user, organization=organization):
            try:
                remove_member(by=user, organization=organization, user_id=user.id)
            except LastOwner:
                return "stays"
            finally:
                connections.close_all()
            return "left"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(leave, owners)) == ["left", "stays"]


class OrganizationMachine(RuleBasedStateMachine):
    """Members do whatever they like to each other; an owner is always left and nobody rises by their own hand."""

    def __init__(self) -> None:
        super().__init__()
        self.users = [make_user("customer") for _ in range(4)]
        self.organization = create_organization(owner=self.users[0], name="Engines Ltd")

    def _rank(self, user: User) -> int:
        role = self.organization.memberships.filter(user=user).values_list("role", flat=True).first()
        return -1 if role is None else RANK[Membership.Role(role)]

    def _try(self, by: int, act) -> None:
        before = self._rank(self.users[by])
        with suppress(DomainError):
            act()
        assert self._rank(self.users[by]) <= before

    @rule(by=st.integers(0, 3), other=st.integers(0, 3), role=st.sampled_from(ROLES))
    def add(self, by, other, role):
        email = self.users[other].email
        self._try(by, lambda: add_member(by=self.users[by], organization=self.organization, email=email, role=role))

    @rule(by=st.integers(0, 3), other=st.integers(0, 3), role=st.sampled_from(ROLES))
    def change(self, by, other, role):
        user_id = self.users[other].id
        self._try(
            by,
            lambda: change_member_role(by=self.users[by], organization=self.organization, user_id=user_id, role=role),
        )

    @rule(by=st.integers(0, 3), other=st.integers(0, 3))
    def remove(self, by, other):
        user_id = self.users[other].id
        self._try(by, lambda: remove_member(by=self.users[by], organization=self.organization, user_id=user_id))

    @invariant()
    def an_owner_is_left(self):
        assert self.organization.memberships.filter(role="owner").exists()


class TestOrganizationMachine(TestCase):
    def test_any_sequence_of_changes_keeps_an_owner(self):
        run_state_machine_as_test(
            OrganizationMachine,
            settings=settings(
                max_examples=5, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
