from django.apps import AppConfig


class LawConfig(AppConfig):
    name = "mlinzi.law"
    label = "law"
