"""Who has a part in a case: sealed, found again by exact terms, and never told where they are suspected."""

import os
from typing import Any

import pytest
from django.urls import reverse

from mlinzi.casework import acts, reads
from mlinzi.casework.acts import PersonTold
from mlinzi.casework.models import Case, Fence, Outgoing, PersonInCase
from mlinzi.casework.rules import (
    CaseState,
    FenceWhy,
    Part,
    PersonFacts,
    PersonField,
    SecondKind,
    Sex,
    TraceKind,
    why_not_born,
    why_not_keep_person,
    why_not_lift,
)
from mlinzi.casework.tests.conftest import Desk, status_of
from mlinzi.casework.tests.test_web import browser, key_in, open_it, page, send, text_of
from mlinzi.intake.rules import Status
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.vault.rules import account_term, phone_term
from tests.people import ACHIENG, AMINA, CHAO, OTIENO, WANJIKU
from tests.tables import Entry, Letter
from tests.world import open_box

F = PersonField
UNCLE = {F.NAME: "Mzee Invented", F.PHONE: "0700 000 111", F.ACCOUNTS: "Kijani Chat: invented_simba_07"}


def told(part: Part = Part.SUSPECT, **more: Any) -> PersonTold:
    return PersonTold(**{"part": part, "fields": UNCLE, **more})


def added(desk: Desk, case: Case, what: PersonTold | None = None, who: str = AMINA) -> PersonInCase:
    return acts.add_person(
        case.number, what or told(), form_key=os.urandom(16), by=desk.officer(who), now=now(), keys=keyring()
    )


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        (F.BORN, "yesterday", "day of birth"),
        (F.BORN, "1800-01-01", "day of birth"),
        (F.BORN, "2100-01-01", "future"),
        (F.PHONE, "call me", "phone number"),
        (F.EMAIL, "nobody", "e-mail"),
        (F.ACCOUNTS, "just_a_name", "colon"),
        (F.LINKS, "not a link", "link a line"),
        (F.NAME, "x" * 300, "longer"),
    ],
)
def test_what_cannot_be_read_is_explained(field: PersonField, text: str, says: str) -> None:
    facts = PersonFacts(Part.CHILD, False, {field: text})
    assert any(says in reason for reason in why_not_keep_person(CaseState.OPEN, facts, today=now().date()))


@pytest.mark.parametrize("text", ["14", "2012", "2012-05-17"])
def test_days_of_birth_ages_and_years_are_taken(text: str) -> None:
    assert why_not_born(text, today=now().date()) == []


def test_somebody_is_sealed_found_changed_and_taken_out(desk: Desk) -> None:
    case = desk.taken()
    person = added(desk, case)
    assert b"Invented" not in bytes(person.sealed)
    phone, account = phone_term("+254700000111"), account_term("Kijani Chat", "@Invented_Simba_07")
    assert phone
    assert account
    assert (
        reads.cases_naming(phone, keys=keyring()) == {case.id} == reads.cases_naming(account, keys=keyring())
    )
    changed = told(fields={**UNCLE, F.PHONE: "0700 000 222"})
    acts.change_person(case.number, person.id, changed, by=desk.officer(AMINA), now=now(), keys=keyring())
    assert reads.cases_naming(phone, keys=keyring()) == set(), "what was corrected finds nobody"
    assert reads.cases_naming(account, keys=keyring()) == {case.id}
    acts.remove_person(case.number, person.id, by=desk.officer(AMINA), now=now())
    assert reads.cases_naming(account, keys=keyring()) == set()
    assert reads.people_of(case) == []
    acts.bring_back_person(case.number, person.id, by=desk.officer(AMINA), now=now())
    assert [p.id for p in reads.people_of(case)] == [person.id]
    done = Entry.objects.filter(action__startswith="casework.person").order_by("at")
    assert [e.action.rsplit(".", 1)[1] for e in done] == ["add", "change", "remove", "return"]
    assert "Invented" not in str([e.details for e in done])


def test_nothing_known_is_nobody(desk: Desk) -> None:
    with pytest.raises(Refused, match="at least one thing"):
        added(desk, desk.taken(), told(fields={F.NAME: "  "}))


def test_a_double_click_writes_one(desk: Desk) -> None:
    case, key = desk.taken(), os.urandom(16)
    for _ in range(2):
        acts.add_person(case.number, told(), form_key=key, by=desk.officer(AMINA), now=now(), keys=keyring())
    assert PersonInCase.objects.count() == 1


