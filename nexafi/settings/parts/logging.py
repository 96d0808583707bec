"""Logs: one JSON object a line on standard error, without secrets (nexafi.observability.logs)."""

from nexafi.env import env
from nexafi.observability.logs import configuration

LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()
LOGGING = configuration(LOG_LEVEL)
