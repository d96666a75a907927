from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "mlinzi.deadlines"
    label = "deadlines"
