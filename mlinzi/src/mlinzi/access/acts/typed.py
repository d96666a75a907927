"""Keep what somebody had typed when the session ended, and give it back to the same person."""

import hashlib
import json
from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction

from kinga import envelope
from mlinzi.access import rules
from mlinzi.access.models import TypedText
from mlinzi.access.rules import Typed
from mlinzi.kernel.errors import OurTurn
from mlinzi.kernel.keyring import KeyRing


class CannotKeep(OurTurn):
    """This process does not hold the key that typed text is sealed with; see docs/keys.md."""


@transaction.atomic
def keep_typed(person_id: UUID | str, path: str, typed: Typed, *, now: datetime, keys: KeyRing) -> None:
    """Keep what was typed: 1. seal it for this person and address, 2. write it over what was kept before.

    Args:
        path: the address that the form is sent to.
    """
    if keys.records is None:
        raise CannotKeep
    content = json.dumps([dict(typed.fields), list(typed.left_out)]).encode()
    digest = _digest(path)
    sealed = envelope.seal(content, to=[keys.records], context=_context(person_id, digest))
    TypedText.objects.update_or_create(
        person_id=person_id, path_digest=digest, defaults={"sealed": sealed, "saved_at": now}
    )


@transaction.atomic
def give_typed_back(person_id: UUID | str, path: str, *, now: datetime, keys: KeyRing) -> Typed | None:
    """Give back what this person had typed for this address, once: 1. lock, 2. delete, 3. open.

    Returns None where nothing is kept, or what was kept is older than a day.
    """
    digest = _digest(path)
    held = TypedText.objects.select_for_update().filter(person_id=person_id, path_digest=digest).first()
    if held is None:
        return None
    held.delete()
    if now - held.saved_at > rules.TYPED_TEXT_LIVES:
        return None
    opened = envelope.open_sealed(bytes(held.sealed), keys=keys.holder, context=_context(person_id, digest))
    fields, left_out = json.loads(opened)
    return Typed(fields, tuple(left_out))


def sweep_typed(*, now: datetime) -> int:
    """Delete what nobody came back for within a day. Returns how many there were."""
    return TypedText.objects.filter(saved_at__lt=now - rules.TYPED_TEXT_LIVES).delete()[0]


def sweep_sessions(*, now: datetime) -> int:
    """Delete sessions that have run out. Returns how many there were."""
    return Session.objects.filter(expire_date__lt=now).delete()[0]


def _digest(path: str) -> bytes:
    return hashlib.sha256(path.encode()).digest()


def _context(person_id: UUID | str, digest: bytes) -> bytes:
    return f"access.typed|{person_id}|{digest.hex()}".encode()
