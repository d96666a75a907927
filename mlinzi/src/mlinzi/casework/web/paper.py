"""Summaries on paper: making one, the copies that left a case, whose copy a sheet is."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.casework import acts, reads
from mlinzi.casework.forms import CheckPaperForm, PaperForm
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import form_page, sent, show
from mlinzi.casework.web.frame import show_case
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring


@needs(Action.CASE_SUMMARISE)
@require_safe
def papers(request: HttpRequest, number: str) -> HttpResponse:
    """The copies of a case that left on paper."""
    case = reads.case_for(number, Action.CASE_SUMMARISE, by=signed_in(request))
    return show_case(request, "papers.html", case, "papers", {"summaries": reads.summaries_of(case)})


@needs(Action.CASE_SUMMARISE)
@require_http_methods(["GET", "HEAD", "POST"])
def summarise(request: HttpRequest, number: str) -> HttpResponse:
    """Make a summary on paper."""
    officer, moment = signed_in(request), now()
    case = reads.case_for(number, Action.CASE_SUMMARISE, by=officer)
    arguments = sent(request)
    if request.method != "POST":
        start = {"language": get_language() or settings.LANGUAGE_CODE}
        arguments["initial"] = {**start, **(arguments["initial"] or {})}
    form = PaperForm(
        reads.printable(case), reads.printable_people(case), reads.provisions(now=moment), **arguments
    )
    return form_page(
        request,
        "paper.html",
        form,
        lambda: acts.summarise(
            number,
            form.plan(),
            form_key=form.key,
            folder=settings.VAULT,
            by=officer,
            now=moment,
            keys=keyring(),
        ),
        then=reverse("casework:papers", args=[case.number]),
        said=_("The summary is made; it lies sealed among the files of the case."),
        context={"case": case},
    )


@needs(Action.SUMMARY_CHECK)
@require_http_methods(["GET", "HEAD", "POST"])
def check_paper(request: HttpRequest) -> HttpResponse:
    """Whose copy a sheet is that was found, by the mark on it; nothing of the case."""
    form = CheckPaperForm(request.POST if request.method == "POST" else None)
    found, asked = None, form.is_valid()
    if asked:
        found = acts.check_paper(form.cleaned_data["copy_id"], by=signed_in(request), now=now())
    status = 422 if form.is_bound and not asked else 200
    return show(request, "paper_check.html", {"form": form, "asked": asked, "found": found}, status=status)
