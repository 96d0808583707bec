"""Every token that must not open the door, and the one that must."""

import base64
import json
import time
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from rest_framework.test import APIClient

from accounts import tokens
from accounts.exceptions import InvalidToken
from accounts.models import Session, User
from accounts.services.sessions import open_session
from accounts.tests.factories import make_user

pytestmark = pytest.mark.django_db
PROFILE = "/api/v1/users/profile"
KEY_ID, SEED = next(iter(settings.TOKEN_KEYS.items()))
SIGNER = Ed25519PrivateKey.from_private_bytes(SEED)


@pytest.fixture
def session() -> Session:
    return open_session(user=make_user("customer"))


def claims(session: Session, **changes):
    """What our access tokens say."""
    now = int(time.time())
    body = {
        "token_type": "access",
        "aud": settings.JWT_AUDIENCE,
        "iss": settings.JWT_ISSUER,
        "iat": now,
        "exp": now + 600,
        "jti": uuid4().hex,
        "sid": str(session.id),
        "sub": str(session.user_id),
    } | changes
    return {name: value for name, value in body.items() if value is not None}


def sign(body, key=SIGNER, algorithm="EdDSA", **headers):
    return jwt.encode(body, key, algorithm=algorithm, headers={"kid": KEY_ID} | headers)


def ask(token: str):
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {token}").get(PROFILE)


def segment(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


PUBLIC = SIGNER.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
FORGERIES = {
    "no algorithm": lambda s: f"{segment({'alg': 'none', 'kid': KEY_ID})}.{segment(claims(s))}.",
    "no algorithm, other spelling": lambda s: f"{segment({'alg': 'nOnE', 'kid': KEY_ID})}.{segment(claims(s))}.",
    "our public key as an HMAC secret": lambda s: sign(claims(s), PUBLIC, "HS256"),
    "SECRET_KEY as an HMAC secret": lambda s: sign(claims(s), settings.SECRET_KEY.ljust(32, "x"), "HS256"),
    "another key": lambda s: sign(claims(s), Ed25519PrivateKey.generate()),
    "no key id": lambda s: jwt.encode(claims(s), SIGNER, algorithm="EdDSA"),
    "unknown key id": lambda s: sign(claims(s), kid="other"),
    "key id as a path": lambda s: sign(claims(s), kid="../../../../dev/null"),
    "key id as SQL": lambda s: sign(claims(s), kid="dev' OR '1'='1"),
    "key in the header": lambda s: sign(
        claims(s), Ed25519PrivateKey.generate(), jwk={"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}
    ),
    "key behind a URL": lambda s: sign(
        claims(s), Ed25519PrivateKey.generate(), jku="https://evil.example/jwks.json", x5u="https://evil.example/x"
    ),
    "not yet valid": lambda s: sign(claims(s, nbf=int(time.time()) + 3600)),
    "wrong audience": lambda s: sign(claims(s, aud="another-api")),
    "no audience": lambda s: sign(claims(s, aud=None)),
    "wrong issuer": lambda s: sign(claims(s, iss="evil")),
    "no issuer": lambda s: sign(claims(s, iss=None)),
    "no type": lambda s: sign(claims(s, token_type=None)),
    "refresh token as access token": lambda s: tokens.issue_pair(s).refresh_token,
    "no expiry": lambda s: sign(claims(s, exp=None)),
    "expiry that is no number": lambda s: sign(claims(s, exp="never")),
    "no session": lambda s: sign(claims(s, sid=None)),
    "session that is no id": lambda s: sign(claims(s, sid="1 OR 1=1")),
    "session that is a list": lambda s: sign(claims(s, sid=[str(s.id)])),
    "no token id": lambda s: sign(claims(s, jti=None)),
    "claims that are a list": lambda s: f"{segment({'alg': 'EdDSA', 'kid': KEY_ID})}.{segment([])}.AAAA",
    "changed body": lambda s: swap_body(tokens.issue_pair(s).access_token, claims(s, sub=str(uuid4()))),
    "signature cut off": lambda s: tokens.issue_pair(s).access_token.rpartition(".")[0] + ".",
    "empty": lambda s: "",
    "two words": lambda s: tokens.issue_pair(s).access_token + " x",
    "encrypted token": lambda s: "a.b.c.d.e",
    "not base64": lambda s: "%%%.%%%.%%%",
    "100 kB": lambda s: sign(claims(s, pad="x" * 100_000)),
}


def swap_body(token: str, body) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{segment(body)}.{signature}"


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_or_misused_token_is_refused(forge, session):
    answer = ask(forge(session))
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_an_honest_token_is_accepted(session):
    assert ask(sign(claims(session))).status_code == 200
    assert ask(tokens.issue_pair(session).access_token).json()["id"] == str(session.user_id)


def test_an_expired_token_says_so(session):
    answer = ask(sign(claims(session, exp=int(time.time()) - 1)))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


def test_a_token_that_is_not_ascii_is_refused(session):
    answer = APIClient(HTTP_AUTHORIZATION="Bearer \xe9\xe9.\xe9.\xe9").get(PROFILE)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


def test_an_access_token_is_no_refresh_token(session):
    body = {"refresh_token": tokens.issue_pair(session).access_token}
    answer = APIClient().post("/api/v1/auth/refresh", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    session.refresh_from_db()
    assert session.revoked_at is None


def test_the_token_of_a_disabled_user_stops_working(session):
    token = tokens.issue_pair(session).access_token
    User.objects.filter(pk=session.user_id).update(is_active=False)
    answer = ask(token)
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


def test_a_role_taken_away_counts_on_the_next_request(session):
    token = tokens.issue_pair(session).access_token
    session.user.role_grants.all().delete()
    assert ask(token).status_code == 403


def test_a_rotated_key_still_verifies_old_tokens(session, settings):
    old = tokens.issue_pair(session).access_token
    settings.TOKEN_KEYS = {"new": b"n" * 32} | settings.TOKEN_KEYS
    tokens._ring.cache_clear()
    try:
        assert ask(old).status_code == 200
        new = tokens.issue_pair(session).access_token
        assert jwt.get_unverified_header(new)["kid"] == "new"
        assert ask(new).status_code == 200
        settings.TOKEN_KEYS = {"new": b"n" * 32}
        tokens._ring.cache_clear()
        with pytest.raises(InvalidToken):
            tokens.read_access(old)
    finally:
        tokens._ring.cache_clear()


def test_a_request_is_authenticated_in_one_statement(session, django_assert_num_queries):
    from accounts.authentication import signed_in_user

    token = tokens.issue_pair(session).access_token
    with django_assert_num_queries(1):
        user, signed_in = signed_in_user(token)
        assert (user.pk, user.roles, user.may("payments.pay")) == (session.user_id, {"customer"}, True)
    assert signed_in.session_id == session.id
    assert user == User.objects.get(pk=session.user_id)
