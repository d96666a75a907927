"""What may happen to a case and a referral. Pure; each answer has its sentence."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from mlinzi.casework.rules.judging import Judged, Urgency
from mlinzi.intake.rules import Status
from mlinzi.vault.rules import FILE_LIMIT

OPENING_LASTS = timedelta(minutes=15)
ANSWER_LIMIT = 4_000
NOTE_LIMIT = 8_000


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
    BREAK_GLASS = "break_glass"


class Basis(StrEnum):
    """On what ground something is shared with another organisation."""

    CONSENT = "consent"
    BEST_INTEREST = "best_interest"
    LAW = "law"


class Reason(StrEnum):
    """Why somebody changed what was judged before. A closed list, kept in the audit log."""

    NEW_INFORMATION = "new_information"
    MISJUDGED = "misjudged"
    REPORTER_WROTE = "reporter_wrote"
    OTHER_OFFICE = "other_office"


class Event(StrEnum):
    """What happened, as far as the reporter's mailbox is concerned."""

    TAKEN = "taken"
    REFERRED = "referred"
    ACCEPTED = "accepted"
    ENDED_WITHOUT_HELP = "ended_without_help"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"


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


def why_not_take(state: CaseState, *, assignee: str, taker: str, assignee_name: str) -> list[str]:
    """Reasons against taking a case to oneself; empty means yes. Ids are text; `assignee` is "" where nobody
    has it.
    """
    if state is CaseState.CLOSED:
        return ["This case is closed; open it again first."]
    if assignee and assignee != taker:
        return [f"{assignee_name} has taken this case already. Choose another one, or ask to be given it."]
    return []


def why_not_take_apart(state: CaseState, *, reports: int) -> list[str]:
    """Reasons against moving a report into a case of its own; empty means yes."""
    reasons = []
    if state is CaseState.CLOSED:
        reasons.append("This case is closed; open it again first.")
    if reports < 2:
        reasons.append("This is the only report of the case; there is nothing to take apart.")
    return reasons


def why_not_assign(state: CaseState, *, can_work: bool) -> list[str]:
    """Reasons against giving a case to somebody; empty means yes."""
    reasons = []
    if state is CaseState.CLOSED:
        reasons.append("This case is closed; open it again first.")
    if not can_work:
        reasons.append("This person cannot work on cases of this organisation; choose somebody else.")
    return reasons


def why_not_judge(state: CaseState, *, reason: str) -> list[str]:
    """Reasons against judging urgency or category anew; empty means yes."""
    reasons = []
    if state is CaseState.CLOSED:
        reasons.append("This case is closed; open it again first.")
    if reason not in set(Reason):
        reasons.append("Choose why it is changed.")
    return reasons


_WHY_CHANGED: Mapping[Reason, str] = {
    Reason.NEW_INFORMATION: "new information came in",
    Reason.MISJUDGED: "it had been misjudged",
    Reason.REPORTER_WROTE: "the reporter wrote again",
    Reason.OTHER_OFFICE: "another office asked for it",
}


def judged_by_officer(urgency: Urgency, reason: Reason) -> Judged:
    """The urgency that an officer gave, with the sentence that explains it."""
    return Judged(urgency, f"An officer set this urgency because {_WHY_CHANGED[reason]}.")


def why_not_reopen(state: CaseState, *, reason: str, joined: bool = False) -> list[str]:
    """Reasons against opening a case again; empty means yes."""
    reasons = []
    if state is not CaseState.CLOSED:
        reasons.append("This case is not closed.")
    if joined:
        reasons.append("Its reports lie in another case. Take the two apart instead.")
    if reason not in set(Reason):
        reasons.append("Choose why it is opened again.")
    return reasons


def why_not_note(state: CaseState, text: str) -> list[str]:
    """Reasons against a note; empty means yes."""
    reasons = []
    if state is CaseState.CLOSED:
        reasons.append("This case is closed; open it again first.")
    if not text.strip():
        reasons.append("Write the note first.")
    if len(text) > NOTE_LIMIT:
        reasons.append(f"This note is longer than {NOTE_LIMIT} characters; write two.")
    return reasons


def why_not_file(state: CaseState, size: int) -> list[str]:
    """Reasons against adding a file of so many bytes; empty means yes."""
    reasons = []
    if state is CaseState.CLOSED:
        reasons.append("This case is closed; open it again first.")
    if size > FILE_LIMIT:
        reasons.append("This file is larger than 25 MB; cut it into parts.")
    if size == 0:
        reasons.append("This file is empty; choose another one.")
    return reasons


NO_MAILBOX = "A company reported this; it has no mailbox that an answer could lie in."


def why_not_tell(
    state: CaseState,
    text: str,
    *,
    all_stopped: bool = False,
    all_suspected: bool = False,
    reports: int = 1,
    own_words: bool = False,
    to_all: bool = False,
) -> list[str]:
    """Reasons against answering the reporter; empty means yes.

    Own words are meant for one person. In a case of several reports somebody who wants to know what a child
    is told could have sent a copy of the child's text, so only ready-made sentences go to all.

    Args:
        all_stopped: every reporter who would be told asked to stop. all_suspected: those who did not are
            suspected of having done harm. reports: how many the case holds.
        own_words: the text is not made of the pack's sentences alone. to_all: no single report was chosen.
    """
    reasons = []
    if to_all and own_words and reports > 1:
        reasons.append("Your own words can go to one reporter only; choose which one.")
    if all_stopped:
        reasons.append("The reporter asked us to stop; nothing is written to them until they write again.")
    if all_suspected:
        reasons.append("This reporter is suspected in the case; nothing is written to them.")
    if state is CaseState.NEW:
        reasons.append("Take the case first; somebody has to be responsible for it.")
    if state is CaseState.CLOSED:
        reasons.append("This case is closed; open it again first.")
    if not text.strip():
        reasons.append("Choose a sentence or write one.")
    if len(text) > ANSWER_LIMIT:
        reasons.append(f"This answer is longer than {ANSWER_LIMIT} characters; make it shorter.")
    return reasons


