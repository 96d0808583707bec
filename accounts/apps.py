from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, sign-in, roles, customers."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import handlers  # noqa: F401  registers approval kinds and subscribers
