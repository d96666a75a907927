from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "mlinzi.messaging"
    label = "messaging"
