"""Trial and development: one machine, no servers needed."""

from nexafi.env import env
from nexafi.settings.base import *  # noqa: F403
from nexafi.settings.parts.paths import VAR_DIR

env.seal()
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True  # static files straight from the apps, without collectstatic
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
