"""Record to what somebody agreed, change it, take it back. Each change is a version; the old ones stay."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock, remember_form
from mlinzi.casework.models import Case, Consent
from mlinzi.casework.rules import NOTE_LIMIT, Action, CaseState, Given, Purpose
from mlinzi.directory import reads as directory
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText

CONSENT = "casework.consent"


@transaction.atomic
def record_consent(
    number: str,
    given: Given,
    *,
    instead_of: UUID | None = None,
    form_key: bytes,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> Consent:
    """Record a consent, or a change of one.

    1. find the case through the officer's eyes, lock, 2. carried out already? the same consent, 3. ask the
    rules, 4. where it is a change, the version before holds no longer, 5. write, the words sealed, 6. record.

    Args:
        instead_of: the line of the consent that changes.

    Raises `NotFound`, also for what lies in another case, or `Refused` with the reasons.
    """
    case = lock(reads.case_for(number, Action.CASE_CONSENT, by=by).id)
    if made := reads.made_by_form(case.id, by.id, form_key):
        return Consent.objects.get(id=made)
    closed = case.state == CaseState.CLOSED
    if reasons := rules.why_not_record_consent(given, closed=closed, limit=NOTE_LIMIT, now=now):
        raise Refused(reasons)
    before = reads.consent_in(case, instead_of) if instead_of else None
    if before is not None:
        if before.withdrawn_at is not None:
            raise Refused(["This consent was taken back; record a new one if somebody agrees again."])
        Consent.objects.filter(pk=before.pk).update(replaced_at=now)
    consent = _write(case, given, before, by=by, now=now, keys=keys)
    remember_form(case, form_key, consent.id, by=by, now=now)
    audit.record(
        "casework.consent.change" if before else "casework.consent.record",
        reads.CASE,
        case.id,
        by=by,
        now=now,
        details={"consent": str(consent.line), "version": consent.version, "given_by": consent.given_by},
    )
    return consent


def _write(
    case: Case, given: Given, before: Consent | None, *, by: Officer, now: datetime, keys: KeyRing
) -> Consent:
    id = new_id()
    consent = Consent(
        id=id,
        line=before.line if before else id,
        version=before.version + 1 if before else 1,
        case=case,
        given_by=given.given_by,
        how=given.how,
        services=sorted(given.services),
        items=sorted(given.items),
        language=given.language,
        given_at=given.given_at,
        recorded_by_id=by.id,
        recorded_at=now,
        **_of_this_case(case, given),
    )
    if words := clean_text(given.words):
        consent.evidence = vault.seal_text(words, CONSENT, id, "evidence", keys=keys)
    consent.save(force_insert=True)
    return consent


def _of_this_case(case: Case, given: Given) -> dict[str, Any]:
    """The rows that a consent names. Raises `NotFound` where one is not there, or lies in another case."""
    return {
        "report": reads.report_in(case, UUID(given.report)).link.report if given.report else None,
        "person": reads.person_in(case, UUID(given.person)).id if given.person else None,
        "organisation": directory.organisation(given.to) if given.to else None,
        "kind": directory.kind_named(given.kind) if given.kind else None,
        "file": reads.file_of(case, UUID(given.file)).id if given.file else None,
    }


@transaction.atomic
def withdraw_consent(number: str, line: UUID, *, by: Officer, now: datetime) -> Consent:
    """Note that somebody took a consent back; from now on nothing can be shared on it.

    1. find the case through the officer's eyes, lock, 2. find the consent in it; a second click changes
    nothing, 3. write, 4. record. Also in a closed case. What rests on it is for the officer to take back.

    Raises `NotFound`.
    """
    case = lock(reads.case_for(number, Action.CASE_CONSENT, by=by).id)
    consent = reads.consent_in(case, line)
    if consent.withdrawn_at is None:
        consent.withdrawn_at, consent.withdrawn_by_id = now, by.id
        consent.save(update_fields=["withdrawn_at", "withdrawn_by"])
        details: dict[str, str | int] = {"consent": str(line), "version": consent.version}
        audit.record("casework.consent.withdraw", reads.CASE, case.id, by=by, now=now, details=details)
    return consent


@dataclass(frozen=True)
class Evidence:
    """How we know of a consent, in clear."""

    words: str = field(repr=False)


def open_evidence(
    number: str, line: UUID, purpose: Purpose, *, by: Officer, now: datetime, keys: KeyRing
) -> Evidence:
    """Open the words that say how we know of a consent: 1. find the case, and the consent in it, 2. let the
    vault record, commit and open.

    Raises `NotFound`, or `Refused` for a purpose that is not one for opening a case.
    """
    case = reads.case_for(number, Action.CASE_OPEN, by=by)
    consent = reads.consent_in(case, line)
    if purpose not in rules.purposes_for_case():
        raise Refused(["Say why you open this case."])
    if not consent.evidence:
        raise NotFound
    [words] = vault.open_all(
        [SealedText(CONSENT, str(consent.id), "evidence", bytes(consent.evidence))],
        action=Action.CASE_OPEN,
        relation=reads.relation_of(case),
        object_type=reads.CASE,
        object_id=case.id,
        purpose=purpose,
        by=by,
        now=now,
        keys=keys,
    )
    return Evidence(words)
