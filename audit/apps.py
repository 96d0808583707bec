from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        import audit.handlers
        import audit.health  # noqa: F401
        from audit.triggers import TRIGGERS, UNSEALED_STORAGE
        from nexafi.db.triggers import register, register_function

        register_function("audit_unsealed_storage", UNSEALED_STORAGE)
        register(TRIGGERS)
