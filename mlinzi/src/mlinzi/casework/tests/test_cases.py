"""What officers do with a case, and what they are refused."""

from datetime import timedelta

import pytest

from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case, Note
from mlinzi.casework.rules import CaseState, Outcome, Purpose, Reason, Urgency
from mlinzi.casework.tests.conftest import STORY, Desk, status_of
from mlinzi.intake.rules import Status
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, CHAO, KAMAU, OTIENO, WANJIKU
from tests.tables import Deadline, Entry, Letter, Message
from tests.world import WORKER, open_box


def test_taking_a_case_and_taking_it_twice(desk: Desk) -> None:
    receipt = desk.report()
    acts.triage_waiting(by=WORKER, now=now())
    number = Case.objects.get().number
    case = acts.take(number, by=desk.officer(AMINA), now=now())
    assert (case.state, str(case.assignee_id)) == (CaseState.OPEN, desk.officer(AMINA).id)
    assert Deadline.objects.get().closed_at is not None
    assert status_of(receipt) is Status.BEING_READ
    acts.take(number.lower(), by=desk.officer(AMINA), now=now())
    assert Entry.objects.filter(action="casework.case.take").count() == 1
    with pytest.raises(Refused, match="Amina Wekesa has taken this case already"):
        acts.take(number, by=desk.officer(OTIENO), now=now())
    for who in (ACHIENG, CHAO, KAMAU):
        with pytest.raises(NotFound):
            acts.take(number, by=desk.officer(who), now=now())


def test_the_supervisor_gives_a_case_to_a_colleague(desk: Desk) -> None:
    case, otieno = desk.taken(), desk.officer(OTIENO)
    wanjiku = desk.officer(WANJIKU)
    acts.assign(case.number, otieno.id, by=wanjiku, now=now(), keys=keyring())
    assert str(Case.objects.get().assignee_id) == otieno.id
    assert Letter.objects.filter(about="case.assign").count() == 1
    acts.assign(case.number, otieno.id, by=wanjiku, now=now(), keys=keyring())
    assert Letter.objects.filter(about="case.assign").count() == 1
    with pytest.raises(Refused, match="cannot work on cases of this organisation"):
        acts.assign(case.number, desk.officer(ACHIENG).id, by=wanjiku, now=now(), keys=keyring())
    with pytest.raises(NotFound):  # an analyst may take a case, not give one away
        acts.assign(case.number, desk.officer(AMINA).id, by=otieno, now=now(), keys=keyring())


def test_the_colleagues_of_a_case_are_those_of_its_organisation(desk: Desk) -> None:
    names = {c.id for c in reads.colleagues(desk.case(), now=now())}
    assert {desk.officer(AMINA).id, desk.officer(OTIENO).id, desk.officer(WANJIKU).id} <= names
    assert desk.officer(ACHIENG).id not in names


def test_judging_anew_counts_the_waiting_time_again(desk: Desk) -> None:
    case = desk.case(category="asked_for_pictures", at=now() - timedelta(minutes=90))
    assert case.urgency == Urgency.MEDIUM
    amina = desk.officer(AMINA)
    with pytest.raises(Refused, match="Choose why"):
        acts.judge(case.number, urgency=Urgency.HIGH, category="", reason="x", by=amina, now=now())  # type: ignore[arg-type]
    with pytest.raises(Refused, match="from the list"):
        acts.judge(
            case.number,
            urgency=Urgency.HIGH,
            category="nonsense",
            reason=Reason.MISJUDGED,
            by=amina,
            now=now(),
        )
    judged = acts.judge(
        case.number,
        urgency=Urgency.HIGH,
        category="wants_to_meet",
        reason=Reason.MISJUDGED,
        by=amina,
        now=now(),
    )
    assert (judged.urgency_order, judged.urgency_sentence) == (
        0,
        "An officer set this urgency because it had been misjudged.",
    )
    assert judged.category is not None
    assert judged.category.pack_id == "wants_to_meet"
    clock = Deadline.objects.get(closed_at=None)
    assert clock.due_at == case.received_at + timedelta(hours=1)
    entry = Entry.objects.get(action="casework.case.judge")
    assert (entry.details["was"], entry.details["is"], entry.details["reason"]) == (
        "medium",
        "high",
        "misjudged",
    )
    with pytest.raises(NotFound):
        acts.judge(
            case.number,
            urgency=Urgency.LOW,
            category="",
            reason=Reason.MISJUDGED,
            by=desk.officer(CHAO),
            now=now(),
        )


