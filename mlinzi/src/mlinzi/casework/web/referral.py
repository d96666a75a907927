"""One referral, from both sides."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.access.rules import Officer, allowed
from mlinzi.casework import acts, reads, rules
from mlinzi.casework.forms import DoneForm, GoOnForm, LinkForm, OpenForm, TellForm, WordsForm
from mlinzi.casework.models import Referral
from mlinzi.casework.rules import Action, ReferralState
from mlinzi.casework.web.common import form_page, purpose_of, remember_purpose, sent, show
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring


def subject_of(referral: Referral) -> str:
    """What the session remembers a referral's purpose under."""
    return f"{reads.REFERRAL}:{referral.id}"


@needs(Action.REFERRAL_SEE)
@require_safe
def referral_page(request: HttpRequest, number: str) -> HttpResponse:
    """A referral: what is asked and until when; the receiver may open the shared copy."""
    officer, moment = signed_in(request), now()
    referral = reads.referral_for(number, Action.REFERRAL_SEE, by=officer)
    state = ReferralState(referral.state)
    may = {
        action.value.rsplit(".", 1)[1]: allowed(officer, action, reads.referral_relation_of(referral, action))
        for action in (Action.REFERRAL_OPEN, Action.REFERRAL_ANSWER, Action.REFERRAL_REVOKE)
    }
    may["case"] = allowed(officer, Action.CASE_SEE, reads.relation_of(referral.case))
    ended = bool(rules.why_not_open_copy(state))
    purpose = purpose_of(request.session, subject_of(referral), moment)
    copy = None
    if purpose and may["open"] and not ended:
        copy = acts.open_referral(number, purpose, by=officer, now=moment, keys=keyring())
    context = {
        "referral": referral,
        "link": reads.link_of(referral) if may["revoke"] else None,
        "own_words": _own_words(referral, purpose if may["open"] else None, officer, moment),
        "outcomes": {o.pack_id: o.label for o in reads.outcomes()},
        "may": may,
        "moves": {to.value for to in rules.REFERRAL_MOVES[state]},
        "ended": ended,
        "copy": copy,
        "open_form": OpenForm(rules.purposes_for_referral()),
        **_bridge(officer, referral, state),
    }
    return show(request, "referral.html", context)


def _bridge(officer: Officer, referral: Referral, state: ReferralState) -> dict[str, object]:
    """What the sender sees of the way to the children's case system; nothing where there is none."""
    if not allowed(officer, Action.CASE_EXPORT, reads.relation_of(referral.case)):
        return {}
    outgoing = reads.outgoing_of(referral)
    able = settings.CPIMS_URL and not outgoing and state in rules.OPEN_REFERRALS
    return {"outgoing": outgoing, "may_export": bool(able)}


def _own_words(referral: Referral, purpose: rules.Purpose | None, officer: Officer, moment: datetime) -> str:
    """What the receiver itself had written at the end; all that it may still read then."""
    if purpose is None or not rules.may_read_own_words(ReferralState(referral.state)):
        return ""
    return acts.open_own_words(referral.number, purpose, by=officer, now=moment, keys=keyring())


@needs(Action.REFERRAL_OPEN)
@require_POST
def open_referral(request: HttpRequest, number: str) -> HttpResponse:
    """Say why the shared copy is opened; the referral's page then shows it, each time recorded first."""
    referral = reads.referral_for(number, Action.REFERRAL_OPEN, by=signed_in(request))
    form = OpenForm(rules.purposes_for_referral(), request.POST)
    if form.is_valid():
        purpose = rules.Purpose(form.cleaned_data["purpose"])
        remember_purpose(request.session, subject_of(referral), purpose, now())
    else:
        messages.error(request, _("Say why you open this referral."))
    return redirect("casework:referral", referral.number)


