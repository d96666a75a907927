"""How risk is assessed, what is planned, and when a case may end. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mlinzi.casework.rules.judging import URGENCY_ORDER, Urgency
from mlinzi.casework.rules.work import NOTE_LIMIT, CaseState, why_not_close

TITLE_LIMIT = 200


class NeedState(StrEnum):
    NEEDED = "needed"
    ARRANGED = "arranged"
    GIVEN = "given"
    REFUSED = "refused"


class GoalState(StrEnum):
    OPEN = "open"
    REACHED = "reached"
    DROPPED = "dropped"


OPEN_NEEDS = frozenset({NeedState.NEEDED, NeedState.ARRANGED})


@dataclass(frozen=True)
class RiskOption:
    """An answer: its points, and the level that it alone asks for, "" for none."""

    id: str
    points: int
    at_least: str = ""


@dataclass(frozen=True)
class RiskQuestions:
    """A form of the pack: the options by question, and from how many points on risk is medium and high."""

    options: Mapping[str, Sequence[RiskOption]]
    medium_from: int
    high_from: int


@dataclass(frozen=True)
class Assessed:
    """The level that answers give, with the sentence that a person can read out."""

    level: Urgency
    sentence: str


def assess(form: RiskQuestions, answers: Mapping[str, str]) -> Assessed:
    """The level of risk by the form. It orders and asks for a second person; it decides about nobody.

    Args:
        answers: the chosen option by question, all questions answered; see `why_not_assess`.
    """
    chosen = [_option(form, question, answers[question]) for question in form.options]
    points = sum(option.points for option in chosen)
    by_points = (
        Urgency.HIGH
        if points >= form.high_from
        else Urgency.MEDIUM
        if points >= form.medium_from
        else Urgency.LOW
    )
    alone = [Urgency(option.at_least) for option in chosen if option.at_least]
    level = min([by_points, *alone], key=lambda found: URGENCY_ORDER[found])
    if level is not by_points:
        return Assessed(level, f"One answer alone asks for the level {level.value}, whatever the others say.")
    return Assessed(level, f"The answers have {points} points; that is the level {level.value}.")


def _option(form: RiskQuestions, question: str, answer: str) -> RiskOption:
    return next(option for option in form.options[question] if option.id == answer)


def why_not_assess(
    state: CaseState, form: RiskQuestions, answers: Mapping[str, str], *, level: str, reason: str
) -> list[str]:
    """Reasons against keeping an assessment; empty means yes.

    Args:
        level: the officer's own level, "" for that of the answers. reason: why it is another one.
    """
    reasons = _if_closed(state)
    known = {question: {option.id for option in options} for question, options in form.options.items()}
    if any(answers.get(question) not in options for question, options in known.items()):
        reasons.append("Answer every question; there is an answer for what is not known.")
    elif level and level not in set(Urgency):
        reasons.append("Choose a level from the list.")
    elif level and level != assess(form, answers).level and not reason.strip():
        reasons.append("Say why the level is another one than the answers give.")
    return reasons


def why_not_plan(state: CaseState, text: str, *, limit: int = NOTE_LIMIT) -> list[str]:
    """Reasons against a goal, a review, a task or a safety plan with this text; empty means yes."""
    reasons = _if_closed(state)
    if not text.strip():
        reasons.append("Write it down first.")
    if len(text) > limit:
        reasons.append(f"This is longer than {limit} characters; make it shorter.")
    return reasons


def why_not_review_plan(state: CaseState, text: str, *, next_on: date | None, today: date) -> list[str]:
    """Reasons against noting how the plan stands; empty means yes."""
    reasons = why_not_plan(state, text)
    if next_on is not None and next_on < today:
        reasons.append("The day on which it is looked at again is over; choose a later one.")
    return reasons


def why_not_task(state: CaseState, title: str, due: date, *, today: date, can_work: bool) -> list[str]:
    """Reasons against giving somebody a task; empty means yes."""
    reasons = why_not_plan(state, title, limit=TITLE_LIMIT)
    if due < today:
        reasons.append("This day is over; choose a later one.")
    if not can_work:
        reasons.append("This person cannot work on this case; choose somebody else.")
    return reasons


def why_not_court(state: CaseState, *, on: date, next_on: date | None) -> list[str]:
    """Reasons against a court session; empty means yes."""
    reasons = _if_closed(state)
    if next_on is not None and next_on < on:
        reasons.append("The next day in court lies before this one; correct one of them.")
    return reasons


def why_not_offence(state: CaseState, *, on: date, today: date, there_already: bool) -> list[str]:
    """Reasons against naming an offence; empty means yes. Whether the law was in force is shown, not
    refused: what a court suspends today may have held on the day of the act.
    """
    reasons = _if_closed(state)
    if on > today:
        reasons.append("The act lies in the future; correct the day.")
    if there_already:
        reasons.append("This offence of this day stands in the case already.")
    return reasons


@dataclass(frozen=True)
class ClosureFacts:
    """What stands in the way of closing.

    Args:
        unexplained: what was done late and nobody has said why. high: risk or urgency is high.
        agreed: a second person agreed to the closing.
    """

    open_referrals: int = 0
    open_tasks: int = 0
    open_goals: int = 0
    open_needs: int = 0
    unexplained: int = 0
    high: bool = False
    agreed: bool = False


def why_not_end(state: CaseState, facts: ClosureFacts, *, outcome: str) -> list[str]:
    """Reasons against closing a case, everything that is still open by name; empty means yes."""
    reasons = why_not_close(state, open_referrals=facts.open_referrals, outcome=outcome)
    if facts.open_tasks:
        reasons.append(f"{facts.open_tasks} tasks are not done; do them or take them out.")
    if facts.open_goals:
        reasons.append(f"{facts.open_goals} goals of the plan are open; say what became of them.")
    if facts.open_needs:
        reasons.append(f"{facts.open_needs} needs of the child are open; say what became of them.")
    if facts.unexplained:
        reasons.append("Something in this case was done late; whoever did it says why first, on My work.")
    if facts.high and not facts.agreed:
        reasons.append("The risk is high: ask a second person to agree before the case is closed.")
    return reasons


def _if_closed(state: CaseState) -> list[str]:
    return ["This case is closed; open it again first."] if state is CaseState.CLOSED else []
