from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "mlinzi.casework"
    label = "casework"
