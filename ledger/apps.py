from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self) -> None:
        from ledger import handlers, triggers  # noqa: F401  handlers register approval kinds

        triggers.register_all()
