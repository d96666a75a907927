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

NOT_READY = (
    "This company has not passed its tests yet. Give it a way in for tests first; its page “How we report” "
    "lists what is left. A real report can be written there by hand at any time."
)


@dataclass(frozen=True)
class Given:
    """A credential and its secret, which is shown once and kept nowhere."""

    credential: Credential
    secret: str = field(repr=False)


@transaction.atomic
def give_credential(organisation: UUID | str, *, live: bool, by: Officer, now: datetime) -> Given:
    """Give a provider's program a way in: 1. may the officer, for this provider? 2. its tests passed, where
    it is for real reports? 3. not too many? 4. draw 128 random bits, 5. write their digest, 6. record. Raises
    `NotFound` or `Refused`.

    Args:
        organisation: uuid. live: whether its reports reach officers; else it is for tests.
    """
    provider = directory.provider_of(organisation)
    house = provider.organisation
    if not allowed(by, Action.CREDENTIAL_GIVE, Relation(organisations=frozenset({str(house.uuid)}))):
        raise NotFound
    if live and provider.ready_at is None:
        raise Refused([NOT_READY])
    if house.credentials.filter(live=live, page=False, ended_at=None).count() >= MOST:
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


@transaction.atomic
def page_program(*, live: bool, by: Officer, now: datetime) -> reads.Program:
    """The way in of a provider's people who fill in our own form: made the first time, with a secret that
    nobody ever sees. Whoever calls asked for the right. Raises `NotFound` where the officer's organisation is
    no provider.
    """
    house = directory.provider_of(by.organisation).organisation
    row, made = Credential.objects.get_or_create(
        organisation=house,
        live=live,
        page=True,
        defaults={
            "login": f"page-{secrets.token_hex(8)}",
            "secret_digest": secret_digest(secrets.token_urlsafe(32)),
            "given_by_id": UUID(by.id),
            "given_at": now,
        },
    )
    if made:
        details: dict[str, Detail] = {"organisation": str(house.uuid), "live": live, "page": True}
        audit.record("access.credential.give", "access.credential", row.id, by=by, now=now, details=details)
    return reads.Program(row.id, row.login, str(house.uuid), house.name, live, person=by)
