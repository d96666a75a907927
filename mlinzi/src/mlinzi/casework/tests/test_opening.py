"""What is sealed is opened after it was recorded, or not at all."""

import uuid

import pytest
from django.conf import settings
from django.db import DatabaseError, connection

from kinga import envelope
from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case, Note
from mlinzi.casework.rules import Purpose
from mlinzi.casework.tests.conftest import STORY, Desk
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, CHAO, KAMAU, MORAA, OTIENO
from tests.tables import Entry, Report, StoredFile


def test_each_opening_is_recorded_with_its_purpose(desk: Desk) -> None:
    case, amina = desk.case(), desk.officer(AMINA)
    for _ in range(2):
        opened = acts.open_case(case.number, Purpose.TRIAGE, by=amina, now=now(), keys=keyring())
        assert opened.reports[0].narrative == STORY
        assert STORY not in repr(opened)
    entries = Entry.objects.filter(action="casework.case.open")
    assert [(e.purpose, e.actor_id, e.object_id) for e in entries] == [("triage", amina.id, str(case.id))] * 2


def test_who_may_not_opens_nothing_and_leaves_no_opening_on_record(desk: Desk) -> None:
    case = desk.case()
    for who in (ACHIENG, CHAO, KAMAU, MORAA, "nyambura"):
        with pytest.raises(NotFound):
            acts.open_case(case.number, Purpose.CASEWORK, by=desk.officer(who), now=now(), keys=keyring())
    with pytest.raises(Refused, match="Say why"):
        acts.open_case(case.number, Purpose.REFERRAL, by=desk.officer(AMINA), now=now(), keys=keyring())
    with pytest.raises(NotFound):
        acts.open_case("NO-SUCH", Purpose.CASEWORK, by=desk.officer(AMINA), now=now(), keys=keyring())
    assert not Entry.objects.filter(action="casework.case.open").exists()


