from django.apps import AppConfig
from django.core.checks import Tags, register


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self) -> None:
        from ledger import (  # noqa: F401  handlers register approval kinds, health the rates among the parts of the system
            handlers,
            health,
            system_checks,
            triggers,
        )

        triggers.register_all()
        register(system_checks.base_currency_kept, Tags.database)
