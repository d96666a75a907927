"""The people of the house: who has access, until when, and how it ends."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mlinzi.access import acts, reads
from mlinzi.access.forms import FindForm, InviteForm, ReasonForm, RoleForm
from mlinzi.access.guard import needs, signed_in, typed_text
from mlinzi.access.models import Grant, Person
from mlinzi.access.rules import Action, Officer
from mlinzi.access.web.parts import form_page
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.typed import refuse

PEOPLE_ON_A_PAGE = 50


@needs(Action.PERSON_LIST)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """The people an officer may see, by name."""
    form = FindForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = reads.found_people(
        name=asked.get("name", ""), standing=asked.get("standing", ""), by=signed_in(request)
    )
    page = Paginator(found, PEOPLE_ON_A_PAGE).get_page(request.GET.get("page"))
    asked_for = request.GET.copy()
    asked_for.pop("page", None)
    context = {"form": form, "page": page, "asked": asked_for.urlencode(), "searched": any(asked.values())}
    return render(request, "access/people.html", context)


@needs(Action.PERSON_INVITE)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite a colleague."""
    officer = signed_in(request)
    initial = typed_text(request) or {"organisation": officer.organisation}
    form = InviteForm(request.POST or None, initial=initial, by=officer)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            made = acts.invite(
                name=asked["name"],
                email=asked["email"],
                organisation_uuid=asked["organisation"],
                language=asked["language"],
                by=officer,
                now=now(),
            )
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("The invitation is on its way. Now give the person a role."))
            return redirect("access:person", made.person_id)
    return form_page(request, "access/invite.html", form)


@needs(Action.PERSON_LIST)
@require_safe
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person: roles with their ends, and what may be done."""
    officer = signed_in(request)
    found = reads.person_for(person_id, Action.PERSON_LIST, by=officer)
    context = {
        "person": found,
        "grants": reads.grants_of(found, now=now()),
        "waiting": reads.waiting_about(found, now=now()),
        "can": _can(found, officer),
    }
    return render(request, "access/person.html", context)


def _can(found: Person, officer: Officer) -> dict[str, bool]:
    """What this officer may do to this person, so that the page shows no button that would refuse."""
    if found.ended_at is not None:
        return {}
    other = str(found.id) != officer.id

    def may(action: str) -> bool:
        return reads.person_is_staff_of(found, action=action, by=officer)

    return {
        "give": other and may(Action.PERSON_GRANT),
        "take": may(Action.PERSON_GRANT),
        "end": other and may(Action.PERSON_END),
        "restore": other and found.is_active and may(Action.FACTOR_RESTORE),
        "invite": not found.is_active and may(Action.PERSON_INVITE),
    }


@needs(Action.PERSON_GRANT, fresh_factor=True)
def give_role(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Give a role, or propose it where two people have to agree."""
    officer = signed_in(request)
    found = reads.person_for(person_id, Action.PERSON_GRANT, by=officer)
    form = RoleForm(request.POST or None, initial=typed_text(request) or {}, person=found)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            made = acts.give_role(
                found.id,
                asked["role"],
                area_id=asked["area"],
                expires_at=form.expires_at(),
                reason=asked["reason"],
                by=officer,
                now=now(),
            )
        except Refused as error:
            refuse(form, error)
        else:
            at_once = isinstance(made, Grant)
            done = (
                _("The role is given.")
                if at_once
                else _("Proposed. The role is given when a second person approves.")
            )
            messages.success(request, done)
            return redirect("access:person", found.id)
    return form_page(request, "access/give_role.html", form, {"person": found})


@needs(Action.PERSON_GRANT, fresh_factor=True)
def end_role(request: HttpRequest, person_id: UUID, grant_id: UUID) -> HttpResponse:
    """Take a role away, after asking."""
    officer = signed_in(request)
    found = reads.person_for(person_id, Action.PERSON_GRANT, by=officer)
    grant = reads.grants_of(found, now=now()).filter(id=grant_id).first()
    if grant is None:
        raise NotFound
    if request.method == "POST":
        acts.end_grant(grant.id, by=officer, now=now())
        messages.success(request, _("The role has ended."))
        return redirect("access:person", found.id)
    return render(request, "access/end_role.html", {"person": found, "grant": grant})


@needs(Action.PERSON_END, fresh_factor=True)
def end(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """End an account, after asking."""
    officer = signed_in(request)
    found = reads.person_for(person_id, Action.PERSON_END, by=officer)
    context: dict[str, Any] = {"person": found}
    if request.method == "POST":
        try:
            acts.end_person(found.id, by=officer, now=now())
        except Refused as error:
            return render(request, "access/end.html", {**context, "reasons": error.reasons}, status=422)
        messages.success(request, _("The account has ended. Its sessions are closed."))
        return redirect("access:person", found.id)
    return render(request, "access/end.html", context)


@needs(Action.FACTOR_RESTORE, fresh_factor=True)
def restore(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Propose that somebody who lost their second factor begins anew."""
    officer = signed_in(request)
    found = reads.person_for(person_id, Action.FACTOR_RESTORE, by=officer)
    form = ReasonForm(request.POST or None, initial=typed_text(request) or {})
    if request.method == "POST" and form.is_valid():
        try:
            acts.propose_restore(found.id, reason=form.cleaned_data["reason"], by=officer, now=now())
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("Proposed. A second person has three days to approve."))
            return redirect("access:person", found.id)
    return form_page(request, "access/restore.html", form, {"person": found})


@needs(Action.PERSON_INVITE)
@require_POST
def invite_again(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Send another invitation."""
    acts.invite_again(person_id, by=signed_in(request), now=now())
    messages.success(request, _("A new invitation is on its way; earlier ones no longer work."))
    return redirect("access:person", person_id)