def test_only_chosen_fields_are_opened_to_be_shared(desk: Desk) -> None:
    case, other = desk.taken(), desk.taken()
    child = added(desk, case, told(Part.CHILD, fields={F.NAME: "Invented Child", F.SCHOOL: "Mto School"}))
    stranger = added(desk, other)
    shared = acts.people_to_share(
        case, {(child.id, F.SCHOOL)}, by=desk.officer(AMINA), now=now(), keys=keyring()
    )
    assert [(p.id, f) for p, f in shared] == [(child.id, {F.SCHOOL: "Mto School"})]
    with pytest.raises(NotFound):
        acts.people_to_share(case, {(stranger.id, F.NAME)}, by=desk.officer(AMINA), now=now(), keys=keyring())


def test_a_suspected_reporter_is_told_nothing(desk: Desk) -> None:
    receipt = desk.report()
    acts.triage_waiting(by=desk.officer(AMINA), now=now())
    case = Case.objects.get()
    acts.take(case.number, by=desk.officer(AMINA), now=now())
    assert status_of(receipt) is Status.BEING_READ
    report = case.reports.get().report_id
    caregiver = told(Part.CAREGIVER, suspected=True, report=report)
    person = added(desk, case, caregiver)

    def answer() -> None:
        acts.answer(
            case.number,
            "We know where you are.",
            form_key=os.urandom(16),
            by=desk.officer(AMINA),
            now=now(),
            keys=keyring(),
        )

    with pytest.raises(Refused, match="suspected"):
        answer()
    desk.refer(case)
    assert status_of(receipt) is Status.BEING_READ, "nothing tells how it goes on"
    assert not open_box(receipt).answers
    cleared = told(Part.CAREGIVER, suspected=False, report=report)
    acts.change_person(case.number, person.id, cleared, by=desk.officer(AMINA), now=now(), keys=keyring())
    answer()
    assert len(open_box(receipt).answers) == 1


def test_a_colleague_in_the_case_is_fenced_out_at_once(desk: Desk) -> None:
    case = desk.taken(OTIENO)
    email = desk.world.people[OTIENO].email.upper()
    added(desk, case, told(fields={F.NAME: "A colleague", F.EMAIL: email}), who=WANJIKU)
    fence = Fence.objects.get()
    assert (fence.person_id, fence.why) == (desk.world.people[OTIENO].id, FenceWhy.IS_IN_CASE)
    case.refresh_from_db()
    assert case.assignee_id is None
    otieno = desk.officer(OTIENO)
    with pytest.raises(NotFound):
        reads.case_for(case.number, "casework.case.see", by=otieno)
    assert reads.cases(by=otieno).rows == []
    assert OTIENO not in [c.name for c in reads.colleagues(case, now=now())]
    assert page(browser(desk, OTIENO), "case", case.number).status_code == 404
    assert Letter.objects.filter(about="fence").count() == 2
    assert [f.id for f in reads.fences_seen(by=desk.officer(WANJIKU)).rows] == [fence.id]


def test_whoever_declares_a_conflict_sees_the_case_nowhere(desk: Desk) -> None:
    case = desk.case(category="wants_to_meet")
    amina = browser(desk, AMINA)
    assert case.number in text_of(page(amina, "queue"))
    assert send(amina, "declare", case.number).status_code == 302
    for name in ("queue", "cases", "board", "my_work"):
        assert case.number not in text_of(page(amina, name))
    for name in ("case", "people", "take"):
        assert amina.post(reverse(f"casework:{name}", args=[case.number])).status_code in {404, 405}
    assert case.number in text_of(page(browser(desk, OTIENO), "queue"))


def test_a_fence_is_lifted_by_somebody_else_with_a_reason(desk: Desk) -> None:
    case = desk.taken(WANJIKU)
    acts.declare_conflict(case.number, by=desk.officer(WANJIKU), now=now(), keys=keyring())
    fence = Fence.objects.get()
    with pytest.raises(NotFound):
        acts.lift_fence(fence.id, "It is over.", by=desk.officer(WANJIKU), now=now(), keys=keyring())
    with pytest.raises(NotFound):
        acts.lift_fence(fence.id, "It is over.", by=desk.officer(AMINA), now=now(), keys=keyring())
    kiptoo = desk.officer("kiptoo")
    with pytest.raises(Refused, match="why"):
        acts.lift_fence(fence.id, " ", by=kiptoo, now=now(), keys=keyring())
    acts.lift_fence(fence.id, "The person was another one.", by=kiptoo, now=now(), keys=keyring())
    assert reads.case_for(case.number, "casework.case.see", by=desk.officer(WANJIKU)).id == case.id


