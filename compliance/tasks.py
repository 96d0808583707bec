"""The app's Celery tasks, room by room."""

from compliance.screening.tasks import rescreen

__all__ = ["rescreen"]
