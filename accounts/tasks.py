"""Celery's entries into accounts: one service each, safe to run twice."""

from celery import shared_task

from accounts.services import cleanup


@shared_task(name="accounts.flush_sessions")
def flush_sessions() -> None:
    cleanup.flush_sessions()
