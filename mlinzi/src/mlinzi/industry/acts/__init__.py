"""What a provider's people do in the house: write down a report, hand in a table or a document, get ready."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from kinga import cybertip
from mlinzi.access import acts as access
from mlinzi.access import reads as people
from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.audit.rules import Detail
from mlinzi.directory import acts as directory
from mlinzi.directory.acts import ToldByProvider
from mlinzi.industry import reads
from mlinzi.industry.models import Duty, Passed
from mlinzi.industry.rules import Action, Step, Told, document_of
from mlinzi.intake import acts as intake
from mlinzi.intake import reads as arrived
from mlinzi.intake.acts import Declined
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.kernel.packed import Loaded, load_rows

Rows = Iterable[tuple[str, Mapping[str, Any]]]


def load_duties(duties: Rows, *, by: Actor, now: datetime) -> Loaded:
    """Bring the duties of a pack. Call inside a transaction."""
    loaded = load_rows(Duty, duties)
    if loaded.added or loaded.changed:
        details: dict[str, Detail] = {"added": len(loaded.added), "changed": len(loaded.changed)}
        audit.record("industry.pack.load", "industry.duty", "pack", by=by, now=now, details=details)
    return loaded


@dataclass(frozen=True)
class Filed:
    """A report that was taken: its number, and what of it breaks a rule of the format."""

    number: int
    warnings: tuple[str, ...] = ()


def file_reports(
    told: Sequence[Told], *, live: bool, by: Officer, now: datetime, keys: KeyRing
) -> list[Filed]:
    """Take in what somebody at a provider wrote down, all or nothing: 1. may they, for their provider?
    2. make documents, 3. let the door take them, as if a program had sent them.

    What was sent a moment ago is known again and gives the same number. Raises `NotFound` or `Refused`.
    """
    reads.own_provider(Action.REPORT_FILE, by=by)
    person = people.names_of({by.id}).get(by.id, "")
    email = people.address_of(by.id)
    documents = [document_of(one, person=person, email=email) for one in told]
    with transaction.atomic():
        program = access.page_program(live=live, by=by, now=now)
        taken = intake.submit_many(
            documents, aware=[one.aware for one in told], by=program, now=now, keys=keys
        )
        declined = [
            f"Report {place}: {one.why}"
            for place, one in enumerate(taken, start=1)
            if isinstance(one, Declined)
        ]
        if declined:
            raise Refused(declined)
    return [_filed(one.number, one.findings) for one in taken if not isinstance(one, Declined)]


def file_document(raw: bytes, *, live: bool, by: Officer, now: datetime, keys: KeyRing) -> Filed:
    """Take in one report as an XML document of the CyberTipline format: 1. may they? 2. open, 3. finish.
    Raises `NotFound`, or `Refused` for what is no report.
    """
    reads.own_provider(Action.REPORT_FILE, by=by)
    try:
        with transaction.atomic():
            program = access.page_program(live=live, by=by, now=now)
            opened = intake.submit(raw, by=program, now=now, keys=keys)
            intake.finish(opened.number, by=program, now=now)
    except Declined as error:
        raise Refused([f"This is no report that can be read: {error.why}"]) from None
    return _filed(opened.number, opened.findings)


def _filed(number: int, findings: Iterable[cybertip.Finding]) -> Filed:
    return Filed(number, tuple(str(one) for one in findings))


@transaction.atomic
def describe(told: ToldByProvider, *, by: Officer, now: datetime) -> None:
    """Keep what a provider's people say of it. Raises `NotFound`."""
    own = reads.own_provider(Action.PROVIDER_EDIT, by=by)
    directory.describe_provider(own.organisation.uuid, told, by=by, now=now)


@transaction.atomic
def look_at_tests(*, by: Officer, now: datetime) -> tuple[Step, ...]:
    """See what a provider's tests have shown: 1. may they? 2. keep each step that is passed, with the test
    that shows it, 3. where none is left the provider is ready, record. Returns what is left. Raises
    `NotFound`.
    """
    own = reads.own_provider(Action.PROVIDER_EDIT, by=by)
    house = own.organisation
    tried = arrived.tried_by(str(house.uuid))
    shown = {Step.WHOLE: tried.whole, Step.FILE: tried.file, Step.RETRACTED: tried.retracted}
    passed: dict[Step, int | None] = {step: number for step, number in shown.items() if number is not None}
    if own.focal_name and (own.focal_email or own.focal_phone) and own.legal_contact:
        passed[Step.CONTACTS] = None
    for step, number in passed.items():
        Passed.objects.get_or_create(organisation=house, step=step, defaults={"number": number, "at": now})
    left = reads.readiness(own).missing
    if not left:
        directory.mark_ready(house.uuid, by=by, now=now)
    return left
