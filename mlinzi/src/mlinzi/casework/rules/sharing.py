"""What may be shared with whom, and on whose word. Pure; each refusal has its sentence."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from mlinzi.casework.rules.work import ReferralState

LINK_USES = 60
"""How many forms may be sent with one link: enough for a month of work, too few for a program."""
OTHER_OUTCOME = "other"
"""How a referral ended, where none of the pack's outcomes says it; the words do."""
GUEST_COOKIE_LASTS = timedelta(minutes=30)


class Shared(StrEnum):
    """The kinds of things that can be shared with the receiver of a referral, item by item."""

    WHAT_HAPPENED = "what_happened"
    WHERE_ONLINE = "where_online"
    LINKS = "links"
    CATEGORY = "category"
    AREA = "area"
    RECEIVED = "received"
    PERSON = "person"


# What has to be decrypted in order to be shared, and lies in a report.
SEALED_ITEMS = frozenset({Shared.WHAT_HAPPENED, Shared.WHERE_ONLINE, Shared.LINKS})


class GoesOnWhy(StrEnum):
    """Why help that was promised goes on."""

    LONG = "long"
    AGREED = "agreed"
    OTHERS = "others"
    NOT_REACHED = "not_reached"
    BUSY = "busy"


HELP_CLOCKS = ("help", "help_again")
"""The clocks of promised help: the first, and the one of the day until which it goes on."""
GOES_ON_DAYS = 90
"""How far ahead that day may lie: longer help is spoken of again in between."""


class GivenBy(StrEnum):
    """Who agreed."""

    CHILD = "child"
    CAREGIVER = "caregiver"
    BOTH = "both"


class HowObtained(StrEnum):
    """How somebody agreed."""

    MAILBOX = "mailbox"
    SPOKEN = "spoken"
    PHONE = "phone"
    PAPER = "paper"


class ToldHow(StrEnum):
    """How a child learned what came of a referral."""

    ANSWERED = "answered"
    SPOKEN = "spoken"
    NOT_SAFE = "not_safe"


def item(kind: str, of: object = "", name: str = "") -> str:
    """The code of one thing that can be shared: its kind, the report or person it belongs to, and for a
    person the field.
    """
    return ":".join(str(part) for part in (kind, of, name) if str(part))


def kind_of(code: str) -> str:
    return code.split(":", 1)[0]


def scope_of(code: str) -> str:
    """What a consent has to name for an item: its kind, for a person's field ``person:<field>``, whosever."""
    parts = code.split(":")
    return f"{parts[0]}:{parts[2]}" if len(parts) == 3 else parts[0]


def spelled_out(chosen: Iterable[str], offered: Collection[str]) -> frozenset[str]:
    """The items chosen, where a bare kind such as ``what_happened`` stands for all of it that is offered."""
    found: set[str] = set()
    for code in chosen:
        if code in offered:
            found.add(str(code))
        else:
            all_of_it = {one for one in offered if kind_of(one) == code}
            found |= all_of_it if code in set(Shared) else {str(code)}
    return frozenset(found)


@dataclass(frozen=True)
class Receiving:
    """Who would get a copy, and for what. Ids are text; a transfer has no service."""

    organisation: str
    kind: str
    service: str


@dataclass(frozen=True)
class ConsentFacts:
    """A live consent as the rules see it.

    Args:
        report, person: whose word it is; "" where that is not said. organisation or kind: for whom.
        services: none means any. items: scopes, see `scope_of`.
        by_suspect: it came from somebody who is a suspect in the case.
    """

    id: str
    report: str
    person: str
    organisation: str
    kind: str
    services: frozenset[str]
    items: frozenset[str]
    by_suspect: bool = False


def covers(consent: ConsentFacts, code: str, to: Receiving) -> bool:
    """Whether a consent lets an item go to a receiver.

    A suspect's word lets nothing go. What one reporter agreed to does not open another reporter's text.
    """
    if scope_of(code) not in consent.items or not _meets(consent, to):
        return False
    of = code.split(":")[1] if ":" in code else ""
    return not (consent.report and kind_of(code) in SEALED_ITEMS and consent.report != of)


def carrying(consents: Iterable[ConsentFacts], items: Collection[str], to: Receiving) -> frozenset[str]:
    """The ids of the consents that an exchange rests on; a note alone rests on each that names the receiver
    and the service.
    """
    held = list(consents)
    if not items:
        return frozenset(c.id for c in held if _meets(c, to))
    return frozenset(c.id for c in held for code in items if covers(c, code, to))


def _meets(consent: ConsentFacts, to: Receiving) -> bool:
    """Whether a consent is for this receiver and this help at all, and somebody's whose word counts."""
    if consent.by_suspect:
        return False
    if consent.organisation != to.organisation and (not consent.kind or consent.kind != to.kind):
        return False
    return not consent.services or to.service in consent.services


_SAID: Mapping[str, str] = {
    Shared.WHAT_HAPPENED: "what happened",
    Shared.WHERE_ONLINE: "where it happened online",
    Shared.LINKS: "links and accounts",
    Shared.CATEGORY: "the kind of matter",
    Shared.AREA: "the area",
    Shared.RECEIVED: "when it was reported",
    Shared.PERSON: "facts of a person",
}


