from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "nexafi.api"
    label = "nexafi_api"
