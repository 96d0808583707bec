from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AppConfig):
    name = "nexafi.console"
    label = "nexafi_console"

    def ready(self) -> None:
        from nexafi.console import tiles  # noqa: F401  registers the system's tile


class ConsoleAdminConfig(AdminConfig):
    """Django's admin with our site as the default one; apps register in their admin.py as usual."""

    default_site = "nexafi.console.site.ConsoleSite"
