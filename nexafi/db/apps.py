from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate


class DbConfig(AppConfig):
    name = "nexafi.db"
    label = "nexafi_db"

    def ready(self) -> None:
        from nexafi.db import checks, triggers

        register(checks.triggers_present, Tags.database)
        pre_migrate.connect(triggers.clear_before_migrate, dispatch_uid="nexafi.db.triggers.clear")
        post_migrate.connect(triggers.install_after_migrate, dispatch_uid="nexafi.db.triggers")
