"""The directory: who can help, the nearest first, open or not, and entries that somebody has called right."""

import re
from datetime import datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.http import HttpResponse

from mlinzi.casework import acts, jobs, reads
from mlinzi.casework.tests.conftest import LAW, Desk
from mlinzi.casework.tests.test_links import SILENT
from mlinzi.casework.tests.test_web import browser, key_in, page, text_of
from mlinzi.directory import acts as directory
from mlinzi.directory.rules import DAYS, Capacity, Told, distance_km, is_open, is_stale, why_not_tell
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.messaging import acts as messaging
from tests.people import ACHIENG, AMINA, BARASA, CHAO, NASERIAN, WAMBUI, WANJIKU
from tests.tables import Entry, Grant, Letter
from tests.world import WORKER

NAIROBI_CLOCK = ZoneInfo("Africa/Nairobi")
OFFICE_HOURS = {day: (time(8), time(17)) for day in DAYS[:5]}
OFFICE = Told(OFFICE_HOURS, capacity=Capacity.FREE, contact="Duty officer", email="office@demo.invalid")


def tell(desk: Desk, house: str, told: Told = OFFICE, who: str = BARASA) -> None:
    acts.tell_of_help(desk.house(house), told, by=desk.officer(who), now=now())


@pytest.mark.parametrize(
    ("told", "at", "wanted"),
    [
        (Told(), "2026-05-06T09:00", None),
        (Told(always=True), "2026-05-10T03:00", True),
        (OFFICE, "2026-05-06T08:00", True),
        (OFFICE, "2026-05-06T17:00", False),
        (OFFICE, "2026-05-10T09:00", False),
        (Told({"saturday": (time(20), time(6))}), "2026-05-10T05:59", True),
        (Told({"saturday": (time(20), time(6))}), "2026-05-10T06:00", False),
        (Told({"saturday": (time(20), time(6))}), "2026-05-09T05:00", False),
    ],
)
def test_whether_somebody_is_there(told: Told, at: str, wanted: bool | None) -> None:
    assert is_open(told, datetime.fromisoformat(at).replace(tzinfo=NAIROBI_CLOCK)) is wanted


def test_distance_and_age() -> None:
    assert distance_km((0, 0), (0, 0)) == 0
    assert 430 < distance_km((-1.29, 36.82), (-4.04, 39.67)) < 450
    day = now().date()
    assert is_stale(None, today=day, after=timedelta(days=1))
    assert not is_stale(day - timedelta(days=180), today=day, after=timedelta(days=180))
    assert is_stale(day - timedelta(days=181), today=day, after=timedelta(days=180))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (Told(), "telephone number or an e-mail"),
        (Told(phone="call us"), "with digits"),
        (Told({"monday": (time(8), time(8))}, phone="112"), "same time"),
        (Told(OFFICE_HOURS, always=True, phone="112"), "Either"),
        (Told(phone="112", contact="x" * 200), "at most 120"),
    ],
)
def test_an_entry_that_helps_nobody_is_refused(told: Told, said: str) -> None:
    assert said in " ".join(why_not_tell(told))


def test_the_nearest_comes_first_and_the_rest_by_distance(desk: Desk) -> None:
    found = reads.find_help(service="case_management", place="kwale", by=desk.officer(AMINA), now=now())
    invented = [one for one in found if one.house.pack_id in desk.world.organisations]
    assert [one.house.pack_id for one in invented] == [
        "mombasa_childrens_office",
        "nairobi_childrens_office",
        "kisumu_childrens_office",
        "turkana_childrens_office",
    ]
    assert invented[0].near.serves
    assert all(one.near.km for one in invented[1:])
    assert [one.near.order for one in found] == sorted(one.near.order for one in found)
    assert reads.find_help(service="no_such", by=desk.officer(AMINA), now=now()) == []


def test_an_officer_of_a_county_sees_what_works_there_or_everywhere(desk: Desk) -> None:
    seen = {one.house.pack_id for one in reads.find_help(by=desk.officer("mwanaisha"), now=now())}
    assert {"mombasa_childrens_office", "bandarini_police_desk", "sikiliza_helpline"} <= seen
    assert "turkana_childrens_office" not in seen
    with pytest.raises(NotFound):
        reads.helper(desk.house("turkana_childrens_office"), by=desk.officer("mwanaisha"), now=now())