def test_judging_a_taken_case_starts_no_clock_again(desk: Desk) -> None:
    case = desk.taken(category="asked_for_pictures")
    acts.judge(
        case.number,
        urgency=Urgency.HIGH,
        category="",
        reason=Reason.MISJUDGED,
        by=desk.officer(AMINA),
        now=now(),
    )
    assert not Deadline.objects.filter(closed_at=None).exists()


def test_a_note_is_sealed_and_written_once(desk: Desk) -> None:
    case, amina, keys = desk.taken(), desk.officer(AMINA), keyring()
    for _ in range(2):
        acts.note(case.number, "Called the aunt.\x00", form_key=b"k", by=amina, now=now(), keys=keys)
    assert b"aunt" not in bytes(Note.objects.get().sealed)
    opened = acts.open_case(case.number, Purpose.CASEWORK, by=amina, now=now(), keys=keys)
    assert [(n.who, n.text) for n in opened.notes] == [("Amina Wekesa", "Called the aunt.")]
    with pytest.raises(Refused, match="Write the note first"):
        acts.note(case.number, "  ", form_key=b"l", by=amina, now=now(), keys=keys)
    with pytest.raises(NotFound):  # Otieno sees the desk's cases, but writes only in his own
        acts.note(case.number, "Mine?", form_key=b"m", by=desk.officer(OTIENO), now=now(), keys=keys)
    assert Note.objects.count() == 1


def test_an_answer_reaches_the_reporter_once_and_nobody_else(desk: Desk) -> None:
    receipt, keys, amina = desk.report(), keyring(), desk.officer(AMINA)
    acts.triage_waiting(by=WORKER, now=now())
    number = Case.objects.get().number
    with pytest.raises(NotFound):  # not hers yet
        acts.answer(number, "We read it.", form_key=b"k", by=amina, now=now(), keys=keys)
    acts.take(number, by=amina, now=now())
    for _ in range(2):
        acts.answer(number, "We read it.", form_key=b"k", by=amina, now=now(), keys=keys)
    box = open_box(receipt)
    assert ([t.text for t in box.answers], box.status) == (["We read it."], Status.ANSWERED)
    assert b"We read it" not in bytes(Message.objects.get().sealed)
    with pytest.raises(Refused, match="Choose a sentence"):
        acts.answer(number, "\n", form_key=b"l", by=amina, now=now(), keys=keys)
    with pytest.raises(NotFound):
        acts.answer(number, "No.", form_key=b"m", by=desk.officer(CHAO), now=now(), keys=keys)
    assert Message.objects.count() == 1
    assert all("We read it" not in str(e.details) for e in Entry.objects.all())


def test_supervisors_answer_when_the_analyst_is_away(desk: Desk) -> None:
    case, keys = desk.case(), keyring()
    with pytest.raises(Refused, match="Take the case first"):
        acts.answer(case.number, "We read it.", form_key=b"k", by=desk.officer(WANJIKU), now=now(), keys=keys)
    acts.take(case.number, by=desk.officer(AMINA), now=now())
    acts.answer(case.number, "We read it.", form_key=b"k", by=desk.officer(WANJIKU), now=now(), keys=keys)
    assert Message.objects.count() == 1


