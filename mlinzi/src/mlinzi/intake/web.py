"""The public door: no script, no cookie, no session; what somebody writes is never in an address."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from mlinzi.access.guard import open_to_all
from mlinzi.intake import acts, reads
from mlinzi.intake.forms import BackForm, TellForm
from mlinzi.intake.reads import DoorWords
from mlinzi.intake.rules import Danger, Door
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import keyring

Context = Mapping[str, Any]
Page = Callable[[HttpRequest, DoorWords], HttpResponse]
DoorView = Callable[..., HttpResponse]
_READING = ("GET", "HEAD")
_FORM = ("GET", "HEAD", "POST")


class LastWords:
    """What the door said last, so that it can still give the emergency numbers when the database is away."""

    def __init__(self) -> None:
        self._held: tuple[DoorWords, ...] = ()

    def fresh(self) -> tuple[DoorWords, ...]:
        self._held = reads.door_words()
        return self._held

    def held(self) -> tuple[DoorWords, ...]:
        """The last words, or bare ones in our own languages when there never were any."""
        return self._held or tuple(
            DoorWords(code, name, {"site_name": "Help"}) for code, name in settings.LANGUAGES
        )


LAST = LastWords()


def _page(*methods: str) -> Callable[[Page], DoorView]:
    """A page of the door: open to all, in the language that its address names, at the country's time."""

    def declare(view: Page) -> DoorView:
        @wraps(view)
        def shown(request: HttpRequest, lang: str) -> HttpResponse:
            if request.method not in methods:
                return not_allowed(request, methods)
            words = next((w for w in LAST.fresh() if w.language == lang), None)
            if words is None:
                raise NotFound
            with translation.override(lang), timezone.override(words.time_zone):
                answer = view(request, words)
            answer.headers["Content-Language"] = lang
            return answer

        return open_to_all(shown)

    return declare


def _show(
    request: HttpRequest, words: DoorWords, template: str, context: Context, status: int = 200
) -> HttpResponse:
    # Only a page that was simply asked for offers its other languages: elsewhere the way there would lose
    # what was typed, or the number.
    languages = LAST.held() if request.method != "POST" else ()
    return render(request, template, {"words": words, "languages": languages, **context}, status=status)


@open_to_all
def choose(request: HttpRequest) -> HttpResponse:
    """The first page: every language of the country in its own words, and the emergency numbers."""
    if request.method not in _READING:
        return not_allowed(request, _READING)
    everything = LAST.fresh()
    # The same number stands at the same place in each language; here its labels are brought together.
    numbers = zip(
        *([(words.language, number) for number in words.numbers] for words in everything), strict=True
    )
    context = {"words": everything[0], "all_words": everything, "numbers": list(numbers)}
    with translation.override(everything[0].language):
        return render(request, "intake/choose.html", context)


@_page(*_READING)
def start(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """Are you safe now? Then: who reads it, what happens next, how secret it is, and the two ways on."""
    return _show(request, words, "intake/start.html", {})


@_page(*_FORM)
def tell(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """One calm form. Sent well, it answers with the receipt; sent again, with the same one."""
    if request.method != "POST":
        return _show(request, words, "intake/tell.html", {"form": TellForm(words.language)})
    form = TellForm(words.language, request.POST)
    if not form.is_valid():
        return _show(request, words, "intake/tell.html", {"form": form.renewed()}, status=422)
    submitted = form.submitted()
    token = form.cleaned_data["token"]
    receipt = acts.receive(
        submitted, token=token, door=Door.WEB, by=Actor.reporter(), now=now(), keys=keyring()
    )
    in_danger = submitted.in_danger is Danger.YES
    return _show(request, words, "intake/receipt.html", {"receipt": receipt, "in_danger": in_danger})


@_page(*_FORM)
def back(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """Come back with the number: where it stands, and the answers. Wrong and expired numbers look alike."""
    if request.method != "POST":
        return _show(request, words, "intake/back.html", {"form": BackForm()})
    form = BackForm(request.POST)
    if not form.is_valid():
        return _show(request, words, "intake/back.html", {"form": form}, status=422)
    try:
        box = reads.mailbox_for(form.cleaned_data["number"], keys=keyring(), now=now())
    except NotFound:
        form.add_error(
            "number", _("We find nothing under this number. Please look whether every digit is right.")
        )
        return _show(request, words, "intake/back.html", {"form": form}, status=404)
    return _show(request, words, "intake/answer.html", {"box": box, "status": words.status(box.status)})


# ------------------------------------------------------------------ errors, in every language of the country


def _error(request: HttpRequest, kind: str, status: int, **context: Any) -> HttpResponse:
    """A page that needs neither the database nor the language of whoever reads it."""
    held = LAST.held()
    # Whoever was reading in one language finds it first.
    first = [w for w in held if request.path.startswith(f"/{w.language}/")]
    ordered = [*first, *(w for w in held if w not in first)]
    with translation.override(ordered[0].language):
        everything = {
            "words": ordered[0],
            "all_words": ordered,
            "kind": kind,
            "closed": status >= 500,
            "demonstration": held[0].demonstration,
            **context,
        }
        return HttpResponse(render_to_string("intake/error.html", everything), status=status)


def not_found(request: HttpRequest) -> HttpResponse:
    return _error(request, "not_found", 404)


def not_allowed(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    answer = _error(request, "not_allowed", 405)
    answer.headers["Allow"] = ", ".join(methods)
    return answer


def bad_request(request: HttpRequest) -> HttpResponse:
    return _error(request, "bad_request", 400)


def fault(request: HttpRequest) -> HttpResponse:
    return _error(request, "fault", 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database is away. What was typed goes back to whoever typed it, ready to be sent again.

    The form keeps its token: had the first try been saved after all, the second gives the same number.
    """
    posted = request.POST if "narrative" in request.POST else {}
    kept = {name: posted[name] for name in TellForm.base_fields if name in posted}
    return _error(request, "unavailable", 503, kept=kept, address=request.path)
