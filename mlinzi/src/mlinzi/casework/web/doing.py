"""What officers do with a case: one page, one form, one act each."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mlinzi.access.guard import needs, signed_in
from mlinzi.casework import acts, forms, reads
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Action, SecondKind
from mlinzi.casework.web.common import form_page, sent, show
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.vault.uploads import TOO_LARGE, was_dropped

show_or_send = require_http_methods(["GET", "HEAD", "POST"])


def _page_of(case: Case) -> str:
    return reverse("casework:case", args=[case.number])


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@needs(Action.CASE_ASSIGN)
@require_POST
def take(request: HttpRequest, number: str) -> HttpResponse:
    """Take a case to oneself; whoever comes second reads who has it."""
    try:
        case = acts.take(number, by=signed_in(request), now=now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
        return redirect("casework:queue")
    messages.success(request, _("The case is yours."))
    return redirect("casework:case", case.number)


@needs(Action.CASE_ASSIGN)
@show_or_send
def assign(request: HttpRequest, number: str) -> HttpResponse:
    """Give a case to a colleague."""
    officer, moment = signed_in(request), now()
    case = reads.case_to_take(number, by=officer)
    colleagues = reads.colleagues(case, now=moment)
    form = forms.AssignForm(colleagues, **sent(request))
    return form_page(
        request,
        "assign.html",
        form,
        lambda: acts.assign(number, form.cleaned_data["to"], by=officer, now=moment, keys=keyring()),
        then=_page_of(case),
        said=_("The case was given over."),
        context={"case": case},
    )


@needs(Action.CASE_TRIAGE)
@show_or_send
def judge(request: HttpRequest, number: str) -> HttpResponse:
    """Judge urgency and category anew."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_TRIAGE, by=officer)
    start = {"urgency": case.urgency, "category": case.category.pack_id if case.category else ""}
    arguments = sent(request)
    if request.method != "POST":
        arguments["initial"] = {**start, **(arguments["initial"] or {})}
    form = forms.JudgeForm(_language(), **arguments)
    return form_page(
        request,
        "judge.html",
        form,
        lambda: acts.judge(number, **form.judged(), by=officer, now=now()),
        then=_page_of(case),
        said=_("Urgency and category are set."),
        context={"case": case},
    )


@needs(Action.CASE_NOTE)
@show_or_send
def note(request: HttpRequest, number: str) -> HttpResponse:
    """Write a note."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_NOTE, by=officer)
    form = forms.NoteForm(**sent(request))
    return form_page(
        request,
        "note.html",
        form,
        lambda: acts.note(
            number, form.cleaned_data["text"], form_key=form.key, by=officer, now=now(), keys=keyring()
        ),
        then=_page_of(case),
        said=_("The note is kept, sealed."),
        context={"case": case},
    )


@needs(Action.CASE_FILE)
@show_or_send
def add_file(request: HttpRequest, number: str) -> HttpResponse:
    """Add a file. One that is too large was dropped while it came in; the form says so."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_FILE, by=officer)
    form = forms.FileForm(**sent(request))
    if was_dropped(request):
        form.add_error("file", TOO_LARGE)

    def act() -> None:
        file = form.cleaned_data["file"]
        acts.add_file(
            number,
            file.chunks(),
            file.name,
            file.size,
            form_key=form.key,
            folder=settings.VAULT,
            by=officer,
            now=now(),
            keys=keyring(),
        )

    said = _("The file is kept, sealed.")
    return form_page(request, "file.html", form, act, then=_page_of(case), said=said, context={"case": case})


@needs(Action.CASE_ANSWER)
@show_or_send
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Answer the reporter: write, see what will be read and by how many, send. Where a case has several
    reports, `?to=` names the one that is answered.
    """
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_ANSWER, by=officer)
    reporters, led = reads.reporters_of(case), _report_named(request.GET.get("to", ""), case)
    chosen = _report_named(request.POST.get("to", ""), case) if request.method == "POST" else led
    language = chosen.link.report.language if chosen else reads.language_of(case)
    arguments = sent(request)
    if chosen and request.method != "POST":
        arguments["initial"] = {"to": str(chosen.link.report_id), **(arguments["initial"] or {})}
    offered = []
    if reporters.count > 1:
        offered = [one] if (one := led or chosen) else reads.reports_of(case).rows
    form = forms.AnswerForm(language, _language(), offered, reporters, **arguments)
    context = {"case": case, "language": language, "several": reporters.count > 1, "chosen": chosen}
    context["listening"] = reporters.listening
    if request.method == "POST" and "send" not in request.POST and form.is_valid():
        change = "change" in request.POST
        return show(
            request, "answer.html", {**context, "form": form, "letter": "" if change else form.letter()}
        )
    return form_page(
        request,
        "answer.html",
        form,
        lambda: acts.answer(
            number, form.letter(), to=form.reader, form_key=form.key, by=officer, now=now(), keys=keyring()
        ),
        then=_page_of(case),
        said=_("The answer lies in the reporter's mailbox."),
        context=context,
    )


def _report_named(text: str, case: Case) -> reads.ShownReport | None:
    """The report that an address or a form names; None where it names none, as for all of them."""
    try:
        return reads.report_in(case, UUID(text))
    except ValueError:
        return None


@needs(Action.CASE_TRIAGE)
@require_POST
def take_apart(request: HttpRequest, number: str, report_id: UUID) -> HttpResponse:
    """Take a report out of a case with several, into a case of its own."""
    try:
        own = acts.take_apart(number, report_id, by=signed_in(request), now=now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    else:
        said = _("The report lies in a case of its own now: %(number)s. It waits in the queue.")
        messages.success(request, said % {"number": own.number})
    return redirect("casework:case", number)


@needs(Action.CASE_CLOSE)
@show_or_send
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Close a case, with how it ended."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_CLOSE, by=officer)
    form = forms.CloseForm(**sent(request))
    return form_page(
        request,
        "close.html",
        form,
        lambda: acts.close(number, form.chosen(), by=officer, now=now()),
        then=_page_of(case),
        said=_("The case is closed."),
        context={"case": case, "stands": reads.closure_facts(case, agreed=_agreed(case))},
    )


def _agreed(case: Case) -> bool:
    return reads.agreed_second(case, SecondKind.CLOSE, "", now=now()) is not None


@needs(Action.CASE_CLOSE)
@show_or_send
def ask_to_close(request: HttpRequest, number: str) -> HttpResponse:
    """Ask a second person to agree that a case of high risk is closed."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_CLOSE, by=officer)
    form = forms.AskSecondForm(**sent(request))

    def act() -> None:
        said = form.cleaned_data["words"]
        acts.ask_second(
            number, SecondKind.CLOSE, said, form_key=form.key, by=officer, now=now(), keys=keyring()
        )

    then, told = _page_of(case), _("A second person was asked. You read the answer on this page.")
    return form_page(request, "ask_second.html", form, act, then=then, said=told, context={"case": case})


@needs(Action.CASE_CLOSE)
@show_or_send
def reopen(request: HttpRequest, number: str) -> HttpResponse:
    """Open a closed case again."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_CLOSE, by=officer)
    form = forms.ReopenForm(**sent(request))
    return form_page(
        request,
        "reopen.html",
        form,
        lambda: acts.reopen(number, form.chosen(), by=officer, now=now()),
        then=_page_of(case),
        said=_("The case is open again."),
        context={"case": case},
    )
