"""What waits for a second person, and their answer."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.casework import acts, forms, reads
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import form_page, sent, show
from mlinzi.casework.web.frame import opened_texts
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.vault.rules import SealedText


@needs(Action.CASE_AGREE)
@require_safe
def seconds(request: HttpRequest) -> HttpResponse:
    """What waits for this officer's word."""
    page = reads.waiting_seconds(by=signed_in(request), now=now(), after=request.GET.get("after", ""))
    more = f"?after={page.next}" if page.next else ""
    return show(request, "seconds.html", {"page": page, "more": more})


@needs(Action.CASE_AGREE)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, look_id: UUID) -> HttpResponse:
    """Agree or refuse. The asker's words can be read once the case was opened for a purpose."""
    officer = signed_in(request)
    look = reads.second_for(look_id, Action.CASE_AGREE, by=officer)
    things = [SealedText(reads.SECOND, str(look.id), "words", bytes(look.words))]
    about = reads.asked_about(look)
    if about:
        things.append(about.copy)
    texts = opened_texts(request, look.case, things)
    form = forms.DecideForm(**sent(request))
    return form_page(
        request,
        "second.html",
        form,
        lambda: acts.decide_second(
            look_id,
            agree=form.agrees,
            words=form.cleaned_data["words"],
            by=officer,
            now=now(),
            keys=keyring(),
        ),
        then=reverse("casework:case", args=[look.case.number]),
        said=_("Your decision is recorded."),
        context={
            "look": look,
            "case": look.case,
            "words": texts.of(reads.SECOND, look.id, "words") if texts else "",
            "opened": texts is not None,
            "about": about,
            "copy": acts.copy_in(texts.of(about.copy.record, about.copy.id, about.copy.name))
            if texts and about
            else None,
            "own": str(look.asked_by_id) == officer.id,
        },
    )


@needs(Action.CASE_SEE)
@require_POST
def withdraw(request: HttpRequest, look_id: UUID) -> HttpResponse:
    """Take back one's own question."""
    look = reads.second_for(look_id, Action.CASE_SEE, by=signed_in(request))
    try:
        acts.withdraw_second(look_id, by=signed_in(request), now=now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    else:
        messages.success(request, _("Nobody is asked any more."))
    return redirect("casework:case", look.case.number)