@dataclass(frozen=True)
class ReferralFacts:
    """What a referral is judged by.

    Args:
        shared: the items chosen. has_service, gives_service: a service was chosen; the receiver offers it.
        to_self: the receiver is the organisation that holds the case.
        answerable: somebody of the receiver can answer here, or gets a link to answer by.
        offered: every item chosen belongs to this case.
        open_already: the receiver has an open referral of this case for this service.
        stopped: the reporter asked us to stop.
    """

    shared: frozenset[str]
    note: str
    basis: str
    has_service: bool
    gives_service: bool
    to_self: bool = False
    answerable: bool = True
    offered: bool = True
    open_already: bool = False
    stopped: bool = False


def why_not_refer(state: CaseState, facts: ReferralFacts) -> list[str]:
    """Reasons against a referral; empty means yes."""
    reasons = []
    if state is CaseState.NEW:
        reasons.append("Take the case first; somebody has to be responsible for it.")
    if state is CaseState.CLOSED:
        reasons.append("This case is closed; open it again first.")
    if not facts.has_service:
        reasons.append("Choose the service that is asked for.")
    elif not facts.gives_service:
        reasons.append("This organisation does not offer that service; choose another one.")
    if facts.to_self:
        reasons.append("This case is in your own organisation; give it to a colleague instead.")
    elif not facts.answerable:
        reasons.append("Nobody of this organisation can answer here yet; call them, or choose another one.")
    if facts.open_already:
        reasons.append("This organisation has an open referral of this case for this service already.")
    if not facts.offered:
        reasons.append("Something that you chose is not in this case any more; look at the list again.")
    if not facts.shared and not facts.note.strip():
        reasons.append("Share at least one thing or write a note, so that the receiver knows what to do.")
    if len(facts.note) > NOTE_LIMIT:
        reasons.append(f"This note is longer than {NOTE_LIMIT} characters; make it shorter.")
    if facts.basis not in set(Basis):
        reasons.append("Choose on what ground this is shared.")
    if facts.stopped and facts.basis == Basis.CONSENT:
        reasons.append(
            "The reporter asked us to stop, so there is no consent; choose another ground or wait."
        )
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
    if len(reason) > NOTE_LIMIT:
        reasons.append(f"This text is longer than {NOTE_LIMIT} characters; make it shorter.")
    return reasons


def why_not_open_copy(state: ReferralState) -> list[str]:
    """Reasons against opening the shared copy; empty means yes. The copy ends with the referral."""
    if state in OPEN_REFERRALS:
        return []
    return ["This referral has ended; what was shared with you can no longer be opened."]


def may_read_own_words(state: ReferralState) -> bool:
    """Whether a receiver may still read what it had written itself when the referral ended. The words with
    which it was taken back are the sender's.
    """
    return state in {ReferralState.DECLINED, ReferralState.DONE}


def why_not_close(state: CaseState, *, open_referrals: int, outcome: str) -> list[str]:
    """Reasons against closing a case; empty means yes."""
    reasons = why_not_move(state, CaseState.CLOSED)
    if open_referrals:
        reasons.append("A referral is still open; wait for its answer or revoke it.")
    if outcome not in set(Outcome):
        reasons.append("Choose how the case ended.")
    return reasons


def state_after_answer(open_left: int) -> CaseState:
    """Where a case stands after one of its referrals ended."""
    return CaseState.REFERRED if open_left else CaseState.OPEN


def purposes_for_case() -> tuple[Purpose, ...]:
    """Why an officer may say that they open a case."""
    return (Purpose.TRIAGE, Purpose.CASEWORK, Purpose.SUPERVISION)


def purposes_for_referral() -> tuple[Purpose, ...]:
    """Why an officer may say that they open a referral's shared copy."""
    return (Purpose.REFERRAL, Purpose.SUPERVISION)


_STATUS: Mapping[Event, Status] = {
    Event.TAKEN: Status.BEING_READ,
    Event.REFERRED: Status.PASSED_ON,
    Event.ACCEPTED: Status.BEING_HELPED,
    Event.ANSWERED: Status.ANSWERED,
    Event.CLOSED: Status.CLOSED,
    Event.REOPENED: Status.BEING_READ,
}


def status_after(event: Event, still_open: Collection[ReferralState] = ()) -> Status:
    """What the reporter's mailbox says after an event.

    Args:
        still_open: the states of the case's referrals that are open after it: when one office says no,
            another may still be at work, and the reporter must not read that nobody is.
    """
    if event is not Event.ENDED_WITHOUT_HELP:
        return _STATUS[event]
    if ReferralState.ACCEPTED in still_open:
        return Status.BEING_HELPED
    return Status.PASSED_ON if still_open else Status.BEING_READ


def form_digest(case_id: object, person_id: str, form_key: bytes) -> bytes:
    """What is kept of a form that was carried out, so that a double click does nothing twice.

    Bound to case and person: a key guessed or copied from elsewhere finds nothing of anybody else's.
    """
    return hashlib.sha256(f"{case_id}|{person_id}|".encode() + form_key).digest()
