"""Settings shared by every environment. Each name that an operator may set is read from the environment here."""

import base64
import hashlib
from datetime import timedelta
from pathlib import Path

from django.templatetags.static import static

from nexafi.core.crypto import KeyRing, decode_key
from nexafi.env import env, kept_secret
from nexafi.settings.parts.cache import *  # noqa: F403
from nexafi.settings.parts.celery import *  # noqa: F403
from nexafi.settings.parts.database import *  # noqa: F403
from nexafi.settings.parts.logging import *  # noqa: F403
from nexafi.settings.parts.openapi import *  # noqa: F403
from nexafi.settings.parts.paths import *  # noqa: F403
from nexafi.settings.parts.schedule import *  # noqa: F403

# Without a configured one, a random secret is made on first start; production settings demand it by name.
SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret(VAR_DIR / "keys" / "secret")
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", "testserver"])
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "nexafi.console.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "nexafi.observability",
    "nexafi.db",
    "nexafi.outbox",
    "nexafi.api",
    "audit",
    "nexafi.approvals",
    "accounts",
    "ledger",
    "compliance",
    "payments",
    "notifications",
    "analytics",
    "nexafi.console.apps.ConsoleConfig",
    "nexafi.ops",
]

# The API passes a short chain: what belongs to pages steps aside for /api/ (nexafi.middleware.console).
MIDDLEWARE = [
    "nexafi.middleware.context.RequestContextMiddleware",
    "nexafi.middleware.access.AccessMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "nexafi.middleware.console.CSPMiddleware",
    "nexafi.middleware.console.SessionMiddleware",
    "nexafi.middleware.console.CsrfViewMiddleware",
    "nexafi.middleware.console.AuthenticationMiddleware",
    "nexafi.middleware.console.OTPMiddleware",
    "nexafi.middleware.console.AxesMiddleware",
    "nexafi.middleware.console.MessageMiddleware",
    "nexafi.middleware.console.XFrameOptionsMiddleware",
]
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])
if CORS_ALLOWED_ORIGINS:  # off unless a browser application of another origin is named
    MIDDLEWARE.insert(4, "corsheaders.middleware.CorsMiddleware")
    CORS_URLS_REGEX = r"^/api/"

