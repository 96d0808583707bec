"""The console opens for staff only, and shows what the role may see."""

import pytest
from django.test import Client

from accounts.models import RoleGrant, User


def signed_in(role: str) -> Client:
    user = User.objects.create_user(f"{role}@example.com", "unused", first_name="Sam", last_name="Staff")
    RoleGrant.objects.create(user=user, role=role)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["compliance_analyst", "compliance_officer", "accountant", "auditor", "admin"])
def test_staff_see_the_dashboard(role: str) -> None:
    response = signed_in(role).get("/console/")
    assert response.status_code == 200
    assert "Dashboard" in response.content.decode()


@pytest.mark.django_db
def test_a_customer_is_sent_to_sign_in() -> None:
    response = signed_in("customer").get("/console/")
    assert response.status_code == 302
    assert response["Location"].startswith("/console/login/")


@pytest.mark.django_db
def test_a_stranger_is_sent_to_sign_in() -> None:
    response = Client().get("/console/")
    assert response.status_code == 302