def refuse_entries() -> None:
    """Let the database refuse every new entry of the log, as it would without the right to insert."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry ADD CONSTRAINT shut CHECK (at < '2000-01-01') NOT VALID")


def take_entries_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DROP CONSTRAINT shut")


def test_when_the_record_cannot_be_written_nothing_is_decrypted(
    live_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, amina = live_desk.taken(), live_desk.officer(AMINA)
    acts.add_file(
        case.number,
        [b"data"],
        "a.txt",
        4,
        form_key=b"f",
        folder=settings.VAULT,
        by=amina,
        now=now(),
        keys=keyring(),
    )
    file = StoredFile.objects.get()
    referral = live_desk.refer(case)
    decrypted: list[bytes] = []
    opening = envelope.open_sealed

    def noticing(sealed: bytes, *, keys: envelope.KeyHolder, context: bytes) -> bytes:
        decrypted.append(context)
        return opening(sealed, keys=keys, context=context)

    monkeypatch.setattr("kinga.envelope.open_sealed", noticing)
    refuse_entries()
    try:
        with pytest.raises(DatabaseError):
            acts.open_case(case.number, Purpose.CASEWORK, by=amina, now=now(), keys=keyring())
        with pytest.raises(DatabaseError):
            acts.open_referral(
                referral.number, Purpose.REFERRAL, by=live_desk.officer(ACHIENG), now=now(), keys=keyring()
            )
        with pytest.raises(DatabaseError):
            acts.open_file(
                case.number,
                file.id,
                Purpose.CASEWORK,
                folder=settings.VAULT,
                by=amina,
                now=now(),
                keys=keyring(),
            )
        with pytest.raises(DatabaseError):
            acts.refer(
                case.number,
                live_desk.wish(service="rescue"),
                form_key=b"r",
                by=amina,
                now=now(),
                keys=keyring(),
            )
        assert decrypted == []
    finally:
        take_entries_again()
    acts.open_case(case.number, Purpose.CASEWORK, by=amina, now=now(), keys=keyring())
    assert decrypted != []


def test_an_opening_is_committed_before_it_is_decrypted(live_desk: Desk) -> None:
    case, amina = live_desk.taken(), live_desk.officer(AMINA)
    Note.objects.create(case=case, sealed=b"not sealed at all", written_by=amina.id, written_at=now())
    with pytest.raises(envelope.EnvelopeError):
        acts.open_case(case.number, Purpose.CASEWORK, by=amina, now=now(), keys=keyring())
    assert Entry.objects.filter(action="casework.case.open").count() == 1, (
        "the attempt stands although opening failed"
    )


def test_a_sealed_text_moved_to_another_case_does_not_open(desk: Desk) -> None:
    one, two = (
        desk.case("The first story that somebody told us."),
        desk.case("Another story that somebody told us."),
    )
    first, second = (Report.objects.get(id=c.reports.get().report_id) for c in (one, two))
    first.narrative = second.narrative
    first.save()
    with pytest.raises(envelope.Tampered):
        acts.open_case(one.number, Purpose.TRIAGE, by=desk.officer(AMINA), now=now(), keys=keyring())
    opened = acts.open_case(two.number, Purpose.TRIAGE, by=desk.officer(AMINA), now=now(), keys=keyring())
    assert opened.reports[0].narrative.startswith("Another")


def test_files_go_in_sealed_and_come_out_whole(desk: Desk) -> None:
    case, amina = desk.taken(), desk.officer(AMINA)
    data = bytes(range(256)) * 9000
    for _ in range(2):  # a double click keeps one
        acts.add_file(
            case.number,
            [data[:70000], data[70000:]],
            "gespräch ../../x.txt",
            len(data),
            form_key=b"f",
            folder=settings.VAULT,
            by=amina,
            now=now(),
            keys=keyring(),
        )
    file = StoredFile.objects.get()
    assert file.size == len(data)
    opened = acts.open_case(case.number, Purpose.CASEWORK, by=amina, now=now(), keys=keyring())
    assert [f.name for f in opened.files] == ["gespräch ../../x.txt"]
    out = acts.open_file(
        case.number, file.id, Purpose.CASEWORK, folder=settings.VAULT, by=amina, now=now(), keys=keyring()
    )
    assert out.data == data
    entry = Entry.objects.get(action="casework.file.open")
    assert (entry.purpose, entry.object_id) == ("casework", str(case.id))


def test_files_are_refused_to_who_may_not_and_where_they_do_not_fit(desk: Desk) -> None:
    case, amina, folder = desk.taken(), desk.officer(AMINA), settings.VAULT
    more = {"form_key": b"f", "folder": folder, "now": now(), "keys": keyring()}
    with pytest.raises(Refused, match="25 MB"):
        acts.add_file(case.number, [b""], "x", 26 * 1024 * 1024, by=amina, **more)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="empty"):
        acts.add_file(case.number, [], "x", 9, by=amina, **more)  # type: ignore[arg-type]
    with pytest.raises(NotFound):  # Otieno sees the case, but files belong to its own officer
        acts.add_file(case.number, [b"x"], "x", 1, by=desk.officer(OTIENO), **more)  # type: ignore[arg-type]
    assert not StoredFile.objects.exists()
    acts.add_file(case.number, [b"x"], "x", 1, by=amina, **more)  # type: ignore[arg-type]
    file = StoredFile.objects.get()
    other = desk.taken()
    for number, file_id, who in (
        (case.number, file.id, OTIENO),
        (other.number, file.id, AMINA),
        (case.number, uuid.uuid4(), AMINA),
    ):
        with pytest.raises(NotFound):
            acts.open_file(
                number,
                file_id,
                Purpose.CASEWORK,
                folder=folder,
                by=desk.officer(who),
                now=now(),
                keys=keyring(),
            )
    with pytest.raises(Refused, match="Say why"):
        acts.open_file(
            case.number, file.id, Purpose.REFERRAL, folder=folder, by=amina, now=now(), keys=keyring()
        )


def test_reads_of_a_case_agree_with_the_rules_for_everybody(desk: Desk) -> None:
    from mlinzi.access.rules import allowed
    from mlinzi.casework.rules import Action

    case = desk.taken()
    for who in desk.world.people:
        officer = desk.officer(who)
        for action in (a for a in Action if ".case." in a):
            in_sql = reads.cases_seen(action, by=officer).filter(pk=case.pk).exists()
            assert in_sql == allowed(officer, action, reads.relation_of(Case.objects.get(pk=case.pk))), (
                who,
                action,
            )