def test_closing_and_opening_again(desk: Desk) -> None:
    case, amina, keys = desk.taken(), desk.officer(AMINA), keyring()
    referral = desk.refer(case)
    with pytest.raises(Refused, match="A referral is still open"):
        acts.close(case.number, Outcome.HELPED, by=amina, now=now())
    acts.revoke(referral.number, "It is settled.", by=amina, now=now(), keys=keys)
    with pytest.raises(Refused, match="Choose how the case ended"):
        acts.close(case.number, "", by=amina, now=now())  # type: ignore[arg-type]
    closed = acts.close(case.number, Outcome.HELPED, by=amina, now=now())
    assert (closed.state, closed.outcome) == (CaseState.CLOSED, "helped")
    with pytest.raises(Refused, match="closed"):
        acts.note(case.number, "More.", form_key=b"k", by=amina, now=now(), keys=keys)
    with pytest.raises(NotFound):
        acts.reopen(case.number, Reason.REPORTER_WROTE, by=desk.officer(OTIENO), now=now())
    opened = acts.reopen(case.number, Reason.REPORTER_WROTE, by=amina, now=now())
    assert (opened.state, opened.outcome, opened.closed_at) == (CaseState.OPEN, "", None)
    with pytest.raises(Refused, match="not closed"):
        acts.reopen(case.number, Reason.REPORTER_WROTE, by=amina, now=now())


def test_closing_from_the_queue_stops_the_clock(desk: Desk) -> None:
    case, wanjiku = desk.case(), desk.officer(WANJIKU)
    acts.close(case.number, Outcome.DUPLICATE, by=wanjiku, now=now())
    assert not Deadline.objects.filter(closed_at=None).exists()
    opened = acts.reopen(case.number, Reason.MISJUDGED, by=wanjiku, now=now())
    assert str(opened.assignee_id) == wanjiku.id, "what nobody had goes to whoever opens it again"


def test_history_tells_who_opened_it_and_why_to_those_entitled(desk: Desk) -> None:
    case, amina = desk.taken(), desk.officer(AMINA)
    acts.open_case(case.number, Purpose.TRIAGE, by=amina, now=now(), keys=keyring())
    acts.open_case(case.number, Purpose.SUPERVISION, by=desk.officer(WANJIKU), now=now(), keys=keyring())
    for who in (AMINA, WANJIKU, KAMAU):
        _, lines = reads.history(case.number, by=desk.officer(who))
        openings = [(line.who, line.purpose) for line in lines if line.action == "casework.case.open"]
        assert openings == [("Wanjiku Barasa", "supervision"), ("Amina Wekesa", "triage")]
        assert {line.organisation for line in lines if line.who == "Amina Wekesa"} == {
            "Demonstration National Desk"
        }
    for who in (OTIENO, CHAO):  # Otieno may see the case, but whoever opened it is told to its officer alone
        with pytest.raises(NotFound):
            reads.history(case.number, by=desk.officer(who))


def test_no_clear_text_of_a_report_stands_in_any_table_of_the_room(desk: Desk) -> None:
    case, amina, keys = desk.taken(), desk.officer(AMINA), keyring()
    acts.note(case.number, STORY, form_key=b"n", by=amina, now=now(), keys=keys)
    acts.answer(case.number, STORY, form_key=b"a", by=amina, now=now(), keys=keys)
    acts.decline(desk.refer(case, note=STORY).number, STORY, by=desk.officer(ACHIENG), now=now(), keys=keys)
    from django.apps import apps
    from django.db import connection

    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t')  # noqa: S608 - our own table names
            for (row,) in cursor.fetchall():
                assert "tell my school" not in row, model
                assert b"tell my school".hex() not in row, model


def test_a_case_is_shown_to_nobody_whose_role_has_ended(desk: Desk) -> None:
    case = desk.taken()
    assert [row.case.number for row in reads.my_work(by=desk.officer(AMINA)).cases] == [case.number]
    desk.world.people[AMINA].grants.update(ended_at=now())
    assert reads.my_work(by=desk.officer(AMINA)).cases == []
