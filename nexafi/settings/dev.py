"""Trial and development: one machine, no servers needed."""

from nexafi.env import env
from nexafi.settings.base import *  # noqa: F403

env.seal()
