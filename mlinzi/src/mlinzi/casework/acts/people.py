"""Write down who has a part in a case, and what belongs to it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.audit.rules import Detail
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock, remember_form
from mlinzi.casework.acts.fences import fence_out
from mlinzi.casework.models import Case, PersonInCase, TraceInCase
from mlinzi.casework.rules import (
    Action,
    CaseState,
    FenceWhy,
    Part,
    PersonFacts,
    PersonField,
    Purpose,
    Sex,
    TraceKind,
)
from mlinzi.directory import reads as directory
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import Term, account_term, link_term, phone_term


@dataclass(frozen=True)
class PersonTold:
    """What an officer writes down about somebody.

    Args:
        relation: a code of the pack, "" for none. report: which report of the case is theirs.
    """

    part: Part
    suspected: bool = False
    sex: Sex = Sex.UNKNOWN
    relation: str = ""
    report: UUID | None = None
    fields: Mapping[PersonField, str] = field(default_factory=dict, repr=False)

    def facts(self) -> PersonFacts:
        """For the rules: what holds something, stripped and made clean."""
        clean = {name: clean_text(text).strip() for name, text in self.fields.items()}
        return PersonFacts(self.part, self.suspected, {name: text for name, text in clean.items() if text})


@transaction.atomic
def add_person(
    number: str, told: PersonTold, *, form_key: bytes, by: Officer, now: datetime, keys: KeyRing
) -> PersonInCase:
    """Write somebody down.

    1. find the case through the officer's eyes, lock, 2. carried out already? 3. ask the rules, 4. seal and
    write, with the look-up terms, 5. whoever works here and is in the case is fenced out of it, 6. record.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    case = lock(reads.case_for(number, Action.CASE_PEOPLE, by=by).id)
    if made := reads.made_by_form(case.id, by.id, form_key):
        return reads.person_in(case, UUID(made))
    person = PersonInCase(id=new_id(), case=case, added_by_id=by.id, added_at=now)
    _write(person, case, told, by=by, now=now, keys=keys)
    remember_form(case, form_key, person.id, by=by, now=now)
    _record("casework.person.add", person, by=by, now=now)
    return person


@transaction.atomic
def change_person(
    number: str, person_id: UUID, told: PersonTold, *, by: Officer, now: datetime, keys: KeyRing
) -> PersonInCase:
    """Change what is written down about somebody: 1. find, lock, 2. ask the rules, 3. write a new version, 4.
    fence out, 5. record. Raises `NotFound`, or `Refused` with the reasons.
    """
    case = lock(reads.case_for(number, Action.CASE_PEOPLE, by=by).id)
    person = reads.person_in(case, person_id)
    person.version += 1
    _write(person, case, told, by=by, now=now, keys=keys)
    _record("casework.person.change", person, by=by, now=now)
    return person


def _write(
    person: PersonInCase, case: Case, told: PersonTold, *, by: Officer, now: datetime, keys: KeyRing
) -> None:
    facts = told.facts()
    if reasons := rules.why_not_keep_person(CaseState(case.state), facts, today=now.date()):
        raise Refused(reasons)
    if told.report and not case.reports.filter(report_id=told.report).exists():
        raise NotFound
    person.part, person.suspected, person.sex = told.part, facts.is_suspect, told.sex
    person.relation, person.report_id = reads.care_item("relation", told.relation), told.report
    person.staff_id = access.person_with_email(facts.fields.get(PersonField.EMAIL, ""))
    text = json.dumps({name.value: value for name, value in facts.fields.items()}, ensure_ascii=False)
    person.sealed = vault.seal_text(text, reads.PERSON, person.id, "fields", keys=keys)
    person.save()
    subject = reads.person_subject(person)
    vault.index_terms(reads.PERSON, subject, terms=_terms(facts), keys=keys)
    if person.staff_id:
        fence_out(case, person.staff_id, FenceWhy.IS_IN_CASE, by=by, now=now, keys=keys)


def _terms(facts: PersonFacts) -> list[Term]:
    fields = facts.fields
    accounts = [rules.account_in(line) for line in rules.lines_of(fields.get(PersonField.ACCOUNTS, ""))]
    found = [
        phone_term(fields.get(PersonField.PHONE, ""), directory.country().phone_prefix),
        *(account_term(*account) for account in accounts if account),
        *(link_term(line) for line in rules.lines_of(fields.get(PersonField.LINKS, ""))),
    ]
    return [term for term in found if term]


@transaction.atomic
def remove_person(number: str, person_id: UUID, *, by: Officer, now: datetime) -> None:
    """Take somebody out of a case; the row stays, and can be brought back. A fence stays until it is lifted.

    1. find, lock, 2. write, 3. record.
    """
    _set_removed(number, person_id, now, "casework.person.remove", by=by, now=now)


