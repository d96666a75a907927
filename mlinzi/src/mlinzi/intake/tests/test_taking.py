"""The worker takes over what came besides the words: details, safe contact, later words, files."""

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from psycopg import sql

from kinga import envelope
from mlinzi.intake import acts, jobs, reads, rules
from mlinzi.intake.acts import contact_text
from mlinzi.intake.models import Attachment, Mailbox, Report, Submission, Word
from mlinzi.intake.rules import CookieSecret, Details, Receipt, WordKind, details_from
from mlinzi.intake.rules.acknowledgement import read_acknowledgement
from mlinzi.intake.tests.test_acts import TOLD, open_all, receive
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText
from tests.tables import BlindTerm, Entry, StoredFile
from tests.world import WORKER, open_box, submit

pytestmark = pytest.mark.django_db
DETAILS = Details(
    about="child", age="from_10", since="week", service="Kijani Chat", account="@mgeni_17", channel="sms",
    address="0700 000 001", say="homework", in_flood=True, worked=True,
)  # fmt: skip


def come_back(receipt: Receipt) -> CookieSecret:
    return acts.come_back(receipt, "en", now=now(), keys=keyring())


def write(secret: CookieSecret, kind: WordKind, text: str, *, once: str = "1") -> None:
    acts.write_back(secret, kind, text, once=once, by=Actor.reporter(), now=now(), keys=keyring())


def take(*, after: timedelta = timedelta(0)) -> int:
    return acts.take_words(by=WORKER, now=now() + after, keys=keyring(), country_prefix="254")


def details_of(report: Report) -> Details:
    (thing,) = reads.sealed_details(report)
    return details_from(json.loads(vault.open_for_work(thing, by=WORKER, now=now(), keys=keyring())))


def test_a_report_carries_every_detail_and_only_codes_in_clear(tarrowmere: None) -> None:
    receive(replace(TOLD, details=DETAILS))
    open_all()
    report = Report.objects.get()
    assert (report.about, report.age, report.since, report.channel) == ("child", "from_10", "week", "sms")
    assert report.in_flood
    assert report.worked
    assert details_of(report) == DETAILS
    kinds = set(BlindTerm.objects.filter(subject_id=str(report.id)).values_list("kind", flat=True))
    assert "account" in kinds  # what was told apart is found as what stands in the words is


def test_a_signed_paper_without_content_lies_in_the_mailbox(tarrowmere: None) -> None:
    receipt = submit("Somebody follows me.")
    assert open_box(receipt).acknowledgement == ""
    open_all()
    paper = open_box(receipt).acknowledgement
    verifier = keyring().acknowledged_by
    assert verifier is not None
    found = read_acknowledgement(paper, verifier)
    assert found is not None
    assert found.day == Submission.objects.get().received_at.date()
    assert receipt.digits not in paper.replace(" ", "")
    assert "follows" not in paper
    assert paper.encode() not in bytes(Mailbox.objects.get().acknowledgement)


def test_a_mailbox_whose_key_is_none_does_not_keep_a_report(tarrowmere: None) -> None:
    """Whoever has taken over the door can write one."""
    submit("Somebody follows me.")
    Mailbox.objects.update(public_key=b"short")
    assert open_all() == 1
    assert Report.objects.count() == 1


def test_words_reach_the_desk_once_their_report_is_opened(tarrowmere: None) -> None:
    secret = come_back(submit("Somebody follows me."))
    write(secret, WordKind.WORDS, "He is called @later_canary there")
    assert take() == 0  # no report yet
    open_all()
    report = Report.objects.get()
    assert take() == 1
    assert take() == 0
    (word,) = reads.sealed_words([report.id])
    assert word.unread
    opened = vault.open_for_work(word.text, by=WORKER, now=now(), keys=keyring())
    assert opened == "He is called @later_canary there"
    assert BlindTerm.objects.filter(subject_id=str(report.id), kind="account").exists()
    assert reads.unread_words([report.id]) == {report.id: 1}
    acts.mark_read([word.id], now=now())
    assert reads.unread_words([report.id]) == {}


def test_a_reporter_still_reads_what_the_worker_wrapped_anew(tarrowmere: None) -> None:
    receipt = submit("Somebody follows me.")
    open_all()
    write(come_back(receipt), WordKind.WORDS, "One thing more.")
    before = bytes(Word.objects.get().sealed)
    take()
    assert bytes(Word.objects.get().sealed) != before
    assert [told.text for told in open_box(receipt).messages] == ["One thing more."]


def test_another_contact_holds_from_then_on_and_can_be_taken_back(tarrowmere: None) -> None:
    receipt = receive(replace(TOLD, details=DETAILS))
    open_all()
    secret = come_back(receipt)
    write(secret, WordKind.CONTACT, contact_text(Details(channel="call", address="0711 111 111")))
    take()
    report = Report.objects.get()
    held = details_of(report)
    assert (report.channel, held.channel, held.address, held.say) == ("call", "call", "0711 111 111", "")
    assert held.account == DETAILS.account  # everything else stays
    write(secret, WordKind.CONTACT, contact_text(Details()), once="2")
    take()
    report.refresh_from_db()
    assert report.channel == details_of(report).address == ""
    assert Entry.objects.filter(action="intake.report.contact").count() == 2


