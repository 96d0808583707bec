from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self) -> None:
        from ledger import (  # noqa: F401  handlers register approval kinds, health the rates among the parts of the system
            handlers,
            health,
            triggers,
        )

        triggers.register_all()
