from django.apps import AppConfig


class IndustryConfig(AppConfig):
    name = "mlinzi.industry"
    label = "industry"
