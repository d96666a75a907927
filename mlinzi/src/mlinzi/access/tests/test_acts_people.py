"""Inviting, giving roles, ending accounts: who may, who may not, and what stands in the log."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator

from mlinzi.access import acts, reads, rules
from mlinzi.access.models import Grant, Invitation, Person, Proposal
from mlinzi.access.rules import Newcomer, Standing
from mlinzi.access.tests.conftest import OWNER, House, factors, hold
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from tests.logbook import entries

pytestmark = pytest.mark.django_db


def invited(
    house: House, by: str = "ada", to: str = "first_lantern", email: str = "nima@example.org"
) -> Invitation:
    return acts.invite(
        name="Nima Reed",
        email=email,
        organisation_uuid=house.organisation(to),
        language="en",
        by=house.officer(by),
        now=now(),
    )


def test_administrators_invite_into_their_own_organisation_only(house: House) -> None:
    invitation = invited(house)
    assert invitation.person.standing is Standing.INVITED
    assert not invitation.person.has_usable_password()
    with pytest.raises(NotFound):
        invited(house, to="east_wardens", email="other@example.org")
    with pytest.raises(NotFound):
        invited(house, by="mirren", email="other@example.org")
    elsewhere = invited(house, by="corin", to="east_wardens", email="other@example.org")
    assert elsewhere.person.organisation.name == "East Wardens"


def test_an_address_is_used_once_whatever_its_case(house: House) -> None:
    invited(house)
    with pytest.raises(Refused, match="has an account already"):
        invited(house, email="NIMA@example.org")
    assert Person.objects.filter(email="nima@example.org").count() == 1


def test_no_address_goes_into_the_log(house: House) -> None:
    invited(house)
    acts.record_failed_sign_in("password", "nima@example.org", known_browser=False, now=now())
    acts.record_failed_sign_in("password", "stranger@example.org", known_browser=False, now=now())
    written = entries(action__startswith="access.")
    assert {e.object_id for e in written.filter(action="access.session.fail")} >= {"-"}
    for entry in written:
        assert "@" not in f"{entry.object_id}{entry.details}{entry.purpose}{entry.actor_id}"


def test_a_letter_is_written_once_and_its_token_is_stored_nowhere(house: House) -> None:
    invitation = invited(house)
    assert list(reads.invitations_to_send(now=now())) == [invitation]
    sent, token = acts.mint_invitation(invitation.id, by=Actor.process("worker"), now=now())
    assert len(token) >= 43
    assert token.encode() not in bytes(sent.token_digest or b"")
    assert list(reads.invitations_to_send(now=now())) == []
    with pytest.raises(NotFound):
        acts.mint_invitation(invitation.id, by=Actor.process("worker"), now=now())
    assert acts.invitation_of(token, now=now()) == sent
    for wrong in ("", token[:-1], token + "x"):
        with pytest.raises(NotFound):
            acts.invitation_of(wrong, now=now())


def test_an_invitation_works_once_and_for_a_week(house: House) -> None:
    invitation, token = acts.mint_invitation(invited(house).id, by=OWNER, now=now())
    with pytest.raises(NotFound):
        acts.invitation_of(token, now=now() + rules.INVITATION_LIVES)
    with pytest.raises(NotFound):
        acts.accept_invitation(invitation.id, password="x", now=now() + rules.INVITATION_LIVES)
    person = acts.accept_invitation(invitation.id, password="a long way to the lighthouse", now=now())
    assert person.standing is Standing.ACTIVE
    assert person.check_password("a long way to the lighthouse")
    with pytest.raises(NotFound):
        acts.accept_invitation(invitation.id, password="another one", now=now())
    with pytest.raises(NotFound):
        acts.invitation_of(token, now=now())


def test_an_invitation_whose_letter_was_not_written_opens_nothing(house: House) -> None:
    with pytest.raises(NotFound):
        acts.accept_invitation(invited(house).id, password="x", now=now())
    with pytest.raises(NotFound):
        acts.invitation_of("", now=now())


def test_another_invitation_makes_the_first_one_useless(house: House) -> None:
    first, token = acts.mint_invitation(invited(house).id, by=OWNER, now=now())
    again = acts.invite_again(first.person_id, by=house.officer("ada"), now=now())
    with pytest.raises(NotFound):
        acts.invitation_of(token, now=now())
    second, newer = acts.mint_invitation(again.id, by=OWNER, now=now())
    acts.accept_invitation(second.id, password="a long way to the lighthouse", now=now())
    with pytest.raises(Refused, match="signs in already"):
        acts.invite_again(first.person_id, by=house.officer("ada"), now=now())
    with pytest.raises(NotFound):
        acts.invite_again(house["tavi"].id, by=house.officer("ada"), now=now())
    assert newer != token


def give(
    house: House, who: str, role: str, *, by: str = "ada", area: str = "", days: int = 30
) -> Grant | Proposal:
    return acts.give_role(
        house[who].id,
        role,
        area_id=area,
        expires_at=now() + timedelta(days=days),
        reason="Takes over from a colleague",
        by=house.officer(by),
        now=now(),
    )


def test_a_plain_role_is_given_at_once_and_recorded(house: House) -> None:
    given = give(house, "mirren", "helper")
    assert isinstance(given, Grant)
    assert given.granted_by == str(house["ada"].id)
    entry = entries(action="access.person.grant").get()
    assert entry.details["role"] == "helper"
    with pytest.raises(Refused, match="holds this role already"):
        give(house, "mirren", "helper")


def test_who_may_not_give_roles_learns_nothing(house: House) -> None:
    for by, who, role in (
        ("ada", "tavi", "helper"),
        ("mirren", "bo", "helper"),
        ("ada", "mirren", "no_such_role"),
    ):
        with pytest.raises(NotFound):
            give(house, who, role, by=by)
    assert not entries(action="access.person.grant").exists()


def test_nobody_gives_a_role_to_themselves(house: House) -> None:
    with pytest.raises(Refused, match="to yourself"):
        give(house, "ada", "helper")


def test_the_pack_says_for_which_organisations_a_role_is(house: House) -> None:
    with pytest.raises(Refused, match="kind of organisation"):
        give(house, "tavi", "keyholder", by="corin")
    assert isinstance(give(house, "wyn", "keyholder", by="corin"), Proposal)


def test_an_expired_grant_does_not_stand_in_the_way_of_a_new_one(house: House) -> None:
    old = hold(house["mirren"], "helper", days=-1)
    assert isinstance(give(house, "mirren", "helper"), Grant)
    old.refresh_from_db()
    assert old.ended_at is not None


def test_roles_in_areas_are_given_for_an_area(house: House) -> None:
    with pytest.raises(Refused, match="choose the area"):
        give(house, "mirren", "shore_watch")
    with pytest.raises(Refused, match="choose the area"):
        give(house, "mirren", "shore_watch", area="nowhere")
    for area in ("east-shore", "west-shore"):
        given = give(house, "mirren", "shore_watch", area=area)
        assert isinstance(given, Grant)
        assert given.area is not None
    assert reads.grants_of(house["mirren"], now=now()).count() == 3


def test_a_role_is_taken_away_only_by_those_who_may(house: House) -> None:
    held = hold(house["mirren"], "helper")
    for by in ("mirren", "tavi"):
        with pytest.raises(NotFound):
            acts.end_grant(held.id, by=house.officer(by), now=now())
    acts.end_grant(held.id, by=house.officer("ada"), now=now())
    with pytest.raises(NotFound):
        acts.end_grant(held.id, by=house.officer("ada"), now=now())


def test_an_ended_account_keeps_no_way_in(house: House) -> None:
    mirren = house["mirren"]
    for by, who in (("ada", "tavi"), ("mirren", "ada")):
        with pytest.raises(NotFound):
            acts.end_person(house[who].id, by=house.officer(by), now=now())
    with pytest.raises(Refused, match="your own account"):
        acts.end_person(house["ada"].id, by=house.officer("ada"), now=now())
    acts.end_person(mirren.id, by=house.officer("ada"), now=now())
    ended = house["mirren"]
    assert ended.standing is Standing.ENDED
    assert not ended.is_active
    assert not ended.has_usable_password()
    assert factors(ended) == []
    assert reads.grants_of(ended, now=now()).count() == 0
    with pytest.raises(Refused, match="ended already"):
        acts.end_person(mirren.id, by=house.officer("ada"), now=now())
    for act in (acts.invite_again,):
        with pytest.raises(Refused, match="cannot be opened again"):
            act(mirren.id, by=house.officer("ada"), now=now())
    with pytest.raises(Refused, match="has ended"):
        give(house, "mirren", "helper")


def test_an_invitation_dies_with_the_account(house: House) -> None:
    invitation, token = acts.mint_invitation(invited(house).id, by=OWNER, now=now())
    acts.end_person(invitation.person_id, by=house.officer("ada"), now=now())
    with pytest.raises(NotFound):
        acts.invitation_of(token, now=now())
    with pytest.raises(NotFound):
        acts.accept_invitation(invitation.id, password="a long way to the lighthouse", now=now())


def test_one_changes_ones_own_password_by_knowing_the_old_one(house: House) -> None:
    ada = house.officer("ada")
    with pytest.raises(Refused, match="old password is not right"):
        acts.change_password(old="wrong", new="a long way to the lighthouse", by=ada, now=now())
    acts.change_password(old="seven sheep on the hill", new="a long way to the lighthouse", by=ada, now=now())
    assert house["ada"].check_password("a long way to the lighthouse")


def test_the_last_factor_stays_and_others_go(house: House) -> None:
    ada = house.officer("ada")
    app = Authenticator.objects.get(user=house["ada"])
    with pytest.raises(Refused, match="only second factor"):
        acts.remove_factor(app.pk, by=ada, now=now())
    with pytest.raises(Refused, match="an authenticator app already"):
        acts.add_app("JBSWY3DPEHPK3PXP", by=ada, now=now())
    acts.add_passkey("blue key", {"id": "x"}, by=ada, now=now())
    with pytest.raises(NotFound):
        acts.remove_factor(app.pk, by=house.officer("bo"), now=now())
    acts.remove_factor(app.pk, by=ada, now=now())
    assert factors(house["ada"]) == ["webauthn"]


def first(house: House, email: str, by: Actor = OWNER) -> list[Invitation]:
    newcomer = Newcomer("Una First", email, house.organisation("council"), "en", (("keyholder", ""),))
    return acts.invite_first([newcomer], expires_at=now() + timedelta(days=300), by=by, now=now())


def test_the_owner_of_the_machine_invites_until_two_people_can_approve(house: House) -> None:
    with pytest.raises(Refused, match="Two people can invite"):
        first(house, "una@example.org")
    Grant.objects.exclude(person=house["corin"]).delete()
    with pytest.raises(NotFound):
        first(house, "una@example.org", by=Actor.process("worker"))
    made = first(house, "una@example.org")
    assert [i.person.name for i in made] == ["Una First"]
    assert made[0].person.grants.get().granted_by == "owner"
    with pytest.raises(Refused, match="The pack has no role"):
        acts.invite_first(
            [Newcomer("Una", "u2@example.org", house.organisation("council"), "en", (("boss", ""),))],
            expires_at=now() + timedelta(days=3),
            by=OWNER,
            now=now(),
        )
    assert not Person.objects.filter(email="u2@example.org").exists(), "half of an act stayed"
