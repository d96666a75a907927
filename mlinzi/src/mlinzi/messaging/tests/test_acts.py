"""A letter is queued once, waits sealed, leaves once, and is tried again when the road fails."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.test import override_settings

from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import KeyRing, keyring
from mlinzi.messaging import acts, jobs, reads
from mlinzi.messaging.acts import Draft
from mlinzi.messaging.models import Letter
from mlinzi.messaging.rules import Channel, MayBeSaid, SafeContact
from tests.people import AMINA, WAMBUI
from tests.tables import Entry, Invitation
from tests.world import make_world

NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
WORKER = Actor.process("worker")
MAIL = SafeContact(Channel.MAIL)
pytestmark = pytest.mark.django_db


def draft(effect: str = "e1", **more: Any) -> Draft:
    return Draft(effect, "test", "ada@demo.invalid", "A subject", "The canary sings.", **more)


def queue(letter: Draft, contact: SafeContact = MAIL, at: datetime = NOW) -> Letter | None:
    return acts.queue(letter, contact, by=WORKER, now=at, keys=keyring())


def send(at: datetime = NOW) -> int:
    return acts.send_waiting(by=WORKER, now=at, keys=keyring())


def test_a_letter_leaves_once_and_lies_sealed() -> None:
    letter = queue(draft())
    assert letter is not None
    assert b"canary" not in bytes(letter.sealed)
    assert b"ada@" not in bytes(letter.sealed)
    assert reads.outbox().waiting == 1
    assert (send(), send()) == (1, 0)
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["ada@demo.invalid"], "A subject", "The canary sings.")
    assert str(letter.id) in sent.extra_headers["Message-ID"]
    assert reads.outbox().waiting == 0
    assert {e.action for e in Entry.objects.all()} == {"messaging.letter.queue", "messaging.letter.send"}
    assert all("canary" not in str(e.details) for e in Entry.objects.all())


def test_the_same_effect_is_queued_once() -> None:
    assert queue(draft()) is not None
    assert queue(draft()) is None
    assert queue(draft("e2")) is not None
    assert Letter.objects.count() == 2


def test_safe_contact_is_asked_inside_so_that_no_caller_can_forget_it() -> None:
    with pytest.raises(Refused, match="never to be contacted"):
        queue(draft(), SafeContact(Channel.MAIL, never=True))
    with pytest.raises(Refused, match="do not say what they are about"):
        queue(draft(said=MayBeSaid.SUBJECT))
    with pytest.raises(acts.CannotSeal):
        acts.queue(draft(), MAIL, by=WORKER, now=NOW, keys=KeyRing())
    assert not Letter.objects.exists()
    queue(draft(), SafeContact(Channel.MAIL, hours=(time(18), time(20))))
    assert send() == 0
    assert send(NOW + timedelta(hours=7)) == 1


def test_what_is_rolled_back_was_never_queued() -> None:
    with transaction.atomic():
        queue(draft())
        transaction.set_rollback(True)
    assert not Letter.objects.exists()
    assert send() == 0


class ClosedRoad(EmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError


class UnknownAddress(EmailBackend):
    """A mail server that knows no such address."""

    def send_messages(self, email_messages: Any) -> int:
        from smtplib import SMTPRecipientsRefused

        raise SMTPRecipientsRefused({})


def test_a_closed_road_is_tried_again_and_ends_as_failed() -> None:
    queue(draft())
    with override_settings(EMAIL_BACKEND=f"{__name__}.ClosedRoad"):
        assert send() == 0
        held = Letter.objects.get()
        assert (held.attempts, held.state, held.failure) == (1, "waiting", "ConnectionRefusedError")
        assert held.not_before == NOW + timedelta(minutes=1)
        assert send() == 0
        assert Letter.objects.get().attempts == 1, "not before its time"
        for day in range(1, 13):
            send(NOW + timedelta(days=day))
    assert (Letter.objects.get().state, reads.outbox().failed) == ("failed", 1)
    assert send(NOW + timedelta(days=30)) == 0


def test_one_letter_that_cannot_leave_holds_up_no_other() -> None:
    queue(draft())
    with override_settings(EMAIL_BACKEND=f"{__name__}.ClosedRoad"):
        send()
    queue(draft("e2"))
    assert send() == 1
    assert send(NOW + timedelta(minutes=2)) == 1


def test_an_address_that_is_refused_is_not_tried_again() -> None:
    queue(draft())
    with override_settings(EMAIL_BACKEND=f"{__name__}.UnknownAddress"):
        send()
    assert Letter.objects.get().state == "failed"


def test_letters_to_people_of_the_house_go_to_their_account() -> None:
    world = make_world("ke")
    amina = world.people[AMINA]
    ours = Draft("e1", "test", "", "A subject", "Text")
    queued = acts.queue_to_person(str(amina.id), ours, by=WORKER, now=NOW, keys=keyring())
    assert queued is not None
    amina.is_active = False
    amina.save()
    after = Draft("e2", "test", "", "A subject", "Text")
    assert acts.queue_to_person(str(amina.id), after, by=WORKER, now=NOW, keys=keyring()) is None
    assert send() == 1
    assert mail.outbox[0].to == ["amina@demo.invalid"]


def test_an_invitation_is_written_once_and_its_token_lies_nowhere_in_clear() -> None:
    from mlinzi.access import acts as access
    from mlinzi.kernel.clock import now

    world = make_world("ke")
    access.invite(
        name="Invented Person",
        email="new@demo.invalid",
        organisation_uuid=world.organisations["national_desk"].uuid,
        language="en",
        by=world.officer(WAMBUI),
        now=now(),
    )
    assert (jobs.invite(), jobs.invite()) == (1, 0)
    assert jobs.send() == 1
    token = mail.outbox[0].body.split("/welcome/")[1].split("/")[0]
    assert len(token) == 43
    assert token.encode() not in bytes(Invitation.objects.get().token_digest or b"")
    assert token.encode() not in bytes(Letter.objects.get().sealed)


def test_one_that_cannot_be_opened_or_sent_keeps_no_other_from_leaving() -> None:
    spoiled, swapped = (queue(draft(f"bad {n}"), at=NOW - timedelta(hours=1)) for n in range(2))
    assert spoiled is not None
    assert swapped is not None
    queue(Draft("folded", "test", "ada@demo.invalid", "Two\nlines", "text"), at=NOW - timedelta(hours=1))
    Letter.objects.filter(pk=swapped.pk).update(sealed=bytes(spoiled.sealed))
    Letter.objects.filter(pk=spoiled.pk).update(sealed=b"no envelope at all")
    queue(draft("good"))
    assert send() == 1
    states = dict(Letter.objects.values_list("effect", "state"))
    assert states == {"bad 0": "waiting", "bad 1": "waiting", "folded": "failed", "good": "sent"}
    assert all(letter.failure for letter in Letter.objects.exclude(state="sent"))
    Letter.objects.filter(pk=spoiled.pk).update(sealed=bytes(spoiled.sealed))
    assert send(NOW + timedelta(minutes=2)) == 1
