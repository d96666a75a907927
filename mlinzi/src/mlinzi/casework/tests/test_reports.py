"""Several reports in one case: who reads an answer, which are shown, and how one is taken out again.

Somebody who wants to know what a child is told, or to bury a child's report, can send the child's words too.
"""

import secrets
from uuid import UUID, uuid4

import pytest

from mlinzi.casework import acts, reads
from mlinzi.casework.acts import opening
from mlinzi.casework.models import Case, CaseReport
from mlinzi.casework.reads import reports as case_reports
from mlinzi.casework.rules import CaseState, Outcome, Purpose, Urgency
from mlinzi.casework.tests.conftest import Desk, status_of
from mlinzi.casework.tests.test_copies import flood
from mlinzi.casework.tests.test_reporters import taken_over
from mlinzi.casework.tests.test_web import browser, key_in, open_it, page, send, text_of
from mlinzi.directory.reads import public_texts
from mlinzi.intake.rules import Receipt, Status, WordKind
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.vault import reads as vault
from tests.people import AMINA, CHAO
from tests.tables import Deadline, Entry, Letter, Report, StoredFile, Word
from tests.world import WORKER, open_box

OWN = "Go to Achieng at the clinic on Friday; she knows that you come."


def ready() -> str:
    return public_texts("en")["answer.thank_you"]


def a_row(desk: Desk, reports: int) -> tuple[Case, list[Receipt]]:
    """A taken case with so many reports of the same words, and their numbers, the oldest first."""
    receipts = flood(desk, reports + 2)
    case = max(Case.objects.all(), key=lambda case: case.reports.count())
    assert case.reports.count() == reports
    acts.take(case.number, by=desk.officer(AMINA), now=now())
    return case, [receipts[0], *receipts[3:]]


def ids_of(case: Case) -> list[UUID]:
    return list(case.reports.order_by("report__received_at").values_list("report_id", flat=True))


def answer(desk: Desk, case: Case, text: str, **more: object) -> None:
    key = secrets.token_bytes(16)
    acts.answer(case.number, text, form_key=key, by=desk.officer(AMINA), now=now(), keys=keyring(), **more)  # type: ignore[arg-type]


def opened(desk: Desk, case: Case, **more: int) -> acts.OpenCase:
    return acts.open_case(
        case.number, Purpose.CASEWORK, by=desk.officer(AMINA), now=now(), keys=keyring(), **more
    )


def heard(receipt: Receipt) -> list[str]:
    return [told.text for told in open_box(receipt).answers]


def test_whoever_copies_the_words_of_a_child_is_not_told_what_the_child_is_told(desk: Desk) -> None:
    case, (copycat, child) = a_row(desk, 2)
    with pytest.raises(Refused, match="one reporter only"):
        answer(desk, case, OWN)
    with pytest.raises(Refused, match="one reporter only"):
        answer(desk, case, f"{ready()}\n\n{OWN}")
    assert heard(copycat) == heard(child) == []

    answer(desk, case, OWN, to=ids_of(case)[1])
    assert (heard(copycat), heard(child)) == ([], [OWN])
    assert (status_of(copycat), status_of(child)) == (Status.BEING_READ, Status.ANSWERED)

    answer(desk, case, ready())
    assert heard(copycat) == [ready()]
    assert sorted(heard(child)) == sorted([OWN, ready()])
    entries = Entry.objects.filter(action="casework.case.answer").order_by("at")
    assert [entry.details["told"] for entry in entries] == [1, 2]

    other = desk.taken(narrative="Somebody else writes about something else on another day.")
    for wrong in (other.reports.get().report_id, uuid4()):
        with pytest.raises(NotFound):
            answer(desk, case, OWN, to=wrong)
    answer(desk, other, OWN)


def test_one_who_asked_to_stop_is_left_in_peace_and_the_others_are_answered(desk: Desk) -> None:
    case, (first, second) = a_row(desk, 2)
    taken_over(first, WordKind.STOP)
    with pytest.raises(Refused, match="asked us to stop"):
        answer(desk, case, OWN, to=ids_of(case)[0])
    answer(desk, case, ready())
    assert (heard(first), heard(second)) == ([], [ready()])
    assert status_of(first) is Status.BEING_READ


