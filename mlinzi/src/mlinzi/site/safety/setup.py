"""The settings that an installation was given."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mlinzi.site.safety.findings import Finding, refusal

_HERE = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
_LETTERS_AS_FILES = "django.core.mail.backends.filebased.EmailBackend"


@dataclass(frozen=True)
class Setup:
    """What is judged. `mail_host` is "" where letters are written as files."""

    debug: bool
    https: bool
    hosts: tuple[str, ...]
    staff_hosts: tuple[str, ...]
    staff_address: str
    mail_host: str
    mail_sealed: bool
    demonstration: bool


def setup_of(settings: Any, *, demonstration: bool) -> Setup:
    """The setup in Django's settings."""
    as_files = settings.EMAIL_BACKEND == _LETTERS_AS_FILES
    return Setup(
        debug=settings.DEBUG,
        https=settings.HTTPS,
        hosts=tuple(filter(None, (*settings.PUBLIC_HOSTS, *settings.STAFF_HOSTS))),
        staff_hosts=tuple(settings.STAFF_HOSTS),
        staff_address=settings.STAFF_ADDRESS,
        mail_host="" if as_files else settings.EMAIL_HOST,
        mail_sealed=settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL,
        demonstration=demonstration,
    )


def is_here(host: str) -> bool:
    """Whether a host name leads to this machine alone."""
    return host in _HERE or host.endswith(".localhost")


def setup_findings(setup: Setup) -> Iterator[Finding]:
    """Judge the settings. All of these refuse."""
    if setup.debug:
        yield refusal(
            "debug", "Debugging is on and would show what reporters wrote; take MLINZI_DEBUG=yes away."
        )
    away = [host for host in setup.hosts if not is_here(host)]
    if away and not setup.https:
        yield refusal(
            "https",
            f"The host {away[0]} is not this machine and https is off; put a proxy that speaks https in "
            "front and set MLINZI_HTTPS=yes.",
        )
    if "*" in setup.hosts:
        yield refusal(
            "hosts", "Any host name is accepted; name yours in MLINZI_PUBLIC_HOSTS and MLINZI_STAFF_HOSTS."
        )
    yield from _address_findings(setup)
    if not setup.mail_host and not setup.demonstration:
        yield refusal(
            "mail-files",
            "Letters are only written to files, so nobody gets them; set MLINZI_EMAIL_URL to a mail server "
            "(smtp://user:password@host:port).",
        )
    if setup.mail_host and not setup.mail_sealed and not is_here(setup.mail_host):
        yield refusal(
            "mail-clear",
            "Letters and the mail server's password travel in clear; give MLINZI_EMAIL_URL the port 587 of a "
            "server that speaks TLS.",
        )


def _address_findings(setup: Setup) -> Iterator[Finding]:
    address = urlsplit(setup.staff_address)
    if address.hostname not in setup.staff_hosts:
        yield refusal(
            "staff-address",
            "The staff site's address in letters is none of its host names; set MLINZI_STAFF_ADDRESS to one "
            "of MLINZI_STAFF_HOSTS.",
        )
    elif address.scheme != "https" and not is_here(address.hostname):
        yield refusal(
            "staff-address-https",
            "The address in letters does not begin with https; change MLINZI_STAFF_ADDRESS.",
        )