def test_only_who_keeps_an_entry_may_change_it(desk: Desk) -> None:
    tell(desk, "national_desk", who=WANJIKU)
    tell(desk, "national_desk", who=WAMBUI)
    for who, house in ((AMINA, "national_desk"), (WANJIKU, "sikiliza_helpline"), (CHAO, "mtoni_police_desk")):
        with pytest.raises(NotFound):
            tell(desk, house, who=who)
        with pytest.raises(NotFound):
            acts.verify_help(desk.house(house), by=desk.officer(who), now=now())
    one = reads.helper(desk.house("national_desk"), by=desk.officer(AMINA), now=now())
    assert one.told == OFFICE
    assert one.verified_by.startswith("Wambui")
    assert not one.stale
    assert not one.may_edit
    assert Entry.objects.filter(action="directory.entry.tell").count() == 2


def tell_all(desk: Desk) -> None:
    for house in reads.helpers_seen(by=desk.officer(AMINA)):
        directory.tell(house, OFFICE, by=desk.officer(BARASA), now=now())


def test_nothing_untold_is_called_right(desk: Desk) -> None:
    with pytest.raises(Refused, match="Nothing was told"):
        acts.verify_help(desk.house("national_desk"), by=desk.officer(WANJIKU), now=now())


def test_stale_entries_are_asked_about_once_a_month_until_somebody_answers(desk: Desk) -> None:
    moment = now()
    Grant.objects.update(expires_at=moment + timedelta(days=400))
    tell_all(desk)

    def asked(after: timedelta) -> set[str]:
        Letter.objects.all().delete()
        acts.ask_about_entries(by=WORKER, now=moment + after, keys=keyring())
        effects = Letter.objects.filter(about="entry.ask").values_list("effect", flat=True)
        people = {str(person.id): who for who, person in desk.world.people.items()}
        return {people[effect.rsplit(":", 1)[1]] for effect in effects}

    assert asked(timedelta(days=179)) == set()
    first = asked(timedelta(days=182))
    assert {WANJIKU, WAMBUI, BARASA, NASERIAN} <= first, "who keeps one, or those that nobody else keeps"
    assert AMINA not in first
    assert asked(timedelta(days=183)) == set()
    acts.verify_help(desk.house("national_desk"), by=desk.officer(WANJIKU), now=moment + timedelta(days=200))
    second = asked(timedelta(days=214))
    assert BARASA in second
    assert WANJIKU not in second
    assert asked(timedelta(days=214)) == set()


def test_a_link_goes_to_the_address_that_the_directory_knows(desk: Desk) -> None:
    tell(desk, SILENT)
    desk.world.people["ekai"].grants.update(ended_at=now())
    case, amina = desk.taken(), browser(desk, AMINA)
    address = f"/cases/{case.number}/refer/?service=case_management"
    key = key_in(cast(HttpResponse, amina.get(address)))
    chosen = {
        "to": desk.house(SILENT), "shared": ["area"], "basis": "law", "provision": LAW, "form_key": key
    }  # fmt: skip
    looked = amina.post(address, chosen)
    seen = re.search(r'name="seen" value="(\w+)"', looked.content.decode())
    assert seen is not None
    assert amina.post(address, {**chosen, "seen": seen[1], "send": "1"}).status_code == 302
    jobs.write_links()
    messaging.send_waiting(by=WORKER, now=now(), keys=keyring())
    assert [letter.to for letter in mail.outbox if "/a/" in str(letter.body)] == [[OFFICE.email]]


def test_somebody_finds_help_and_keeps_an_entry_on_pages(desk: Desk) -> None:
    amina, wanjiku = browser(desk, AMINA), browser(desk, WANJIKU)
    house = desk.house("national_desk")
    assert "Who can help" in text_of(page(amina, "my_work"))
    shown = text_of(amina.get("/help/?service=case_management&place=kwale"))
    assert "Never. Ask before you rely on it." in shown
    assert "km away" in shown
    assert "to be verified" in text_of(amina.get("/help/?stale=on"))
    assert "No organisation fits" in text_of(amina.get("/help/?service=birth_registration"))
    assert amina.get(f"/help/{house}/edit/").status_code == 404
    assert wanjiku.get(f"/help/{house}/edit/").status_code == 200
    told = {"capacity": "full", "phone": "000 000 001", "monday_from": "08:00", "monday_to": ""}
    wrong = wanjiku.post(f"/help/{house}/edit/", told)
    assert wrong.status_code == 422
    assert "both times of the day" in text_of(wrong)
    done = wanjiku.post(f"/help/{house}/edit/", {**told, "monday_to": "17:00"})
    assert done.status_code == 302
    entry = text_of(amina.get(f"/help/{house}/"))
    assert "No, we are full" in entry
    assert "08:00–17:00" in entry
    assert "Wanjiku" in entry
    assert wanjiku.post(f"/help/{house}/verify/").status_code == 302
    assert browser(desk, ACHIENG).get(f"/help/{house}/").status_code == 200
