"""What is planned for a child, how risk was assessed, what happens in court."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from mlinzi.access.rules import Officer
from mlinzi.casework.models import (
    Case,
    CourtEvent,
    Goal,
    Need,
    OffenceInCase,
    PlanReview,
    RiskAssessment,
    RiskForm,
    SafetyPlan,
    Task,
)
from mlinzi.casework.reads.eyes import cases_seen
from mlinzi.casework.rules import (
    OPEN_NEEDS,
    OPEN_REFERRALS,
    Action,
    ClosureFacts,
    GoalState,
    RiskOption,
    RiskQuestions,
    Urgency,
)
from mlinzi.kernel.errors import NotFound
from mlinzi.law import reads as law
from mlinzi.law.rules import StateOnDay
from mlinzi.vault.rules import SealedText

RISK, GOAL, REVIEW, SAFETY, TASK = (
    "casework.risk",
    "casework.goal",
    "casework.review",
    "casework.safety",
    "casework.task",
)
COURT, OFFENCE = "casework.court", "casework.offence"
SHOWN = 100
"""How many rows of a kind a page of a case shows; the newest."""


def risk_form() -> RiskForm:
    """The questions by which risk is assessed now. Raises `NotFound` where no pack was loaded."""
    found = RiskForm.objects.first()
    if found is None:
        raise NotFound
    return found


def risk_questions(form: RiskForm) -> RiskQuestions:
    """The same for the rules."""
    options = {
        question["id"]: [
            RiskOption(option["id"], option["points"], option["at_least"] or "")
            for option in question["options"]
        ]
        for question in form.questions
    }
    return RiskQuestions(options, form.medium_from, form.high_from)


def risks_of(case: Case) -> list[RiskAssessment]:
    """The assessments of a case, the newest first. The caller fetched the case through an officer's eyes."""
    return list(case.risks.select_related("made_by").order_by("-made_at", "-id")[:SHOWN])


def needs_of(case: Case) -> list[Need]:
    """What the child needs, immediate needs first, in the pack's order."""
    rows = case.needs.select_related("item", "changed_by")
    return sorted(rows, key=lambda need: (need.item.term != "immediate", need.item.order))


def goals_of(case: Case) -> list[Goal]:
    """The goals of the plan, open ones first, the soonest first."""
    rows = list(case.goals.select_related("made_by").order_by("made_at")[:SHOWN])
    return sorted(rows, key=lambda g: (g.state != GoalState.OPEN, g.by_when or date.max))


def reviews_of(case: Case) -> list[PlanReview]:
    """The looks at the plan, the newest first."""
    return list(case.reviews.select_related("made_by").order_by("-made_at")[:SHOWN])


def safety_plan_of(case: Case) -> SafetyPlan | None:
    """The newest version of the safety plan; None where there is none."""
    return case.safety_plans.select_related("made_by").order_by("-version").first()


def case_tasks(case: Case) -> list[Task]:
    """The tasks of a case, open ones first, the soonest first."""
    rows = list(case.tasks.select_related("to", "made_by").order_by("due_on", "made_at")[:SHOWN])
    return sorted(rows, key=lambda task: task.done_at is not None)


def task_in(case: Case, task_id: UUID) -> Task:
    """One of them. Raises `NotFound`."""
    found = case.tasks.select_related("to").filter(id=task_id).first()
    if found is None:
        raise NotFound
    return found


def tasks_of(*, by: Officer, limit: int = 50) -> list[Task]:
    """The open tasks of an officer in cases that they see, the soonest first."""
    seen = cases_seen(Action.CASE_SEE, by=by).order_by()
    rows = Task.objects.filter(to_id=UUID(by.id), done_at=None, case__in=seen)
    return list(rows.select_related("case").order_by("due_on", "id")[:limit])


def court_of(case: Case) -> list[CourtEvent]:
    """The sessions in court, the newest day first."""
    rows = case.court_events.select_related("session", "outcome", "order", "made_by")
    return list(rows.order_by("-on", "-made_at")[:SHOWN])


@dataclass(frozen=True)
class Offence:
    """An offence of a case, with what the law was on the day of the act."""

    row: OffenceInCase
    provision: law.ProvisionFacts
    state: StateOnDay


def offences_of(case: Case) -> list[Offence]:
    """The offences that a case is about, the earliest act first."""
    rows = case.offences.filter(removed_at=None).select_related("made_by").order_by("on", "made_at")
    facts = law.provisions_by_row([row.provision_id for row in rows])
    return [
        Offence(row, facts[row.provision_id], law.state_of(facts[row.provision_id].pack_id, on=row.on))
        for row in rows
    ]


Kept = RiskAssessment | Goal | PlanReview | SafetyPlan | Task | CourtEvent | OffenceInCase
"""What holds a sealed text of a plan or of a court."""


def sealed_of(row: Kept) -> SealedText:
    """The sealed text of a row, for the vault."""
    record, name = _PLACES[type(row).__name__]
    sealed = row.answers if isinstance(row, RiskAssessment) else row.sealed
    return SealedText(record, str(row.id), name, bytes(sealed))


_PLACES = {
    "RiskAssessment": (RISK, "answers"),
    "Goal": (GOAL, "text"),
    "PlanReview": (REVIEW, "text"),
    "SafetyPlan": (SAFETY, "texts"),
    "Task": (TASK, "title"),
    "CourtEvent": (COURT, "text"),
    "OffenceInCase": (OFFENCE, "why"),
}


def closure_facts(case: Case, *, agreed: bool) -> ClosureFacts:
    """What stands in the way of closing a case. `agreed`: a second person agreed to it."""
    return ClosureFacts(
        open_referrals=case.referrals.filter(state__in=OPEN_REFERRALS).count(),
        open_tasks=case.tasks.filter(done_at=None).count(),
        open_goals=case.goals.filter(state=GoalState.OPEN).count(),
        open_needs=case.needs.filter(state__in=OPEN_NEEDS).count(),
        # What another house did late is between it and its own supervisor; it does not hold up this case.
        unexplained=case.lates.filter(why="", organisation=case.organisation).count(),
        high=Urgency.HIGH in (case.risk, case.urgency),
        agreed=agreed,
    )
