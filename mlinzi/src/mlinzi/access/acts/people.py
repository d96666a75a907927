"""What becomes of an account."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads
from mlinzi.access.models import Person, TypedText
from mlinzi.access.rules import Action, Officer
from mlinzi.audit import acts as audit
from mlinzi.kernel.errors import Refused


@transaction.atomic
def end_person(person_id: UUID | str, *, by: Officer, now: datetime) -> None:
    """End a person's account for good.

    1. may the officer? 2. lock and shut out, 3. end all grants, 4. record. Records of what they did stay.
    Their sessions die with the next request.
    """
    found = reads.person_for(person_id, Action.PERSON_END, by=by)
    person = Person.objects.select_for_update().get(pk=found.pk)
    if str(person.id) == by.id:
        raise Refused(["You cannot end your own account; ask a colleague."])
    if person.ended_at is not None:
        raise Refused(["This account has ended already."])
    person.ended_at = now
    shut_out(person)
    person.grants.filter(ended_at=None).update(ended_at=now)
    audit.record("access.person.end", "access.person", person.id, by=by, now=now)


def shut_out(person: Person) -> None:
    """Take every way in from a person, inside an act's transaction: password, factors, invitations.

    A password that cannot be used also ends all sessions: each of them carries a digest of the password, so
    that none comes back to life when the account is used again.
    """
    person.is_active = False
    person.set_unusable_password()
    person.save(update_fields=["is_active", "password", "ended_at"])
    for factor in reads.factors_of(person.id):
        factor.delete()
    TypedText.objects.filter(person=person).delete()
    person.invitations.filter(used_at=None).update(token_digest=None)


@transaction.atomic
def change_password(*, old: str, new: str, by: Officer, now: datetime) -> Person:
    """Change one's own password, which ends all other sessions.

    1. lock, 2. is the old one right? 3. write, 4. record.

    Raises `Refused`. The form has asked the rules for passwords.
    """
    person = Person.objects.select_for_update().get(pk=by.id)
    if not person.check_password(old):
        raise Refused(["The old password is not right."])
    person.set_password(new)
    person.save(update_fields=["password"])
    audit.record("access.password.change", "access.person", person.id, by=by, now=now)
    return person


@transaction.atomic
def choose_language(language: str, *, by: Officer, now: datetime) -> None:
    """Choose the language of one's own pages and letters: 1. write, 2. record."""
    Person.objects.filter(pk=by.id).update(language=language)
    audit.record(
        "access.person.language", "access.person", by.id, by=by, now=now, details={"language": language}
    )
