"""Signing in: password, second factor, and what strangers cannot do to others."""

import pytest
from django.test import Client

from mlinzi.access.tests.conftest import House, code, give_password

pytestmark = pytest.mark.django_db


def test_password_then_code_lets_in_and_neither_alone_does(house: House, client: Client) -> None:
    assert client.get("/account/")["Location"].startswith("/sign-in/")
    assert give_password(client, "mirren") == 302
    assert client.get("/account/")["Location"].startswith("/sign-in/"), "a password alone opened the house"
    answer = client.post("/sign-in/second-factor/", {"code": code()})
    assert answer.status_code == 302
    page = client.get("/account/")
    assert page.status_code == 200
    assert "Mirren Quayle" in page.content.decode()
