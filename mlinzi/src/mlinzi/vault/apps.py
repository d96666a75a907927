from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "mlinzi.vault"
    label = "vault"
