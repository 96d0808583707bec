from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    name = "nexafi.observability"

    def ready(self) -> None:
        from nexafi.observability import checks  # noqa: F401  registers the built-in parts
