"""A sign-in's life: exchange, theft, ending, and fifty clients at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.authentication import signed_in_user
from accounts.exceptions import SessionEnded, TokenExpired, TokenReused
from accounts.models import Session
from accounts.services.sessions import open_session, refresh_session, revoke_session, sign_out
from accounts.tests.factories import PASSWORD, make_user, signed_in_client
from accounts.tokens import issue_pair
from audit.models import UnsealedEvent
from nexafi.core import clock
from nexafi.core import json as strict_json
from nexafi.outbox.models import OutboxEvent

SESSIONS = "/api/v1/auth/sessions"


def events(name: str) -> int:
    return OutboxEvent.objects.filter(name=name).count()


def audited(action: str) -> list[dict]:
    bodies = [strict_json.loads(bytes(body)) for body in UnsealedEvent.objects.values_list("body", flat=True)]
    return [body for body in bodies if body["action"] == action]


@pytest.mark.django_db
def test_a_chain_of_exchanges_stays_one_session():
    session = open_session(user=make_user())
    token = issue_pair(session).refresh_token
    for _ in range(3):
        token = refresh_session(token).refresh_token
    assert Session.objects.count() == 1


@pytest.mark.django_db
def test_reuse_is_told_to_audit_and_to_other_apps_once():
    token = issue_pair(open_session(user=make_user())).refresh_token
    refresh_session(token)
    for _ in range(3):
        with pytest.raises(TokenReused):
            refresh_session(token)
    assert events("accounts.token_reuse_detected") == 1
    assert len(audited("accounts.token_reuse_detected")) == 1


@pytest.mark.django_db
def test_a_disabled_user_cannot_refresh():
    session = open_session(user=make_user())
    session.user.is_active = False
    session.user.save()
    with pytest.raises(SessionEnded):
        refresh_session(issue_pair(session).refresh_token)


@pytest.mark.django_db
def test_an_expired_sign_in_cannot_be_refreshed():
    session = open_session(user=make_user())
    token = issue_pair(session).refresh_token
    Session.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(SessionEnded):
        refresh_session(token)
    session.expires_at = clock.now() - timedelta(seconds=1)
    with pytest.raises(TokenExpired):
        refresh_session(issue_pair(session).refresh_token)


@pytest.mark.django_db
def test_a_user_sees_and_ends_their_own_sign_ins_only():
    user, other = make_user("customer"), make_user("customer")
    client, second = signed_in_client(user), signed_in_client(user)
    theirs = open_session(user=other)
    listed = client.get(SESSIONS).json()["results"]
    assert [row["is_current"] for row in listed] == [False, True]
    assert client.delete(f"{SESSIONS}/{theirs.id}").status_code == 404
    assert client.delete(f"{SESSIONS}/{listed[0]['id']}").status_code == 204
    assert second.get(SESSIONS).status_code == 401
    assert client.get(SESSIONS).status_code == 200
    assert audited("accounts.session_revoked")[0]["actor"]["id"] == str(user.id)


@pytest.mark.django_db
def test_a_new_password_ends_every_other_sign_in():
    user = make_user("customer", password=PASSWORD)
    client, elsewhere = signed_in_client(user), signed_in_client(user)
    new = "Velvet-comet-41-harbour"
    change = {"current_password": PASSWORD, "new_password": new}
    assert client.post("/api/v1/auth/password/change", change).status_code == 204
    assert client.get(SESSIONS).status_code == 200
    assert elsewhere.get(SESSIONS).status_code == 401
    user.refresh_from_db()
    assert user.check_password(new)


@pytest.mark.django_db
def test_a_new_password_needs_the_old_one_and_the_rules():
    user = make_user("customer", password=PASSWORD)
    client = signed_in_client(user)
    path = "/api/v1/auth/password/change"
    wrong = client.post(path, {"current_password": "nope", "new_password": "Velvet-comet-41-harbour"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "wrong_password")
    weak = client.post(path, {"current_password": PASSWORD, "new_password": "short"})
    assert (weak.status_code, weak.json()["code"]) == (400, "weak_password")
    assert {error["pointer"] for error in weak.json()["errors"]} == {"/new_password"}


@pytest.mark.django_db
def test_ending_a_session_twice_is_recorded_once():
    session = open_session(user=make_user())
    assert revoke_session(session, reason=Session.RevokedReason.BY_USER)
    assert not revoke_session(session, reason=Session.RevokedReason.BY_STAFF)
    assert events("accounts.session_revoked") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("workers", [8, 50])
def test_parallel_uses_of_one_refresh_token_have_one_winner_and_kill_the_sign_in(workers):
    if workers > 8 and connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer; eight threads show the same")
    session = open_session(user=make_user("customer"))
    token = issue_pair(session).refresh_token

    def use(_):
        try:
            return refresh_session(token)
        except TokenReused:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        pairs = [pair for pair in pool.map(use, range(workers)) if pair]
    assert len(pairs) == 1
    with pytest.raises(TokenReused):
        refresh_session(pairs[0].refresh_token)
    assert not Session.objects.live().exists()
    assert events("accounts.token_reuse_detected") == 1


class SignInMachine(RuleBasedStateMachine):
    """Whoever holds whichever of a sign-in's refresh tokens, in any order: a token works when it is the newest of a
    living sign-in, and the first reuse of an older one ends everything."""

    def __init__(self) -> None:
        super().__init__()
        self.session = open_session(user=make_user("customer"))
        self.tokens = [issue_pair(self.session)]
        self.alive = True

    @rule(which=st.integers(0, 20))
    def refresh(self, which):
        which %= len(self.tokens)
        newest = which == len(self.tokens) - 1
        try:
            self.tokens.append(refresh_session(self.tokens[which].refresh_token))
        except (TokenReused, SessionEnded):
            assert not (self.alive and newest)
            self.alive = False
        else:
            assert self.alive
            assert newest

    @precondition(lambda self: len(self.tokens) > 2)
    @rule(which=st.integers(0, 20))
    def sign_out(self, which):
        sign_out(self.tokens[which % len(self.tokens)].refresh_token)
        self.alive = False

    @invariant()
    def access_tokens_live_and_die_together(self):
        for pair in self.tokens:
            try:
                signed_in_user(pair.access_token)
            except SessionEnded:
                assert not self.alive
            else:
                assert self.alive


class TestSignInMachine(TestCase):
    def test_any_sequence_of_uses_keeps_the_rules_of_a_sign_in(self):
        run_state_machine_as_test(
            SignInMachine,
            settings=settings(
                max_examples=8, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
