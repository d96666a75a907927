"""What was looked up: one's own, and what a supervisor should see."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.casework.models import Case, CaseReport, DutyShift, LookUp, Referral
from mlinzi.casework.reads.eyes import REPORT, cases_seen, referrals_seen, spoken
from mlinzi.casework.reads.lists import Cursor, Page
from mlinzi.casework.reads.people import cases_naming
from mlinzi.casework.rules import DAY, HOUR, NOTHING_FOUND, Action, Asked, LookFacts
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import reads as vault

LOOK = "casework.lookup"
SHOWN = 50


def looks_of(*, by: Officer, after: str = "", limit: int = 20) -> Page[LookUp]:
    """What an officer has looked up, the newest first."""
    return _page(LookUp.objects.filter(person_id=UUID(by.id)), after, limit)


def unusual_looks(*, by: Officer, after: str = "", limit: int = 50) -> Page[LookUp]:
    """What was unusual in the officer's organisation and nobody has looked into, the newest first."""
    rows = _unusual(by).filter(seen_at=None)
    return _page(rows.select_related("person"), after, limit)


def unusual_look_for(look_id: UUID, *, by: Officer) -> LookUp:
    """One of them. Raises `NotFound`."""
    found = _unusual(by).filter(id=look_id).first()
    if found is None:
        raise NotFound
    return found


def _unusual(by: Officer) -> "QuerySet[LookUp]":
    mine = access.visible(by, Action.DUTY_PLAN, organisations=("organisation__uuid",))
    return LookUp.objects.filter(mine).exclude(unusual=[])


def _page(rows: "QuerySet[LookUp]", after: str, limit: int) -> Page[LookUp]:
    if key := Cursor.read(after):
        rows = rows.filter(at__lte=key.at).exclude(at=key.at, id__lte=key.id)
    found = list(rows.order_by("-at", "id")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], str(Cursor(0, last.at, last.id)) if last else "")


def look_facts(
    digest: bytes, found: int, *, before: int, but_not: UUID, by: Officer, now: datetime
) -> LookFacts:
    """What makes a question unusual. `before`: how many the officer asked within the hour; `but_not`:
    its own id.
    """
    own = LookUp.objects.filter(person_id=UUID(by.id)).exclude(id=but_not)
    latest = list(own.order_by("-at").values_list("found", flat=True)[:NOTHING_FOUND])
    alike = LookUp.objects.filter(digest=digest, at__gt=now - DAY).exclude(person_id=UUID(by.id))
    serving = DutyShift.objects.filter(person_id=UUID(by.id), starts_at__lte=now, ends_at__gt=now)
    return LookFacts(
        within_the_hour=before,
        empty_before=len(latest) if not any(latest) else 0,
        found=found,
        others=alike.values("person_id").distinct().count(),
        at=now.astimezone(directory.time_zone()),
        on_duty=serving.exists(),
    )


def within_the_hour(*, by: Officer, now: datetime) -> int:
    """How often an officer has looked something up within the hour."""
    return LookUp.objects.filter(person_id=UUID(by.id), at__gt=now - HOUR).count()


def cases_asked_for(asked: Asked, *, by: Officer, keys: KeyRing) -> list[Case]:
    """The cases that the officer sees and that a question means, the newest first; what they may not see
    leaves no trace.
    """
    seen = cases_seen(Action.CASE_SEE, by=by)
    if asked.number:
        number = spoken(asked.number)
        rows = referrals_seen(Action.REFERRAL_SEE, by=by).filter(number=number)
        # Values: beside "or" a subquery would read all cases.
        theirs = list(rows.values_list("case_id", flat=True))
        return list(seen.filter(number=number) | seen.filter(id__in=theirs))
    ids: set[UUID] = set()
    for term in asked.terms:
        reports = [UUID(id) for id in vault.look_up(term, REPORT, keys=keys, limit=SHOWN * 4)]
        ids |= set(CaseReport.objects.filter(report_id__in=reports).values_list("case_id", flat=True))
        ids |= cases_naming(term, keys=keys, limit=SHOWN * 4)
    return list(seen.filter(id__in=ids).order_by("-received_at", "id")[:SHOWN])


def referrals_asked_for(asked: Asked, *, by: Officer) -> list[Referral]:
    """The referral that a number means, if the officer sees it."""
    if not asked.number:
        return []
    return list(referrals_seen(Action.REFERRAL_SEE, by=by).filter(number=spoken(asked.number)))
