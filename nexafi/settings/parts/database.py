"""One database: SQLite in a file, or the PostgreSQL named by DATABASE_URL.

SQLite runs in WAL with IMMEDIATE transactions: a transaction takes the write lock when it begins, so writers queue
instead of failing half-way. On PostgreSQL the session limits below end what would otherwise hold locks for ever.
The pool is for the web process, where many threads share few connections; a worker keeps one connection per process.
A statement of the web process that runs long is a fault; migrations, imports and proofs may take their time.
"""

from typing import Any

from nexafi.env import env
from nexafi.settings.parts.paths import VAR_DIR

DATABASE: dict[str, Any] = env.dj_db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'nexafi.sqlite3'}")
DATABASE["ATOMIC_REQUESTS"] = False
IS_SQLITE = DATABASE["ENGINE"].endswith("sqlite3")

USE_POOL = env.bool("DATABASE_POOL", False)
POOL_SIZE = env.int("DATABASE_POOL_SIZE", 8)
STATEMENT_TIMEOUT_MS = env.int("DATABASE_STATEMENT_TIMEOUT_MS", 30_000 if USE_POOL else 0)
LOCK_TIMEOUT_MS = env.int("DATABASE_LOCK_TIMEOUT_MS", 3_000)
# A statement sent this often on a connection is prepared: a third less CPU in the database, a sixth in the web process.
# 0 turns it off, for a PgBouncer in transaction mode older than 1.21.
PREPARE_AFTER = env.int("DATABASE_PREPARE_AFTER", 3)
IDLE_IN_TRANSACTION_TIMEOUT_MS = env.int("DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS", 30_000 if USE_POOL else 300_000)

if IS_SQLITE:
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000; PRAGMA temp_store=MEMORY;"
        ),
    }
else:
    DATABASE["OPTIONS"] = {
        **DATABASE.get("OPTIONS", {}),
        "connect_timeout": 3,
        "server_side_binding": PREPARE_AFTER > 0,
        "prepare_threshold": PREPARE_AFTER or None,
        "options": (
            f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} "
            f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS}"
        ),
    }
    DATABASE["CONN_HEALTH_CHECKS"] = True  # a connection that the server closed is replaced before it is used
    if USE_POOL:
        DATABASE["OPTIONS"]["pool"] = {"min_size": 1, "max_size": POOL_SIZE, "timeout": 5}
    else:
        DATABASE["CONN_MAX_AGE"] = 60

DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
