"""The only sender: queue a letter, send what waits."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation

from kinga import envelope
from mlinzi.access import reads as access
from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import OurTurn, Refused, RoadsTurn
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.messaging import rules
from mlinzi.messaging.models import Letter, State
from mlinzi.messaging.rules import Channel, MayBeSaid, SafeContact


class CannotSeal(OurTurn):
    """This process does not hold the key that letters are sealed with; see docs/keys.md."""


@dataclass(frozen=True)
class Draft:
    """A letter to be sent.

    Args:
        effect: what it brings about, as a key that is the same on every retry; a second letter with it is not
            queued.
        about: a code for the outbox, such as ``"referral"``; never a name.
        to: an address; it is sealed with the text.
        said: whether subject and text betray what it is about.
    """

    effect: str
    about: str
    to: str
    subject: str
    text: str
    said: MayBeSaid = MayBeSaid.NEUTRAL


def queue(draft: Draft, contact: SafeContact, *, by: Actor, now: datetime, keys: KeyRing) -> Letter | None:
    """Queue a letter in the caller's transaction.

    1. ask the rules of safe contact, 2. seal address and text, 3. write with the first moment allowed, 4.
    record.

    Returns None where the same effect was queued before. Raises `Refused` with the reasons where this person
    may not be written to.
    """
    if reasons := rules.why_not_contact(contact, Channel.MAIL, draft.said):
        raise Refused(reasons)
    if keys.records is None:
        raise CannotSeal
    if Letter.objects.filter(effect=draft.effect).exists():
        return None
    letter = Letter(
        id=new_id(),
        effect=draft.effect,
        channel=Channel.MAIL,
        about=draft.about,
        queued_at=now,
        not_before=rules.not_before(contact, now),
    )
    content = json.dumps({"to": draft.to, "subject": draft.subject, "text": draft.text}, ensure_ascii=False)
    letter.sealed = envelope.seal(content.encode(), to=[keys.records], context=_context(letter))
    letter.save(force_insert=True)
    audit.record(
        "messaging.letter.queue",
        "messaging.letter",
        letter.id,
        by=by,
        now=now,
        details={"about": draft.about},
    )
    return letter


def queue_to_person(
    person_id: str, draft: Draft, *, by: Actor, now: datetime, keys: KeyRing
) -> Letter | None:
    """Queue a letter to somebody of the house at the address of their account. None for an account that
    ended.
    """
    address = access.address_of(person_id)
    if not address:
        return None
    filled = Draft(draft.effect, draft.about, address, draft.subject, draft.text, draft.said)
    return queue(filled, SafeContact(Channel.MAIL), by=by, now=now, keys=keys)


def tell(
    people: Iterable[tuple[str, str]],
    about: str,
    effect: str,
    path: str,
    words: Callable[[], tuple[str, str]],
    *,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> int:
    """Queue a letter to people of the house that says that something waits, and where; never what.

    Args:
        people: pairs of person id and language.
        about: a code for the outbox. effect: the same on every retry, so that nobody is told twice.
        path: the page's path; it holds a spoken number and no more.
        words: gives subject and sentence, in the language that holds when it is asked.

    Returns how many people have the letter now (a letter that was queued before counts).
    """
    told = 0
    for person_id, language in people:
        with translation.override(language or settings.LANGUAGE_CODE):
            subject, sentence = words()
            text = f"{sentence}\n\n{settings.STAFF_ADDRESS}{path}\n"
        draft = Draft(f"{effect}:{person_id}", about, "", subject, text)
        queue_to_person(person_id, draft, by=by, now=now, keys=keys)
        told += 1
    return told


def send_waiting(*, by: Actor, now: datetime, keys: KeyRing, limit: int = 50) -> int:
    """Send letters that wait, one transaction each. Returns how many left.

    1. lock one (skipping what another worker holds), 2. send, 3. mark. A kill between 2 and 3 sends the same
    letter again, with the same Message-ID, by which the receiving side knows it.
    """
    sent = 0
    for _ in range(limit):
        with transaction.atomic():
            waiting = Letter.objects.select_for_update(skip_locked=True).filter(
                state=State.WAITING, not_before__lte=now
            )
            letter = waiting.order_by("not_before").first()
            if letter is None:
                break
            sent += _send_one(letter, by=by, now=now, keys=keys)
    return sent


def _send_one(letter: Letter, *, by: Actor, now: datetime, keys: KeyRing) -> int:
    letter.attempts += 1
    try:
        _deliver(letter, _content_of(letter, keys))
    except RoadsTurn as error:
        again = None if error.permanent else rules.next_try(letter.attempts, now)
        letter.failure = type(error.__cause__).__name__ if error.__cause__ else "refused"
        letter.state = State.WAITING if again else State.FAILED
        letter.not_before = again or letter.not_before
        letter.save()
        return 0
    letter.state, letter.sent_at, letter.failure = State.SENT, now, ""
    letter.save()
    audit.record(
        "messaging.letter.send",
        "messaging.letter",
        letter.id,
        by=by,
        now=now,
        details={"about": letter.about},
    )
    return 1


def _content_of(letter: Letter, keys: KeyRing) -> dict[str, str]:
    """A letter in clear. One that does not open waits for its next try, and the letters behind it leave: the
    cause may be a key file of ours, or a row that somebody changed.
    """
    try:
        opened = envelope.open_sealed(bytes(letter.sealed), keys=keys.holder, context=_context(letter))
        content = json.loads(opened)
        return {name: str(content[name]) for name in ("to", "subject", "text")}
    except (envelope.EnvelopeError, ValueError, LookupError, TypeError) as error:
        raise RoadsTurn("The letter could not be opened.") from error


def _deliver(letter: Letter, content: dict[str, str]) -> None:
    message = EmailMessage(
        content["subject"],
        content["text"],
        to=[content["to"]],
        headers={"Message-ID": f"<{letter.id}@mlinzi>", "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        raise RoadsTurn("The address was refused.", permanent=True) from error
    except (SMTPException, OSError) as error:
        raise RoadsTurn("The mail server could not be reached.") from error
    except ValueError as error:  # a line end in the subject or the address
        raise RoadsTurn("The letter cannot be sent as it is.", permanent=True) from error


def _context(letter: Letter) -> bytes:
    return f"messaging.letter|{letter.id}".encode()
