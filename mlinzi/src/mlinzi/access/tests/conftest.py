"""A small house in the invented country, with people whose passwords and second factors are known.

Corin and Oda manage people for the whole country. Ada and Bo do so for First Lantern, where Mirren listens to
children. Tavi works with the wardens, in another organisation. Nobody here manages Tavi but Corin and Oda.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from mlinzi.access import acts, reads
from mlinzi.access.models import Grant, Person, Role
from mlinzi.access.rules import Officer
from mlinzi.directory import reads as directory
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from tests.world import World, make_world

PASSWORD = "seven sheep on the hill"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OWNER = Actor.process("owner")
_OWN = [("access.self.use", "own", "test")]
_PEOPLE = ["person.list", "person.invite", "person.grant", "person.end", "factor.restore", "proposal.approve"]
_ROLES = {
    "steward": [(f"access.{action}", "organisation", "test") for action in _PEOPLE] + _OWN,
    "shore_watch": [("casework.deadline.see", "area", "test"), *_OWN],
    "night_reader": [("casework.case.open", "national", "test"), *_OWN],
    "helper": [("casework.referral.see", "organisation", "test"), *_OWN],
}


@dataclass
class House:
    """People by first name. Each has an account in use, the password `PASSWORD` and the app secret
    `SECRET`.
    """

    world: World

    def __getitem__(self, name: str) -> Person:
        return Person.objects.get(email__startswith=f"{name}@")

    def organisation(self, name: str) -> str:
        """An organisation's uuid."""
        return str(self.world.organisations[name].uuid)

    def officer(self, name: str, *, factor_at: datetime | None = None) -> Officer:
        """Somebody with the rights of now; the second factor was given just now unless another time is
        named.
        """
        return reads.officer(self[name], now=now(), factor_at=factor_at or now())

    def add(self, name: str, organisation: str, *roles: str, app: bool = False) -> Person:
        """Somebody more, whose second factor is not set up unless `app`."""
        person = Person.objects.create(
            name=f"{name.title()} Newcomer",
            email=f"{name}@example.org",
            organisation=self.world.organisations[organisation],
            is_active=True,
            password=make_password(PASSWORD, hasher="md5"),
        )
        for role in roles:
            hold(person, role)
        if app:
            totp.TOTP.activate(person, SECRET)
        return person


def hold(person: Person, role: str, *, days: int = 30, area: str = "") -> Grant:
    """A grant as a row, asked of nobody."""
    return Grant.objects.create(
        person=person,
        role=Role.objects.get(pack_id=role),
        area=directory.area_named(area) if area else None,
        granted_by="test",
        granted_at=now() - timedelta(minutes=1),
        expires_at=now() + timedelta(days=days),
    )


_GIVEN: list[tuple[str, str]] = []


def codes_now() -> list[str]:
    """The codes of the app of `SECRET` that are taken now and still will be in a moment, best first."""
    return [
        str(totp.format_hotp_value(totp.hotp_value(SECRET, int(time.time()) // 30 + offset)))
        for offset in (0, 1, -1)
    ]


def code(name: str = "") -> str:
    """A code from somebody's app: another one at each call, since a code works once."""
    fresh = next(text for text in codes_now() if (name, text) not in _GIVEN)
    _GIVEN.append((name, fresh))
    return fresh


def wrong_code() -> str:
    """Six digits that are none of the codes that would be taken now or in a moment."""
    right = set(codes_now())
    return next(text for text in ("000000", "111111", "222222", "333333") if text not in right)


def give_password(
    client: Client, name: str, password: str = PASSWORD, *, comes_from: str = "127.0.0.1", **form: str
) -> int:
    """Send the sign-in form. Returns the status of the answer: 302 when the password is right."""
    filled = {"login": address_of(name), "password": password, **form}
    return client.post("/sign-in/", filled, REMOTE_ADDR=comes_from).status_code


def address_of(name: str) -> str:
    return Person.objects.get(email__startswith=f"{name}@").email


def sign_in(client: Client, name: str) -> None:
    """Sign in as people do: password, then a code."""
    assert give_password(client, name) == 302
    answer = client.post("/sign-in/second-factor/", {"code": code(name)})
    assert answer.status_code == 302, answer.content.decode()


def enter(client: Client, person: Person, *, factor_at: datetime | None = None) -> None:
    """Put somebody inside without the pages: a session with a second factor given just now, or at
    `factor_at`.
    """
    client.force_login(person)
    session = client.session
    session["account_authentication_methods_user"] = str(person.pk)
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "totp", "at": (factor_at or now()).timestamp()}
    ]
    session.save()


def age_session(client: Client, minutes: float, *, since_began: bool = False) -> None:
    """Let time pass for a session."""
    session = client.session
    session["seen_at"] = session["seen_at"] - minutes * 60
    if since_began:
        session["began_at"] = session["began_at"] - minutes * 60
    session.save()


def factors(person: Person) -> list[str]:
    return sorted(Authenticator.objects.filter(user=person).values_list("type", flat=True))


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    """Hashing that is quick where tests sign in a hundred times."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    _GIVEN.clear()


@pytest.fixture
def house(db: None) -> House:
    world = make_world("xx", demonstration=False)
    rows = [
        (
            role,
            {
                "label": {"en": role.title()},
                "description": {"en": role},
                "agency_kinds": [],
                "grants": grants,
            },
        )
        for role, grants in _ROLES.items()
    ]
    acts.load_roles(rows, by=OWNER, now=now())
    made = House(world)
    made.add("ada", "first_lantern", "steward")
    made.add("bo", "first_lantern", "steward")
    Person.objects.update(password=make_password(PASSWORD, hasher="md5"))
    for person in Person.objects.all():
        totp.TOTP.activate(person, SECRET)
    cache.clear()
    return made
