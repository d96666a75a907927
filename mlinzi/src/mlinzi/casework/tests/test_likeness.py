"""Two cases that are one matter are joined by a person, with a reason, and it can be undone."""

from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.casework import acts, reads, rules
from mlinzi.casework.models import Case, Likeness
from mlinzi.casework.reads import REPORT
from mlinzi.casework.rules import (
    CaseState,
    DifferentWhy,
    FenceWhy,
    JoinFacts,
    Outcome,
    Reason,
    SameWhy,
    Urgency,
    Verdict,
)
from mlinzi.casework.tests.conftest import Desk, status_of
from mlinzi.casework.tests.test_reports import a_row, ids_of
from mlinzi.casework.tests.test_web import browser, page, send, text_of
from mlinzi.intake.rules import Danger, Status
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.vault import acts as vault
from tests.people import AMINA, CHAO, WANJIKU
from tests.tables import Deadline, Entry, Letter
from tests.world import WORKER

NAMES = "A man who calls himself @invented_coach writes to my friend."
AGAIN = "It is about the same man, he is @invented_coach and asks me to meet him."


def join(desk: Desk, case: Case, other: Case, why: SameWhy = SameWhy.EVENT, who: str = AMINA) -> Likeness:
    return acts.join_cases(case.number, other.number, why, by=desk.officer(who), now=now(), keys=keyring())


def apart(desk: Desk, made: Likeness, number: str, why: DifferentWhy = DifferentWhy.MISTAKE) -> Case:
    return acts.disjoin(number, made.id, why, by=desk.officer(AMINA), now=now())


def two(desk: Desk) -> tuple[Case, Case]:
    """A taken case, and a more urgent one that waits and names the same account."""
    case = desk.taken(narrative=NAMES, danger=Danger.NO)
    return case, desk.case(AGAIN, danger=Danger.YES)


def proposed(desk: Desk, case: Case) -> dict[str, tuple[str, ...]]:
    return {s.case.number: s.kinds for s in reads.similar(case, by=desk.officer(AMINA))}


def fresh(case: Case) -> Case:
    return Case.objects.get(id=case.id)


def test_reports_of_a_joined_case_lie_in_the_other_which_takes_over_its_urgency(desk: Desk) -> None:
    first = desk.report(NAMES)
    acts.triage_waiting(by=WORKER, now=now())
    case = acts.take(Case.objects.get().number, by=desk.officer(AMINA), now=now())
    second = desk.report(AGAIN, danger=Danger.YES)
    acts.triage_waiting(by=WORKER, now=now())
    other = Case.objects.exclude(id=case.id).get()
    assert proposed(desk, case) == {other.number: ("account",)}
    assert (status_of(first), status_of(second)) == (Status.BEING_READ, Status.RECEIVED)

    made = join(desk, case, other)
    assert join(desk, case, other).id == made.id, "a second click"
    case, other = fresh(case), fresh(other)
    assert case.reports.count() == 2
    assert other.reports.count() == 0
    assert (other.state, other.outcome) == (CaseState.CLOSED, Outcome.DUPLICATE)
    assert (case.urgency, case.in_danger) == (Urgency.HIGH, "yes")
    assert status_of(second) == Status.BEING_READ
    assert not Deadline.objects.filter(subject_id=str(other.id), closed_at=None).exists()
    assert proposed(desk, case) == {}
    for one in (case, other):
        assert Entry.objects.filter(action="casework.case.unite", object_id=str(one.id)).count() == 1


def test_joined_cases_come_apart_as_they_were_and_are_not_proposed_again(desk: Desk) -> None:
    case, other = two(desk)
    theirs = ids_of(other)
    was = (case.received_at, other.received_at, other.urgency)
    made = join(desk, case, other)
    own = apart(desk, made, other.number)
    assert own.id == other.id
    assert ids_of(fresh(other)) == theirs
    assert fresh(other).state == CaseState.NEW
    assert fresh(other).closed_at is None
    assert (fresh(case).received_at, fresh(other).received_at, fresh(other).urgency) == was
    clock = Deadline.objects.get(subject_id=str(other.id), kind="triage", closed_at=None)
    assert clock.started_at == other.received_at
    assert proposed(desk, case) == {}
    with pytest.raises(Refused, match="undone already"):
        apart(desk, made, case.number)

    told = reads.decided_about(fresh(case), by=desk.officer(AMINA))
    assert [(line.likeness.verdict, line.likeness.why) for line in told] == [
        (Verdict.DIFFERENT, DifferentWhy.MISTAKE)
    ]
    acts.ask_anew(case.number, told[0].likeness.id, by=desk.officer(AMINA), now=now())
    assert list(proposed(desk, case)) == [other.number]


def test_what_is_said_to_be_different_is_remembered_for_both(desk: Desk) -> None:
    case, other = two(desk)
    made = acts.tell_apart(case.number, other.number, DifferentWhy.COMMON, by=desk.officer(AMINA), now=now())
    again = acts.tell_apart(other.number, case.number, DifferentWhy.CHILD, by=desk.officer(AMINA), now=now())
    assert again.id == made.id
    assert proposed(desk, case) == proposed(desk, other) == {}
    joined = join(desk, case, other)
    made.refresh_from_db()
    assert made.undone_at is not None, "one decision stands at a time"
    with pytest.raises(Refused, match="Undo that instead"):
        acts.tell_apart(case.number, other.number, DifferentWhy.EVENT, by=desk.officer(AMINA), now=now())
    with pytest.raises(NotFound):
        acts.ask_anew(case.number, joined.id, by=desk.officer(AMINA), now=now())


