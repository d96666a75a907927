from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "mlinzi.intake"
    label = "intake"
