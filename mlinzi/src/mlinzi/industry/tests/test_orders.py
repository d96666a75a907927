"""Brian orders data to be kept, Mutiso is the second person, Zuhura's company answers."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given as drawn
from hypothesis import strategies as st
from pytest_django import Settings

from mlinzi.casework.tests.conftest import Desk
from mlinzi.deadlines import acts as deadlines
from mlinzi.directory import reads as directory
from mlinzi.industry.acts import orders as acts
from mlinzi.industry.acts.telling import tell_of_orders
from mlinzi.industry.models import Order
from mlinzi.industry.reads import orders as reads
from mlinzi.industry.rules import Action
from mlinzi.industry.rules.orders import (
    MOVES,
    Asked,
    OrderKind,
    OrderMove,
    OrderState,
    after,
    why_not_extend,
    why_not_order,
    why_not_until,
)
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.vault import reads as vault
from mlinzi.vault.rules import FILE_LIMIT
from tests.logbook import entries
from tests.people import ACHIENG, AMINA, BRIAN, SALIM, ZUHURA
from tests.tables import Case, Deadline, Fence, Letter
from tests.world import WORKER, sign_in

pytestmark = pytest.mark.django_db
MUTISO, HALIMA, BASIS = "mutiso", "halima", "children2022_s_8"
SCOPE = "All sign-ins of invented_coach in May."


@pytest.fixture
def referred(desk: Desk) -> str:
    """A referral to Brian's desk, by its number."""
    number: str = desk.refer(desk.taken(), to="mtoni_police_desk", service="investigation").number
    return number


def asked(desk: Desk, days: int = 30, **more: object) -> Asked:
    until = directory.local_day(now()) + timedelta(days=days)
    told = {"kind": OrderKind.PRESERVE, "basis": BASIS, "reference": "MISC 7/2026", "scope": SCOPE}
    return Asked(**{**told, "until": until, **more})  # type: ignore[arg-type]


def draft(desk: Desk, about: str, who: str = BRIAN, *, key: bytes = b"k" * 32, **more: object) -> Order:
    company = str(desk.world.organisations["safiri_internet"].uuid)
    wanted = acts.Wanted(about, company, asked(desk, **more))  # type: ignore[arg-type]
    return acts.draft_order(wanted, form_key=key, by=desk.officer(who), now=now(), keys=keyring())


def sent(desk: Desk, about: str, **more: object) -> str:
    number = draft(desk, about, **more).number  # type: ignore[arg-type]
    acts.approve_order(number, by=desk.officer(MUTISO), now=now())
    return number


def state(number: str) -> str:
    return str(Order.objects.get(number=number).state)


def test_from_draft_to_answer_as_the_log_has_it(desk: Desk, referred: str, settings: Settings) -> None:
    number, zuhura = draft(desk, referred).number, desk.officer(ZUHURA)
    assert SCOPE.encode() not in bytes(Order.objects.get().scope)
    with pytest.raises(NotFound):
        reads.order_for(number, Action.ORDER_SEE, by=zuhura)
    acts.approve_order(number, by=desk.officer(MUTISO), now=now())
    clock = Deadline.objects.get(subject_type=reads.ORDER)
    assert round((clock.due_at - now()).total_seconds() / 3600) == 72
    assert acts.open_order(number, by=zuhura, now=now(), keys=keyring()).scope == SCOPE
    with pytest.raises(Refused, match="Acknowledge the order first"):
        acts.answer_order(number, "Kept.", folder=settings.VAULT, by=zuhura, now=now(), keys=keyring())
    acts.acknowledge_order(number, by=zuhura, now=now())
    file = acts.File("list.csv", [b"a,", b"b"], 3)
    acts.answer_order(number, "Kept.", file, folder=settings.VAULT, by=zuhura, now=now(), keys=keyring())
    assert state(number) == OrderState.ANSWERED
    clock.refresh_from_db()
    assert clock.closed_at is not None
    brian = desk.officer(BRIAN)
    assert acts.open_order(number, by=brian, now=now(), keys=keyring()).answer == "Kept."
    (held,) = vault.files_of(reads.ORDER, Order.objects.get().id)
    opened = acts.open_answer_file(
        number, held.id, folder=settings.VAULT, by=brian, now=now(), keys=keyring()
    )
    assert (opened.name, opened.data) == ("list.csv", b"a,b")
    assert [e.action for e in entries(object_type=reads.ORDER) if not e.action.startswith("deadlines")] == [
        "industry.order.draft",
        "industry.order.approve",
        "industry.order.see",
        "industry.order.acknowledge",
        "vault.file.store",
        "industry.order.answer",
        "industry.order.see",
        "industry.order.see",
    ]


