"""Give providers' programs a way in, and take it back."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads
from mlinzi.access.models import Credential
from mlinzi.access.rules import Action, Officer, Relation, allowed, secret_digest
from mlinzi.audit import acts as audit
from mlinzi.audit.rules import Detail
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import NotFound, Refused

MOST = 10
"""How many credentials of a kind a provider may have at a time: enough to change them without a gap."""


@dataclass(frozen=True)
class Given:
    """A credential and its secret, which is shown once and kept nowhere."""

    credential: Credential
    secret: str = field(repr=False)


@transaction.atomic
def give_credential(organisation: UUID | str, *, live: bool, by: Officer, now: datetime) -> Given:
    """Give a provider's program a way in: 1. may the officer, for this organisation? 2. not too many? 3. draw
    128 random bits, 4. write their digest, 5. record. Raises `NotFound` or `Refused`.

    Args:
        organisation: uuid. live: whether its reports reach officers; else it is for tests.
    """
    house = directory.organisation(organisation)
    if not allowed(by, Action.CREDENTIAL_GIVE, Relation(organisations=frozenset({str(house.uuid)}))):
        raise NotFound
    if house.credentials.filter(live=live, ended_at=None).count() >= MOST:
        raise Refused([f"There are {MOST} of this kind already; end one that is not used any more."])
    secret = secrets.token_urlsafe(16)
    credential = Credential.objects.create(
        login=f"{'live' if live else 'test'}-{secrets.token_hex(5)}",
        secret_digest=secret_digest(secret),
        organisation=house,
        live=live,
        given_by_id=UUID(by.id),
        given_at=now,
    )
    details: dict[str, Detail] = {"organisation": str(house.uuid), "live": live}
    audit.record(
        "access.credential.give", "access.credential", credential.id, by=by, now=now, details=details
    )
    return Given(credential, secret)


@transaction.atomic
def end_credential(credential_id: UUID, *, by: Officer, now: datetime) -> Credential:
    """End a credential at once: its next request is refused. 1. find, lock, 2. write, 3. record. A second
    call changes nothing. Raises `NotFound`.
    """
    found = reads.credential_for(credential_id, Action.CREDENTIAL_GIVE, by=by)
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if credential.ended_at is None:
        credential.ended_at, credential.ended_by_id = now, UUID(by.id)
        credential.save(update_fields=["ended_at", "ended_by"])
        audit.record("access.credential.end", "access.credential", credential.id, by=by, now=now)
    return credential
