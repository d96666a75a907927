from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "mlinzi.site"
    label = "site"

    def ready(self) -> None:
        from mlinzi.site import checks  # noqa: F401 - registers the checks that run at start-up
