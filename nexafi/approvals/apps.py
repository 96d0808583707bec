from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "nexafi.approvals"

    def ready(self) -> None:
        from nexafi.approvals.triggers import TRIGGERS
        from nexafi.db.triggers import register

        register(TRIGGERS)
