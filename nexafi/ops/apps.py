from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "nexafi.ops"
    label = "nexafi_ops"
