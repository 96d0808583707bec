from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        from compliance import handlers  # noqa: F401  registers the subscribers
        from compliance.monitoring.rulebook import install_defaults
        from compliance.screening import handlers as screening_handlers  # noqa: F401
        from compliance.screening import health  # noqa: F401  registers the lists among the parts of the system
        from compliance.triggers import TRIGGERS
        from nexafi.db import triggers

        triggers.register(TRIGGERS)
        post_migrate.connect(install_defaults, sender=self, dispatch_uid="compliance.rules")