def test_nothing_leaves_without_a_second_person(desk: Desk, referred: str) -> None:
    mine = draft(desk, referred, MUTISO).number
    with pytest.raises(Refused, match="cannot be the second person"):
        acts.approve_order(mine, by=desk.officer(MUTISO), now=now())
    with pytest.raises(Refused, match="cannot be the second person"):
        acts.turn_down_order(mine, "No.", by=desk.officer(MUTISO), now=now(), keys=keyring())
    with pytest.raises(NotFound):
        acts.approve_order(mine, by=desk.officer(BRIAN), now=now())
    assert state(mine) == OrderState.DRAFT
    other = draft(desk, referred, key=b"o" * 32).number
    acts.turn_down_order(other, "Too wide.", by=desk.officer(MUTISO), now=now(), keys=keyring())
    with pytest.raises(Refused, match="any more"):
        acts.approve_order(other, by=desk.officer(MUTISO), now=now())
    with pytest.raises(NotFound):
        reads.order_for(other, Action.ORDER_SEE, by=desk.officer(ZUHURA))


def test_what_was_withdrawn_before_it_was_sent_was_never_there(desk: Desk, referred: str) -> None:
    number = draft(desk, referred).number
    acts.withdraw_order(number, "A mistake.", by=desk.officer(BRIAN), now=now(), keys=keyring())
    assert reads.orders(by=desk.officer(ZUHURA)).rows == []
    with pytest.raises(NotFound):
        reads.order_for(number, Action.ORDER_SEE, by=desk.officer(ZUHURA))


def test_others_find_no_such_order(desk: Desk, referred: str) -> None:
    number = sent(desk, referred)
    for who in (AMINA, ACHIENG, HALIMA, SALIM):
        with pytest.raises(NotFound):
            reads.order_for(number, Action.ORDER_SEE, by=desk.officer(who))
        with pytest.raises(NotFound):
            acts.open_order(number, by=desk.officer(who), now=now(), keys=keyring())
        assert reads.orders(by=desk.officer(who)).rows == []
    with pytest.raises(NotFound):
        acts.acknowledge_order(number, by=desk.officer(BRIAN), now=now())
    with pytest.raises(NotFound):
        acts.withdraw_order(number, "x", by=desk.officer(ZUHURA), now=now(), keys=keyring())


def test_only_about_a_matter_that_one_may_read(desk: Desk, referred: str) -> None:
    with pytest.raises(NotFound):
        draft(desk, Case.objects.get().number)
    with pytest.raises(NotFound):
        draft(desk, "ZZZZ-ZZZZ")
    with pytest.raises(NotFound):
        draft(desk, referred, HALIMA)
    assert not Order.objects.exists()


def test_a_fenced_officer_sees_no_order_of_the_case(desk: Desk, referred: str) -> None:
    number = sent(desk, referred)
    Fence.objects.create(
        case=Case.objects.get(), person=desk.world.people[BRIAN], why="declared", since=now(), made_by="test"
    )
    with pytest.raises(NotFound):
        reads.order_for(number, Action.ORDER_SEE, by=desk.officer(BRIAN))
    assert reads.orders(by=desk.officer(BRIAN)).rows == []


def test_sent_twice_it_is_written_once(desk: Desk, referred: str) -> None:
    assert draft(desk, referred).number == draft(desk, referred).number
    assert Order.objects.count() == 1


def test_what_is_wrong_with_an_order_is_said(desk: Desk) -> None:
    today = directory.local_day(now())
    for more, said in (
        ({"basis": "nothing"}, "provision of law"),
        ({"reference": " "}, "Give the number"),
        ({"scope": "\n"}, "Say what is to be kept"),
        ({"days": 0}, "after today"),
        ({"days": 367}, "a year at most"),
    ):
        reasons = why_not_order(
            asked(desk, **more),
            today=today,
            provisions=frozenset({BASIS}),
        )
        assert [said in one for one in reasons] == [True], reasons


def test_more_time_takes_a_second_person_too(desk: Desk, referred: str) -> None:
    number = sent(desk, referred)
    held = Order.objects.get().until
    later = held + timedelta(days=30)
    acts.ask_longer(number, later, by=desk.officer(BRIAN), now=now())
    with pytest.raises(NotFound):
        acts.decide_longer(number, True, by=desk.officer(BRIAN), now=now())
    acts.decide_longer(number, True, by=desk.officer(MUTISO), now=now())
    assert Order.objects.get().until == later
    with pytest.raises(Refused, match="any more"):
        acts.decide_longer(number, True, by=desk.officer(MUTISO), now=now())
    acts.ask_longer(number, later + timedelta(days=1), by=desk.officer(MUTISO), now=now())
    with pytest.raises(Refused, match="cannot be the second person"):
        acts.decide_longer(number, True, by=desk.officer(MUTISO), now=now())


def test_it_ends_the_day_after_its_last_and_its_clock_with_it(desk: Desk, referred: str) -> None:
    number = sent(desk, referred, days=2)
    assert acts.lapse_orders(by=WORKER, now=now() + timedelta(days=1)) == 0
    assert acts.lapse_orders(by=WORKER, now=now() + timedelta(days=3)) == 1
    assert state(number) == OrderState.ENDED
    assert Deadline.objects.get(subject_type=reads.ORDER).closed_at is not None
    with pytest.raises(Refused, match="any more"):
        acts.acknowledge_order(number, by=desk.officer(ZUHURA), now=now())


