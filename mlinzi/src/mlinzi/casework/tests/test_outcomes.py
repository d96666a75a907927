"""What came of a referral reaches the child: in the pack's words or one's own, once; what was not told yet
stands in somebody's work.
"""

import pytest

from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case, Referral, ReferralOutcome
from mlinzi.casework.rules import Purpose
from mlinzi.casework.tests.conftest import Desk
from mlinzi.directory import reads as directory
from mlinzi.intake.rules import Receipt
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, CHAO, OTIENO
from tests.tables import Entry, Message
from tests.world import WORKER, open_box

KEYS = keyring


def helped(desk: Desk) -> tuple[Receipt, Referral]:
    receipt = desk.report()
    acts.triage_waiting(by=WORKER, now=now())
    case = acts.take(Case.objects.get().number, by=desk.officer(AMINA), now=now())
    number, achieng = desk.accepted(case).number, desk.officer(ACHIENG)
    acts.done(number, "She sleeps at the shelter.", outcome="child_safe", by=achieng, now=now(), keys=KEYS())
    return receipt, Referral.objects.get()


def test_an_outcome_is_told_once_and_leaves_the_list(desk: Desk) -> None:
    receipt, referral = helped(desk)
    amina = desk.officer(AMINA)
    assert reads.untold(by=amina) == [referral]
    assert reads.untold(by=desk.officer(OTIENO)) == []
    text = directory.public_text(reads.answers_for("child_safe")[0], "en")
    for _ in range(2):
        acts.tell_outcome(referral.number, text, "answered", form_key=b"k", by=amina, now=now(), keys=KEYS())
    assert [answer.text for answer in open_box(receipt).answers] == [text]
    assert Message.objects.count() == 1
    assert reads.untold(by=amina) == []
    referral.refresh_from_db()
    assert (referral.outcome, referral.told_how, str(referral.told_by_id)) == (
        "child_safe",
        "answered",
        amina.id,
    )
    entry = Entry.objects.get(action="casework.case.tell")
    assert entry.details == {"referral": str(referral.id), "how": "answered"}
    with pytest.raises(Refused, match="told already"):
        acts.tell_outcome(referral.number, text, "spoken", form_key=b"n", by=amina, now=now(), keys=KEYS())


def test_saying_it_aloud_or_not_at_all_writes_nothing(desk: Desk) -> None:
    _receipt, referral = helped(desk)
    amina = desk.officer(AMINA)
    with pytest.raises(Refused, match="how the child is told"):
        acts.tell_outcome(referral.number, "", "somehow", form_key=b"k", by=amina, now=now(), keys=KEYS())
    with pytest.raises(Refused, match="Choose a sentence"):
        acts.tell_outcome(referral.number, "", "answered", form_key=b"k", by=amina, now=now(), keys=KEYS())
    assert Referral.objects.get().told_at is None
    acts.tell_outcome(referral.number, "", "not_safe", form_key=b"k", by=amina, now=now(), keys=KEYS())
    assert not Message.objects.exists()


def test_only_whoever_answers_in_the_case_tells(desk: Desk) -> None:
    _receipt, referral = helped(desk)
    for who in (ACHIENG, CHAO, OTIENO):
        with pytest.raises(NotFound):
            acts.tell_outcome(
                referral.number, "x", "spoken", form_key=b"k", by=desk.officer(who), now=now(), keys=KEYS()
            )


def test_an_outcome_is_one_of_the_packs(desk: Desk) -> None:
    case, achieng = desk.taken(), desk.officer(ACHIENG)
    number = desk.accepted(case).number
    with pytest.raises(Refused, match="what came of it"):
        acts.done(number, "Done.", outcome="made_up", by=achieng, now=now(), keys=KEYS())
    acts.done(number, "Done.", by=achieng, now=now(), keys=KEYS())
    opened = acts.open_case(case.number, Purpose.CASEWORK, by=desk.officer(AMINA), now=now(), keys=KEYS())
    assert list(opened.words.values()) == ["Done."]


def test_each_outcome_of_the_packs_has_sentences_that_exist(desk: Desk) -> None:
    for language in ("en", "sw"):
        texts = directory.public_texts(language)
        for outcome in ReferralOutcome.objects.all():
            assert outcome.answers
            assert all(texts[key] for key in outcome.answers)
