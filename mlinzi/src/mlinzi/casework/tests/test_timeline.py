"""One line of time: what happened, what lies ahead, and nothing that is sealed."""

from datetime import timedelta

import pytest

from mlinzi.casework import acts, reads
from mlinzi.casework.tests.conftest import STORY, Desk
from mlinzi.casework.tests.test_web import browser, page, text_of
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import keyring
from tests.people import AMINA, CHAO


def test_what_happened_and_what_lies_ahead(desk: Desk) -> None:
    case, amina = desk.taken(), desk.officer(AMINA)
    referral = desk.accepted(case)
    day = now().date()
    for words, due in (("Call the aunt", day), ("Visit", day + timedelta(days=2))):
        key = words.encode()
        acts.give_task(case.number, words, amina.id, due, form_key=key, by=amina, now=now(), keys=keyring())
    case.tasks.filter(due_on=day).update(due_on=day - timedelta(days=2))
    acts.review_plan(
        case.number, "It goes well.", day + timedelta(days=9), form_key=b"r", by=amina, now=now(),
        keys=keyring(),
    )  # fmt: skip
    line = reads.timeline(case.number, by=amina, now=now())
    assert [(m.code, m.at < now()) for m in line.ahead] == [
        ("task", True),
        ("task", False),
        ("review", False),
        ("help", False),
    ]
    happened = [m.code for m in line.past]
    assert happened[-1] == "report"
    assert {"casework.case.take", "referral", "accepted", "casework.plan.review"} <= set(happened)
    assert [m.at for m in line.past] == sorted((m.at for m in line.past), reverse=True)
    assert not {"casework.case.open", "vault.file.store"} & set(happened)

    shown = text_of(page(browser(desk, AMINA), "timeline", case.number))
    assert "Late" in shown
    assert referral.number in shown
    for sealed in ("Call the aunt", "It goes well", STORY[:20]):
        assert sealed not in shown
    with pytest.raises(NotFound):
        reads.timeline(case.number, by=desk.officer(CHAO), now=now())
