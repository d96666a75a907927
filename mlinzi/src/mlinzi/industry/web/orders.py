"""Pages of orders: for those whose order it is, and for the company that it goes to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.access.rules import Officer, allowed, may_at_all
from mlinzi.industry.acts import orders as acts
from mlinzi.industry.forms.orders import AnswerForm, LongerForm, OrderForm, WhyForm
from mlinzi.industry.models import Order
from mlinzi.industry.reads import orders as reads
from mlinzi.industry.rules import Action
from mlinzi.industry.rules.orders import (
    OrderKind,
    OrderMove,
    OrderState,
    after,
    may_be_extended,
    why_not_decide,
)
from mlinzi.industry.web.common import more
from mlinzi.industry.words import ORDER_KINDS, ORDER_STATES
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.kernel.typed import refuse
from mlinzi.vault import reads as vault
from mlinzi.vault.downloads import attachment
from mlinzi.vault.uploads import TOO_LARGE, was_dropped

_show_or_send = require_http_methods(["GET", "HEAD", "POST"])


def _show(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, f"industry/{template}", context, status=status)


def _row(order: Order) -> dict[str, Any]:
    return {
        "order": order,
        "kind": ORDER_KINDS[OrderKind(order.kind)],
        "state": ORDER_STATES[OrderState(order.state)],
    }


@needs(Action.ORDER_SEE)
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """The orders of one's office, or to one's company, the newest first."""
    officer = signed_in(request)
    page = reads.orders(by=officer, after=request.GET.get("after", ""))
    may_draft = may_at_all(officer, Action.ORDER_DRAFT)
    context = {"rows": [_row(one) for one in page.rows], "more": more(page.next), "may_draft": may_draft}
    return _show(request, "orders.html", context)


@needs(Action.ORDER_DRAFT)
@_show_or_send
def new_order(request: HttpRequest) -> HttpResponse:
    """Write an order; a second person sends it."""
    officer, moment = signed_in(request), now()
    asked = {"about": request.GET.get("about", "")[:16]}
    form = OrderForm(reads.companies(), reads.provisions(now=moment), request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        wanted = acts.Wanted(given["about"], given["provider"], form.asked)
        try:
            order = acts.draft_order(wanted, form_key=form.key[:32], by=officer, now=moment, keys=keyring())
        except NotFound:
            form.add_error("about", _("There is no such case or referral for you. Look at its number."))
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("It is written. A second person of your office sends it."))
            return redirect("industry:order", order.number)
    return _show(request, "new_order.html", {"form": form}, 422 if form.is_bound else 200)


@needs(Action.ORDER_SEE)
@_show_or_send
def order(request: HttpRequest, number: str) -> HttpResponse:
    """One order: how it stands, and what can be done. Sent, it opens what the order says; recorded first."""
    officer = signed_in(request)
    found = reads.order_for(number, Action.ORDER_SEE, by=officer)
    opened = None
    if request.method == "POST":
        opened = acts.open_order(number, by=officer, now=now(), keys=keyring())
    return _page(request, found, officer, {"opened": opened})


def _page(
    request: HttpRequest, found: Order, officer: Officer, more: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    ours = reads.is_ours(found, by=officer)
    provisions = {one.pack_id: one for one in reads.provisions(now=now())}
    context = {
        **_row(found),
        "ours": ours,
        "basis": provisions.get(found.basis),
        "files": vault.files_of(reads.ORDER, found.id) if ours else [],
        "can": {name: True for name in VERBS if _can(found, name, officer)},
        "answer_form": AnswerForm(),
        "longer_form": LongerForm(),
        **more,
    }
    return _show(request, "order.html", context, status)


def _may(found: Order, action: Action, officer: Officer) -> bool:
    return allowed(officer, action, reads.relation_of(found, action))


def _can(found: Order, name: str, officer: Officer) -> bool:
    """Whether a button is worth showing; the act asks again."""
    verb, state = VERBS[name], OrderState(found.state)
    if not _may(found, verb.action, officer):
        return False
    writer = found.drafted_by_id if verb.move else found.asked_by_id
    if verb.action is Action.ORDER_DECIDE and why_not_decide(str(writer), by=officer.id):
        return False
    if verb.move:
        return after(state, verb.move) is not None
    extendable = may_be_extended(state, OrderKind(found.kind))
    return extendable and (found.asked_until is None) == (name == "ask_longer")


@dataclass(frozen=True)
class Verb:
    """Something that is done with an order: by which right, what is said afterwards, with which form. `move`
    is None for what changes its last day.
    """

    action: Action
    said: Any
    act: Callable[..., object]
    move: OrderMove | None = None
    form: type[forms.Form] = forms.Form


def _answer(number: str, form: forms.Form, by: Officer) -> None:
    upload = form.cleaned_data["file"]
    file = acts.File(upload.name, upload.chunks(), upload.size) if upload else None
    acts.answer_order(
        number, form.cleaned_data["words"], file, folder=settings.VAULT, by=by, now=now(), keys=keyring()
    )


def _with_words(act: Callable[..., None]) -> Callable[[str, forms.Form, Officer], None]:
    def do(number: str, form: forms.Form, by: Officer) -> None:
        act(number, form.cleaned_data["words"], by=by, now=now(), keys=keyring())

    return do


VERBS: Mapping[str, Verb] = {
    "approve": Verb(
        Action.ORDER_DECIDE,
        gettext_lazy("It is sent."),
        lambda number, _form, by: acts.approve_order(number, by=by, now=now()),
        move=OrderMove.APPROVE,
    ),
    "turn_down": Verb(
        Action.ORDER_DECIDE,
        gettext_lazy("It is turned down."),
        _with_words(acts.turn_down_order),
        move=OrderMove.TURN_DOWN,
        form=WhyForm,
    ),
    "withdraw": Verb(
        Action.ORDER_DRAFT,
        gettext_lazy("It is withdrawn."),
        _with_words(acts.withdraw_order),
        move=OrderMove.WITHDRAW,
        form=WhyForm,
    ),
    "acknowledge": Verb(
        Action.ORDER_ANSWER,
        gettext_lazy("It is acknowledged."),
        lambda number, _form, by: acts.acknowledge_order(number, by=by, now=now()),
        move=OrderMove.ACKNOWLEDGE,
    ),
    "answer": Verb(
        Action.ORDER_ANSWER,
        gettext_lazy("Your answer is with those who asked."),
        _answer,
        move=OrderMove.ANSWER,
        form=AnswerForm,
    ),
    "decline": Verb(
        Action.ORDER_ANSWER,
        gettext_lazy("Your refusal is with those who asked."),
        _with_words(acts.decline_order),
        move=OrderMove.DECLINE,
        form=WhyForm,
    ),
    "ask_longer": Verb(
        Action.ORDER_DRAFT,
        gettext_lazy("A second person decides."),
        lambda number, form, by: acts.ask_longer(number, form.cleaned_data["until"], by=by, now=now()),
        form=LongerForm,
    ),
    "longer": Verb(
        Action.ORDER_DECIDE,
        gettext_lazy("It holds longer."),
        lambda number, _form, by: acts.decide_longer(number, True, by=by, now=now()),
    ),
    "no_longer": Verb(
        Action.ORDER_DECIDE,
        gettext_lazy("It does not hold longer."),
        lambda number, _form, by: acts.decide_longer(number, False, by=by, now=now()),
    ),
}


@needs(Action.ORDER_SEE)
@require_POST
def do(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Do something with an order; what is refused is said on its page, with what was typed."""
    officer, doing = signed_in(request), VERBS.get(verb)
    if doing is None:
        raise Http404
    found = reads.order_for(number, doing.action, by=officer)
    form = doing.form(request.POST, request.FILES)
    if was_dropped(request):  # an answer without the file that was meant would be another answer
        form.add_error("file" if "file" in form.fields else None, TOO_LARGE)
    if form.is_valid():
        try:
            doing.act(number, form, officer)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, doing.said)
            return redirect("industry:order", found.number)
    shown = {"answer": "answer_form", "ask_longer": "longer_form"}.get(verb, "form")
    return _page(request, found, officer, {shown: form, "form": form}, 422)


@needs(Action.ORDER_SEE)
@require_POST
def download(request: HttpRequest, number: str, file_id: UUID) -> HttpResponse:
    """Hand out a file of an answer as an attachment; recorded first."""
    officer = signed_in(request)
    file = acts.open_answer_file(
        number, file_id, folder=settings.VAULT, by=officer, now=now(), keys=keyring()
    )
    return attachment(file)