def test_nobody_decides_about_their_own_fence_also_where_they_could_reach_it() -> None:
    assert why_not_lift(lifter="a", fenced="a", lifted=False, words="It is over.")
    assert not why_not_lift(lifter="b", fenced="a", lifted=False, words="It is over.")


def test_what_left_the_house_is_fenced_too(desk: Desk) -> None:
    case = desk.taken()
    referral = desk.refer(case)
    made = Outgoing.objects.create(
        case=case, referral=referral, place=1, target="cpims", payload=b"", state="dead", failure="refused",
        next_at=now(), made_by=desk.world.people[AMINA], made_at=now(),
    )  # fmt: skip
    wanjiku = desk.officer(WANJIKU)
    assert [row.id for row in reads.stuck_outgoing(by=wanjiku).rows] == [made.id]
    acts.declare_conflict(case.number, by=wanjiku, now=now(), keys=keyring())
    assert reads.stuck_outgoing(by=wanjiku).rows == []
    with pytest.raises(NotFound):
        reads.outgoing_for(made.id, "casework.outgoing.see", by=wanjiku)


def test_nobody_fenced_out_is_asked_to_agree(desk: Desk) -> None:
    case = desk.taken()
    acts.declare_conflict(case.number, by=desk.officer(WANJIKU), now=now(), keys=keyring())
    acts.ask_second(
        case.number, SecondKind.CLOSE, "She is safe.", form_key=b"k", by=desk.officer(AMINA), now=now(),
        keys=keyring(),
    )  # fmt: skip
    assert Letter.objects.filter(about="second.ask").count() == 1


def test_traces_of_nobody_known(desk: Desk) -> None:
    case = desk.taken()

    def trace(kind: TraceKind, text: str) -> None:
        acts.add_trace(
            case.number,
            kind,
            text,
            form_key=os.urandom(16),
            by=desk.officer(AMINA),
            now=now(),
            keys=keyring(),
        )

    with pytest.raises(Refused, match="colon"):
        trace(TraceKind.ACCOUNT, "only_a_name")
    trace(TraceKind.PHONE, "0700 000 333")
    term = phone_term("254700000333")
    assert term
    assert reads.cases_naming(term, keys=keyring()) == {case.id}
    acts.remove_trace(case.number, reads.traces_of(case)[0].id, by=desk.officer(AMINA), now=now())
    assert reads.cases_naming(term, keys=keyring()) == set()


def test_by_clicks(desk: Desk) -> None:
    number = desk.taken().number
    amina = browser(desk, AMINA)
    form = page(amina, "add_person", number)
    data = {
        "form_key": key_in(form),
        "part": "child",
        "sex": Sex.FEMALE,
        "name": "Invented Child",
        "born": "x",
    }
    refused = send(amina, "add_person", number, **data)
    assert refused.status_code == 422
    assert "Invented Child" in refused.content.decode(), "nothing typed is lost"
    assert send(amina, "add_person", number, **{**data, "born": "12"}).status_code == 302
    assert "Invented Child" not in text_of(page(amina, "people", number))
    person = PersonInCase.objects.get()
    assert page(amina, "change_person", number, person.id).status_code == 302, "open it first"
    open_it(amina, number)
    assert "Child: Invented Child" in text_of(page(amina, "people", number))
    assert "Invented Child" in page(amina, "change_person", number, person.id).content.decode()
    assert send(amina, "remove_person", number, person.id).status_code == 302
    assert "1 taken out" in text_of(page(amina, "people", number))


@pytest.mark.parametrize("who", [CHAO, ACHIENG])
def test_others_find_nothing(desk: Desk, who: str) -> None:
    case = desk.taken()
    person = added(desk, case)
    with pytest.raises(NotFound):
        added(desk, case, who=who)
    client = browser(desk, who)
    for name, args in (("people", ()), ("add_person", ()), ("change_person", (person.id,))):
        assert page(client, name, case.number, *args).status_code == 404
