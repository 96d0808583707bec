from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "nexafi.console"
    label = "nexafi_console"