@transaction.atomic
def bring_back_person(number: str, person_id: UUID, *, by: Officer, now: datetime) -> None:
    """Bring back somebody who was taken out: 1. find, lock, 2. write, 3. record."""
    _set_removed(number, person_id, None, "casework.person.return", by=by, now=now)


def _set_removed(
    number: str, person_id: UUID, at: datetime | None, action: str, *, by: Officer, now: datetime
) -> None:
    case = lock(reads.case_for(number, Action.CASE_PEOPLE, by=by).id)
    if case.state == CaseState.CLOSED:
        raise Refused(["This case is closed; open it again first."])
    person = reads.person_in(case, person_id)
    if (person.removed_at is None) == (at is None):
        return
    person.removed_at = at
    person.save(update_fields=["removed_at"])
    _record(action, person, by=by, now=now)


@transaction.atomic
def add_trace(
    number: str, kind: TraceKind, text: str, *, form_key: bytes, by: Officer, now: datetime, keys: KeyRing
) -> TraceInCase:
    """Write down a link, an account or a phone number of nobody known yet.

    1. find, lock, 2. carried out already? 3. ask the rules, 4. seal, write, index, 5. record.
    """
    case = lock(reads.case_for(number, Action.CASE_PEOPLE, by=by).id)
    if made := reads.made_by_form(case.id, by.id, form_key):
        return TraceInCase.objects.get(id=made)
    value = clean_text(text).strip()
    if reasons := rules.why_not_keep_trace(CaseState(case.state), kind, value):
        raise Refused(reasons)
    trace = TraceInCase(id=new_id(), case=case, kind=kind, added_by_id=by.id, added_at=now)
    trace.sealed = vault.seal_text(value, reads.TRACE, trace.id, "value", keys=keys)
    trace.save(force_insert=True)
    if term := _term_of(kind, value):
        vault.index_terms(reads.TRACE, trace.id, terms=[term], keys=keys)
    remember_form(case, form_key, trace.id, by=by, now=now)
    audit.record("casework.trace.add", reads.CASE, case.id, by=by, now=now, details={"kind": kind.value})
    return trace


def _term_of(kind: TraceKind, value: str) -> Term | None:
    if kind is TraceKind.LINK:
        return link_term(value)
    if kind is TraceKind.PHONE:
        return phone_term(value, directory.country().phone_prefix)
    account = rules.account_in(value)
    return account_term(*account) if account else None


@transaction.atomic
def remove_trace(number: str, trace_id: UUID, *, by: Officer, now: datetime) -> None:
    """Take a link, an account or a phone number out again: 1. find, lock, 2. write, 3. record."""
    case = lock(reads.case_for(number, Action.CASE_PEOPLE, by=by).id)
    trace = case.traces.filter(id=trace_id, removed_at=None).first()
    if trace is None:
        raise NotFound
    trace.removed_at = now
    trace.save(update_fields=["removed_at"])
    audit.record("casework.trace.remove", reads.CASE, case.id, by=by, now=now, details={"kind": trace.kind})


def people_to_share(
    case: Case,
    wanted: Collection[tuple[UUID, PersonField]],
    *,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> list[tuple[PersonInCase, dict[PersonField, str]]]:
    """Open chosen fields of people of a case, to be shared: recorded and committed first.

    Args:
        wanted: pairs of a person's id and a field; of this case, else `NotFound`.

    Returns each person with the chosen fields that hold something, in the order of `reads.people_of`. Call it
    outside a transaction.
    """
    people = {person.id: person for person in reads.people_of(case)}
    if any(person_id not in people for person_id, _ in wanted):
        raise NotFound
    chosen = [person for person in people.values() if any(id == person.id for id, _ in wanted)]
    if not chosen:
        return []
    texts = vault.open_all(
        [reads.sealed_person(person) for person in chosen],
        action=Action.CASE_REFER,
        relation=reads.relation_of(case),
        object_type=reads.CASE,
        object_id=case.id,
        purpose=Purpose.REFERRAL,
        by=by,
        now=now,
        keys=keys,
        recorded_as="casework.case.share",
    )
    return [
        (person, {f: v for f, v in person_fields(text).items() if (person.id, f) in set(wanted)})
        for person, text in zip(chosen, texts, strict=True)
    ]


def person_fields(text: str) -> dict[PersonField, str]:
    """The fields out of what the vault opened; what a later version named is left out."""
    held = json.loads(text)
    return {name: held[name.value] for name in PersonField if held.get(name.value)}


def _record(action: str, person: PersonInCase, *, by: Officer, now: datetime) -> None:
    details: dict[str, Detail] = {"person": str(person.id), "part": person.part}
    details["suspected"] = person.suspected
    audit.record(action, reads.CASE, person.case_id, by=by, now=now, details=details)