def test_the_page_asks_who_reads_it_and_says_how_many_before_it_is_sent(desk: Desk) -> None:
    case, (copycat, child) = a_row(desk, 2)
    amina, chosen = browser(desk, AMINA), str(ids_of(case)[1])
    form = page(amina, "answer", case.number)
    assert "Who reads it?" in text_of(form)
    assert "All reporters of this case, 2 mailboxes" in text_of(form)
    sent = {"form_key": key_in(form), "own": OWN}
    assert "Choose who reads it." in text_of(send(amina, "answer", case.number, **sent))
    for step in ({"preview": "yes"}, {"send": "yes"}):
        refused = send(amina, "answer", case.number, to="all", **sent, **step)
        assert refused.status_code == 422
        assert "choose which one" in text_of(refused)
        assert OWN in text_of(refused), "nothing typed is lost"
    absent = send(amina, "answer", case.number, to=str(uuid4()), preview="yes", **sent)
    assert absent.status_code == 404

    near = page(amina, "answer", case.number, to=chosen)
    assert f'value="{chosen}"' in near.content.decode()
    assert "Report 1 " not in text_of(near)
    preview = send(amina, "answer", case.number, to=chosen, preview="yes", **sent)
    assert "It goes to one mailbox: that of report 2" in text_of(preview)
    assert send(amina, "answer", case.number, to=chosen, send="yes", **sent).status_code == 302
    assert (heard(copycat), heard(child)) == ([], [OWN])

    sent = {
        "form_key": key_in(page(amina, "answer", case.number)),
        "to": "all",
        "sentences": "answer.thank_you",
    }
    assert "It goes to 2 reporters of this case." in text_of(send(amina, "answer", case.number, **sent))
    assert send(amina, "answer", case.number, send="yes", **sent).status_code == 302
    assert heard(copycat) == [ready()]


def test_a_case_of_one_report_asks_nothing_more_than_before(desk: Desk) -> None:
    form = text_of(page(browser(desk, AMINA), "answer", desk.taken().number))
    assert "Who reads it?" not in form
    assert "mailboxes" not in form


def test_no_report_is_buried_under_its_copies(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_reports, "REPORTS_SHOWN", 2)
    case, receipts = a_row(desk, 5)
    taken_over(receipts[4], WordKind.WORDS, "He comes tonight.")
    first = opened(desk, case)
    assert [report.row.place for report in first.reports] == [5, 1], (
        "who wrote later stands before the oldest"
    )
    assert [letter.text for letter in first.letters] == ["He comes tonight."]
    Report.objects.filter(id=ids_of(case)[3]).update(channel="call")
    places = [[report.row.place for report in opened(desk, case, page=at).reports] for at in (1, 2, 3)]
    assert places == [[4, 5], [1, 2], [3]]
    assert opened(desk, case, page=99).shown == opened(desk, case, page=3).shown
    assert opened(desk, case, page=-1).shown == opened(desk, case).shown
    assert opened(desk, case, page=2).letters == [], "letters are those of the reports that are shown"
    assert reads.reports_of(case).total == 5

    amina = browser(desk, AMINA)
    open_it(amina, case.number)
    recorded = Entry.objects.filter(action="casework.case.open").count()
    second = text_of(amina.get(f"/cases/{case.number}/?reports=2"))
    assert "Reports 3 to 4 of 5." in second
    assert "Reports before these" in second
    assert "Next reports" in second
    last = text_of(amina.get(f"/cases/{case.number}/?reports=9"))
    assert "Reports 5 to 5 of 5." in last
    assert "Next reports" not in last
    assert "Reports 1 to 2" in text_of(amina.get(f"/cases/{case.number}/?reports=²"))
    assert Entry.objects.filter(action="casework.case.open").count() == recorded + 3


def test_files_of_every_report_are_found_and_of_no_other_case(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_reports, "REPORTS_SHOWN", 1)
    case, _ = a_row(desk, 3)
    other = desk.taken(narrative="Somebody else writes about something else on another day.")
    made = {}
    for report_id in (ids_of(case)[2], other.reports.get().report_id):
        made[report_id] = StoredFile.objects.create(
            subject_type="intake.report", subject_id=str(report_id), header=b"", name=b"", hashes=b"", size=1,
            cipher_sha256=b"", stored_by="test", stored_at=now(),
        )  # fmt: skip
    ours, theirs = made.values()
    assert reads.file_of(case, ours.id) == ours
    assert reads.files_of(case, [ids_of(case)[0]]) == []
    with pytest.raises(NotFound):
        reads.file_of(case, theirs.id)
    assert vault.files_among("intake.report", []) == []


def test_words_are_read_when_they_were_shown_and_not_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LETTERS_OPENED", 2)
    receipt = desk.report()
    acts.triage_waiting(by=WORKER, now=now())
    case = acts.take(Case.objects.get().number, by=desk.officer(AMINA), now=now())
    for text in ("He comes tonight.", "noise 1", "noise 2"):
        taken_over(receipt, WordKind.WORDS, text)
    amina = browser(desk, AMINA)
    assert "There are more than these 2." in text_of(open_it(amina, case.number))
    assert reads.reporters_of(case).unread == 1
    again = opened(desk, case)
    assert [(letter.text, letter.unread) for letter in again.letters] == [
        ("He comes tonight.", True),
        ("noise 2", False),
    ]
    assert reads.reporters_of(case).unread == 0
    assert again.more_letters


