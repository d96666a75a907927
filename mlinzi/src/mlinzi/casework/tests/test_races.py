"""Two act at once: exactly one wins, and the other reads a sentence or finds it done."""

from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread

from django.db import connection

from mlinzi.casework import acts
from mlinzi.casework.models import Case, Note, Referral
from mlinzi.casework.tests.conftest import Desk
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import MlinziError
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, OTIENO
from tests.tables import Letter, Message
from tests.world import WORKER


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Let all deeds begin at the same moment, each with a connection of its own; their results or errors, in
    order.
    """
    start, found = Barrier(len(deeds)), [None] * len(deeds)

    def run(place: int, deed: Callable[[], object]) -> None:
        start.wait()
        try:
            found[place] = deed()  # type: ignore[call-overload]
        except MlinziError as error:
            found[place] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(found)


def test_of_two_who_take_a_case_exactly_one_gets_it(live_desk: Desk) -> None:
    amina, otieno = live_desk.officer(AMINA), live_desk.officer(OTIENO)
    for _ in range(5):
        number = live_desk.case().number
        found = at_once(
            partial(acts.take, number, by=amina, now=now()), partial(acts.take, number, by=otieno, now=now())
        )
        losers = [str(error) for error in found if isinstance(error, MlinziError)]
        assert len(losers) == 1
        assert "has taken this case already" in losers[0]
        winner = next(case for case in found if isinstance(case, Case))
        assert str(Case.objects.get(number=number).assignee_id) == winner.assignee_id


def test_a_double_click_makes_one_of_everything(live_desk: Desk) -> None:
    case, amina, keys = live_desk.taken(), live_desk.officer(AMINA), keyring()
    wish = live_desk.wish()

    def refer() -> object:
        return acts.refer(case.number, wish, form_key=b"r", by=amina, now=now(), keys=keys)

    def answer() -> object:
        return acts.answer(case.number, "We read it.", form_key=b"a", by=amina, now=now(), keys=keys)

    def note() -> object:
        return acts.note(case.number, "A note.", form_key=b"n", by=amina, now=now(), keys=keys)

    one, two = at_once(refer, refer)
    assert isinstance(one, Referral)
    assert isinstance(two, Referral)
    assert one.id == two.id
    assert at_once(answer, answer, note, note) == [None] * 4
    counts = (Referral.objects.count(), Message.objects.count(), Note.objects.count())
    assert counts == (1, 1, 1)
    assert Letter.objects.filter(about="referral").count() == 1


def test_accepting_and_taking_back_at_once_end_in_one_state(live_desk: Desk) -> None:
    case, keys = live_desk.taken(), keyring()
    amina, achieng = live_desk.officer(AMINA), live_desk.officer(ACHIENG)
    for service in ("rescue", "case_management", "family_support"):
        number = live_desk.refer(case, service=service).number
        at_once(
            partial(acts.accept, number, by=achieng, now=now(), keys=keys),
            partial(acts.revoke, number, "Settled.", by=amina, now=now(), keys=keys),
        )
        # Accepted and then taken back, or taken back and no longer to be accepted: gone in both orders.
        assert Referral.objects.get(number=number).state == "revoked"
    assert Case.objects.get().state == "open"


def test_two_workers_make_one_case_of_each_report(live_desk: Desk) -> None:
    for at in range(6):
        live_desk.report(f"Story number {at} that somebody told us at the door.")

    def triage() -> object:
        return acts.triage_waiting(by=WORKER, now=now())

    found = at_once(triage, triage, triage)
    assert sum(n for n in found if isinstance(n, int)) == 6
    assert Case.objects.count() == 6
