"""Access and refresh tokens: signing, checking, and nothing else. The only module that imports the JWT library.

Signed with Ed25519 (EdDSA). Checking one costs about 40 us more than RS256 and is paid on every request, which is
below 5 % of the cheapest one; in return keys and signatures are short (32 and 64 bytes), signing is deterministic
(no nonce to get wrong), and FAPI 2.0 accepts it, which it does not RS256. The key is separate from SECRET_KEY and from
the field keys, named by `kid`, and rotated by putting a new one first in TOKEN_KEYS: every key of the ring verifies.
"""

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenBackendError, TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.exceptions import InvalidToken, TokenExpired
from accounts.models import Session
from nexafi.core import clock

MAX_LENGTH: Final = 2048  # ours are about 500; anything longer is refused unread
_ALGORITHM: Final = "EdDSA"


class _KeyRing(TokenBackend):
    """Signs with the first key, verifies with the key that `kid` names. Headers choose nothing else: the algorithm
    is fixed, and `jku`, `jwk` and `x5u` are never looked at (RFC 8725 sections 3.1 and 3.10)."""

    def __init__(self, seeds: dict[str, bytes]) -> None:
        super().__init__(_ALGORITHM, audience=settings.JWT_AUDIENCE, issuer=settings.JWT_ISSUER)
        private = {kid: Ed25519PrivateKey.from_private_bytes(seed) for kid, seed in seeds.items()}
        self.kid, self.signer = next(iter(private.items()))
        self.public = {kid: key.public_key() for kid, key in private.items()}

    def encode(self, payload: dict[str, Any]) -> str:
        """Sign with the first key."""
        claims = payload | {"aud": self.audience, "iss": self.issuer}
        return jwt.encode(claims, self.signer, algorithm=_ALGORITHM, headers={"kid": self.kid})

    def get_verifying_key(self, token: Any) -> Any:
        """The key that the header names. Raises TokenBackendError, or ValueError for a header that is none."""
        # Read here because the library's own reader takes the whole token apart, which decode does anyway.
        kid = json.loads(urlsafe_b64decode(token.partition(".")[0] + "==")).get("kid")
        key = self.public.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise TokenBackendError("Unknown key.")
        return key


@cache
def _ring() -> _KeyRing:
    return _KeyRing(settings.TOKEN_KEYS)


class _Token(Token):
    @property
    def token_backend(self) -> TokenBackend:
        return _ring()

    def get_token_backend(self) -> TokenBackend:
        return _ring()


class _Access(_Token):
    token_type = "access"  # noqa: S105
    lifetime = settings.ACCESS_TOKEN_LIFETIME


class _Refresh(_Token):
    token_type = "refresh"  # noqa: S105
    lifetime = settings.REFRESH_TOKEN_LIFETIME


@dataclass(frozen=True)
class TokenPair:
    """What a client gets; `expires_in` is the access token's lifetime in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int

    def body(self) -> dict[str, Any]:
        """The members of an OAuth 2 token response (RFC 6749 section 5.1)."""
        return vars(self) | {"token_type": "Bearer"}


@dataclass(frozen=True)
class Claims:
    """What a valid token says: the sign-in it belongs to and its own id."""

    session_id: UUID
    token_id: str
    issued_at: int  # Unix seconds
    expires_at: int


def issue_pair(session: Session) -> TokenPair:
    """A new access token, and the refresh token that the session's row now allows."""
    access, refresh = _Access(), _Refresh()
    for token in (access, refresh):
        token["sub"], token["sid"] = str(session.user_id), str(session.id)
    refresh["jti"] = str(session.current_refresh)
    refresh["exp"] = _epoch(session.expires_at)
    return TokenPair(str(access), str(refresh), int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()))


def read_access(token: str) -> Claims:
    """Check an access token. Raises InvalidToken, TokenExpired. Whether its session lives is the caller's question."""
    claims = _verified(_ring(), token)
    if claims.expires_at <= _epoch(clock.now()):
        raise TokenExpired
    return claims


@lru_cache(maxsize=4096)
def _verified(ring: _KeyRing, token: str) -> Claims:
    """The claims of a token that was valid when it was first seen. A client sends one token many times: its signature,
    which never changes, is checked once a process; refusals are not kept."""
    return _read(_Access, token)


def read_refresh(token: str) -> Claims:
    """Check a refresh token. Raises InvalidToken, TokenExpired."""
    return _read(_Refresh, token)


def _read(kind: type[_Token], text: str) -> Claims:
    if len(text) > MAX_LENGTH:
        raise InvalidToken
    try:
        token = kind(text)  # type: ignore[arg-type]
        return Claims(UUID(token["sid"]), str(token["jti"]), int(token["iat"]), int(token["exp"]))
    except ExpiredTokenError as error:
        raise TokenExpired from error
    except (TokenError, TokenBackendError, jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidToken from error


def _epoch(instant: datetime) -> int:
    return int(instant.timestamp())
