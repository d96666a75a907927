"""Second factors of one's own account. The sign-in library stores them, `access.sealing` seals them."""

from datetime import datetime
from typing import Any

from django.db import transaction

from mlinzi.access import reads
from mlinzi.access.models import Person
from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.kernel.errors import NotFound, Refused

# The library is imported where it is used: the public site reads this room's rules and goes without it.


@transaction.atomic
def add_app(secret: str, *, by: Officer, now: datetime) -> int:
    """Add an authenticator app whose first code was right.

    1. lock the person, 2. is there one already? 3. write, 4. record. Returns the factor's id.
    """
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP

    person = Person.objects.select_for_update().get(pk=by.id)
    if any(factor.type == Authenticator.Type.TOTP for factor in reads.factors_of(person.id)):
        raise Refused(["You have an authenticator app already; remove it first, or add a passkey."])
    added = TOTP.activate(person, secret).instance
    audit.record(
        "access.factor.add", "access.person", person.id, by=by, now=now, details={"kind": added.type}
    )
    return int(added.pk)


@transaction.atomic
def add_passkey(name: str, credential: dict[str, Any], *, by: Officer, now: datetime) -> int:
    """Add a passkey that has proved itself: 1. lock the person, 2. write, 3. record. Returns its id."""
    from allauth.mfa.webauthn.internal.auth import WebAuthn

    person = Person.objects.select_for_update().get(pk=by.id)
    added = WebAuthn.add(person, name, credential).instance
    audit.record(
        "access.factor.add", "access.person", person.id, by=by, now=now, details={"kind": added.type}
    )
    return int(added.pk)


@transaction.atomic
def remove_factor(factor_id: int, *, by: Officer, now: datetime) -> None:
    """Remove one of one's own second factors.

    1. lock the person, 2. is another one left? 3. delete, 4. record.

    Raises `NotFound` for a factor of somebody else, `Refused` for the last one.
    """
    # The lock on the person keeps two removals at once from taking the last two.
    person = Person.objects.select_for_update().get(pk=by.id)
    held = reads.factors_of(person.id)
    factor = next((f for f in held if f.pk == factor_id), None)
    if factor is None:
        raise NotFound
    if len(held) == 1:
        raise Refused(["This is your only second factor; add another one before you remove it."])
    kind = factor.type
    factor.delete()
    audit.record("access.factor.remove", "access.person", person.id, by=by, now=now, details={"kind": kind})
