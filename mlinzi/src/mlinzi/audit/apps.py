from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "mlinzi.audit"
    label = "audit"
