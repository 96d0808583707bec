import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from nexafi.observability.shared_metrics import share_counters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexafi.settings.dev")
share_counters(settings.VAR_DIR)
application = get_wsgi_application()

# The loaded program is no garbage: leave it out of the collector's rounds, and make the rounds rare.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
