from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "nexafi.outbox"

    def ready(self) -> None:
        from nexafi.outbox import parts  # noqa: F401  registers the outbox among the parts of the system
