"""Risk, needs, goals, reviews, tasks and the safety plan of a case."""

import json
from collections.abc import Callable
from uuid import UUID

from django import forms as django_forms
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
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Action, GoalState, NeedState
from mlinzi.casework.web.common import form_page, sent
from mlinzi.casework.web.frame import opened_texts, show_case
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring

show_or_send = require_http_methods(["GET", "HEAD", "POST"])


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@needs(Action.CASE_PLAN)
@require_safe
def plan(request: HttpRequest, number: str) -> HttpResponse:
    """The plan on one page; what is sealed once the case was opened."""
    case = reads.case_for(number, Action.CASE_PLAN, by=signed_in(request))
    goals, reviews, tasks = reads.goals_of(case), reads.reviews_of(case), reads.case_tasks(case)
    risks, safety = reads.risks_of(case), reads.safety_plan_of(case)
    rows: list[reads.Kept] = [*goals, *reviews, *tasks, *risks, *([safety] if safety else [])]
    things = [reads.sealed_of(row) for row in rows]
    texts = opened_texts(request, case, things)
    said = {row.id: texts.of(*_place(row)) if texts else "" for row in rows}
    form = reads.risk_form()
    context = {
        "opened": texts is not None,
        "risks": [(row, _answers(said[row.id], form.questions)) for row in risks],
        "needs": reads.needs_of(case),
        "goals": [(row, said[row.id]) for row in goals],
        "reviews": [(row, said[row.id]) for row in reviews],
        "tasks": [(row, said[row.id]) for row in tasks],
        "safety": safety,
        "safety_texts": _headed(said[safety.id]) if safety else [],
        "goal_states": [state.value for state in GoalState if state is not GoalState.OPEN],
        "need_states": [state.value for state in NeedState],
        "today": now().date(),
    }
    return show_case(request, "plan.html", case, "plan", context)


def _place(row: reads.Kept) -> tuple[str, str, str]:
    thing = reads.sealed_of(row)
    return thing.record, thing.id, thing.name


def _answers(text: str, questions: list[dict[str, object]]) -> list[tuple[object, str]]:
    """Pairs of a question's words and the answer's, of an assessment in clear."""
    if not text:
        return []
    chosen = json.loads(text)["answers"]
    pairs: list[tuple[object, str]] = []
    for question in questions:
        options = {o["id"]: o["label"] for o in question["options"]}  # type: ignore[attr-defined]
        if answer := options.get(chosen.get(question["id"])):
            pairs.append((question["ask"], answer))
    return pairs


def _headed(text: str) -> list[tuple[object, str]]:
    held = json.loads(text) if text else {}
    return [(item.label, held[item.code]) for item in reads.care_items("safety") if held.get(item.code)]


def _one(
    request: HttpRequest, case: Case, form: django_forms.Form, heading: str, act: Callable[[], object]
) -> HttpResponse:
    """A page with one form that leads back to the plan."""
    return form_page(
        request,
        "plan_form.html",
        form,
        act,
        then=reverse("casework:plan", args=[case.number]),
        said=_("Kept."),
        context={"case": case, "heading": heading, "back": "plan"},
    )


@needs(Action.CASE_PLAN)
@show_or_send
def risk(request: HttpRequest, number: str) -> HttpResponse:
    """Assess risk by the pack's questions."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_PLAN, by=officer)
    form = forms.RiskAssessmentForm(reads.risk_form(), _language(), **sent(request))

    def act() -> None:
        data = form.cleaned_data
        acts.assess_risk(
            number,
            form.answers(),
            level=data["level"],
            reason=data["reason"],
            form_key=form.key,
            by=officer,
            now=now(),
            keys=keyring(),
        )

    return _one(request, case, form, _("Assess the risk"), act)


@needs(Action.CASE_PLAN)
@show_or_send
def need(request: HttpRequest, number: str) -> HttpResponse:
    """Say what the child needs, or what became of a need."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_PLAN, by=officer)
    form = forms.NeedForm(_language(), **sent(request))

    def act() -> None:
        data = form.cleaned_data
        acts.set_need(number, data["need"], NeedState(data["state"]), by=officer, now=now())

    return _one(request, case, form, _("What the child needs"), act)


