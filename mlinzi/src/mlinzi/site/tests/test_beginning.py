"""The first people of an installation: two at most are invited from the machine itself."""

from datetime import timedelta

import pytest

from mlinzi.access import reads
from mlinzi.access.acts import invitation_of
from mlinzi.access.models import Person, Role
from mlinzi.access.rules import Action
from mlinzi.audit.models import Entry
from mlinzi.directory import reads as directory
from mlinzi.directory.acts import create_deployment
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.site.beginning import invite_first, the_role
from mlinzi.site.packs.loading import load_pack
from tests.world import OWNER, pack_of

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["ke", "xx"])
def country(request: pytest.FixtureRequest) -> str:
    """An installation in which nobody is at work yet; the pack id of an organisation that comes with it."""
    pack = pack_of(request.param)
    load_pack(pack, by=OWNER, now=now())
    create_deployment(pack.manifest.id, demonstration=False, by=OWNER, now=now())
    return str(directory.organisations().values_list("pack_id", flat=True)[0])


def invite(organisation: str, name: str = "Ada Invented", role: str | None = None) -> str:
    email = f"{name.split()[0].lower()}@example.org"
    return invite_first(name=name, email=email, organisation_id=organisation, role_id=role, now=now())


def test_the_address_opens_the_invitation_of_somebody_who_may_invite(country: str) -> None:
    address = invite(country)
    token = address.split("/")[-2]
    person = invitation_of(token, now=now()).person
    assert (person.email, person.is_active) == ("ada@example.org", False)
    rights = reads.officer(person, now=now()).rights
    assert Action.PERSON_INVITE in {right.action for right in rights}
    with pytest.raises(NotFound):
        invitation_of(token, now=now() + timedelta(days=8))
    actions = set(Entry.objects.filter(object_id=str(person.id)).values_list("action", "actor_id"))
    assert ("access.person.invite", "owner") in actions
    assert not Entry.objects.filter(details__icontains="ada@example.org").exists()


def test_two_are_invited_and_no_third(country: str) -> None:
    invite(country)
    with pytest.raises(Refused, match="has an account already"):
        invite(country, "Ada Again")
    invite(country, "Bo Invented")
    Person.objects.update(is_active=True)
    with pytest.raises(Refused, match="Two people can invite and approve"):
        invite(country, "Cy Invented")
    assert Person.objects.count() == 2


def test_a_wrong_organisation_or_role_is_answered_with_what_there_is(country: str) -> None:
    with pytest.raises(Refused, match=rf"There is no organisation nowhere\. There are: .*{country}"):
        invite("nowhere")
    with pytest.raises(Refused, match="no role no_such_role"):
        invite(country, role="no_such_role")
    Role.objects.get(pack_id=the_role()).rights.all().delete()
    with pytest.raises(Refused, match="Say with --role which role it is: none of the pack's invites"):
        invite(country)
    assert not Person.objects.exists(), "a refusal leaves nobody behind"
