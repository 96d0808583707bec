"""The Celery application. Tasks are found in every app's tasks.py; the schedule is code, so it needs no table."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexafi.settings.dev")

app = Celery("nexafi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
