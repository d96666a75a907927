from django.apps import AppConfig, apps


class AccessConfig(AppConfig):
    name = "mlinzi.access"
    label = "access"

    def ready(self) -> None:
        # The public site has nobody to sign in, and so not even the library for it.
        if apps.is_installed("allauth.mfa"):
            from mlinzi.access import sealing, sessions

            sealing.connect()
            sessions.connect()
