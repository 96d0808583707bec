"""Production. Every name in REQUIRED must be set; a missing one stops the start and is listed with the others."""

from environs import validate

from nexafi.core.crypto import decode_key
from nexafi.env import env
from nexafi.settings.base import *  # noqa: F403

REQUIRED = (
    "SECRET_KEY",
    "DATABASE_URL",
    "REDIS_URL",
    "ALLOWED_HOSTS",
    "BASE_URL",
    "FIELD_KEYS_B64",
    "BLIND_INDEX_KEY_B64",
    "TOKEN_KEYS_B64",
    "AUDIT_SIGNING_KEY_B64",
)
for _name in REQUIRED:
    env.str(_name, validate=validate.Length(min=1, error="is empty"))

# Everything over TLS, for a year, also for whoever comes to a subdomain; probes are asked from inside, without it.
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_TRUSTED_ORIGINS = [env.str("BASE_URL", "")]

env.seal()
decode_key(AUDIT_SIGNING_KEY_B64)
