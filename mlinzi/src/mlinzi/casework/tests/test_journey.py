"""One report from the door to the referral, its answer, and back to the child."""

from datetime import timedelta

from mlinzi.casework import acts, reads
from mlinzi.casework.acts import Wish
from mlinzi.casework.rules import Basis, CaseState, Outcome, Purpose, ReferralState, Shared
from mlinzi.casework.tests.conftest import LAW, Desk
from mlinzi.intake.rules import Status
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA
from tests.world import WORKER, open_box


def test_a_report_travels_to_help_and_back(desk: Desk) -> None:
    keys = keyring()
    receipt = desk.report(
        "He says he will tell my school.", where_online="https://pichapap.example.org/group/17"
    )
    box = open_box(receipt)
    assert box.status is Status.RECEIVED

    assert acts.triage_waiting(by=WORKER, now=now()) == 1
    amina, achieng = desk.officer(AMINA), desk.officer(ACHIENG)
    [row] = reads.queue(by=amina).rows
    assert row.due_at == row.case.received_at + timedelta(hours=3)
    number = row.case.number
    acts.take(number, by=amina, now=now())
    assert reads.queue(by=amina).rows == []
    assert open_box(receipt).status is Status.BEING_READ

    opened = acts.open_case(number, Purpose.TRIAGE, by=amina, now=now(), keys=keys)
    assert opened.reports[0].narrative == "He says he will tell my school."
    office = str(desk.world.organisations["nairobi_childrens_office"].uuid)
    wish = Wish(
        office,
        "case_management",
        frozenset({Shared.WHAT_HAPPENED, Shared.AREA}),
        Basis.LAW,
        "Please visit.",
        provision=LAW,
    )
    referral = acts.refer(number, wish, form_key=b"one", by=amina, now=now(), keys=keys)
    assert open_box(receipt).status is Status.PASSED_ON

    copy = acts.open_referral(referral.number, Purpose.REFERRAL, by=achieng, now=now(), keys=keys)
    assert copy.items == {"what_happened": ["He says he will tell my school."], "area": "Nairobi"}
    acts.accept(referral.number, by=achieng, now=now(), keys=keys)
    assert open_box(receipt).status is Status.BEING_HELPED
    acts.done(referral.number, "We visited; the family is with her.", by=achieng, now=now(), keys=keys)

    case = reads.case_for(number, "casework.case.see", by=amina)
    assert case.state == CaseState.OPEN
    [back] = reads.my_work(by=amina).came_back
    assert back.state == ReferralState.DONE
    opened = acts.open_case(number, Purpose.CASEWORK, by=amina, now=now(), keys=keys)
    assert opened.words == {referral.number: "We visited; the family is with her."}
    acts.answer(number, "Somebody will help you.", form_key=b"two", by=amina, now=now(), keys=keys)
    acts.close(number, Outcome.HELPED, by=amina, now=now())
    box = open_box(receipt)
    assert (box.status, box.answers[0].text) == (Status.CLOSED, "Somebody will help you.")