def test_taking_a_report_out_can_be_undone(desk: Desk) -> None:
    case, _ = a_row(desk, 2)
    own = acts.take_apart(case.number, ids_of(case)[1], by=desk.officer(AMINA), now=now())
    assert own.number not in proposed(desk, case)
    join(desk, case, own, SameWhy.REPORTER)
    assert case.reports.count() == 2
    assert fresh(own).state == CaseState.CLOSED


def test_a_case_for_which_something_was_begun_is_not_swallowed(desk: Desk) -> None:
    case, other = two(desk)
    desk.refer(case)
    with pytest.raises(Refused, match="Join this one into that one"):
        join(desk, other, case)
    with pytest.raises(Refused, match="the case itself"):
        join(desk, case, case)
    with pytest.raises(NotFound):
        join(desk, case, other, who=CHAO)
    join(desk, case, other)
    with pytest.raises(Refused, match="Take the two apart"):
        acts.reopen(other.number, Reason.MISJUDGED, by=desk.officer(WANJIKU), now=now())
    third = desk.case("And here is @invented_coach once more.")
    with pytest.raises(Refused, match="Join this one into that one"):
        join(desk, third, case)
    with pytest.raises(Refused, match="is closed"):
        join(desk, third, other)


def test_nobody_who_is_kept_away_from_a_case_reads_it_through_another(desk: Desk) -> None:
    case, other = two(desk)
    other = acts.take(other.number, by=desk.officer(AMINA), now=now())
    away = UUID(desk.officer(WANJIKU).id)
    acts.fence_out(other, away, FenceWhy.DECLARED, by=desk.officer(AMINA), now=now(), keys=keyring())
    with pytest.raises(Refused, match="not open to the same people"):
        join(desk, case, other)


def test_whoever_had_the_joined_case_is_told_without_a_word_about_it(desk: Desk) -> None:
    case, other = two(desk)
    acts.take(other.number, by=desk.officer(WANJIKU), now=now())
    join(desk, case, other)
    assert Letter.objects.filter(about="case.unite").count() == 1


def test_the_same_file_is_found_again(desk: Desk, tmp_path: Path) -> None:
    case, other = desk.taken(narrative="One."), desk.taken(narrative="Two, and nothing like it.")
    for one, name in ((case, "a.png"), (other, "b.png")):
        acts.add_file(
            one.number,
            [b"a drawn ", b"shape"],
            name,
            13,
            form_key=name.encode(),
            folder=tmp_path,
            by=desk.officer(AMINA),
            now=now(),
            keys=keyring(),
        )
    assert proposed(desk, case) == {other.number: ("file",)}


def test_a_reporters_file_is_found_again_in_a_case_and_the_other_way(desk: Desk, tmp_path: Path) -> None:
    case, other = desk.taken(narrative="One."), desk.taken(narrative="Two, and nothing like it.")
    officer, keys, moment = desk.officer(AMINA), keyring(), now()
    report = str(other.reports.get().report_id)
    shape = [b"a drawn ", b"shape"]
    file = vault.seal_file(shape, "c.png", REPORT, report, folder=tmp_path, by=WORKER, now=moment, keys=keys)
    vault.store_file(file, by=WORKER, now=moment)
    acts.add_file(
        case.number, shape, "a.png", 13, form_key=b"f", folder=tmp_path, by=officer, now=moment, keys=keys
    )
    assert proposed(desk, case) == {other.number: ("file",)}
    assert proposed(desk, other) == {case.number: ("file",)}


def test_an_officer_compares_joins_and_takes_apart_on_pages(desk: Desk) -> None:
    case, other = two(desk)
    amina = browser(desk, AMINA)
    assert f"?with={other.number}" in page(amina, "case", case.number).content.decode()
    asked = amina.get(f"/cases/{case.number}/same/?with={other.number}")
    assert "The two cases" in text_of(asked)
    for number in ("NOTHERE", case.number):
        refused = send(amina, "same", case.number, other=number, verdict="same_child")
        assert refused.status_code == 422
        assert "number" in text_of(refused)
    assert send(amina, "same", case.number, other=other.number).status_code == 422
    done = send(amina, "same", case.number, other=other.number, verdict="same_child")
    assert done.status_code == 302
    shown = text_of(page(amina, "case", case.number))
    assert "Its reports lie here. It is the same child" in shown
    assert "The reports of this case lie there." in text_of(page(amina, "case", other.number))
    assert "Open the case again" not in text_of(page(amina, "case", other.number))
    made = Likeness.objects.get()
    assert page(amina, "disjoin", case.number, made.id).status_code == 200
    assert send(amina, "disjoin", case.number, made.id, why="other_child").status_code == 302
    assert "Not the same. It is another child" in text_of(page(amina, "case", case.number))
    stands = Likeness.objects.get(undone_at=None)
    assert send(amina, "ask_anew", case.number, stands.id).status_code == 302
    assert other.number in text_of(page(amina, "case", case.number))


@given(
    st.builds(
        JoinFacts,
        kept=st.sampled_from(CaseState),
        other=st.sampled_from(CaseState),
        itself=st.booleans(),
        other_works=st.booleans(),
        same_eyes=st.booleans(),
    )
)
def test_nothing_closed_and_nothing_begun_is_ever_swallowed(facts: JoinFacts) -> None:
    if not rules.why_not_join_cases(facts, SameWhy.CHILD):
        assert facts.kept is not CaseState.CLOSED
        assert facts.other in {CaseState.NEW, CaseState.OPEN}
        assert facts.same_eyes
        assert not facts.other_works
        assert not facts.itself
    assert rules.why_not_join_cases(facts, "because")
