"""The facts of Kenya's pack that a mistake would cost most: places, codes, waits, law, words for a child."""

from __future__ import annotations

from collections import Counter
from string import Formatter

import pytest

from mlinzi.intake.rules.form import FIELDS, UNSAID, Choice, Field, Form, Page
from mlinzi.site.packs.demo import PLACEHOLDERS
from mlinzi.site.packs.reading import read_pack
from mlinzi.site.packs.schema import RISKS, Pack
from mlinzi.site.tests.pack_copies import KENYA


@pytest.fixture(scope="module")
def kenya() -> Pack:
    return read_pack(KENYA)


def test_kenya_has_its_places(kenya: Pack) -> None:
    assert Counter(place.level for place in kenya.places) == {
        "county": 47,
        "sub_county": 301,
        "constituency": 290,
        "ward": 1450,
    }
    assert {county.national_code for county in kenya.areas} == set(range(1, 48))
    assert {county.iso_code for county in kenya.areas} == {f"KE-{number:02}" for number in range(1, 48)}
    seats = [place.national_code for place in kenya.places if place.level == "constituency"]
    assert sorted(number for number in seats if number) == list(range(1, 291))


@pytest.mark.parametrize(
    ("county", "national", "iso"),
    [
        ("mombasa", 1, "KE-28"),
        ("tana-river", 4, "KE-40"),
        ("taita-taveta", 6, "KE-39"),
        ("muranga", 21, "KE-29"),
        ("west-pokot", 24, "KE-47"),
        ("elgeyo-marakwet", 28, "KE-05"),
        ("baringo", 30, "KE-01"),
        ("homa-bay", 43, "KE-08"),
        ("nairobi", 47, "KE-30"),
    ],
)
def test_the_two_numberings_of_counties_stay_apart(kenya: Pack, county: str, national: int, iso: str) -> None:
    place = next(place for place in kenya.areas if place.id == county)
    assert (place.national_code, place.iso_code) == (national, iso)
    assert iso != f"KE-{national:02}", "a place where both agree would prove nothing"


def test_a_ward_leads_up_to_its_county(kenya: Pack) -> None:
    by_id = {place.id: place for place in kenya.places}
    ward = by_id["ward-mathare-kiamaiko"]
    seat = by_id[ward.parent or ""]
    assert (ward.name, seat.name, seat.parent) == ("Kiamaiko", "Mathare", "nairobi")
    assert all(by_id[place.parent].id for place in kenya.places if place.parent)
    shouted = [place.name for place in kenya.places if place.name.isupper() or "\\" in place.name]
    assert shouted == []


def test_kenya_offers_the_reporter_few_plain_choices(kenya: Pack) -> None:
    shown = kenya.public_categories
    assert 8 <= len(shown) <= 14
    assert [category.order for category in shown] == sorted(category.order for category in shown)
    assert shown[0].setting == "online"
    assert shown[-1].setting == "either", "whoever finds no word chooses the last"
    assert {category.base_urgency for category in shown} <= {"high", "medium"}
    assert kenya.languages == ("en", "sw")


def test_codes_are_those_of_the_case_system_and_unread_lists_stay_empty(kenya: Pack) -> None:
    codes = {category.id: category.codes for category in kenya.categories}
    assert codes["asked_for_pictures"]["cpims_case_category"] == ("CCOA", "OAOG")
    assert codes["not_cared_for"]["cpims_case_category"] == ("CSIC",), (
        "CSIC is neglect, whatever it looks like"
    )
    assert all(row["icvac"] == () for row in codes.values())
    destinations = {row.id: row.codes.get("cpims_destination") for row in kenya.destinations}
    assert destinations["police"] == ("RDPL",)
    assert destinations["sub_county_childrens_office"] == ("RDSC",)


def test_every_wait_in_kenya_ends_and_danger_never_waits_for_office_hours(kenya: Pack) -> None:
    table = kenya.deadlines
    for risk in RISKS:
        for service in kenya.services:
            deadline = table.referral_for(risk, service.id)
            assert deadline is not None
            assert table.rungs_for(deadline)[-1].where == "national"
            if risk == "high":
                assert deadline.clock == "always"
    own, default = table.referral_for("high", "rescue"), table.referral_for("high", "training")
    assert own is not None
    assert default is not None
    assert own.hours < default.hours, "a row for the service wins over the default"
    assert [row.hours for risk in RISKS if (row := table.triage_for(risk))] == [1, 3, 24]


def test_law_is_told_with_its_certainty_and_court_orders_with_their_day(kenya: Pack) -> None:
    provisions = {provision.id: provision for provision in kenya.law.provisions}
    assert provisions["soa2006_s_16"].heading == "Child pornography", "the statute's own words"
    assert "child sexual abuse material" in provisions["soa2006_s_16"].summary.lower()
    suspended = {s.provision: str(s.since) for s in kenya.law.states if s.state == "suspended"}
    assert suspended == {"cmca2018_s_27_amended_2025": "2025-10-22", "cmca2018_s_6_1_ja": "2025-10-27"}
    assert all(state.certainty == "press" for state in kenya.law.states)
    facts = {fact.id: fact for fact in kenya.law.facts}
    assert (facts["ncmec_kenya"].certainty, facts["ncmec_kenya"].value) == ("none_found", None)


