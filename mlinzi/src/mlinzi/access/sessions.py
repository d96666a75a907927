"""What a session remembers: when it began, when it was last seen, when it last gave a second factor."""

from datetime import UTC, datetime, timedelta

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from mlinzi.access.rules import SessionEnd, why_session_ends
from mlinzi.kernel.clock import now as clock_now

_BEGAN, _SEEN = "began_at", "seen_at"
_OWNER = "account_authentication_methods_user"
# Seen is written at most this often, so that reading a page does not always cost a write.
_SEEN_EVERY = timedelta(seconds=15)


def factor_at(request: HttpRequest) -> datetime | None:
    """When this session last gave a second factor, from the records that the sign-in library keeps; None:
    never.
    """
    session = request.session
    if session.get(_OWNER, str(request.user.pk)) != str(request.user.pk):
        return None
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    times = [record["at"] for record in records if record.get("method") == "mfa" and "at" in record]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def why_ends(request: HttpRequest, *, now: datetime) -> SessionEnd | None:
    """Whether the session of this request is over, and why."""
    return why_session_ends(_time(request, _BEGAN), _time(request, _SEEN), now=now)


def see(request: HttpRequest, *, now: datetime) -> None:
    """Note that the session was used."""
    seen = _time(request, _SEEN)
    if seen is None or now - seen >= _SEEN_EVERY:
        request.session[_SEEN] = now.timestamp()


def _time(request: HttpRequest, name: str) -> datetime | None:
    found = request.session.get(name)
    return datetime.fromtimestamp(found, UTC) if isinstance(found, int | float) else None


def _begin(request: HttpRequest, **_: object) -> None:
    request.session[_BEGAN] = request.session[_SEEN] = clock_now().timestamp()


def connect() -> None:
    """Note when a session begins, by whatever way somebody signs in. Called once, when the application
    starts.
    """
    user_logged_in.connect(_begin, dispatch_uid="access.session_began")
