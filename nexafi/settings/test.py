"""The test suite. DATABASE_URL and REDIS_URL choose the servers; without them SQLite and memory."""

import tempfile
from pathlib import Path

from nexafi.env import env
from nexafi.settings.base import *  # noqa: F403
from nexafi.settings.base import DATABASES

VAR_DIR = Path(tempfile.mkdtemp(prefix="nexafi-test-"))
MEDIA_ROOT = VAR_DIR / "media"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir()
DRAIN_FILE = VAR_DIR / "draining"
AUDIT_KEY_FILE = VAR_DIR / "keys" / "audit-ed25519.key"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
OUTBOX_DOORBELL = False  # tests relay when they want to
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
RATE_LIMIT_FACTOR = 1000  # tests of the limits set their own
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}

env.seal()