def test_the_wish_to_stop_is_noted_once_with_its_time(tarrowmere: None) -> None:
    receipt = submit("Somebody follows me.")
    open_all()
    write(come_back(receipt), WordKind.STOP, "", once="stop")
    write(come_back(receipt), WordKind.STOP, "", once="stop")
    assert Word.objects.filter(kind="stop").count() == 1
    take()
    assert Report.objects.get().stopped_at is not None
    assert open_box(receipt).stopped


POISON = ["null", "[]", "5", "{}", '{"channel": {}}', "[" * 20_000, '{"channel": "box", "address": 1}']


@pytest.mark.parametrize("text", POISON, ids=lambda text: text[:12])
def test_a_contact_that_nobody_can_read_stops_no_other(tarrowmere: None, text: str) -> None:
    """Whoever has taken over the door can seal anything for the worker."""
    receipt = submit("Somebody follows me.")
    open_all()
    secret = come_back(receipt)
    write(secret, WordKind.CONTACT, text)
    write(secret, WordKind.WORDS, "One thing more.", once="2")
    assert take() == 2
    assert set(Word.objects.exclude(taken_at=None).values_list("kind", flat=True)) == {"words"}
    assert take() == 0  # not tried over and over
    assert take(after=timedelta(minutes=61)) == 1
    assert Entry.objects.filter(action="intake.word.fail").count() == 1


def file_of(submission: Submission, *, meta: str | None = None) -> Attachment:
    """The row of a file whose body nobody brought."""
    row = Attachment(id=os.urandom(16).hex(), submission=submission, size=1, sent_at=now())
    row.header, row.cipher_sha256 = b"no header", b"0" * 32
    row.meta = b"no envelope"
    row.save(force_insert=True)
    Attachment.objects.filter(id=row.id).update(named_at=now())
    row.refresh_from_db()
    if meta is not None:
        row.meta = vault.seal_for_worker(meta, "intake.attachment", row.id, "meta", keys=keyring())
        row.save(update_fields=["meta"])
    return row


def test_only_the_numbers_holder_speaks_for_a_mailbox(tarrowmere: None) -> None:
    """Whoever has taken over the door can write rows, but cannot sign for those who came before."""
    receipt = receive(replace(TOLD, details=DETAILS))
    open_all()
    write(come_back(receipt), WordKind.WORDS, "One thing more.")
    true = Word.objects.get()
    forged = [
        ("contact", bytes(true.sealed), bytes(true.signature)),  # a true text as another kind
        ("words", bytes(true.sealed), bytes(true.signature)),  # a true text under another id
        ("stop", bytes(true.sealed), b"\0" * 64),
        ("stop", bytes(true.sealed), b""),
    ]
    for kind, sealed, signature in forged:
        Word.objects.create(
            mailbox=true.mailbox, kind=kind, sealed=sealed, signature=signature,
            form_digest=os.urandom(32), sent_at=now(),
        )  # fmt: skip
    take()
    assert [w.pk for w in Word.objects.exclude(taken_at=None)] == [true.pk]
    assert set(Word.objects.filter(taken_at=None).values_list("failure", flat=True)) == {"NotTheirs"}
    report = Report.objects.get()
    assert (report.stopped_at, report.channel) == (None, DETAILS.channel)


def test_a_file_that_nobody_named_is_never_taken_in(
    tarrowmere: None, door_folder: Path, tmp_path: Path
) -> None:
    submit("Somebody follows me.")
    open_all()
    row = file_of(Submission.objects.get())
    Attachment.objects.update(named_at=None)
    assert acts.adopt_files(by=WORKER, now=now(), keys=keyring(), door=door_folder, folder=tmp_path) == 0
    row.refresh_from_db()
    assert row.failed_at is None


def test_what_the_door_writes_never_says_that_the_worker_was_there(tarrowmere: None) -> None:
    receipt = submit("Somebody follows me.")
    open_all()
    write(come_back(receipt), WordKind.WORDS, "One thing more.")
    mailbox, moment = Word.objects.get().mailbox, now()
    word = Word.objects.create(
        mailbox=mailbox, kind="words", sealed=b"x", signature=b"", form_digest=os.urandom(32), sent_at=moment,
        taken_at=moment, told_at=moment, read_at=moment,
    )  # fmt: skip
    word.refresh_from_db()
    assert (word.taken_at, word.told_at, word.read_at) == (None, None, None)
    row = Attachment.objects.create(
        id=os.urandom(16).hex(), submission=mailbox.submission, size=1, header=b"", meta=b"",
        cipher_sha256=b"", sent_at=moment, named_at=moment, adopted_at=moment,
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.named_at, row.adopted_at) == (None, None)
    for sealed in (b"x" * 65_537, b"x" * 10_000_000):
        with pytest.raises(IntegrityError), transaction.atomic():
            Word.objects.create(
                mailbox=mailbox, kind="words", sealed=sealed, signature=b"", form_digest=os.urandom(32),
                sent_at=moment,
            )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Word.objects.create(
            mailbox=mailbox,
            kind="zzz",
            sealed=b"x",
            signature=b"",
            form_digest=os.urandom(32),
            sent_at=moment,
        )


