"""Officers at work before browsers of their own."""

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from mlinzi.casework.tests.conftest import Desk
from tests.people import AMINA
from tests.world import sign_in


def seat(chromium: Browser, server: LiveServer, desk: Desk, who: str = AMINA, **more: object) -> Page:
    """Somebody of `tests.people` signed in, in a browser context of their own."""
    client = Client()
    sign_in(client, desk.world.people[who])
    context = chromium.new_context(base_url=server.url, **more)  # type: ignore[arg-type]
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server.url}])
    return context.new_page()