def test_a_child_in_kenya_finds_116_first_and_nothing_that_tells_a_stranger(kenya: Pack) -> None:
    assert [line.number for line in kenya.public.emergency] == ["116", "999", "112", "1195"]
    first, second = kenya.public.emergency[:2]
    assert (first.free, first.certainty) == (True, "seen")
    assert (second.free, second.certainty) == (None, "general"), "what is not known is not promised"
    assert kenya.public.site_name == {"en": "Help", "sw": "Msaada"}
    assert kenya.public.exit_url.startswith("https://")


@pytest.fixture(scope="module")
def form(kenya: Pack) -> Form:
    """The form as the door walks it, in English."""
    return Form(
        tuple(
            Page(
                page.id,
                page.ask["en"],
                fields=tuple(
                    Field(field.id, choices=tuple(Choice(c.id, c.label["en"]) for c in field.choices))
                    for field in page.fields
                ),
                when=page.when,
                shows=frozenset(page.shows),
            )
            for page in kenya.form.pages
        )
    )


def test_a_child_in_kenya_is_asked_eight_questions_and_safety_comes_first(form: Form) -> None:
    about_me = [page.id for page in form.path({"safe": "yes", "about": "me"})]
    assert about_me == ["safe", "about", "what", "story", "where", "since", "you", "contact"]
    in_danger = form.path({"safe": "no", "about": "me"})
    assert [page.id for page in in_danger][:3] == ["safe", "help_now", "about"]
    assert in_danger[1].shows == {"numbers", "near"}
    assert not in_danger[1].fields, "help is shown and nothing is asked"


@pytest.mark.parametrize("about", ["child", "online", "professional", UNSAID])
def test_whoever_tells_of_a_child_is_asked_for_danger_and_for_that_childs_age(form: Form, about: str) -> None:
    asked = [page.id for page in form.path({"safe": "yes", "about": about})]
    assert ("work" in asked) == (about == "professional")
    assert {"danger", "child_you"} <= set(asked)
    assert "you" not in asked
    assert len(asked) <= 10


def test_whoever_worries_about_own_thoughts_finds_a_number_and_may_write(kenya: Pack, form: Form) -> None:
    path = form.path({"safe": "yes", "about": "own_thoughts"})
    assert [page.id for page in path] == ["safe", "about", "own_thoughts", "own_story", "contact"]
    assert path[2].shows == {"support"}
    line = kenya.form.support
    assert line is not None
    assert (line.certainty, line.free, line.hours) == ("press", None, None), (
        "what is not known is not promised"
    )


def test_the_form_of_kenya_asks_everything_and_never_why(kenya: Pack, form: Form) -> None:
    assert {field.id for page in form.pages for field in page.fields} == set(FIELDS)
    for page in kenya.form.pages:
        texts = [
            page.ask,
            page.lead or {},
            *(text for f in page.fields for text in (f.label, f.hint) if text),
        ]
        for text in texts:
            words = " ".join(text.values()).lower()
            assert not {"why", "because"} & set(words.replace("?", " ").split())
            assert "kwa nini" not in words
    drawn = [category.drawing for category in kenya.public_categories]
    assert all(drawn)
    assert len(set(drawn)) == len(drawn), "a child who cannot read well tells them apart by the drawing"


def test_the_demonstration_can_fill_half_a_year(kenya: Pack) -> None:
    demo = kenya.demo
    assert (len(demo.organisations), len(demo.people)) == (16, 26)
    assert {"amina", "brian", "chao", "wanjiku"} <= {person.id for person in demo.people}
    amina, chao = (next(p for p in demo.people if p.id == name) for name in ("amina", "chao"))
    assert (amina.role, chao.role) == ("analyst", "childrens_officer")
    assert "nairobi" not in chao.areas
    told = Counter(narrative.category for narrative in demo.narratives)
    assert all(told[category.id] >= 12 for category in kenya.public_categories)
    for narrative in demo.narratives:
        for text in narrative.text.values():
            used = {f"{{{name}}}" for _, name, _, _ in Formatter().parse(text) if name}
            assert used <= PLACEHOLDERS


def test_no_role_of_kenya_holds_more_than_its_work_needs(kenya: Pack) -> None:
    held = {role.id: {(grant.action, grant.scope) for grant in role.grants} for role in kenya.roles}
    opens = {
        role for role, grants in held.items() if "casework.case.open" in {action for action, _ in grants}
    }
    assert opens == {
        "analyst",
        "supervisor",
        "helpline_counsellor",
        "childrens_officer",
        "police_officer",
        "prosecutor",
    }
    assert ("casework.case.open", "national") not in set().union(*held.values())
    assert held["planner"] == {("access.self.use", "own"), ("directory.organisation.see", "national")}
    assert ("casework.case.see", "area") in held["county_coordinator"]
    assert {("audit.log.see", "national"), ("casework.case.history", "national")} <= held["auditor"]
