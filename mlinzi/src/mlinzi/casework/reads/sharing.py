"""What of a case can be shared, on whose word, and what rests on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from mlinzi.access.rules import Officer
from mlinzi.casework.models import (
    Case,
    Consent,
    GuestLink,
    Referral,
    ReferralDraft,
    ReferralOutcome,
    SecondLook,
    SharingTerm,
    Transfer,
)
from mlinzi.casework.reads.eyes import REFERRAL, referrals_seen
from mlinzi.casework.reads.lists import answered_cases
from mlinzi.casework.reads.people import hushed_reports, people_of
from mlinzi.casework.reads.reports import reports_of
from mlinzi.casework.rules import (
    OPEN_REFERRALS,
    OTHER_OUTCOME,
    Action,
    ConsentFacts,
    Part,
    PersonField,
    ReferralState,
    SecondKind,
    SecondState,
    Shared,
    item,
    link_is_live,
)
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import NotFound
from mlinzi.law import reads as law
from mlinzi.law.reads import ProvisionFacts
from mlinzi.vault.rules import SealedText


@dataclass(frozen=True)
class Offered:
    """One thing that can be shared. `code` as in `rules.item`.

    Args:
        place: of the report or the person in the case, from 1; 0 for a fact of the case.
        part, field: of a person: their part, and which field of theirs.
    """

    code: str
    kind: Shared
    place: int = 0
    part: str = ""
    field: str = ""


def shareable(case: Case) -> list[Offered]:
    """What of a case can be shared, item by item: the texts of each report (of those that stand out, see
    `reports_of`), the facts of the case, then each field of each person. Which of them hold something is
    sealed, so all are offered. The caller fetched the case through an officer's eyes.
    """
    rows = reports_of(case).rows
    texts = [
        Offered(item(kind, row.link.report_id), kind, row.place)
        for row in rows
        for kind in (Shared.WHAT_HAPPENED, Shared.WHERE_ONLINE, Shared.LINKS)
        if kind is not Shared.LINKS or row.link.report.details
    ]
    facts = [Offered(item(kind), kind) for kind in (Shared.CATEGORY, Shared.AREA, Shared.RECEIVED)]
    people = [
        Offered(item(Shared.PERSON, person.id, name), Shared.PERSON, place, person.part, name)
        for place, person in enumerate(people_of(case), start=1)
        for name in PersonField
    ]
    return [*texts, *facts, *people]


def consents_of(case: Case) -> list[Consent]:
    """All versions of all consents of a case, the newest first."""
    rows = case.consents.select_related("organisation", "kind", "recorded_by", "withdrawn_by", "report")
    return list(rows.order_by("-recorded_at", "-version"))


def consent_in(case: Case, line: UUID) -> Consent:
    """The newest version of a consent of this case. Raises `NotFound`."""
    found = case.consents.filter(line=line, replaced_at=None).select_related("organisation", "kind").first()
    if found is None:
        raise NotFound
    return found


def _suspects(case: Case) -> set[UUID]:
    """The people of a case who are suspected in it, also those who were taken out of it since."""
    rows = case.people.filter(Q(suspected=True) | Q(part=Part.SUSPECT))
    return set(rows.values_list("id", flat=True))


def live_consents(case: Case) -> list[ConsentFacts]:
    """The consents of a case that hold now, as the rules see them."""
    rows = case.consents.filter(replaced_at=None, withdrawn_at=None).select_related("organisation", "kind")
    found = list(rows.order_by("recorded_at"))
    suspects, hushed = _suspects(case), hushed_reports(case)
    return [
        ConsentFacts(
            id=str(c.id),
            report=str(c.report_id or ""),
            person=str(c.person or ""),
            organisation=str(c.organisation.uuid) if c.organisation else "",
            kind=c.kind.pack_id if c.kind else "",
            services=frozenset(c.services),
            items=frozenset(c.items),
            by_suspect=c.person in suspects or c.report_id in hushed,
        )
        for c in found
    ]


def resting_on(case: Case, line: UUID) -> tuple[list[Referral], list[Transfer]]:
    """The open referrals and the open transfer of a case that rest on any version of a consent."""
    referrals = case.referrals.filter(rests_on__consent__line=line, state__in=OPEN_REFERRALS)
    transfers = case.transfers.filter(rests_on__consent__line=line, state=ReferralState.SENT)
    return (
        list(referrals.select_related("to", "service").distinct().order_by("made_at")),
        list(transfers.select_related("to").distinct()),
    )


def to_take_back(case: Case) -> list[Referral]:
    """Open referrals that rest on consents alone of which none is left."""
    rows = case.referrals.filter(state__in=OPEN_REFERRALS, rests_on__consent__withdrawn_at__isnull=False)
    return list(rows.select_related("to", "service").distinct().order_by("made_at"))


@dataclass(frozen=True)
class WaitingDraft:
    """A referral that waits for a second person, and how that person's word stands."""

    draft: ReferralDraft
    look: SecondLook | None