BAD_META = [None, "", "null", "{}", "[" * 10_000, '{"name": "a.png", "md5": "00", "sha256": "00"}']


@pytest.mark.parametrize("meta", BAD_META, ids=lambda meta: str(meta)[:10])
def test_a_file_that_cannot_be_taken_over_stops_no_other(
    tarrowmere: None, door_folder: Path, tmp_path: Path, meta: str | None
) -> None:
    submit("Somebody follows me.")
    row = file_of(Submission.objects.get(), meta=meta)

    def adopt(after: timedelta = timedelta(0)) -> int:
        moment = now() + after
        return acts.adopt_files(by=WORKER, now=moment, keys=keyring(), door=door_folder, folder=tmp_path)

    assert adopt() == 0  # no report yet
    open_all()
    assert adopt() == 1
    row.refresh_from_db()
    assert row.failed_at is not None
    assert row.failure
    assert not StoredFile.objects.exists()
    assert adopt() == 0
    assert adopt(timedelta(minutes=61)) == 1
    assert Entry.objects.filter(action="intake.attachment.fail").count() == 1


def test_a_file_of_a_submission_that_claims_to_be_opened_stops_no_other(
    tarrowmere: None, door_folder: Path, tmp_path: Path
) -> None:
    """Whoever has taken over the door can write that as well; there is no report that the file belongs to."""
    ghost = Submission(key_digest=os.urandom(32), door="web", received_at=now(), opened_at=now(), sealed=b"x")
    ghost.save(force_insert=True)
    file_of(ghost)
    assert acts.adopt_files(by=WORKER, now=now(), keys=keyring(), door=door_folder, folder=tmp_path) <= 1


TIMES = [
    ("word", "taken_at"), ("word", "told_at"), ("word", "read_at"), ("word", "failed_at"),
    ("word", "sent_at"), ("attachment", "adopted_at"), ("attachment", "failed_at"), ("attachment", "sent_at"),
    ("mailbox", "status_at"), ("mailbox", "created_at"), ("mailbox", "expires_at"), ("draft", "expires_at"),
]  # fmt: skip


def test_the_door_cannot_write_a_time_at_which_the_worker_would_stumble(tarrowmere: None) -> None:
    submit("Somebody follows me.")
    write(come_back(submit("Somebody else.")), WordKind.WORDS, "One thing more.")
    file_of(Submission.objects.earliest("received_at"))
    written = []
    for table, name in TIMES:
        for time in ("infinity", "-infinity", "9999-12-31", "0044-03-15 BC"):
            try:
                with transaction.atomic():
                    query = sql.SQL("UPDATE {} SET {} = %s")
                    names = sql.Identifier(f"intake_{table}"), sql.Identifier(name)
                    connection.cursor().execute(query.format(*names), [time])
                    transaction.set_rollback(True)
                    written.append(f"{table}.{name}: {time}")
            except IntegrityError:
                continue
    assert written == []


def test_a_worker_without_its_keys_sets_no_word_and_no_file_aside(
    tarrowmere: None, door_folder: Path
) -> None:
    receipt = submit("Somebody follows me.")
    open_all()
    write(come_back(receipt), WordKind.WORDS, "One thing more.")
    without = replace(keyring(), records=None)
    with pytest.raises(vault.NoKey):
        acts.take_words(by=WORKER, now=now(), keys=without, country_prefix="254")
    assert Word.objects.get().failed_at is None


def test_the_worker_does_all_of_it(kenya: None, door_folder: Path) -> None:
    submit("Somebody follows me.")
    assert (jobs.open_submissions(), jobs.take_words(), jobs.adopt_files(), jobs.sweep_drafts()) == (
        1,
        0,
        0,
        0,
    )


def test_only_the_worker_and_the_number_open_a_word(tarrowmere: None) -> None:
    from mlinzi.intake.tests.test_acts import door_ring

    receipt, other = submit("Somebody follows me."), submit("Somebody else follows me.")
    write(come_back(receipt), WordKind.WORDS, "One thing more.")
    word = Word.objects.get()
    thing = SealedText("intake.word", str(word.id), "text", bytes(word.sealed))
    with pytest.raises(envelope.NotForUs):
        vault.open_for_work(thing, by=WORKER, now=now(), keys=door_ring())
    secret = keyring().receipt_secret
    assert secret is not None
    keys = [
        envelope.PrivateKey.from_seed("mailbox", rules.mailbox_keys(n, secret).seed) for n in (receipt, other)
    ]
    assert vault.open_for_reporter(thing, keys[0]) == "One thing more."
    with pytest.raises(envelope.EnvelopeError):
        vault.open_for_reporter(thing, keys[1])
