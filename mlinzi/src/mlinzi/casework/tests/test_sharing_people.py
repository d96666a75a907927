"""Of the people of a case a receiver reads the fields that were ticked; a suspect's word lets nothing go."""

from uuid import uuid4

import pytest
from django.test import Client

from mlinzi.casework import acts, rules
from mlinzi.casework.models import Case, PersonInCase
from mlinzi.casework.rules import Basis, Part, PersonField, Purpose, Shared
from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.test_sharing import agreed
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA
from tests.tables import Entry
from tests.world import sign_in


def with_people(desk: Desk) -> tuple[Case, PersonInCase, PersonInCase]:
    """A case with a child and a suspect."""
    case = desk.taken()
    child, suspect = (
        acts.add_person(
            case.number,
            acts.PersonTold(part, fields={PersonField.NAME: name, PersonField.PHONE: "0700 000 111"}),
            form_key=name.encode(),
            by=desk.officer(AMINA),
            now=now(),
            keys=keyring(),
        )
        for part, name in ((Part.CHILD, "Invented Neema"), (Part.SUSPECT, "Invented Coach"))
    )
    return case, child, suspect


def test_of_people_only_the_ticked_fields_are_in_the_copy(desk: Desk) -> None:
    case, child, suspect = with_people(desk)
    items = {rules.item(Shared.PERSON, child.id, "name"), rules.item(Shared.PERSON, suspect.id, "phone")}
    referral = desk.refer(case, shared=frozenset(items))
    copy = acts.open_referral(
        referral.number, Purpose.REFERRAL, by=desk.officer(ACHIENG), now=now(), keys=keyring()
    )
    assert copy.items == {
        "person": [
            {"part": "child", "fields": {"name": "Invented Neema"}},
            {"part": "suspect", "fields": {"phone": "0700 000 111"}},
        ]
    }
    details = Entry.objects.get(action="casework.referral.make").details
    assert {details["item_1"], details["item_2"]} == items
    agreed(desk, case, items=frozenset({"person:name"}))
    with pytest.raises(Refused, match="reads facts of a person"):
        desk.refer(case, basis=Basis.CONSENT, service="rescue", shared=frozenset(items))
    achieng = Client()
    sign_in(achieng, desk.world.people[ACHIENG])
    achieng.post(f"/referrals/{referral.number}/open/", {"purpose": "referral"})
    page = achieng.get(f"/referrals/{referral.number}/").content.decode()
    assert "Invented Neema" in page
    assert "Invented Coach" not in page


def test_the_word_of_a_suspect_lets_nothing_go(desk: Desk) -> None:
    case, child, suspect = with_people(desk)
    agreed(desk, case, person=str(suspect.id))
    with pytest.raises(Refused, match="suspect in this case"):
        desk.refer(case, basis=Basis.CONSENT)
    agreed(desk, case, person=str(child.id))
    assert desk.refer(case, basis=Basis.CONSENT).state == "sent"
    with pytest.raises(NotFound):
        agreed(desk, case, person=str(uuid4()))


def test_the_forms_group_fields_by_person_and_tick_none(desk: Desk) -> None:
    case, child, _suspect = with_people(desk)
    amina = Client()
    sign_in(amina, desk.world.people[AMINA])
    page = amina.get(f"/cases/{case.number}/refer/?service=rescue").content.decode()
    assert f'value="person:{child.id}:name"' in page
    assert "checked" not in page
    assert "Invented Neema" not in page, "a form shows no name that nobody opened"
    consent = amina.get(f"/cases/{case.number}/consent/new/").content.decode()
    assert 'value="person:name"' in consent
    assert f'value="{child.id}"' in consent
