"""The form: one question a page, then "check your answers", then the number."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mlinzi.intake import acts
from mlinzi.intake.forms import ConfirmForm, PageForm
from mlinzi.intake.reads import DoorWords
from mlinzi.intake.rules import CookieSecret, Danger, DraftContent, DraftKind
from mlinzi.intake.rules import form as way
from mlinzi.intake.rules.flood import WORK_BITS
from mlinzi.intake.web.common import (
    FLOOD,
    FORM,
    draft_of,
    forget,
    go,
    keep,
    onward,
    page,
    show,
    take_number,
)
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring


@page(*FORM)
def ask(request: HttpRequest, words: DoorWords, page: str) -> HttpResponse:
    """One question. Answered, it leads to the first one that was not seen yet."""
    asked = words.form.page(page)
    if asked is None or asked.id == way.SAFE:
        raise NotFound
    secret, content = draft_of(request)
    if request.method == "POST":
        return _answered(request, words, asked, secret, content)
    if secret is None or content is None:
        return go(words, "start")
    if content.sent:
        return go(words, "number")
    if not asked.applies(content.answers):
        return onward(words, content)
    form = PageForm(asked, words, initial=content.answers)
    return _question(request, words, asked, form, secret, content.answers)


def _answered(
    request: HttpRequest,
    words: DoorWords,
    asked: way.Page,
    secret: CookieSecret | None,
    content: DraftContent | None,
) -> HttpResponse:
    if content is not None and content.sent:
        return go(words, "number")
    form = PageForm(asked, words, request.POST)
    if secret is None or content is None:
        # It ran out, or the browser lost its cookie. What was typed on this page begins another draft.
        secret, _empty = acts.begin(words.language, {}, page=way.SAFE, now=now())
        form.say(_("You were away for long, and what you wrote before is gone. This page is still here."))
        return keep(_question(request, words, asked, form, secret, {}, status=422), secret)
    if not secret.has_mark(request.POST.get("mark", "")):
        form.say(_("Please send this once more."))
        return _question(request, words, asked, form, secret, content.answers, status=422)
    if not form.is_valid():
        return _question(request, words, asked, form, secret, content.answers, status=422)
    work = request.POST.get("work", "")
    try:
        content = acts.answer(secret, asked.id, form.answers(), language=words.language, work=work, now=now())
    except NotFound:  # another tab has sent it in this very moment
        return go(words, "number")
    return onward(words, content)


def _question(
    request: HttpRequest,
    words: DoorWords,
    asked: way.Page,
    form: PageForm,
    secret: CookieSecret,
    answers: Mapping[str, str],
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "asked": asked,
        "form": form,
        "mark": secret.mark,
        "bits": WORK_BITS,
        "puzzle": secret.puzzle if "story" in form.fields else "",
        "before": words.form.before(asked.id, answers),
        "near": [near for near in words.near if near.area in ("", answers.get("area", ""))],
        "chosen": answers.get(asked.fields[0].id, "") if asked.one_tap else "",
    }
    return show(request, words, "ask.html", context, status)


@page(*FORM)
def check(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """All answers with the way to change each; sending. The number is minted here and kept in the draft."""
    secret, content = draft_of(request)
    if secret is None or content is None:
        return show(request, words, "gone.html", {}, 404 if request.method == "POST" else 200)
    if content.sent:
        return go(words, "number")
    reasons: tuple[str, ...] = ()
    if request.method == "POST":
        if secret.has_mark(request.POST.get("mark", "")):
            return _send(request, words, secret, content)
        reasons = (_("Please send this once more."),)
    if not content.receipt and words.form.kept(content.answers).get("story"):
        try:
            content = acts.number_for(secret, take_number, now=now())
        except NotFound:  # another tab has sent it in this very moment
            return go(words, "number")
    return _check_page(request, words, secret, content, reasons)


def _send(
    request: HttpRequest, words: DoorWords, secret: CookieSecret, content: DraftContent
) -> HttpResponse:
    try:
        acts.send(
            secret,
            words.form,
            take_number,
            flooded=FLOOD.is_on(words),
            by=Actor.reporter(),
            now=now(),
            keys=keyring(),
        )
    except NotFound:  # another tab has left in this very moment
        return show(request, words, "gone.html", {}, 404)
    except Refused:
        nothing = _("Tell us in a few words what happened. Everything else may stay empty.")
        return _check_page(request, words, secret, content, (nothing,), status=422)
    return go(words, "number")


def _check_page(
    request: HttpRequest,
    words: DoorWords,
    secret: CookieSecret,
    content: DraftContent,
    reasons: tuple[str, ...],
    status: int = 200,
) -> HttpResponse:
    answers = content.answers
    lines = [
        (asked, [(field, shown_answer(field, answers, words)) for field in asked.fields])
        for asked in words.form.path(answers)
        if asked.fields
    ]
    context = {
        "lines": lines,
        "files": content.files,
        "mark": secret.mark,
        "reasons": reasons,
        "before": words.form.before(way.CHECK, answers),
        "told": bool(words.form.kept(answers).get("story")),
        "tell_at": _page_to_tell(words.form, content),
    }
    return show(request, words, "check.html", context, status)


def _page_to_tell(form: way.Form, content: DraftContent) -> str:
    """The page of somebody's way that asks what happened; what leads there while the way is not known yet."""
    asks = form.page_with("story", content.answers)
    found = asks.id if asks else form.next_after(content.answers, content.done)
    return way.START if found == way.CHECK else found


def shown_answer(field: way.Field, answers: Mapping[str, str], words: DoorWords) -> str:
    """An answer in the words in which it was chosen; "" where nothing was said."""
    said = answers.get(field.id, "")
    if said == way.UNKNOWN and field.kind is not way.Kind.LINE:
        return _("I don't know")
    if said == way.UNSAID and field.kind is not way.Kind.LINE:
        return _("I'd rather not say")
    if field.kind is way.Kind.PLACE:
        return dict(words.areas).get(said, "")
    return field.label_of(said)


@page(*FORM)
def number(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """The number to come back with, for as long as nobody has confirmed that it was written down."""
    secret, content = draft_of(request)
    if secret is None or content is None:
        return show(request, words, "gone.html", {"perhaps_sent": True})
    if not content.sent:
        return onward(words, content)
    form = ConfirmForm(content.number, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        acts.leave(secret, folder=settings.DOOR, now=now())
        return forget(go(words, "done"), DraftKind.REPORT)
    in_danger = way.danger_of(content.answers) == Danger.YES
    context = {"receipt": content.number, "form": form, "in_danger": in_danger, "mark": secret.mark}
    return show(request, words, "number.html", context, 422 if form.errors else 200)
