"""Who can help: the search, an organisation's entry, and keeping it true."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.casework import acts, forms, reads
from mlinzi.casework.web.common import form_page, sent, show
from mlinzi.directory.rules import Action
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused


@needs(Action.ORGANISATION_SEE)
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Organisations that offer a service, the nearest to a place first."""
    form = forms.HelpForm(get_language() or settings.LANGUAGE_CODE, request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = reads.find_help(**chosen, by=signed_in(request), now=now())
    context = {"found": found, "form": form, "filtered": any(chosen.values()), "limit": reads.SHOWN}
    return show(request, "help.html", context)


@needs(Action.ORGANISATION_SEE)
@require_safe
def entry(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """What an organisation tells of itself."""
    one = reads.helper(str(organisation), by=signed_in(request), now=now())
    return show(request, "help_entry.html", {"one": one})


@needs(Action.ORGANISATION_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """Write an organisation's entry."""
    officer = signed_in(request)
    house = reads.helper_to_edit(str(organisation), by=officer)
    arguments = sent(request)
    if request.method != "POST":
        held = getattr(house, "entry", None)
        begin = forms.initial_of_entry(held.told() if held else None)
        arguments["initial"] = {**begin, **(arguments["initial"] or {})}
    form = forms.EntryForm(**arguments)
    return form_page(
        request,
        "help_edit.html",
        form,
        lambda: acts.tell_of_help(str(organisation), form.told(), by=officer, now=now()),
        then=_page_of(organisation),
        said=_("The entry is kept, and counts as verified today."),
        context={"house": house},
    )


@needs(Action.ORGANISATION_EDIT)
@require_POST
def verify(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """Say that an entry is still right."""
    try:
        acts.verify_help(str(organisation), by=signed_in(request), now=now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    else:
        messages.success(request, _("Thank you. The entry counts as verified today."))
    return redirect(_page_of(organisation))


def _page_of(organisation: UUID) -> str:
    return reverse("casework:help_entry", args=[organisation])
