"""Seal, and open after it was recorded."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from kinga import envelope
from mlinzi.access.rules import Officer, Relation, allowed
from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.errors import NotFound, OurTurn
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault.models import BlindTerm
from mlinzi.vault.rules import SealedText, Term, blind, context_of, near_text_digests


class NoKey(OurTurn):
    """This process does not hold the key that this needs; see docs/keys.md for which one does."""


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
    """Open sealed texts for a person.

    1. may this officer do this to this record? 2. record it and commit, 3. only then decrypt.

    Returns the texts by field name. Raises `NotFound` for whoever may not; if the record cannot be written,
    that error goes up and everything stays shut.
    """
    if not allowed(by, action, relation):
        raise NotFound
    audit.record_before_opening(
        action, object_type, object_id, by=by, now=now, purpose=purpose, details={"fields": len(things)}
    )
    return {thing.name: _open(thing, keys.holder) for thing in things}


def open_for_work(thing: SealedText, *, by: Actor, now: datetime, keys: KeyRing) -> str:
    """Open a sealed text inside a process of ours, in the transaction of the act that uses it: record, then decrypt."""
    if by.kind is not ActorKind.PROCESS:
        raise NotFound
    audit.record("vault.text.work", thing.record, thing.id, by=by, now=now, details={"field": thing.name})
    return _open(thing, keys.holder)


def open_for_reporter(thing: SealedText, mailbox: envelope.PrivateKey) -> str:
    """Open a message with the key that only the receipt yields.

    Nothing is recorded: when somebody reads their own answer is nobody's business.
    """
    return _open(thing, envelope.MemoryKeys(mailbox))


def _open(thing: SealedText, holder: envelope.KeyHolder) -> str:
    context = context_of(thing.record, thing.id, thing.name)
    return envelope.open_sealed(thing.sealed, keys=holder, context=context).decode()


@transaction.atomic
def index_terms(
    subject_type: str, subject_id: object, *, terms: Iterable[Term], text: str = "", keys: KeyRing
) -> int:
    """Write the blind indexes of a record: keyed digests of its look-up terms and of its text.

    Returns how many digests there are. A second call adds nothing.
    """
    if keys.blind is None:
        raise NoKey
    rows = {(blind(term, keys.blind), term.partition(":")[0]) for term in terms}
    rows |= {(digest, "near") for digest in near_text_digests(text, keys.blind)}
    BlindTerm.objects.bulk_create(
        [BlindTerm(digest=d, kind=k, subject_type=subject_type, subject_id=str(subject_id)) for d, k in rows],
        ignore_conflicts=True,
    )
    return len(rows)


def rewrap(sealed: bytes, record: str, id: object, name: str, *, keys: KeyRing) -> bytes:
    """The same content under the active key: used by rotation, which never opens the content itself."""
    if keys.records is None:
        raise NoKey
    return envelope.rewrap(sealed, keys=keys.holder, to=[keys.records], context=context_of(record, id, name))


