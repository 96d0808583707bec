"""Production. Every name below must be set; a missing one stops the start and is listed with the others."""

from nexafi.env import env
from nexafi.settings.base import *  # noqa: F403

SECRET_KEY = env.str("SECRET_KEY")
DATABASE_URL = env.str("DATABASE_URL")
REDIS_URL = env.str("REDIS_URL")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
BASE_URL = env.str("BASE_URL")
env.dict("FIELD_KEYS_B64")
env.str("BLIND_INDEX_KEY_B64")
env.dict("TOKEN_KEYS_B64")

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

env.seal()
