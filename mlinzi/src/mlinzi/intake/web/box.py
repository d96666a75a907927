"""Coming back with the number: where it stands, messages both ways, safe contact, the wish to stop."""

import threading
import time
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mlinzi.directory import reads as directory
from mlinzi.intake import acts, reads
from mlinzi.intake.acts import contact_text
from mlinzi.intake.forms import BackForm, PageForm, WordForm, fresh_once, once_of
from mlinzi.intake.reads import DoorWords
from mlinzi.intake.rules import (
    HELPER_CODE_LASTS,
    CookieSecret,
    DraftContent,
    DraftKind,
    Receipt,
    WordKind,
    helper_code,
    look_up_lasts,
)
from mlinzi.intake.rules.form import Page
from mlinzi.intake.web.common import (
    FORM,
    GUESSES,
    READING,
    draft_of,
    go,
    keep,
    let_go_of_the_database,
    page,
    show,
)
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring

SEATS = threading.BoundedSemaphore(16)
"""Look-ups at the same time, those included that wait for their time to be over. Whoever finds none is asked
to come again in a minute: the threads beyond them stay for those who report."""
AT_ONCE = threading.BoundedSemaphore(2)
"""Slow derivations at the same time: more would take the machine from everybody."""


@page(*FORM)
def back(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """Come back with the number. Wrong and expired ones look alike, in size and in time."""
    _secret, content = draft_of(request)
    kept = content is not None and content.sent
    if request.method != "POST":
        return show(request, words, "back.html", {"form": BackForm(), "kept": kept})
    form = BackForm(request.POST)
    if not form.is_valid():
        return show(request, words, "back.html", {"form": form, "kept": kept}, 422)
    if not SEATS.acquire(blocking=False):
        form.add_error("number", _("Very many people are here just now. Please try again in a minute."))
        return show(request, words, "back.html", {"form": form, "kept": kept}, 503)
    try:
        return _look_up(request, words, form, kept=kept)
    finally:
        SEATS.release()


def _look_up(request: HttpRequest, words: DoorWords, form: BackForm, *, kept: bool) -> HttpResponse:
    """Look a number up in a time that does not tell what was found: the answer is held back until then."""
    until = time.monotonic() + look_up_lasts(GUESSES.lately()) / timedelta(seconds=1)
    number: Receipt = form.cleaned_data["number"]
    try:
        with AT_ONCE:
            secret = acts.come_back(number, words.language, now=now(), keys=keyring())
    except NotFound:
        GUESSES.one_more()
        acts.count_up(reads.WRONG_NUMBER, day=directory.local_day(now()))
        form.add_error(
            "number", _("We find nothing under this number. Please look whether every digit is right.")
        )
        answer = show(request, words, "back.html", {"form": form, "kept": kept}, 404)
    else:
        answer = keep(go(words, "box"), secret, DraftKind.VISIT)
    let_go_of_the_database()
    time.sleep(max(0.0, until - time.monotonic()))
    return answer


def _visit(request: HttpRequest) -> tuple[CookieSecret | None, DraftContent | None]:
    return draft_of(request, DraftKind.VISIT)


def _send(secret: CookieSecret, kind: WordKind, text: str, once: str) -> None:
    acts.write_back(secret, kind, text, once=once, by=Actor.reporter(), now=now(), keys=keyring())


@page(*FORM)
def box(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """The mailbox: where it stands, what was written both ways, and a field to write."""
    secret, content = _visit(request)
    form = WordForm(request.POST if request.method == "POST" else None)
    if secret is None or content is None:
        # What was typed is shown again, so that it can be sent after the number was typed once more.
        lost = form.data.get("text", "") if form.is_bound else ""
        return _again(request, words, lost)
    if request.method == "POST":
        if not secret.has_mark(request.POST.get("mark", "")):
            form.add_error(None, _("Please send this once more."))
        elif form.is_valid():
            try:
                _send(secret, WordKind.WORDS, form.cleaned_data["text"], form.cleaned_data["once"])
            except (Refused, NotFound):
                return _again(request, words, form.cleaned_data["text"])
            return go(words, "box")
    return _box_page(request, words, secret, content, form)


def _sent(words: DoorWords, secret: CookieSecret, kind: WordKind, text: str, once: str) -> HttpResponse:
    try:
        _send(secret, kind, text, once)
    except NotFound:  # the mailbox ended, or another tab has left, in this very moment
        return go(words, "back")
    return go(words, "box")


def _again(request: HttpRequest, words: DoorWords, lost: str) -> HttpResponse:
    if not lost:
        return go(words, "back")
    context = {"form": BackForm(), "lost": lost, "kept": False}
    return show(request, words, "back.html", context, 422)


def _box_page(
    request: HttpRequest, words: DoorWords, secret: CookieSecret, content: DraftContent, form: WordForm
) -> HttpResponse:
    try:
        view = reads.box_view(content, now=now())
    except NotFound:
        return go(words, "back")
    asked = _contact_page(words)
    channel = next(f for f in asked.fields if f.id == "channel") if asked else None
    said = channel.label_of(view.contact.get("channel", "")) if channel else ""
    context = {
        "box": view,
        "status": words.status(view.status),
        "form": form,
        "once": once_of(form.data.get("once", "")),
        "mark": secret.mark,
        "contact": said,
        "number": content.number if content.greet else None,
    }
    answer = show(request, words, "box.html", context, 422 if form.errors else 200)
    if content.greet and request.method != "HEAD":
        acts.greeted(secret, now=now())
    return answer


def _contact_page(words: DoorWords) -> Page | None:
    return next((p for p in words.form.pages if any(f.id == "channel" for f in p.fields)), None)


@page(*FORM)
def contact(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """Change how one may be reached, or take it back."""
    secret, content = _visit(request)
    asked = _contact_page(words)
    if secret is None or content is None or asked is None:
        return go(words, "back")
    if request.method != "POST":
        try:
            held = reads.box_view(content, now=now()).contact
        except NotFound:
            return go(words, "back")
        form = PageForm(asked, words, initial=held)
    else:
        form = PageForm(asked, words, request.POST)
        if not secret.has_mark(request.POST.get("mark", "")):
            form.say(_("Please send this once more."))
        if form.is_valid():
            text, once = contact_text(form.details()), once_of(request.POST.get("once", ""))
            return _sent(words, secret, WordKind.CONTACT, text, once)
    context = {"asked": asked, "form": form, "mark": secret.mark, "once": fresh_once()}
    return show(request, words, "contact.html", context, 422 if form.errors else 200)


@page(*FORM)
def stop(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """Ask that nothing more is done. What that means is said before."""
    secret, content = _visit(request)
    if secret is None or content is None:
        return go(words, "back")
    if request.method == "POST" and secret.has_mark(request.POST.get("mark", "")):
        return _sent(words, secret, WordKind.STOP, "", once_of(request.POST.get("once", "")))
    return show(request, words, "stop.html", {"mark": secret.mark, "once": fresh_once()})


@page(*FORM)
def code(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """A code that one may tell somebody who helps: with it they find the report, and nothing more."""
    secret, content = _visit(request)
    if secret is None or content is None:
        return go(words, "back")
    context: dict[str, object] = {"mark": secret.mark, "once": fresh_once()}
    if request.method == "POST" and secret.has_mark(request.POST.get("mark", "")):
        once = once_of(request.POST.get("once", ""))
        # By the form's own key, so that a page sent once more shows the code that was kept.
        told = helper_code(bytes.fromhex(content.seed), once)
        try:
            _send(secret, WordKind.CODE, told, once)
        except NotFound:
            return go(words, "back")
        except Refused as refused:
            context["refused"] = refused.reasons
        else:
            context |= {"told": told, "days": HELPER_CODE_LASTS.days}
    return show(request, words, "code.html", context)


@page(*READING)
def own_paper(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """The signed paper without content, to copy or to print."""
    _secret, content = _visit(request)
    if content is None:
        return go(words, "back")
    try:
        view = reads.box_view(content, now=now())
    except NotFound:
        return go(words, "back")
    where = request.build_absolute_uri(f"/{words.language}/paper/")
    return show(request, words, "own_paper.html", {"paper": view.acknowledgement, "where": where})