@needs(Action.CASE_PLAN)
@show_or_send
def goal(request: HttpRequest, number: str) -> HttpResponse:
    """Set a goal."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_PLAN, by=officer)
    form = forms.GoalForm(**sent(request))

    def act() -> None:
        data = form.cleaned_data
        acts.add_goal(
            number,
            data["text"],
            data["by_when"],
            form_key=form.key,
            by=officer,
            now=now(),
            keys=keyring(),
        )

    return _one(request, case, form, _("Set a goal"), act)


@needs(Action.CASE_PLAN)
@require_POST
def end_goal(request: HttpRequest, number: str, goal_id: UUID) -> HttpResponse:
    """Say what became of a goal."""
    wanted = request.POST.get("state", "")
    if wanted in set(GoalState):
        acts.end_goal(number, goal_id, GoalState(wanted), by=signed_in(request), now=now())
        messages.success(request, _("Kept."))
    else:
        messages.error(request, _("Choose what became of the goal."))
    return redirect("casework:plan", number)


@needs(Action.CASE_PLAN)
@show_or_send
def review(request: HttpRequest, number: str) -> HttpResponse:
    """Note how the plan stands."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_PLAN, by=officer)
    form = forms.ReviewForm(**sent(request))

    def act() -> None:
        data = form.cleaned_data
        acts.review_plan(
            number,
            data["text"],
            data["next_on"],
            form_key=form.key,
            by=officer,
            now=now(),
            keys=keyring(),
        )

    return _one(request, case, form, _("Look at the plan"), act)


@needs(Action.CASE_PLAN)
@show_or_send
def safety(request: HttpRequest, number: str) -> HttpResponse:
    """Write the next version of the safety plan. Whoever has not opened the case begins with an empty one and
    is told so.
    """
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_PLAN, by=officer)
    last, arguments = reads.safety_plan_of(case), sent(request)
    texts = opened_texts(request, case, [reads.sealed_of(last)]) if last else None
    if last and texts is None:
        messages.error(request, _("Open the case first and say why; then you can change this."))
        return redirect("casework:case", case.number)
    if last and texts and request.method != "POST":
        held = json.loads(texts.of(reads.SAFETY, last.id, "texts"))
        arguments["initial"] = {**forms.SafetyForm.initial_of(held), **(arguments["initial"] or {})}
    form = forms.SafetyForm(reads.care_items("safety"), _language(), **arguments)

    def act() -> None:
        acts.write_safety_plan(number, form.texts(), form_key=form.key, by=officer, now=now(), keys=keyring())

    return _one(request, case, form, _("Safety plan, together with the child"), act)


@needs(Action.CASE_PLAN)
@show_or_send
def task(request: HttpRequest, number: str) -> HttpResponse:
    """Give somebody something to do."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_PLAN, by=officer)
    me = (officer.id, _("Myself"))
    form = forms.TaskForm(reads.colleagues(case, now=now()), me, **sent(request))

    def act() -> None:
        data = form.cleaned_data
        acts.give_task(
            number,
            data["title"],
            data["to"],
            data["due_on"],
            form_key=form.key,
            by=officer,
            now=now(),
            keys=keyring(),
        )

    return _one(request, case, form, _("Give a task"), act)


@needs(Action.CASE_PLAN)
@require_POST
def end_task(request: HttpRequest, number: str, task_id: UUID) -> HttpResponse:
    """Say that a task is done."""
    acts.end_task(number, task_id, by=signed_in(request), now=now())
    messages.success(request, _("Done."))
    return redirect("casework:plan", number)