def drafts_of(case: Case) -> list[WaitingDraft]:
    """The referrals of a case that wait for a second person, with what that person said, the oldest first.

    The caller fetched the case through an officer's eyes.
    """
    rows = case.drafts.filter(ended_at=None).select_related("to", "service", "made_by")
    found = list(rows.defer("shared", "address").order_by("made_at"))
    return [WaitingDraft(draft, look_at(case, str(draft.id))) for draft in found]


def look_at(case: Case, subject: str) -> SecondLook | None:
    """The newest question to a second person about something of a case."""
    return case.second_looks.filter(subject_id=subject).order_by("-asked_at").first()


def not_agreed(case: Case) -> list[Referral]:
    """Open referrals that left at once and that a second person did not agree with afterwards."""
    refused = case.second_looks.filter(state=SecondState.REFUSED).values_list("id", flat=True)
    rows = case.referrals.filter(state__in=OPEN_REFERRALS, look__in=list(refused))
    return list(rows.select_related("to", "service").order_by("made_at"))


def provisions(*, now: datetime) -> list[ProvisionFacts]:
    """The provisions of law in force today, by the country's calendar."""
    return law.in_force(on=directory.local_day(now))


def outcomes() -> list[ReferralOutcome]:
    """How referrals can end when help was given, in the pack's order."""
    return list(ReferralOutcome.objects.order_by("order", "pk"))


def link_of(referral: Referral) -> GuestLink | None:
    """The link of a referral that was not ended; it may have run out."""
    return referral.links.filter(ended_at=None).first()


def live_link(link_id: UUID | str, *, now: datetime, locked: bool = False) -> GuestLink:
    """A link that opens something now, with its referral. Raises `NotFound` for every other alike.

    Args:
        locked: keep it as it is until the act ends.
    """
    rows = GuestLink.objects.select_for_update(of=("self",)) if locked else GuestLink.objects.all()
    rows = rows.select_related("referral__to", "referral__service", "referral__case__organisation")
    found = rows.filter(pk=link_id, ended_at=None).exclude(token_digest=None).first()
    if found is None or not link_is_live(
        ended=found.ended_at is not None, expires_at=found.expires_at, uses=found.uses, now=now
    ):
        raise NotFound
    return found


def links_to_send(*, now: datetime, limit: int) -> list[UUID]:
    """Links that wait for their letter, the oldest first."""
    rows = GuestLink.objects.filter(sent_at=None, ended_at=None, expires_at__gt=now).order_by("made_at")
    return list(rows.values_list("id", flat=True)[:limit])


def hours_of(term: str) -> int:
    """How many hours something lasts, by the pack."""
    return SharingTerm.objects.get(pack_id=term).hours


def is_outcome(code: str) -> bool:
    """Whether a code says how a referral can end; the one for anything else always does."""
    return code == OTHER_OUTCOME or ReferralOutcome.objects.filter(pack_id=code).exists()


def untold(*, by: Officer, limit: int = 50) -> list[Referral]:
    """Referrals of the officer's own cases that helped, and the child does not know it yet; oldest first."""
    seen = referrals_seen(Action.REFERRAL_SEE, by=by).defer("shared", "answer")
    rows = seen.filter(case_id__in=answered_cases(by=by), state=ReferralState.DONE, told_at=None)
    return list(rows.order_by("ended_at")[:limit])


def answers_for(outcome: str) -> list[str]:
    """The keys of the ready-made sentences that fit an outcome, in the pack's order."""
    found = ReferralOutcome.objects.filter(pack_id=outcome).first()
    return list(found.answers) if found else []


@dataclass(frozen=True)
class AskedAbout:
    """What a second person is asked about: who would read what for which help, and the sealed copy."""

    to: str
    service: Mapping[str, str]
    codes: tuple[str, ...]
    copy: SealedText


def asked_about(look: SecondLook) -> AskedAbout | None:
    """What a question about sharing is about: a draft that waits, or a referral that left at once; None for a
    question of another kind. The caller found the question through an officer's eyes.
    """
    if look.kind != SecondKind.BEST_INTEREST or not look.subject_id:
        return None
    here = {"case_id": look.case_id, "id": look.subject_id}
    draft = ReferralDraft.objects.filter(**here).select_related("to", "service").first()
    if draft:
        sealed = SealedText(REFERRAL, str(draft.id), "shared", bytes(draft.shared))
        return AskedAbout(draft.to.name, draft.service.label, tuple(draft.codes), sealed)
    left = Referral.objects.filter(**here).select_related("to", "service").first()
    if left is None:
        return None
    sealed = SealedText(REFERRAL, str(left.id), "shared", bytes(left.shared))
    return AskedAbout(left.to.name, left.service.label, (), sealed)
