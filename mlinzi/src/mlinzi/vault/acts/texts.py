"""Seal named fields, and open them after it was recorded."""

from collections.abc import Sequence
from datetime import datetime

from kinga import envelope
from mlinzi.access.rules import Officer, Relation, allowed
from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault.rules import NoKey, SealedText, context_of


def seal_text(text: str, record: str, id: object, name: str, *, keys: KeyRing) -> bytes:
    """Seal one named field of a record for our own desk. Raises `NoKey`."""
    if keys.records is None:
        raise NoKey
    return envelope.seal(text.encode(), to=[keys.records], context=context_of(record, id, name))


def seal_for_worker(text: str, record: str, id: object, name: str, *, keys: KeyRing) -> bytes:
    """Seal something at the door: who seals here cannot open it again. Raises `NoKey`."""
    if keys.intake is None:
        raise NoKey
    return envelope.seal(text.encode(), to=[keys.intake], context=context_of(record, id, name))


def seal_for_reporter(
    text: str, record: str, id: object, name: str, *, mailbox: envelope.PublicKey, keys: KeyRing
) -> bytes:
    """Seal a message for whoever holds the receipt, and for the desk that wrote it."""
    if keys.records is None:
        raise NoKey
    context = context_of(record, id, name)
    return envelope.seal(text.encode(), to=[mailbox, keys.records], context=context)


def open_all(
    things: Sequence[SealedText],
    *,
    action: str,
    relation: Relation,
    object_type: str,
    object_id: object,
    purpose: str,
    by: Officer,
    now: datetime,
    keys: KeyRing,
    recorded_as: str = "",
) -> list[str]:
    """Open sealed texts for a person, in the order given.

    1. may this officer do this to this record? 2. record it and commit, 3. only then decrypt.

    Args:
        action: the right that is asked for. recorded_as: what the log calls it, where that is not the same.

    Raises `NotFound` for whoever may not; if the record cannot be written, that error goes up and everything
    stays shut. Call it outside a transaction.
    """
    if not allowed(by, action, relation):
        raise NotFound
    audit.record_before_opening(
        recorded_as or action,
        object_type,
        object_id,
        by=by,
        now=now,
        purpose=purpose,
        details={"fields": len(things)},
    )
    return [_open(thing, keys.holder) for thing in things]


def open_texts(
    things: Sequence[SealedText],
    *,
    action: str,
    relation: Relation,
    object_type: str,
    object_id: object,
    purpose: str,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> dict[str, str]:
    """The same as `open_all` for the fields of one record: texts by field name."""
    texts = open_all(
        things,
        action=action,
        relation=relation,
        object_type=object_type,
        object_id=object_id,
        purpose=purpose,
        by=by,
        now=now,
        keys=keys,
    )
    return {thing.name: text for thing, text in zip(things, texts, strict=True)}


def open_own(thing: SealedText, *, action: str, by: Officer, now: datetime, keys: KeyRing) -> str:
    """Open what was written to this officer, or by them; the caller found it as theirs.

    1. record it and commit, 2. only then decrypt. Call it outside a transaction.
    """
    audit.record_before_opening(
        action, thing.record, thing.id, by=by, now=now, purpose="", details={"fields": 1}
    )
    return _open(thing, keys.holder)


def open_for_work(thing: SealedText, *, by: Actor, now: datetime, keys: KeyRing) -> str:
    """Open a sealed text inside a process of ours, in the transaction of the act that uses it: record, then
    decrypt.
    """
    if by.kind is not ActorKind.PROCESS:
        raise NotFound
    audit.record("vault.text.work", thing.record, thing.id, by=by, now=now, details={"field": thing.name})
    return _open(thing, keys.holder)


def open_for_guest(
    thing: SealedText,
    *,
    action: str,
    object_type: str,
    object_id: object,
    purpose: str,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> str:
    """Open a sealed text for a guest whose link the caller has checked: record it and commit, then decrypt.

    Raises `NotFound` for anybody but a guest. Call it outside a transaction.
    """
    if by.kind is not ActorKind.GUEST:
        raise NotFound
    audit.record_before_opening(
        action, object_type, object_id, by=by, now=now, purpose=purpose, details={"fields": 1}
    )
    return _open(thing, keys.holder)


def open_for_reporter(thing: SealedText, mailbox: envelope.PrivateKey) -> str:
    """Open a message with the key that only the receipt yields.

    Nothing is recorded: when somebody reads their own answer is nobody's business.
    """
    return _open(thing, envelope.MemoryKeys(mailbox))


def _open(thing: SealedText, holder: envelope.KeyHolder) -> str:
    context = context_of(thing.record, thing.id, thing.name)
    return envelope.open_sealed(thing.sealed, keys=holder, context=context).decode()


def rewrap(sealed: bytes, record: str, id: object, name: str, *, keys: KeyRing) -> bytes:
    """The same content under the active key: used by rotation, which never opens the content itself."""
    if keys.records is None:
        raise NoKey
    return envelope.rewrap(sealed, keys=keys.holder, to=[keys.records], context=context_of(record, id, name))
