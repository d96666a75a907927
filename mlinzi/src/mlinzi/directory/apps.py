from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "mlinzi.directory"
    label = "directory"
