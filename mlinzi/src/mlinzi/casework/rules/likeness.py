"""When two cases are one matter, and when they are said not to be. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from mlinzi.casework.rules.work import CaseState


class Verdict(StrEnum):
    SAME = "same"
    DIFFERENT = "different"


class SameWhy(StrEnum):
    """Why two cases are one matter. A closed list, kept with the decision."""

    CHILD = "same_child"
    EVENT = "same_event"
    CONTENT = "same_content"
    REPORTER = "same_reporter"


class DifferentWhy(StrEnum):
    """Why two cases are not one matter, or are taken apart again. A closed list, kept with the decision."""

    CHILD = "other_child"
    EVENT = "other_event"
    COMMON = "common_trait"
    MISTAKE = "by_mistake"
    TAKEN_OUT = "taken_out"


@dataclass(frozen=True)
class JoinFacts:
    """A case that stays and another whose reports are laid into it.

    Args:
        kept, other: their states. itself: both are the same case. other_works: for the other a referral,
            transfer, paper, person or plan was made. same_eyes: the same officers are kept away from both.
    """

    kept: CaseState
    other: CaseState
    itself: bool
    other_works: bool
    same_eyes: bool


def why_not_join_cases(facts: JoinFacts, why: str) -> list[str]:
    """Reasons against laying the reports of one case into another; empty means yes.

    A case for which something was begun stays where that can be found; the one without goes to it.
    """
    if facts.itself:
        return ["This is the number of the case itself. Give the number of the other one."]
    reasons = []
    if facts.kept is CaseState.CLOSED:
        reasons.append("This case is closed. Open it again first.")
    if facts.other is CaseState.CLOSED:
        reasons.append("The other case is closed. Join this one into it, after it was opened again.")
    elif facts.other is CaseState.REFERRED or facts.other_works:
        reasons.append("Something was begun for the other case. Join this one into that one instead.")
    if not facts.same_eyes:
        reasons.append("The two cases are not open to the same people. Ask your supervisor first.")
    if why not in set(SameWhy):
        reasons.append("Choose why the two are the same matter.")
    return reasons


def why_not_differ(*, itself: bool, joined: bool, why: str) -> list[str]:
    """Reasons against saying that two cases are not the same matter; empty means yes."""
    reasons = []
    if itself:
        reasons.append("This is the number of the case itself. Give the number of the other one.")
    if joined:
        reasons.append("The two cases were joined. Undo that instead.")
    if why not in set(DifferentWhy):
        reasons.append("Choose why the two are not the same matter.")
    return reasons


def why_not_undo(kept: CaseState, *, standing: bool, why: str) -> list[str]:
    """Reasons against taking two joined cases apart again; empty means yes."""
    reasons = []
    if not standing:
        reasons.append("This was undone already.")
    if kept is CaseState.CLOSED:
        reasons.append("This case is closed. Open it again first.")
    if why not in set(DifferentWhy):
        reasons.append("Choose why the two are not the same matter.")
    return reasons