def test_letters_go_to_the_company_then_to_those_who_wait(desk: Desk, referred: str) -> None:
    sent(desk, referred, urgent=True)
    Letter.objects.all().delete()

    def told(hours: int) -> int:
        moment = now() + timedelta(hours=hours)
        deadlines.climb(by=WORKER, now=moment)
        tell_of_orders(by=WORKER, now=moment, keys=keyring())
        count: int = Letter.objects.filter(about="order").count()
        return count

    assert told(0) == 1, "to Zuhura, once"
    assert told(0) == 1
    assert told(19) == 2, "a reminder"
    assert told(25) == 3, "late: to Brian"
    assert told(49) == 4, "later: to Mutiso"
    assert told(80) == 4


def test_an_order_that_cannot_rest_on_law_any_more_is_not_sent(
    desk: Desk, referred: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = draft(desk, referred).number
    monkeypatch.setattr(acts, "provisions", lambda **_: [])
    with pytest.raises(Refused, match="not in force any more"):
        acts.approve_order(number, by=desk.officer(MUTISO), now=now())
    assert state(number) == OrderState.DRAFT


@drawn(st.lists(st.sampled_from(OrderMove), max_size=12))
def test_no_sequence_of_moves_leaves_the_table(moves: list[OrderMove]) -> None:
    here = OrderState.DRAFT
    for move in moves:
        leads = after(here, move)
        if leads is None:
            assert (here, move) not in MOVES
            continue
        here = leads
        if here in {OrderState.TURNED_DOWN, OrderState.DECLINED, OrderState.WITHDRAWN, OrderState.ENDED}:
            assert all(after(here, one) is None for one in OrderMove)
    if OrderMove.APPROVE not in moves:
        assert here in {OrderState.DRAFT, OrderState.TURNED_DOWN, OrderState.WITHDRAWN}


def test_days_of_extension() -> None:
    today, held = date(2026, 5, 1), date(2026, 6, 1)
    assert why_not_until(date(2027, 5, 2), today=today) == []
    assert why_not_extend(OrderState.SENT, OrderKind.PRESERVE, held, date(2026, 7, 1), today=today) == []
    for state_, kind, until in (
        (OrderState.SENT, OrderKind.PRESERVE, held),
        (OrderState.SENT, OrderKind.DISCLOSE, date(2026, 7, 1)),
        (OrderState.ENDED, OrderKind.PRESERVE, date(2026, 7, 1)),
        (OrderState.SENT, OrderKind.PRESERVE, date(2028, 7, 1)),
    ):
        assert why_not_extend(state_, kind, held, until, today=today)


def test_by_clicks_from_both_sides(desk: Desk, referred: str, client: Client, tmp_path: Path) -> None:
    brian, mutiso, zuhura = Client(), Client(), client
    for one, who in ((brian, BRIAN), (mutiso, MUTISO), (zuhura, ZUHURA)):
        sign_in(one, desk.world.people[who])
    told = {
        "form_key": "x" * 40, "about": referred, "kind": "preserve", "basis": BASIS, "reference": "MISC 7",
        "provider": str(desk.world.organisations["safiri_internet"].uuid), "scope": SCOPE,
        "until": (directory.local_day(now()) + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    wrong = brian.post("/orders/new/", {**told, "about": "ZZZZ-ZZZZ"})
    assert wrong.status_code == 422
    assert "no such case or referral for you" in wrong.content.decode()
    assert SCOPE in wrong.content.decode(), "what was typed stays"
    assert brian.post("/orders/new/", told).status_code == 302
    path = f"/orders/{Order.objects.get().number}/"
    assert zuhura.get(path).status_code == 404
    assert "Send it to the company" not in brian.get(path).content.decode()
    assert "Send it to the company" not in mutiso.get(path).content.decode(), "not before it was read"
    assert "Send it to the company" in mutiso.post(path).content.decode()
    assert mutiso.post(f"{path}do/approve/").status_code == 302
    page = zuhura.get(path).content.decode()
    assert SCOPE not in page
    assert "Brian" not in page, "a company does not learn who wrote it"
    assert SCOPE in zuhura.post(path).content.decode()
    assert zuhura.post(f"{path}do/acknowledge/").status_code == 302
    empty = zuhura.post(f"{path}do/answer/", {"words": ""})
    assert empty.status_code == 422
    assert zuhura.post(f"{path}do/answer/", {"words": "Kept since today."}).status_code == 302
    assert "Kept since today." in brian.post(path).content.decode()
    assert brian.post(f"{path}do/nonsense/").status_code == 404


def test_a_file_that_is_too_large_sends_no_answer_without_it(
    desk: Desk, referred: str, client: Client
) -> None:
    number = sent(desk, referred)
    acts.acknowledge_order(number, by=desk.officer(ZUHURA), now=now())
    sign_in(client, desk.world.people[ZUHURA])
    file = SimpleUploadedFile("list.csv", bytes(FILE_LIMIT + 1))
    answer = client.post(f"/orders/{number}/do/answer/", {"words": "See the file.", "file": file})
    assert answer.status_code == 422
    assert "larger than 25 MB" in answer.content.decode()
    assert state(number) == OrderState.SEEN
