from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from ledger.kinds import register_kinds
        from payments import handlers  # noqa: F401  registers the subscribers

        register_kinds("payment", "refund", "deposit", "withdrawal")
