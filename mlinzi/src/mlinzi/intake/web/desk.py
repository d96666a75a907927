"""The door for staff: write down what a caller tells, count the contacts that make no report."""

from typing import Any

from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mlinzi.access.guard import needs, signed_in, typed_text
from mlinzi.access.rules import Officer
from mlinzi.directory import reads as directory
from mlinzi.intake import acts, reads
from mlinzi.intake.desk_forms import ContactForm, ReportForm, fresh_token
from mlinzi.intake.reads import DoorWords
from mlinzi.intake.rules import Action, Contact, Danger, Door, Receipt, Submitted
from mlinzi.intake.web.common import FORM, SeeOther
from mlinzi.intake.words import CONTACTS
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.kernel.typed import refuse

PRESSED, REMEMBERED = "intake_pressed", 50
_show_or_send = require_http_methods(FORM)


def _show(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, f"intake/desk/{template}", context, status=status)


def _words() -> tuple[DoorWords, dict[str, str]]:
    """What the public form says in the officer's language, or in the country's first; and all languages."""
    everything = reads.door_words()
    mine = next((words for words in everything if words.language == get_language()), everything[0])
    return mine, {words.language: words.own_name for words in everything}


@needs(Action.REPORT_ENTER)
@_show_or_send
def new_report(request: HttpRequest) -> HttpResponse:
    """Everything that the public form asks, on one page. Sent well, it answers with the number; sent again,
    with the same one. A number never stands in an address, so the form is answered with the page itself."""
    officer = signed_in(request)
    words, spoken = _words()
    if request.method != "POST":
        form = ReportForm(words, spoken, initial=typed_text(request))
        return _show(request, "report.html", {"form": form, "words": words})
    form = ReportForm(words, spoken, request.POST)
    if form.is_valid():
        submitted = form.submitted()
        if receipt := _received(form, submitted, officer):
            return _number(request, words, receipt, submitted)
    return _show(request, "report.html", {"form": form.renewed(), "words": words}, 422)


def _received(form: ReportForm, submitted: Submitted, officer: Officer) -> Receipt | None:
    token = form.cleaned_data["token"]
    try:
        return acts.receive(submitted, token=token, door=Door.STAFF, by=officer, now=now(), keys=keyring())
    except Refused as refused:
        refuse(form, refused)
        return None


def _number(request: HttpRequest, words: DoorWords, receipt: Receipt, submitted: Submitted) -> HttpResponse:
    groups = receipt.spoken.split(", ")
    in_danger = submitted.in_danger is Danger.YES
    context = {"words": words, "receipt": receipt, "groups": groups, "in_danger": in_danger}
    return _show(request, "number.html", context)


@needs(Action.CONTACT_COUNT)
@_show_or_send
def contacts(request: HttpRequest) -> HttpResponse:
    """Contacts that make no report: a button for each kind, and what was counted lately."""
    officer = signed_in(request)
    if request.method == "POST":
        _pressed(request, officer)
        return SeeOther(reverse("desk:contacts"))
    days = reads.contacts_by_day(officer.organisation, until=directory.local_day(now()))
    context = {
        "once": fresh_token(),
        "kinds": [(kind, CONTACTS[kind], days[0].counts[kind]) for kind in Contact],
        "days": [(day, [(CONTACTS[kind], day.counts[kind]) for kind in Contact]) for day in days],
        "any": any(day.total for day in days),
    }
    return _show(request, "contacts.html", context)


def _pressed(request: HttpRequest, officer: Officer) -> None:
    form = ContactForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was counted. Please press once more."))
        return
    moment = now()
    day, contact = directory.local_day(moment), form.contact
    said = {"contact": CONTACTS[contact]}
    with transaction.atomic():
        if not _first_press(request.session, form.cleaned_data["once"]):
            messages.info(request, _("This was counted already."))
            return
        if form.cleaned_data["count"]:
            acts.count_contact(contact, day=day, by=officer, now=moment)
            messages.success(request, _("Counted: %(contact)s") % said)
        elif acts.uncount_contact(contact, day=day, by=officer, now=moment):
            messages.success(request, _("Taken back: %(contact)s") % said)
        else:
            messages.info(request, _("There was nothing to take back."))


def _first_press(session: SessionBase, once: str) -> bool:
    """Whether a page's button was not pressed before. Inside the caller's transaction.

    The second of two clicks waits here for the first, and then finds what that one wrote.
    """
    row = Session.objects.select_for_update().filter(session_key=session.session_key).first()
    if row is None:  # signed out meanwhile, in another window
        raise NotFound
    pressed = row.get_decoded().get(PRESSED, [])
    first = once not in pressed
    session[PRESSED] = [*pressed, once][-REMEMBERED:] if first else pressed
    session.save()
    return first