def test_many_words_are_one_letter_until_somebody_has_read(desk: Desk) -> None:
    receipt = desk.report()
    acts.triage_waiting(by=WORKER, now=now())
    case, before = Case.objects.get(), Letter.objects.count()

    def write_and_tell(text: str) -> int:
        taken_over(receipt, WordKind.WORDS, text)
        assert acts.tell_of_words(by=WORKER, now=now(), keys=keyring()) == 1
        return Letter.objects.filter(about="reporter.wrote").count()

    watching = write_and_tell("noise")
    assert watching == Letter.objects.count() - before > 0, "one to everybody who watches the queue"
    assert [write_and_tell(f"noise {at}") for at in range(3)] == [watching] * 3
    assert not Word.objects.filter(told_at=None).exists()

    acts.take(case.number, by=desk.officer(AMINA), now=now())
    opened(desk, case)
    assert write_and_tell("I am safe now.") == watching + 1
    assert [row.case for row in reads.my_work(by=desk.officer(AMINA)).wrote] == [case]


def test_a_report_is_taken_out_into_a_case_of_its_own(desk: Desk) -> None:
    case, (copycat, child) = a_row(desk, 2)
    amina, report_id = desk.officer(AMINA), ids_of(case)[1]
    answer(desk, case, ready())
    taken_over(child, WordKind.WORDS, "It was me who wrote it.")
    with pytest.raises(NotFound):
        acts.take_apart(case.number, report_id, by=desk.officer(CHAO), now=now())
    with pytest.raises(NotFound):
        acts.take_apart(case.number, uuid4(), by=amina, now=now())

    own = acts.take_apart(case.number, report_id, by=amina, now=now())
    again = acts.take_apart(case.number, report_id, by=amina, now=now())
    assert (again, Case.objects.count()) == (own, 4), "a double click takes it out once"
    report = Report.objects.get(id=report_id)
    assert CaseReport.objects.get(report_id=report_id).case == own
    assert (own.state, own.assignee, own.received_at) == (CaseState.NEW, None, report.received_at)
    assert (own.organisation, own.area) == (case.organisation, case.area)
    assert (own.urgency, own.urgency_sentence) == (
        Urgency.MEDIUM,
        "The reporter did not say what kind of thing happened; a person has to read it.",
    ), "it is judged by what it says, and not by its copies"
    clock = Deadline.objects.get(subject_id=str(own.id))
    assert (clock.kind, clock.started_at) == ("triage", report.received_at)
    parted = Entry.objects.get(action="casework.case.part", object_id=str(case.id))
    assert parted.details == {"report": str(report_id), "into": str(own.id)}
    made = Entry.objects.get(action="casework.case.make", object_id=str(own.id))
    assert made.details["out_of"] == str(case.id)

    assert heard(child) == [ready()], "the mailbox keeps what was written"
    assert [letter.text for letter in opened(desk, own).letters] == ["It was me who wrote it."]
    assert opened(desk, case).letters == []
    answer(desk, case, OWN)
    assert OWN in heard(copycat)
    assert OWN not in heard(child)
    with pytest.raises(Refused, match="only report"):
        acts.take_apart(case.number, ids_of(case)[0], by=amina, now=now())


def test_a_closed_case_is_not_taken_apart(desk: Desk) -> None:
    case, _ = a_row(desk, 2)
    acts.close(case.number, Outcome.NOT_OURS, by=desk.officer(AMINA), now=now())
    with pytest.raises(Refused, match="closed"):
        acts.take_apart(case.number, ids_of(case)[0], by=desk.officer(AMINA), now=now())
    assert case.reports.count() == 2


def test_the_button_beside_each_report_takes_it_out(desk: Desk) -> None:
    case, _ = a_row(desk, 3)
    amina = browser(desk, AMINA)
    assert "Take it out" not in text_of(page(amina, "case", case.number)), "nobody chooses unread"
    assert text_of(open_it(amina, case.number)).count("Take it out into a case of its own") == 3
    report_id = ids_of(case)[2]
    answered = send(amina, "take_apart", case.number, report_id)
    assert answered["Location"] == f"/cases/{case.number}/"
    own = CaseReport.objects.get(report_id=report_id).case
    shown = text_of(page(amina, "case", case.number))
    assert f"The report lies in a case of its own now: {own.number}." in shown
    assert shown.count("Take it out into a case of its own") == 2
    assert "taken out into a case of its own" in text_of(page(amina, "history", case.number))
    single = desk.taken(narrative="Nobody has told the like of this before, on no day at all.")
    sole = send(amina, "take_apart", single.number, single.reports.get().report_id)
    assert sole.status_code == 302
    assert "there is nothing to take apart" in text_of(page(amina, "case", single.number))
    assert amina.get(f"/cases/{case.number}/apart/{report_id}/").status_code == 405
