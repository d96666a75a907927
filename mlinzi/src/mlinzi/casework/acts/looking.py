"""Look something up: kept first, answered afterwards."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.models import Case, LookUp, Referral
from mlinzi.casework.rules import LookPurpose, Unusual
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import reads as vault


@dataclass(frozen=True)
class Found:
    """What a question led to, as far as the officer may see it."""

    cases: list[Case]
    referrals: list[Referral]

    @property
    def count(self) -> int:
        return len(self.cases) + len(self.referrals)


def look_up(text: str, purpose: str, *, by: Officer, now: datetime, keys: KeyRing) -> Found:
    """Look up a number, a phone number, a link or an account, exactly.

    1. ask the rules, 2. keep who asks what kind of thing for what, and commit, 3. only then look, 4. keep how
    much was found, and whether that is unusual.

    Raises `Refused` with the reasons. Call it outside a transaction.
    """
    today = directory.local_day(now)
    asked = rules.understood(text, country_prefix=directory.country().phone_prefix, today=today)
    before = reads.within_the_hour(by=by, now=now)
    reasons = rules.why_not_look(asked, purpose=purpose, within_the_hour=before)
    if reasons or asked is None:
        raise Refused(reasons)
    look = LookUp(
        id=new_id(),
        person_id=UUID(by.id),
        organisation=directory.organisation(by.organisation),
        kind=asked.kind,
        purpose=LookPurpose(purpose),
        digest=vault.digest_of(asked.digested, keys=keys),
        at=now,
    )
    with transaction.atomic(durable=True):
        look.save(force_insert=True)
        details = {"kind": asked.kind.value}
        audit.record(
            "casework.look.up", reads.LOOK, look.id, by=by, now=now, purpose=purpose, details=details
        )
    cases = reads.cases_asked_for(asked, by=by, keys=keys)
    found = Found(cases, reads.referrals_asked_for(asked, by=by))
    _keep(look, found.count, before, by=by, now=now)
    return found


def _keep(look: LookUp, count: int, before: int, *, by: Officer, now: datetime) -> None:
    facts = reads.look_facts(bytes(look.digest), count, before=before, but_not=look.id, by=by, now=now)
    look.found, look.unusual = count, [why.value for why in rules.unusual(facts)]
    with transaction.atomic():
        look.save(update_fields=["found", "unusual"])
        for why in map(Unusual, look.unusual):
            details = {"why": why.value}
            audit.record("casework.look.unusual", reads.LOOK, look.id, by=by, now=now, details=details)


@transaction.atomic
def see_unusual(look_id: UUID, *, by: Officer, now: datetime) -> None:
    """Say that one has looked into what was unusual: 1. find, 2. ask the rules, 3. write, 4. record."""
    look = reads.unusual_look_for(look_id, by=by)
    if str(look.person_id) == by.id:
        raise Refused(["This is about yourself; somebody else looks into it."])
    if look.seen_at is None:
        look.seen_at, look.seen_by_id = now, UUID(by.id)
        look.save(update_fields=["seen_at", "seen_by"])
        audit.record("casework.look.see", reads.LOOK, look.id, by=by, now=now)
