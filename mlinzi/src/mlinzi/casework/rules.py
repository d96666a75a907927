"""What may happen to a case and a referral, and how urgent a report is. Pure, each answer with its sentence."""

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    QUEUE_SEE = "casework.queue.see"
    CASE_SEE = "casework.case.see"
    CASE_OPEN = "casework.case.open"
    CASE_TRIAGE = "casework.case.triage"
    CASE_ASSIGN = "casework.case.assign"
    CASE_NOTE = "casework.case.note"
    CASE_FILE = "casework.case.file"
    CASE_ANSWER = "casework.case.answer"
    CASE_REFER = "casework.case.refer"
    CASE_CLOSE = "casework.case.close"
    CASE_HISTORY = "casework.case.history"
    REFERRAL_SEE = "casework.referral.see"
    REFERRAL_OPEN = "casework.referral.open"
    REFERRAL_ANSWER = "casework.referral.answer"
    REFERRAL_REVOKE = "casework.referral.revoke"
    DEADLINE_SEE = "casework.deadline.see"


class Urgency(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


URGENCY_ORDER = {Urgency.HIGH: 0, Urgency.MEDIUM: 1, Urgency.LOW: 2}


class CaseState(StrEnum):
    NEW = "new"
    OPEN = "open"
    REFERRED = "referred"
    CLOSED = "closed"


class ReferralState(StrEnum):
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"
    REVOKED = "revoked"


class Outcome(StrEnum):
    """How a case ended."""

    HELPED = "helped"
    NOT_OURS = "not_ours"
    NO_FURTHER_ACTION = "no_further_action"
    DUPLICATE = "duplicate"


class Purpose(StrEnum):
    """Why somebody opens what is sealed. A closed list, kept in the audit log."""

    TRIAGE = "triage"
    CASEWORK = "casework"
    REFERRAL = "referral"
    SUPERVISION = "supervision"


class Basis(StrEnum):
    """On what ground something is shared with another organisation."""

    CONSENT = "consent"
    BEST_INTEREST = "best_interest"
    LAW = "law"


@dataclass(frozen=True)
class ReportFacts:
    """What the urgency of a report is judged by. `shares_link` counts other reports with the same link, account or phone."""

    in_danger: str
    base_urgency: str
    category: str
    shares_term: int = 0


@dataclass(frozen=True)
class Judged:
    urgency: Urgency
    sentence: str


def urgency(facts: ReportFacts) -> Judged:
    """How urgent a report is, with the sentence that a person can read out. It orders a queue and decides nothing."""
    if facts.in_danger == "yes":
        return Judged(Urgency.HIGH, "The reporter says that a child is in danger now.")
    base = Urgency(facts.base_urgency) if facts.base_urgency else Urgency.MEDIUM
    if base is Urgency.HIGH:
        return Judged(Urgency.HIGH, f"Reports of this kind are urgent: {facts.category}.")
    if facts.shares_term >= 2:
        return Judged(Urgency.HIGH, f"{facts.shares_term} other reports name the same link, account or phone.")
    if not facts.category:
        return Judged(Urgency.MEDIUM, "The reporter did not say what kind of thing happened; a person has to read it.")
    if facts.in_danger == "unknown" and base is Urgency.LOW:
        return Judged(Urgency.MEDIUM, "The reporter does not know whether a child is in danger now.")
    return Judged(base, f"Reports of this kind are of {base.value} urgency: {facts.category}.")


CASE_MOVES: dict[CaseState, frozenset[CaseState]] = {
    CaseState.NEW: frozenset({CaseState.OPEN, CaseState.CLOSED}),
    CaseState.OPEN: frozenset({CaseState.REFERRED, CaseState.CLOSED}),
    CaseState.REFERRED: frozenset({CaseState.OPEN, CaseState.CLOSED}),
    CaseState.CLOSED: frozenset({CaseState.OPEN}),
}
REFERRAL_MOVES: dict[ReferralState, frozenset[ReferralState]] = {
    ReferralState.SENT: frozenset({ReferralState.ACCEPTED, ReferralState.DECLINED, ReferralState.REVOKED}),
    ReferralState.ACCEPTED: frozenset({ReferralState.DONE, ReferralState.REVOKED}),
    ReferralState.DECLINED: frozenset(),
    ReferralState.DONE: frozenset(),
    ReferralState.REVOKED: frozenset(),
}
OPEN_REFERRALS = frozenset({ReferralState.SENT, ReferralState.ACCEPTED})


def why_not_move(now_state: CaseState, to: CaseState) -> list[str]:
    """Reasons against a case's move; empty means yes."""
    if to in CASE_MOVES[now_state]:
        return []
    return [f"A case that is {now_state.value} cannot become {to.value}."]


def why_not_refer(
    state: CaseState, *, shared: frozenset[str], has_service: bool, gives_service: bool, open_already: bool, note: str
) -> list[str]:
    """Reasons against a referral; empty means yes."""
    reasons = []
    if state is CaseState.NEW:
        reasons.append("Take the case first; somebody has to be responsible for it.")
    if state is CaseState.CLOSED:
        reasons.append("This case is closed; open it again first.")
    if not has_service:
        reasons.append("Choose the service that is asked for.")
    elif not gives_service:
        reasons.append("This organisation does not offer that service; choose another one.")
    if open_already:
        reasons.append("This organisation has an open referral of this case for this service already.")
    if not shared and not note.strip():
        reasons.append("Share at least one thing or write a note, so that the receiver knows what to do.")
    return reasons


def why_not_answer(state: ReferralState, to: ReferralState, *, reason: str) -> list[str]:
    """Reasons against an answer to a referral; empty means yes."""
    reasons = []
    if to not in REFERRAL_MOVES[state]:
        reasons.append(f"A referral that is {state.value} cannot become {to.value}.")
    if to in {ReferralState.DECLINED, ReferralState.REVOKED} and not reason.strip():
        reasons.append("Say why, so that the case's officer can find another way.")
    if to is ReferralState.DONE and not reason.strip():
        reasons.append("Say in a sentence what was done; the case's officer tells the child.")
    return reasons


def why_not_close(*, open_referrals: int, outcome: str) -> list[str]:
    """Reasons against closing a case; empty means yes."""
    reasons = []
    if open_referrals:
        reasons.append("A referral is still open; wait for its answer or revoke it.")
    if outcome not in set(Outcome):
        reasons.append("Choose how the case ended.")
    return reasons


def state_after_answer(open_left: int) -> CaseState:
    """Where a case stands after one of its referrals ended."""
    return CaseState.REFERRED if open_left else CaseState.OPEN