# How many reverse proxies stand in front; each appends to X-Forwarded-For. With none, nothing forwarded is believed.
TRUSTED_PROXY_HOPS = env.int("TRUSTED_PROXY_HOPS", 0)
if TRUSTED_PROXY_HOPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024  # API views set their own, lower limit
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {  # of pages; API answers allow nothing (nexafi.middleware.context)
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", "'unsafe-eval'"],  # Unfold's Alpine evaluates expressions in attributes
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

ROOT_URLCONF = "nexafi.urls"
WSGI_APPLICATION = "nexafi.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- accounts -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_REDIRECT_URL = "/console/"
SESSION_COOKIE_AGE = 30 * 60  # the console signs out after half an hour without a click
SESSION_SAVE_EVERY_REQUEST = True
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "accounts.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
REFRESH_TOKEN_LIFETIME = timedelta(days=14)
JWT_ISSUER = "nexafi"
JWT_AUDIENCE = "nexafi-api"
AXES_HANDLER = "accounts.lockout.Handler"  # counts in the database, before the password check
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_response"
AXES_USERNAME_FORM_FIELD = "username"  # the name that the handler reads
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False

# --- keys -----------------------------------------------------------------------------------------------------------


def _derived(purpose: str) -> bytes:
    """A key of a trial installation, derived from its SECRET_KEY; production settings demand real ones."""
    return hashlib.sha256(f"{purpose}|{SECRET_KEY}".encode()).digest()


# FIELD_KEYS_B64="2026a:base64,2026b:base64": the first seals, all open.
_configured: dict[str, str] = env.dict("FIELD_KEYS_B64", {}, delimiter=",", key_value_delimiter=":")
FIELD_KEYS = KeyRing(
    keys={name: decode_key(value) for name, value in _configured.items()} or {"dev": _derived("field")},
    active=next(iter(_configured), "dev"),
    index_key=decode_key(env.str("BLIND_INDEX_KEY_B64", base64.b64encode(_derived("index")).decode())),
)

# TOKEN_KEYS_B64="2026a:base64,2026b:base64": Ed25519 seeds of 32 bytes; the first signs access tokens, all verify.
_configured = env.dict("TOKEN_KEYS_B64", {}, delimiter=",", key_value_delimiter=":")
TOKEN_KEYS = {name: decode_key(value) for name, value in _configured.items()} or {"dev": _derived("token")}

# --- audit log --------------------------------------------------------------------------------------------------------
AUDIT_ORIGIN = env.str("AUDIT_ORIGIN", "nexafi.localhost/audit")  # the log's name inside its signed heads
AUDIT_SIGNING_KEY_B64 = env.str("AUDIT_SIGNING_KEY_B64", "")  # base64 of 32 bytes; a trial uses the key file
AUDIT_KEY_FILE = Path(env.str("AUDIT_KEY_FILE", str(VAR_DIR / "keys" / "audit-ed25519.key")))
AUDIT_RETIRED_KEYS: list[str] = env.list("AUDIT_RETIRED_KEYS", [])  # C2SP verifier keys of earlier signing keys
_database_name = Path(str(DATABASES["default"]["NAME"])).name
AUDIT_HEADS_PATH = Path(env.str("AUDIT_HEADS_PATH", str(VAR_DIR / f"audit-heads.{_database_name}.log")))

# --- API ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["nexafi.api.permissions.Access"],
    "DEFAULT_PARSER_CLASSES": ["nexafi.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["nexafi.api.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "nexafi.api.negotiation.Negotiation",
    "DEFAULT_SCHEMA_CLASS": "nexafi.api.schema.Schema",
    "DEFAULT_PAGINATION_CLASS": None,
    "EXCEPTION_HANDLER": "nexafi.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
# Requests per window ("5/5m" is five in five minutes) by scope, each counted by caller (user, else client address),
# address, account, or account_and_address. Load tests raise them all by RATE_LIMIT_FACTOR.
RATELIMIT_USE_CACHE = "rate_limits"
RATE_LIMIT_FACTOR = env.int("RATE_LIMIT_FACTOR", 1)
RATE_LIMITS = {
    "default": {"caller": "1000/m"},
    "money": {"caller": "100/m"},
    "predictions": {"caller": "20/m"},
    "sign_in": {"account_and_address": "5/5m", "address": "100/5m"},
    "password_reset": {"account": "3/h"},
    "registration": {"address": "20/h"},
}

# --- the institution ------------------------------------------------------------------------------------------------
BASE_CURRENCY = env.str("BASE_CURRENCY", "USD")  # in which it keeps its books, and thresholds are stated
CHART_OF_ACCOUNTS = env.str("CHART_OF_ACCOUNTS", "default")  # what accounts are opened from: default, ifrs, us_gaap

# --- documents -------------------------------------------------------------------------------------------------------
INSTITUTION_NAME = env.str("INSTITUTION_NAME", "NexaFi")  # at the head of reports and statements

# --- exchange rates -------------------------------------------------------------------------------------------------
RATES_URL = env.str("RATES_URL", "")  # of the ECB's eurofxref-daily.xml; without it nothing is fetched

# --- operations -----------------------------------------------------------------------------------------------------
METRICS_NETWORKS = env.list("METRICS_NETWORKS", ["127.0.0.0/8", "::1/128"])  # who may read /metrics without the token
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
DRAIN_FILE = Path(env.str("DRAIN_FILE", str(VAR_DIR / "draining")))  # while it exists, /health/ready answers 503

# --- language and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "NexaFi <no-reply@localhost>")
MEDIA_ROOT = VAR_DIR / "media"
SILENCED_SYSTEM_CHECKS = [
    "django_ratelimit.E003",  # counters in one web process's memory are exact there
    "django_ratelimit.W001",  # Redis is atomic, though the check does not know Django's own backend for it
    "axes.W002",  # these middleware are in force as subclasses in nexafi.middleware.console
    "security.W002",
    "security.W003",
]

# --- console --------------------------------------------------------------------------------------------------------
FORMAT_MODULE_PATH = ["nexafi.console.locale"]  # dates as everywhere else in the product: ISO 8601
UNFOLD = {
    "SITE_TITLE": "NexaFi",
    "SITE_HEADER": "NexaFi",
    "SITE_SYMBOL": "account_balance",
    "SITE_URL": None,
    "LOGIN": {"form": "accounts.forms.ConsoleSignInForm"},
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("console/favicon.svg")},
    ],
    "STYLES": [lambda request: static("console/console.css")],
    "SCRIPTS": [lambda request: static("console/console.js")],
    "COMMAND": {"search_models": False},
    "SIDEBAR": {"show_search": False, "command_search": True, "navigation": []},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        }
    },
}

# --- payments -------------------------------------------------------------------------------------------------------
PAYMENT_PROCESSORS = {"sandbox": "payments.processors.sandbox.SandboxProcessor"}
PAYMENT_PROCESSOR = env.str("PAYMENT_PROCESSOR", "sandbox")  # who carries new deposits and withdrawals
SANDBOX_EVENT_SECRET = _derived("sandbox-events")
