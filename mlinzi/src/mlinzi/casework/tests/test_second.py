"""A second person: never whoever asked, used once, not after its time, and seen by nobody else."""

import os
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case, SecondLook
from mlinzi.casework.rules import SECOND_LIVES, SecondKind, SecondState
from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.test_web import browser, open_it, text_of
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, CHAO, KAMAU, OTIENO, WANJIKU
from tests.tables import Entry, Letter

WHY = "The child lives with her aunt now and the school knows."


def asked(desk: Desk, case: Case, who: str = AMINA, kind: SecondKind = SecondKind.CLOSE) -> SecondLook:
    return acts.ask_second(
        case.number, kind, WHY, form_key=os.urandom(16), by=desk.officer(who), now=now(), keys=keyring()
    )


def decided(desk: Desk, look: SecondLook, who: str, *, agree: bool = True, words: str = "") -> SecondLook:
    return acts.decide_second(
        look.id, agree=agree, words=words, by=desk.officer(who), now=now(), keys=keyring()
    )


def test_another_person_agrees_and_it_is_used_once(desk: Desk) -> None:
    case = desk.taken()
    look = asked(desk, case)
    assert Letter.objects.filter(about="second.ask").count() == 2  # both supervisors
    decided(desk, look, WANJIKU)
    assert acts.spend_second(case, SecondKind.CLOSE, by=desk.officer(AMINA), now=now()).id == look.id
    with pytest.raises(Refused, match="second person"):
        acts.spend_second(case, SecondKind.CLOSE, by=desk.officer(AMINA), now=now())
    done = list(Entry.objects.filter(action__startswith="casework.second").values_list("action", flat=True))
    assert done == ["casework.second.ask", "casework.second.agree", "casework.second.spend"]


def test_nobody_agrees_with_themselves(desk: Desk) -> None:
    case = desk.case()
    acts.take(case.number, by=desk.officer(WANJIKU), now=now())
    look = asked(desk, case, WANJIKU)
    with pytest.raises(Refused, match="somebody else"):
        decided(desk, look, WANJIKU)
    assert reads.waiting_seconds(by=desk.officer(WANJIKU), now=now()).rows == []
    assert SecondLook.objects.get().state == SecondState.WAITING


def test_only_what_was_agreed_in_time_counts(desk: Desk) -> None:
    case = desk.taken()
    with pytest.raises(Refused, match="second person"):
        acts.spend_second(case, SecondKind.CLOSE, by=desk.officer(AMINA), now=now())
    look = asked(desk, case)
    with pytest.raises(Refused, match="already"):
        asked(desk, case)
    with pytest.raises(Refused, match="why you refuse"):
        decided(desk, look, WANJIKU, agree=False)
    decided(desk, look, WANJIKU, agree=False, words="The aunt was not visited yet.")
    with pytest.raises(Refused, match="second person"):
        acts.spend_second(case, SecondKind.CLOSE, by=desk.officer(AMINA), now=now())
    decided(desk, asked(desk, case), WANJIKU)
    late = now() + SECOND_LIVES + timedelta(minutes=1)
    with pytest.raises(Refused, match="second person"):
        acts.spend_second(case, SecondKind.CLOSE, by=desk.officer(AMINA), now=late)
    with pytest.raises(Refused, match="second person"):
        acts.spend_second(case, SecondKind.BEST_INTEREST, by=desk.officer(AMINA), now=now())


def test_an_agreement_for_another_thing_does_not_count(desk: Desk) -> None:
    case, other = desk.taken(), desk.taken()
    decided(desk, asked(desk, case), WANJIKU)
    with pytest.raises(Refused):
        acts.spend_second(other, SecondKind.CLOSE, by=desk.officer(AMINA), now=now())
    with pytest.raises(Refused):
        acts.spend_second(case, SecondKind.CLOSE, subject="other", by=desk.officer(AMINA), now=now())


def test_what_is_refused_later_leaves_the_agreement_unspent(desk: Desk) -> None:
    case = desk.taken()
    decided(desk, asked(desk, case), WANJIKU)

    def spend_and_fall() -> None:
        with transaction.atomic():
            acts.spend_second(case, SecondKind.CLOSE, by=desk.officer(AMINA), now=now())
            raise Refused(["Something else is missing."])

    with pytest.raises(Refused, match="missing"):
        spend_and_fall()
    assert acts.spend_second(case, SecondKind.CLOSE, by=desk.officer(AMINA), now=now()).spent_at


def test_a_question_is_taken_back_by_its_asker_only(desk: Desk) -> None:
    case = desk.taken()
    look = asked(desk, case)
    with pytest.raises(Refused, match="whoever asked"):
        acts.withdraw_second(look.id, by=desk.officer(WANJIKU), now=now())
    acts.withdraw_second(look.id, by=desk.officer(AMINA), now=now())
    with pytest.raises(Refused, match="already"):
        decided(desk, look, WANJIKU)


@pytest.mark.parametrize("who", [OTIENO, ACHIENG, CHAO, KAMAU])
def test_others_find_nothing(desk: Desk, who: str) -> None:
    look = asked(desk, desk.taken())
    with pytest.raises(NotFound):
        decided(desk, look, who)
    page = browser(desk, who).get(reverse("casework:decide_second", args=[look.id]))
    assert page.status_code in {403, 404}
    assert WHY not in page.content.decode()


def test_by_clicks(desk: Desk) -> None:
    case = desk.taken()
    look = asked(desk, case)
    wanjiku = browser(desk, WANJIKU)
    assert case.number in text_of(wanjiku.get(reverse("casework:seconds")))
    address = reverse("casework:decide_second", args=[look.id])
    assert WHY not in text_of(wanjiku.get(address))
    open_it(wanjiku, case.number, "supervision")
    assert WHY in text_of(wanjiku.get(address))
    refused = wanjiku.post(address, {"answer": "refuse", "words": ""})
    assert refused.status_code == 422
    assert "Say why you refuse" in text_of(refused)
    assert wanjiku.post(address, {"answer": "agree", "words": ""}).status_code == 302
    assert "Nothing waits" in text_of(wanjiku.get(reverse("casework:seconds")))
    amina = browser(desk, AMINA)
    assert "Agreed" in text_of(amina.get(reverse("casework:case", args=[case.number])))
    opened = Entry.objects.filter(action="casework.case.open", purpose="supervision")
    assert opened.count() >= 2
