"""People of the demonstration, whose password and second factor are known. Refuses anywhere else."""

from datetime import datetime

from django.db import transaction

from mlinzi.access.acts import invitations
from mlinzi.access.models import Person
from mlinzi.access.rules import Newcomer
from mlinzi.audit import acts as audit
from mlinzi.directory import reads as directory
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused


@transaction.atomic
def enrol_demonstration(
    newcomer: Newcomer,
    *,
    hashed_password: str,
    totp_secret: str,
    roles_until: datetime,
    by: Actor,
    now: datetime,
) -> Person:
    """Make an invented person who can sign in at once.

    1. only in a database that was marked as a demonstration when it was created, 2. person, password and
    second factor, 3. roles, 4. record.

    Args:
        hashed_password: as `django.contrib.auth.hashers.make_password` gives it; hashed once for all, since
            hashing is slow on purpose.
        totp_secret: base32, as an authenticator app takes it.

    Raises `Refused` in an installation that is not a demonstration.
    """
    if not directory.is_demonstration():
        raise Refused(["This is not a demonstration; people are invited here and choose their own secrets."])
    person = invitations.write_person(newcomer)
    person.password, person.is_active = hashed_password, True
    person.save(update_fields=["password", "is_active"])
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(person, totp_secret)
    for role_id, area_id in newcomer.roles:
        invitations.give_as_owner(person, role_id, area_id, roles_until, by=by, now=now)
    audit.record("access.person.enrol", "access.person", person.id, by=by, now=now)
    return person
