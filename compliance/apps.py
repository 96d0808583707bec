from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        from compliance import handlers  # noqa: F401  registers the subscribers
        from compliance.monitoring.rulebook import install_defaults
        from nexafi.db import triggers

        triggers.register(triggers.append_only(f"compliance_{table}") for table in ("assessment", "alertevent"))
        post_migrate.connect(install_defaults, sender=self, dispatch_uid="compliance.rules")
