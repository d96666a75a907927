"""What the pages of the door share: the words, the cookies, and how a page is shown.

No session, no address, no user agent: a cookie comes into being only when somebody begins to write or comes
back with a number, it holds random bytes and nothing else, and it ends with the browser.
"""

import threading
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from mlinzi.access.guard import open_to_all
from mlinzi.intake import reads
from mlinzi.intake.minting import POOL, Minted
from mlinzi.intake.reads import DoorWords
from mlinzi.intake.rules import CookieSecret, DraftContent, DraftKind
from mlinzi.intake.rules.form import CHECK
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import keyring
from mlinzi.vault.acts import NoKey

Context = Mapping[str, Any]
Page = Callable[..., HttpResponse]
READING = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")
SENDING = ("POST",)
_PREFIX = "__Host-" if settings.HTTPS else ""
DRAFT_COOKIE, VISIT_COOKIE = f"{_PREFIX}k", f"{_PREFIX}b"
_COOKIE_OF = {DraftKind.REPORT: DRAFT_COOKIE, DraftKind.VISIT: VISIT_COOKIE}


class LastWords:
    """What the door says, asked of the database every few seconds only.

    What it said last is held, so that the door can give the emergency numbers when the database is away.
    """

    LASTS = 10.0
    """Seconds for which the words are not asked for again."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As in a process that has just started."""
        self._held: tuple[DoorWords, ...] = ()
        self._at = float("-inf")

    def fresh(self) -> tuple[DoorWords, ...]:
        if time.monotonic() - self._at > self.LASTS:
            self._held = reads.door_words()
            self._at = time.monotonic()
        return self._held

    def held(self) -> tuple[DoorWords, ...]:
        """The last words, or bare ones in our own languages when there never were any."""
        return self._held or tuple(
            DoorWords(code, name, {"site_name": "Help"}) for code, name in settings.LANGUAGES
        )


class FloodGauge:
    """Whether the door is flooded, asked of the database every few seconds only."""

    LASTS = 5.0

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As in a process that has just started."""
        self._is_on, self._at = False, float("-inf")

    def is_on(self, words: DoorWords) -> bool:
        if time.monotonic() - self._at > self.LASTS:
            self._is_on = reads.is_flooded(words.flood, now=now())
            self._at = time.monotonic()
        return self._is_on


class Guesses:
    """How many wrong numbers were tried in the last ten minutes at this door. No address, nobody's name."""

    LATELY = 600.0
    _MOST = 5_000

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """As in a process that has just started."""
        self._times: list[float] = []

    def lately(self) -> int:
        since = time.monotonic() - self.LATELY
        with self._lock:
            self._times = [at for at in self._times if at > since]
            return len(self._times)

    def one_more(self) -> None:
        with self._lock:
            self._times = [*self._times[-self._MOST :], time.monotonic()]


LAST, FLOOD, GUESSES = LastWords(), FloodGauge(), Guesses()


class SeeOther(HttpResponseRedirect):
    """Go on there with a GET, so that Back and reload never send a form again."""

    status_code = 303


def page(*methods: str) -> Callable[[Page], Page]:
    """A page of the door: open to all, in the language that its address names, at the country's time."""

    def declare(view: Page) -> Page:
        @wraps(view)
        def shown(request: HttpRequest, lang: str, **named: str) -> HttpResponse:
            from mlinzi.intake.web.errors import not_allowed

            POOL.busy()
            # Our pages send UTF-8. A header that names another spelling would bring half characters, or none.
            request.encoding = "utf-8"
            if request.method not in methods:
                return not_allowed(request, methods)
            words = next((w for w in LAST.fresh() if w.language == lang), None)
            if words is None:
                raise NotFound
            with translation.override(lang), timezone.override(words.time_zone):
                answer = view(request, words, **named)
            answer.headers["Content-Language"] = lang
            return answer

        return open_to_all(shown)

    return declare


def show(
    request: HttpRequest, words: DoorWords, template: str, context: Context, status: int = 200
) -> HttpResponse:
    """A page of the door. Only one that was simply asked for offers its other languages: elsewhere the way
    there would lose what was typed."""
    languages = LAST.held() if request.method in READING else ()
    full = {
        "words": words,
        "languages": languages,
        "rest": request.path.removeprefix(f"/{words.language}"),
        "demonstration": words.demonstration,
        **context,
    }
    return with_exit(render(request, f"intake/{template}", full, status=status), words)


def with_exit(answer: HttpResponse, words: DoorWords) -> HttpResponse:
    """Let the form of the quick exit lead to the pack's neutral page, and to no other."""
    parts = urlsplit(words.exit_url)
    if parts.netloc:
        answer._csp_update = {"form-action": [f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]
    return answer


def go(words: DoorWords, name: str, **named: str) -> HttpResponse:
    """To another page of the door, in the same language."""
    return SeeOther(reverse(f"intake:{name}", kwargs={"lang": words.language, **named}))


def onward(words: DoorWords, content: DraftContent) -> HttpResponse:
    """To the first question that was not seen yet; to the check page where none is left."""
    after = words.form.next_after(content.answers, content.done)
    return go(words, "check") if after == CHECK else go(words, "ask", page=after)


# ------------------------------------------------------------------ cookies


def secret_of(request: HttpRequest, kind: DraftKind = DraftKind.REPORT) -> CookieSecret | None:
    """What the browser's cookie holds; None for none, or for anything that is none of ours."""
    return CookieSecret.read(request.COOKIES.get(_COOKIE_OF[kind], ""))


def draft_of(
    request: HttpRequest, kind: DraftKind = DraftKind.REPORT
) -> tuple[CookieSecret | None, DraftContent | None]:
    """The draft or visit of this browser, and its secret."""
    secret = secret_of(request, kind)
    content = reads.draft_of(secret, kind, now=now())
    return (secret, content) if content else (None, None)


def keep(answer: HttpResponse, secret: CookieSecret, kind: DraftKind = DraftKind.REPORT) -> HttpResponse:
    """Give the browser its secret. It ends with the browser; no other site can send it along."""
    answer.set_cookie(_COOKIE_OF[kind], secret.text, httponly=True, secure=settings.HTTPS, samesite="Strict")
    return answer


def forget(answer: HttpResponse, *kinds: DraftKind) -> HttpResponse:
    """Take the secret away again."""
    for kind in kinds:
        answer.set_cookie(
            _COOKIE_OF[kind], "", max_age=0, httponly=True, secure=settings.HTTPS, samesite="Strict"
        )
    return answer


def let_go_of_the_database() -> None:
    """Give the connection back before a wait: a slow line or a held-back answer must not keep it from others.

    Inside a transaction (of a test) it stays.
    """
    if not connection.in_atomic_block:
        connection.close()


def take_number() -> Minted:
    """A number for a draft: one that is ready, or one made now."""
    secret = keyring().receipt_secret
    if secret is None:
        raise NoKey
    return POOL.take(secret)
