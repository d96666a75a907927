"""Seal for somebody who has no account: whoever bears a cookie, or the number of a mailbox."""

from datetime import datetime

from kinga import envelope
from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault.rules import NoKey, SealedText, context_of

_BEARER = "bearer"


def seal_for_bearer(text: str, record: str, id: object, name: str, *, key: bytes) -> bytes:
    """Seal something under a key (32 bytes) that only a browser's cookie yields."""
    to = [envelope.SymmetricKey(_BEARER, key)]
    return envelope.seal(text.encode(), to=to, context=context_of(record, id, name))


def open_for_bearer(thing: SealedText, *, key: bytes) -> str:
    """Open it again. Nothing is recorded: what somebody does with their own words is nobody's business.

    Raises `envelope.EnvelopeError` for another key or a changed text.
    """
    holder = envelope.MemoryKeys(envelope.SymmetricKey(_BEARER, key))
    context = context_of(thing.record, thing.id, thing.name)
    return envelope.open_sealed(thing.sealed, keys=holder, context=context).decode()


def seal_from_reporter(
    text: str, record: str, id: object, name: str, *, mailbox: envelope.PublicKey, keys: KeyRing
) -> bytes:
    """Seal what a reporter writes: for their own mailbox, and for the worker. Raises `NoKey`."""
    if keys.intake is None:
        raise NoKey
    context = context_of(record, id, name)
    return envelope.seal(text.encode(), to=[mailbox, keys.intake], context=context)


def wrap_for_desk(
    sealed: bytes,
    record: str,
    id: object,
    name: str,
    *,
    mailbox: envelope.PublicKey,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> bytes:
    """What a reporter wrote, wrapped for their mailbox and the desk; the content is not opened.

    1. only a process of ours does this, 2. record it, 3. wrap anew. Raises `NoKey`, `NotFound`, or
    `envelope.EnvelopeError` for what no door of ours sealed.
    """
    if by.kind is not ActorKind.PROCESS:
        raise NotFound
    if keys.records is None:
        raise NoKey
    audit.record("vault.text.wrap", record, id, by=by, now=now, details={"field": name})
    context = context_of(record, id, name)
    return envelope.rewrap(sealed, keys=keys.holder, to=[mailbox, keys.records], context=context)


def seal_to_mailbox(text: str, record: str, id: object, name: str, *, mailbox: envelope.PublicKey) -> bytes:
    """Seal something that only whoever holds the number is to read, not even the desk."""
    return envelope.seal(text.encode(), to=[mailbox], context=context_of(record, id, name))