@needs(Action.REFERRAL_ANSWER)
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Accept a referral."""
    try:
        referral = acts.accept(number, by=signed_in(request), now=now(), keys=keyring())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    else:
        messages.success(request, _("You have accepted. Say here when it is done."))
        number = referral.number
    return redirect("casework:referral", number)


Act = Callable[..., Referral]


def _with_words(
    request: HttpRequest,
    number: str,
    action: Action,
    act: Act,
    *,
    title: str,
    label: str,
    button: str,
) -> HttpResponse:
    officer = signed_in(request)
    referral = reads.referral_for(number, action, by=officer)
    form = WordsForm(label, **sent(request))
    return _answer_page(
        request,
        referral,
        form,
        lambda: act(number, form.cleaned_data["text"], by=officer, now=now(), keys=keyring()),
        said=_("It is kept, and the other side was told."),
        title=title,
        button=button,
    )


def _answer_page(
    request: HttpRequest,
    referral: Referral,
    form: Form,
    act: Callable[[], Referral],
    *,
    said: str,
    title: str,
    button: str,
) -> HttpResponse:
    return form_page(
        request,
        "referral_words.html",
        form,
        act,
        then=reverse("casework:referral", args=[referral.number]),
        said=said,
        context={"referral": referral, "title": title, "button": button},
    )


show_or_send = require_http_methods(["GET", "HEAD", "POST"])


@needs(Action.REFERRAL_ANSWER)
@show_or_send
def decline(request: HttpRequest, number: str) -> HttpResponse:
    """Decline a referral, with the reason."""
    return _with_words(
        request,
        number,
        Action.REFERRAL_ANSWER,
        acts.decline,
        title=_("Decline the referral"),
        label=_("Why can you not help?"),
        button=_("Decline"),
    )


@needs(Action.REFERRAL_ANSWER)
@show_or_send
def done(request: HttpRequest, number: str) -> HttpResponse:
    """Say that a referral is done, what came of it, and what was done."""
    officer = signed_in(request)
    referral = reads.referral_for(number, Action.REFERRAL_ANSWER, by=officer)
    form = DoneForm(get_language() or "", **sent(request))

    def act() -> Referral:
        chosen = form.cleaned_data
        words, code = chosen["text"], chosen["outcome"]
        return acts.done(number, words, outcome=code, by=officer, now=now(), keys=keyring())

    return _answer_page(
        request,
        referral,
        form,
        act,
        said=_("It is kept, and the other side was told."),
        title=_("The help is given"),
        button=_("Mark as done"),
    )


@needs(Action.REFERRAL_ANSWER)
@show_or_send
def go_on(request: HttpRequest, number: str) -> HttpResponse:
    """Say that accepted help goes on, until when and why."""
    officer = signed_in(request)
    referral = reads.referral_for(number, Action.REFERRAL_ANSWER, by=officer)
    form = GoOnForm(**sent(request))

    def act() -> Referral:
        return acts.go_on(number, form.cleaned_data["until"], form.cleaned_data["why"], by=officer, now=now())

    return _answer_page(
        request,
        referral,
        form,
        act,
        said=_("It is kept. Whoever asked for the help sees it."),
        title=_("The help goes on"),
        button=_("Keep it"),
    )


@needs(Action.REFERRAL_REVOKE)
@show_or_send
def revoke(request: HttpRequest, number: str) -> HttpResponse:
    """Take a referral back, with the reason."""
    return _with_words(
        request,
        number,
        Action.REFERRAL_REVOKE,
        acts.revoke,
        title=_("Take the referral back"),
        label=_("Why is it taken back?"),
        button=_("Take back"),
    )


@needs(Action.REFERRAL_REVOKE)
@show_or_send
def link(request: HttpRequest, number: str) -> HttpResponse:
    """Send a link by which an organisation without account answers; one that was sent before ends."""
    officer = signed_in(request)
    referral = reads.referral_for(number, Action.REFERRAL_REVOKE, by=officer)
    arguments = sent(request)
    if request.method != "POST":
        known = reads.address_of(referral.to)
        arguments["initial"] = {"address": known, "again": known, **(arguments["initial"] or {})}
    form = LinkForm(**arguments)

    def act() -> None:
        chosen = form.cleaned_data
        acts.send_link(number, chosen["address"], chosen["again"], by=officer, now=now(), keys=keyring())

    return form_page(
        request,
        "referral_link.html",
        form,
        act,
        then=reverse("casework:referral", args=[referral.number]),
        said=_("The letter with the link is on its way."),
        context={"referral": referral, "earlier": reads.link_of(referral)},
    )


@needs(Action.REFERRAL_REVOKE)
@require_POST
def end_link(request: HttpRequest, number: str) -> HttpResponse:
    """End the link of a referral."""
    acts.end_link(number, by=signed_in(request), now=now())
    messages.success(request, _("The link opens nothing any more."))
    return redirect("casework:referral", number)


@needs(Action.CASE_ANSWER)
@show_or_send
def tell(request: HttpRequest, number: str) -> HttpResponse:
    """Tell the child what came of a referral: ready-made sentences that fit it, or own words."""
    officer = signed_in(request)
    referral = reads.referral_for(number, Action.REFERRAL_SEE, by=officer)
    case = reads.case_for(referral.case.number, Action.CASE_ANSWER, by=officer)
    reporters, language = reads.reporters_of(case), reads.language_of(case)
    offered = reads.reports_of(case).rows if reporters.count > 1 else []
    form = TellForm(referral.outcome, language, get_language() or "", offered, reporters, **sent(request))
    return form_page(
        request,
        "referral_tell.html",
        form,
        lambda: acts.tell_outcome(
            number,
            form.letter(),
            form.cleaned_data["how"],
            to=form.reader,
            form_key=form.key,
            by=officer,
            now=now(),
            keys=keyring(),
        ),
        then=reverse("casework:case", args=[case.number]),
        said=_("It is noted that the child was told."),
        context={"referral": referral, "case": case, "language": language},
    )
