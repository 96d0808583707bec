from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit.triggers import TRIGGERS
        from nexafi.db.triggers import register

        register(TRIGGERS)
