"""What operators run."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Session, SignInAttempts, User
from accounts.services.sessions import open_session
from accounts.tests.factories import make_user
from accounts.tests.test_lockout import sign_in
from accounts.tests.test_sessions import audited
from nexafi.core import clock

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> dict:
    out = StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_first_administrator_is_made_by_command():
    made = run("create_staff", "--email", "Root@Example.com", "--role", "admin")
    assert (made["email"], made["roles"], made["created"]) == ("root@example.com", ["admin"], True)
    assert sign_in("root@example.com", made["password"]).status_code == 200
    assert [event["actor"]["id"] for event in audited("accounts.role_granted")] == ["create_staff"]


def test_an_existing_user_gets_the_role_and_keeps_the_password():
    user = make_user("customer")
    made = run("create_staff", "--email", user.email, "--role", "auditor", "--role", "accountant")
    assert made["created"] is False
    assert "password" not in made
    assert User.objects.get(pk=user.pk).roles == {"customer", "auditor", "accountant"}
    assert run("create_staff", "--email", user.email, "--role", "auditor")["roles"] == made["roles"]


def test_a_bad_address_is_an_error_and_makes_nothing():
    with pytest.raises(CommandError):
        run("create_staff", "--email", "nobody", "--role", "admin")
    assert not User.objects.exists()


def test_flush_deletes_what_is_long_over_and_nothing_else():
    live, over = open_session(user=make_user()), open_session(user=make_user())
    Session.objects.filter(pk=over.pk).update(expires_at=clock.now() - timedelta(days=91))
    SignInAttempts.objects.create(key="old", last_at=clock.now() - timedelta(hours=1))
    SignInAttempts.objects.create(key="new")
    assert run("flush_sessions") == {"sessions": 1, "attempts": 1}
    assert list(Session.objects.all()) == [live]
    assert SignInAttempts.objects.get().key == "new"
