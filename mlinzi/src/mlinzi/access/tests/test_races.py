"""Two at the same moment: exactly one of them counts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections

from mlinzi.access import acts, reads
from mlinzi.access.models import Grant, Invitation
from mlinzi.access.rules import Typed
from mlinzi.access.tests.conftest import OWNER, SECRET, House, factors
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import MlinziError, NotFound, Refused
from mlinzi.kernel.keyring import keyring

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], object]) -> list[str]:
    """Do several things at the same moment. Returns what became of each: "done" or a refusal's name."""
    start = Barrier(len(works))

    def one(work: Callable[[], object]) -> str:
        start.wait(timeout=10)
        try:
            work()
        except MlinziError as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return sorted(pool.map(one, works))


def test_an_invitation_is_used_by_one(house: House) -> None:
    made = acts.invite(
        name="Nima Reed",
        email="nima@example.org",
        organisation_uuid=house.organisation("first_lantern"),
        language="en",
        by=house.officer("ada"),
        now=now(),
    )
    acts.mint_invitation(made.id, by=OWNER, now=now())
    words = ("a long way to the lighthouse", "another way to the lighthouse")
    seen = at_once(
        *(lambda word=word: acts.accept_invitation(made.id, password=word, now=now()) for word in words)
    )
    assert seen == ["NotFound", "done"]
    assert sum(house["nima"].check_password(word) for word in words) == 1


def test_a_letter_gets_one_token(house: House) -> None:
    made = acts.invite_again(
        acts.invite(
            name="Nima Reed",
            email="nima@example.org",
            organisation_uuid=house.organisation("first_lantern"),
            language="en",
            by=house.officer("ada"),
            now=now(),
        ).person_id,
        by=house.officer("ada"),
        now=now(),
    )
    tokens: list[str] = []

    def mint() -> None:
        tokens.append(acts.mint_invitation(made.id, by=OWNER, now=now())[1])

    assert at_once(mint, mint) == ["NotFound", "done"]
    assert acts.invitation_of(tokens[0], now=now()).pk == made.pk
    assert Invitation.objects.exclude(token_digest=None).count() == 1


def test_the_last_two_factors_are_not_both_removed(house: House) -> None:
    ada = house.officer("ada")
    acts.add_passkey("blue key", {"id": "x"}, by=ada, now=now())
    first, second = reads.factors_of(ada.id)
    seen = at_once(
        lambda: acts.remove_factor(first.pk, by=ada, now=now()),
        lambda: acts.remove_factor(second.pk, by=ada, now=now()),
    )
    assert seen == ["Refused", "done"]
    assert len(factors(house["ada"])) == 1


def test_two_apps_are_not_set_up_at_once(house: House) -> None:
    house.add("nima", "first_lantern")
    nima = house.officer("nima")

    def add() -> None:
        acts.add_app(SECRET, by=nima, now=now())

    assert at_once(add, add) == ["Refused", "done"]
    assert factors(house["nima"]) == ["totp"]


def test_a_role_is_given_once(house: House) -> None:
    until = now() + timedelta(days=30)
    mirren = house["mirren"].id

    def give(by: str) -> Callable[[], object]:
        officer = house.officer(by)
        return lambda: acts.give_role(
            mirren, "helper", area_id="", expires_at=until, reason="", by=officer, now=now()
        )

    assert at_once(give("ada"), give("bo")) == ["Refused", "done"]
    assert Grant.objects.filter(person=mirren, role__pack_id="helper").count() == 1


def test_an_account_is_not_ended_while_a_role_is_given(house: House) -> None:
    until = now() + timedelta(days=30)
    mirren = house["mirren"].id
    ada, bo = house.officer("ada"), house.officer("bo")
    at_once(
        lambda: acts.give_role(mirren, "helper", area_id="", expires_at=until, reason="", by=ada, now=now()),
        lambda: acts.end_person(mirren, by=bo, now=now()),
    )
    assert house["mirren"].ended_at is not None
    assert not reads.grants_of(house["mirren"], now=now()).exists(), "an ended account holds a role"


def test_an_approval_is_spent_once(house: House) -> None:
    proposal = acts.propose(
        "casework.file.export",
        "casework.case",
        "17",
        reason="The court asks for it",
        organisation=house.organisation("first_lantern"),
        by=house.officer("ada"),
        now=now(),
    )
    acts.decide(proposal.id, approve=True, by=house.officer("bo"), now=now())

    def spend() -> None:
        acts.spend(proposal.id, "casework.file.export", "17", now=now())

    assert at_once(spend, spend, spend) == ["Refused", "Refused", "done"]


def test_typed_text_is_given_back_to_one_of_two_windows(house: House) -> None:
    ada = house["ada"].id
    acts.keep_typed(ada, "/x/", Typed({"note": ["once"]}), now=now(), keys=keyring())
    given: list[Typed | None] = []

    def take() -> None:
        given.append(acts.give_typed_back(ada, "/x/", now=now(), keys=keyring()))

    assert at_once(take, take) == ["done", "done"]
    assert sum(typed is not None for typed in given) == 1


def test_refusals_are_refusals(house: House) -> None:
    """What `at_once` calls done really was done, and what it calls refused changed nothing."""
    assert at_once(lambda: None) == ["done"]
    with pytest.raises(NotFound):
        acts.end_grant(house["ada"].id, by=house.officer("ada"), now=now())
    with pytest.raises(Refused):
        acts.end_person(house["ada"].id, by=house.officer("ada"), now=now())
