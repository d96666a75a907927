from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "mlinzi.access"
    label = "access"
