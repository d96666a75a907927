"""Rights on real rows: the filter in SQL and the rule in memory give the same answer."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlinzi.access import acts, reads
from mlinzi.access.models import Grant, Person
from mlinzi.access.rules import Action, Officer, Relation, Right, Scope, allowed
from mlinzi.access.tests.conftest import House, hold
from mlinzi.directory import reads as directory
from mlinzi.kernel.actors import ActorKind
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound

pytestmark = pytest.mark.django_db
AREAS = ["east-shore", "west-shore", ""]
RIGHTS = st.builds(
    Right, action=st.sampled_from(["a", "b"]), scope=st.sampled_from(list(Scope)), area=st.sampled_from(AREAS)
)


def relation_of(grant: Grant) -> Relation:
    """A grant as a record that belongs to people in all the ways there are."""
    return Relation(
        owner=str(grant.person_id),
        assigned=frozenset({grant.granted_by}),
        unit=str(grant.person.unit_id or ""),
        area=grant.area.pack_id if grant.area else "",
        organisations=frozenset({str(grant.person.organisation.uuid)}),
    )


@pytest.fixture
def records(house: House) -> list[Grant]:
    """Grants of many people, given by many, in several areas and units."""
    people = list(Person.objects.select_related("organisation"))
    for at, person in enumerate(people):
        if at % 2:
            unit = person.organisation.units.get_or_create(name="Night")[0]
            Person.objects.filter(pk=person.pk).update(unit=unit)
        made = hold(person, "shore_watch", area=AREAS[at % 3])
        Grant.objects.filter(pk=made.pk).update(granted_by=str(people[at - 1].pk))
    assert directory.areas().count() >= 2
    return list(Grant.objects.select_related("person__organisation", "area"))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_filter_and_rule_agree_for_any_rights(records: list[Grant], data: st.DataObject) -> None:
    person = data.draw(st.sampled_from([grant.person for grant in records]))
    by = Officer(
        ActorKind.PERSON,
        str(person.id),
        data.draw(st.sampled_from([str(person.organisation.uuid), ""])),
        unit=str(person.unit_id or ""),
        rights=data.draw(st.frozensets(RIGHTS, max_size=4)),
    )
    visible = reads.visible(
        by,
        "a",
        owner="person_id",
        assigned="granted_by",
        unit="person__unit_id",
        area="area__pack_id",
        organisations=("person__organisation__uuid",),
    )
    seen = set(Grant.objects.filter(visible).values_list("pk", flat=True))
    assert seen == {grant.pk for grant in records if allowed(by, "a", relation_of(grant))}


def test_a_scope_without_a_column_shows_nothing(records: list[Grant]) -> None:
    person = records[0].person
    for scope in Scope:
        by = Officer(
            ActorKind.PERSON,
            str(person.id),
            "org",
            unit="u",
            rights=frozenset({Right("a", scope, "east-shore")}),
        )
        seen = Grant.objects.filter(reads.visible(by, "a")).count()
        assert seen == (len(records) if scope is Scope.NATIONAL else 0)


def test_people_are_seen_by_their_own_administrators_and_nationally(house: House) -> None:
    ada, corin, mirren = (house.officer(name) for name in ("ada", "corin", "mirren"))
    assert reads.person_for(house["mirren"].id, Action.PERSON_LIST, by=ada).name == "Mirren Quayle"
    assert reads.person_for(house["tavi"].id, Action.PERSON_LIST, by=corin).name == "Tavi Saltmarsh"
    for by, who in ((ada, "tavi"), (mirren, "ada"), (mirren, "mirren")):
        with pytest.raises(NotFound):
            reads.person_for(house[who].id, Action.PERSON_LIST, by=by)


def test_a_role_ends_by_itself_and_when_it_is_taken_away(house: House) -> None:
    tavi = house["tavi"]
    held = hold(tavi, "night_reader", days=2)
    right, moment = Right("casework.case.open", Scope.NATIONAL), now()
    assert right in reads.officer(tavi, now=moment).rights
    assert right not in reads.officer(tavi, now=moment + timedelta(days=2, minutes=1)).rights
    acts.end_grant(held.id, by=house.officer("corin"), now=moment)
    assert right not in reads.officer(tavi, now=moment).rights


def test_the_area_of_a_grant_binds_only_what_works_in_areas(house: House) -> None:
    tavi = house["tavi"]
    Grant.objects.filter(person=tavi).delete()
    hold(tavi, "shore_watch", area="east-shore")
    rights = reads.officer(tavi, now=now()).rights
    assert Right("casework.deadline.see", Scope.AREA, "east-shore") in rights
    assert Right(Action.SELF, Scope.OWN) in rights
    assert not any(right.area for right in rights if right.scope is not Scope.AREA)


def test_somebody_without_a_role_can_use_their_own_account_and_nothing_else(house: House) -> None:
    newcomer = house.add("nima", "east_wardens")
    assert reads.officer(newcomer, now=now()).rights == {Right(Action.SELF, Scope.OWN)}
    mirren = house.officer("mirren")
    assert len(mirren.rights) > 1
    assert reads.without_factor(mirren).rights == {Right(Action.SELF, Scope.OWN)}


def test_who_holds_a_role_and_who_may_do_something(house: House) -> None:
    moment = now()
    first_lantern = house.organisation("first_lantern")
    assert [p.name for p in reads.holders("keyholder", now=moment)] == ["Corin Quayle", "Oda Saltmarsh"]
    assert reads.holders("keyholder", now=moment, organisation=first_lantern) == []
    hold(house["tavi"], "shore_watch", area="west-shore")
    assert [p.name for p in reads.holders("shore_watch", now=moment, area="west-shore")] == ["Tavi Saltmarsh"]
    assert reads.holders("shore_watch", now=moment, area="east-shore") == []
    may = [p.name for p in reads.who_may(Action.PERSON_INVITE, now=moment, organisation=first_lantern)]
    assert may == ["Ada Newcomer", "Bo Newcomer"]
    acts.end_person(house["bo"].id, by=house.officer("ada"), now=moment)
    assert len(reads.who_may(Action.PERSON_INVITE, now=moment, organisation=first_lantern)) == 1


def test_names_and_addresses_are_given_only_for_people(house: House) -> None:
    ada = house["ada"]
    assert reads.names_of({str(ada.id), "worker", "-"}) == {str(ada.id): "Ada Newcomer"}
    assert reads.address_of(str(ada.id)) == "ada@example.org"
    acts.end_person(ada.id, by=house.officer("bo"), now=now())
    assert reads.address_of(str(ada.id)) == ""
