"""How often a sign-in may fail: counted so that nobody can lock somebody else out.

A browser in which somebody has signed in with both factors carries a signed cookie with a number of its
own, and its failures are counted under that number. All other browsers are strangers and share one count
for each account. A stranger who fails on purpose uses up the strangers' count and leaves the known browser
alone.
"""

import secrets
from typing import cast

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "mlinzi_browser"
COOKIE_LIVES = 180 * 24 * 60 * 60
PEOPLE_IN_ONE_BROWSER = 8
_SALT = "mlinzi.access.browser"
# With the password in hand a stranger might try codes all day, so codes have a limit for the day as well.
RATES = {
    "password.stranger": "60/m/ip,5/5m/key",
    "password.known": "10/5m/key",
    "factor.stranger": "60/m/ip,5/5m/key,50/d/key",
    "factor.known": "10/5m/key,100/d/key",
}


def consume(request: HttpRequest, step: str, email: str) -> RateLimitUsage | None:
    """Count an attempt before it is made. Returns what can be rolled back after a success, or None: too many.

    Args:
        step: ``"password"`` or ``"factor"``.
        email: the address that was typed or belongs to the account.
    """
    account = account_mark(email)
    number = _known(request).get(account, "")
    action = f"{step}.known" if number else f"{step}.stranger"
    # A short mark bounds the number of counters: else an attacker who invents addresses could fill the
    # shared cache until it throws counters away. That two accounts share a count is one chance in a
    # million.
    key = f"{account}|{number}" if number else f"{account[:5]}|stranger"
    return cast(
        "RateLimitUsage | None",
        ratelimit.consume(request, app="mlinzi.access", action=action, config=RATES, key=key),
    )


def account_mark(email: str) -> str:
    """A short keyed digest of an address, so that neither cookie nor cache tells who it is."""
    return salted_hmac("mlinzi.access.account", email.strip().lower(), algorithm="sha256").hexdigest()[:12]


def address_mark(request: HttpRequest) -> str:
    """A short keyed digest of the network address of a request; the address itself is kept nowhere."""
    address = ratelimit.truncate_ip(get_adapter(request).network_address(request))
    return salted_hmac("mlinzi.access.address", address, algorithm="sha256").hexdigest()[:5]


def is_known(request: HttpRequest, email: str) -> bool:
    """Whether somebody has signed in to this account with both factors in this browser before."""
    return account_mark(email) in _known(request)


def remember(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let the browser carry the proof that it is known to this account."""
    known = {account_mark(email): secrets.token_urlsafe(9), **_known(request)}
    newest = dict(list(known.items())[:PEOPLE_IN_ONE_BROWSER])
    response.set_cookie(
        COOKIE,
        signing.dumps(newest, salt=_SALT, compress=True),
        max_age=COOKIE_LIVES,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> dict[str, str]:
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=COOKIE_LIVES)
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}
