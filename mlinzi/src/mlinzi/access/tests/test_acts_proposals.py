"""What takes two people is done by two people, once, in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.db.utils import IntegrityError

from mlinzi.access import acts, reads, rules
from mlinzi.access.models import Grant, Proposal
from mlinzi.access.rules import Action, Standing
from mlinzi.access.tests.conftest import House, factors
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, OurTurn, Refused
from tests.logbook import entries

pytestmark = pytest.mark.django_db
ROLE = "casework.case.open"


def restore(house: House, who: str = "mirren", by: str = "ada") -> Proposal:
    return acts.propose_restore(
        house[who].id, reason="I met her at the office", by=house.officer(by), now=now()
    )


def heavy(house: House, who: str, role: str, by: str) -> Proposal:
    made = acts.give_role(
        house[who].id,
        role,
        area_id="",
        expires_at=now() + timedelta(days=100),
        reason="The desk needs a second reader",
        by=house.officer(by),
        now=now(),
    )
    assert isinstance(made, Proposal)
    return made


def test_a_lost_factor_is_restored_by_two_people(house: House) -> None:
    proposal = restore(house)
    assert house["mirren"].is_active, "one person alone shut an account"
    with pytest.raises(Refused, match="proposed this yourself"):
        acts.decide(proposal.id, approve=True, by=house.officer("ada"), now=now())
    acts.decide(proposal.id, approve=True, by=house.officer("bo"), now=now())
    mirren = house["mirren"]
    assert mirren.standing is Standing.INVITED
    assert factors(mirren) == []
    assert not mirren.has_usable_password()
    assert reads.grants_of(mirren, now=now()).exists(), "roles are not lost with a phone"
    waiting = reads.invitations_to_send(now=now())
    assert [i.person for i in waiting] == [mirren]
    assert entries(action="access.factor.restore", actor_id=str(house["bo"].id)).count() == 1


def test_who_may_not_restore_learns_nothing(house: House) -> None:
    for by, who in (("ada", "tavi"), ("mirren", "ada")):
        with pytest.raises(NotFound):
            restore(house, who, by)
    with pytest.raises(Refused, match="Confirm with your second factor"):
        acts.propose_restore(
            house["mirren"].id,
            reason="I met her",
            by=house.officer("ada", factor_at=now() - timedelta(minutes=11)),
            now=now(),
        )
    assert not Proposal.objects.exists()


def test_a_proposal_is_not_decided_by_whom_it_is_about(house: House) -> None:
    proposal = restore(house, "bo")
    with pytest.raises(Refused, match="This is about you"):
        acts.decide(proposal.id, approve=True, by=house.officer("bo"), now=now())
    with pytest.raises(NotFound):
        acts.decide(proposal.id, approve=True, by=house.officer("mirren"), now=now())
    acts.decide(proposal.id, approve=True, by=house.officer("corin"), now=now())
    assert house["bo"].standing is Standing.INVITED


def test_a_refusal_changes_nothing_and_is_final(house: House) -> None:
    proposal = restore(house)
    acts.decide(proposal.id, approve=False, by=house.officer("bo"), now=now())
    assert house["mirren"].is_active
    with pytest.raises(Refused, match="decided already"):
        acts.decide(proposal.id, approve=True, by=house.officer("corin"), now=now())
    with pytest.raises(Refused, match="none that can be used"):
        acts.restore_factor(proposal.id, house["mirren"].id, by=house.officer("bo"), now=now())


def test_a_proposal_expires(house: House) -> None:
    proposal = restore(house)
    late = now() + rules.PROPOSAL_LIVES
    officer = house.officer("bo", factor_at=late)
    with pytest.raises(Refused, match="has expired"):
        acts.decide(proposal.id, approve=True, by=officer, now=late)
    assert house["mirren"].is_active
    assert not reads.proposals(by=officer, waiting=True, now=late).exists()
    assert reads.proposals(by=officer, waiting=False, now=late).get() == proposal


def test_an_approval_needs_a_fresh_factor(house: House) -> None:
    proposal = restore(house)
    stale = house.officer("bo", factor_at=now() - timedelta(minutes=11))
    with pytest.raises(Refused, match="Confirm with your second factor"):
        acts.decide(proposal.id, approve=True, by=stale, now=now())


def test_an_approval_is_spent_once_and_only_for_what_it_was_given(house: House) -> None:
    proposal = acts.propose(
        "casework.file.export",
        "casework.case",
        "17",
        reason="The court asks for it",
        organisation=house.organisation("first_lantern"),
        by=house.officer("ada"),
        now=now(),
    )
    with pytest.raises(Refused, match="none that can be used"):
        acts.spend(proposal.id, "casework.file.export", "17", now=now())
    acts.decide(proposal.id, approve=True, by=house.officer("bo"), now=now())
    for kind, subject, moment in (
        ("casework.file.export", "18", now()),
        ("casework.case.delete", "17", now()),
        ("casework.file.export", "17", now() + rules.PROPOSAL_LIVES),
    ):
        with pytest.raises(Refused, match="none that can be used"):
            acts.spend(proposal.id, kind, subject, now=moment)
    acts.spend(proposal.id, "casework.file.export", "17", now=now())
    with pytest.raises(Refused, match="none that can be used"):
        acts.spend(proposal.id, "casework.file.export", "17", now=now())


def test_a_proposal_carries_codes_and_no_texts(house: House) -> None:
    with pytest.raises(OurTurn, match="codes, not texts"):
        acts.propose(
            "x",
            "y",
            "1",
            reason="z",
            organisation="o",
            details={"story": "s" * 201},
            by=house.officer("ada"),
            now=now(),
        )


def test_keys_to_people_are_given_by_two(house: House) -> None:
    proposal = heavy(house, "mirren", "steward", "ada")
    assert not Grant.objects.filter(role__pack_id="steward", person=house["mirren"]).exists()
    with pytest.raises(Refused, match="proposed already"):
        heavy(house, "mirren", "steward", "bo")
    acts.decide(proposal.id, approve=True, by=house.officer("bo"), now=now())
    given = Grant.objects.get(role__pack_id="steward", person=house["mirren"])
    assert given.granted_by == str(house["ada"].id)
    assert Action.PERSON_GRANT in {right.action for right in house.officer("mirren").rights}


def test_what_opens_the_whole_country_is_given_by_two_who_act_nationally(house: House) -> None:
    with pytest.raises(Refused, match="national administrator"):
        heavy(house, "mirren", "night_reader", "ada")
    proposal = heavy(house, "mirren", "night_reader", "corin")
    with pytest.raises(NotFound):
        acts.decide(proposal.id, approve=True, by=house.officer("bo"), now=now())
    with pytest.raises(Refused, match="proposed this yourself"):
        acts.decide(proposal.id, approve=True, by=house.officer("corin"), now=now())
    acts.decide(proposal.id, approve=True, by=house.officer("oda"), now=now())
    assert ROLE in {right.action for right in house.officer("mirren").rights}


def test_the_rules_are_asked_again_when_days_have_passed(house: House) -> None:
    proposal = heavy(house, "mirren", "steward", "ada")
    acts.end_person(house["mirren"].id, by=house.officer("ada"), now=now())
    with pytest.raises(Refused, match="has ended"):
        acts.decide(proposal.id, approve=True, by=house.officer("bo"), now=now())
    proposal.refresh_from_db()
    assert proposal.decided_at is None, "an approval stayed whose act was refused"
    assert proposal.spent_at is None


def test_the_database_itself_refuses_one_person_for_two(house: House) -> None:
    proposal = restore(house)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(approved=True, decided_by=proposal.proposed_by)
    Proposal.objects.filter(pk=proposal.pk).update(approved=True, decided_by="another")


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_exactly_one_counts(house: House) -> None:
    proposal = restore(house)
    officers = [house.officer("bo"), house.officer("corin")]

    def decide(at: int) -> str:
        try:
            acts.decide(proposal.id, approve=at == 0, by=officers[at], now=now())
        except Refused:
            return "refused"
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, range(2))) == ["done", "refused"]


@pytest.mark.parametrize("lost", ["account", "role"])
def test_what_was_proposed_falls_with_the_right_to_propose_it(house: House, lost: str) -> None:
    lives, falls = restore(house, "tavi", "corin"), restore(house)
    if lost == "account":
        acts.end_person(house["ada"].id, by=house.officer("bo"), now=now())
    else:
        house["ada"].grants.update(ended_at=now())
    with pytest.raises(Refused, match="may not do so any more"):
        acts.decide(falls.id, approve=True, by=house.officer("bo"), now=now())
    assert house["mirren"].is_active
    acts.decide(falls.id, approve=False, by=house.officer("bo"), now=now())
    acts.decide(lives.id, approve=True, by=house.officer("oda"), now=now())
    assert not house["tavi"].is_active