def why_not_consented(consents: Iterable[ConsentFacts], items: Collection[str], to: Receiving) -> list[str]:
    """Reasons against sharing these items on the ground of consent, each saying what is missing; empty means
    yes.
    """
    held = list(consents)
    if not held:
        return ["No consent is recorded in this case; record it first, or choose another ground."]
    meant = [c for c in held if not c.by_suspect]
    if not meant:
        return ["The only consent came from somebody who is a suspect in this case; it does not count."]
    if not any(_meets(c, to) for c in meant):
        if any(to.organisation == c.organisation or (c.kind and c.kind == to.kind) for c in meant):
            return ["Nobody has agreed to this kind of help from this organisation."]
        return ["Nobody has agreed that this organisation is asked."]
    missing = {kind_of(code) for code in items if not any(covers(c, code, to) for c in meant)}
    return [
        f"Nobody has agreed that this organisation reads {_SAID.get(kind, kind)}." for kind in sorted(missing)
    ]


@dataclass(frozen=True)
class Given:
    """What an officer records of a consent.

    Args:
        report, person: whose word it is, ids as text or "". to: an organisation's uuid, or "" where `kind`,
            an agency kind's pack id, is given. services: pack ids, none means any. items: scopes.
        words: how we know it. file: the id of a file of the case, or "".
    """

    given_by: str
    how: str
    items: frozenset[str]
    given_at: datetime
    to: str = ""
    kind: str = ""
    services: frozenset[str] = frozenset()
    report: str = ""
    person: str = ""
    words: str = ""
    file: str = ""
    language: str = ""


def why_not_record_consent(given: Given, *, closed: bool, limit: int, now: datetime) -> list[str]:
    """Reasons against recording a consent; empty means yes."""
    reasons = []
    if closed:
        reasons.append("This case is closed; open it again first.")
    if given.given_by not in set(GivenBy):
        reasons.append("Choose who agreed.")
    if given.how not in set(HowObtained):
        reasons.append("Choose how they agreed.")
    if bool(given.to) == bool(given.kind):
        reasons.append("Choose for whom it is: one organisation, or any of a kind.")
    if not given.items:
        reasons.append("Choose what may be shared.")
    if given.given_at > now:
        reasons.append("This day lies in the future; nobody has agreed yet.")
    if len(given.words) > limit:
        reasons.append(f"This text is longer than {limit} characters; make it shorter.")
    return reasons


def why_not_on_law(provision: str, *, in_force: bool) -> list[str]:
    """Reasons against sharing on the ground of law; empty means yes."""
    if not provision:
        return ["Choose the provision of law that requires it."]
    if not in_force:
        return ["This provision is not known to be in force today; choose another one, or another ground."]
    return []


def may_send_at_once(in_danger: str, urgency: str) -> bool:
    """Whether a referral without consent may leave before a second person has looked: only where a child is
    in danger now, for whom waiting is the greater harm. The second look follows.
    """
    return in_danger == "yes" and urgency == "high"


def why_not_link(*, open_referral: bool, address: str, again: str) -> list[str]:
    """Reasons against sending a link; empty means yes. The address is typed twice, since a letter that goes
    astray tells a stranger that somebody was asked for help.
    """
    reasons = []
    if not open_referral:
        reasons.append("This referral has ended; there is nothing to answer any more.")
    if not address.strip() or "@" not in address:
        reasons.append("Give the organisation's e-mail address.")
    elif address.strip().casefold() != again.strip().casefold():
        reasons.append("The two addresses differ; type them once more.")
    return reasons


def link_is_live(*, ended: bool, expires_at: datetime, uses: int, now: datetime) -> bool:
    """Whether a link still opens anything."""
    return not ended and now < expires_at and uses < LINK_USES


def why_not_tell_outcome(*, done: bool, told: bool, how: str) -> list[str]:
    """Reasons against marking that a child was told what came of a referral; empty means yes."""
    reasons = []
    if not done:
        reasons.append("This referral has no outcome that could be told yet.")
    if told:
        reasons.append("The child was told already.")
    if how not in set(ToldHow):
        reasons.append("Choose how the child is told.")
    return reasons


def why_not_transfer(
    *, closed: bool, held: bool, to_self: bool, answerable: bool, on_its_way: bool
) -> list[str]:
    """Reasons against offering a case to another organisation; empty means yes."""
    reasons = []
    if closed:
        reasons.append("This case is closed; open it again first.")
    if not held:
        reasons.append("Nobody has this case yet; take it first.")
    if to_self:
        reasons.append("This case is in your own organisation; give it to a colleague instead.")
    elif not answerable:
        reasons.append("Nobody of this organisation can take over a case here; choose another one.")
    if on_its_way:
        reasons.append("This case is offered to somebody already; wait for the answer or take it back.")
    return reasons


def why_not_end_transfer(state: str, to: str, *, reason: str, closed: bool) -> list[str]:
    """Reasons against an answer to an offered case; empty means yes. An offer has one move, and ends."""
    reasons = []
    if state != "sent" or to not in {"accepted", "declined", "revoked"}:
        reasons.append(f"An offer that is {state} cannot become {to}.")
    if to == "accepted" and closed:
        reasons.append("This case was closed meanwhile; there is nothing to take over.")
    if to in {"declined", "revoked"} and not reason.strip():
        reasons.append("Say why, so that the case's officer can find another way.")
    return reasons


def why_not_go_on(state: ReferralState, *, until: date, why: str, today: date) -> list[str]:
    """Reasons against saying that help goes on until a day; empty means yes."""
    reasons = []
    if state is not ReferralState.ACCEPTED:
        reasons.append("Only help that was promised and is not given yet can go on.")
    if until <= today:
        reasons.append("This day is over or ends today; choose a later one.")
    if until > today + timedelta(days=GOES_ON_DAYS):
        reasons.append(f"This is more than {GOES_ON_DAYS} days ahead; choose an earlier day.")
    if why not in set(GoesOnWhy):
        reasons.append("Choose from the list why it goes on.")
    return reasons
