import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from nexafi.core.memory import settle
from nexafi.observability.shared_metrics import share_counters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexafi.settings.dev")
share_counters(settings.VAR_DIR)
application = get_wsgi_application()
settle()
