"""Before anything is written: the languages, are you safe now, leaving, covering tracks, papers."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from mlinzi.access.guard import open_to_all
from mlinzi.intake import acts
from mlinzi.intake.forms import PaperForm
from mlinzi.intake.minting import POOL
from mlinzi.intake.reads import DoorWords
from mlinzi.intake.rules import CookieSecret, DraftContent, DraftKind
from mlinzi.intake.rules.acknowledgement import read_acknowledgement
from mlinzi.intake.rules.form import FIXED_CHOICES, SAFE, START, UNKNOWN
from mlinzi.intake.web.common import (
    FORM,
    LAST,
    READING,
    SENDING,
    SeeOther,
    draft_of,
    forget,
    go,
    keep,
    onward,
    page,
    secret_of,
    show,
    with_exit,
)
from mlinzi.intake.web.errors import not_allowed
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import keyring

_SAFE = FIXED_CHOICES[SAFE] | {UNKNOWN}


@open_to_all
def choose(request: HttpRequest) -> HttpResponse:
    """The first page: every language of the country in its own words, and the emergency numbers."""
    POOL.busy()
    if request.method not in READING:
        return not_allowed(request, READING)
    everything = LAST.fresh()
    # The same number stands at the same place in each language; here its labels are brought together.
    numbers = zip(
        *([(words.language, number) for number in words.numbers] for words in everything), strict=True
    )
    context = {
        "words": everything[0],
        "all_words": everything,
        "numbers": list(numbers),
        "demonstration": everything[0].demonstration,
    }
    with translation.override(everything[0].language):
        return with_exit(render(request, "intake/choose.html", context), everything[0])


@page(*FORM)
def start(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """Are you safe now? Then who reads it, what happens next, how secret it is. The answer begins a draft."""
    held, content = draft_of(request)
    if request.method != "POST":
        safe = words.form.page(SAFE)
        return show(request, words, "start.html", {"safe": safe, "draft": content})
    said = request.POST.get("safe", "")
    answers = {"safe": said} if said in _SAFE else {}
    which = request.POST.get("which", "")
    if held is None or content is None or which == "new":
        return _begin(words, answers, held, content)
    if which == "on" and not content.sent:
        return _go_on(words, held, answers)
    # A second tab, somebody who went back, or the next person on the same phone: only they know.
    return show(request, words, "begun.html", {"sent": content.sent, "said": answers.get("safe", "")})


def _begin(
    words: DoorWords,
    answers: Mapping[str, str],
    held: CookieSecret | None,
    before: DraftContent | None,
) -> HttpResponse:
    """A new draft. What was begun before and not sent is forgotten; a number that waits keeps its time."""
    if held is not None and before is not None and not before.sent:
        acts.leave(held, folder=settings.DOOR, now=now())
    secret, content = acts.begin(words.language, answers, page=SAFE, now=now())
    return keep(onward(words, content), secret)


def _go_on(words: DoorWords, held: CookieSecret, answers: Mapping[str, str]) -> HttpResponse:
    """The draft under a new secret: whoever copied or planted the old cookie reads on no further."""
    try:
        secret = acts.renew(held, now=now())
        content = acts.answer(secret, SAFE, answers, language=words.language, now=now())
    except NotFound:
        return go(words, "start")
    return keep(onward(words, content), secret)


@page(*SENDING)
def leave(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """Leave at once: draft, visit and cookies are gone, and a neutral page is there instead."""
    for kind in DraftKind:
        if secret := secret_of(request, kind):
            acts.leave(secret, folder=settings.DOOR, now=now())
    stay = request.POST.get("to") == START
    answer = go(words, "start") if stay or not words.exit_url else SeeOther(words.exit_url)
    answer.headers["Clear-Site-Data"] = '"cookies", "storage"'
    return forget(answer, *DraftKind)


@page(*READING)
def tracks(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """What stays on a phone after a visit, and how to take it away."""
    return show(request, words, "tracks.html", {})


@page(*READING)
def done(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """After the number was confirmed: what happens next, and how to come back."""
    return show(request, words, "done.html", {})


@page(*FORM)
def paper(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """Whether a paper that says that a report was made is genuine. It tells nothing but what stands on it."""
    if request.method != "POST":
        return show(request, words, "paper.html", {"form": PaperForm()})
    form = PaperForm(request.POST)
    found = None
    if form.is_valid():
        verifier = keyring().acknowledged_by
        found = read_acknowledgement(form.cleaned_data["text"], verifier) if verifier else None
        if verifier is None:
            form.add_error("text", _("Papers cannot be checked here just now. Please try again later."))
        elif found is None:
            form.add_error("text", _("This paper was not made here, or something in it was changed."))
    status = 200 if found else 422
    return show(request, words, "paper.html", {"form": form, "found": found}, status=status)
