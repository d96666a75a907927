"""A company's programs report for real only after its tests were passed; the regulator sees figures."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from mlinzi.access import acts as access
from mlinzi.directory.acts import ToldByProvider
from mlinzi.industry import acts, reads
from mlinzi.industry.rules import Step
from mlinzi.industry.tests.conftest import Companies
from mlinzi.industry.tests.test_filing import file, told
from mlinzi.intake import acts as intake
from mlinzi.intake.tests.providing import FULL, Provider, at_the_door, file_details
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from tests.people import AMINA, SALIM
from tests.tables import ProviderReport
from tests.world import WORKER, sign_in

pytestmark = pytest.mark.django_db
CONTACTS = ToldByProvider(focal_name="Zuhura Lagat", focal_email="z@demo.invalid", legal_contact="Legal desk")


def program(companies: Companies) -> Provider:
    """A program with a way in for tests, which the company's own people gave it."""
    made = access.give_credential(companies.own, live=False, by=companies.zuhura, now=now())
    client = Client(raise_request_exception=False)
    return Provider(client, made.credential.login, made.secret, companies.world)


def try_all(one: Provider, settings: Settings) -> None:
    with at_the_door(settings):
        report = one.submit(FULL)
        one.post("fileinfo", file_details(report, one.upload(report)))
        one.finish(report)
        gone = one.submit(FULL + b" ")
        one.post("retract", b"id=%d" % gone, "application/x-www-form-urlencoded")


def test_from_nothing_to_a_way_in_for_real_reports(companies: Companies, settings: Settings) -> None:
    zuhura = companies.zuhura
    assert acts.look_at_tests(by=zuhura, now=now()) == tuple(Step)
    one = program(companies)
    with pytest.raises(Refused, match="has not passed its tests"):
        access.give_credential(companies.own, live=True, by=zuhura, now=now())
    try_all(one, settings)
    assert acts.look_at_tests(by=zuhura, now=now()) == (Step.CONTACTS,)
    with pytest.raises(Refused):
        access.give_credential(companies.own, live=True, by=zuhura, now=now())
    acts.describe(CONTACTS, by=zuhura, now=now())
    assert acts.look_at_tests(by=zuhura, now=now()) == ()
    assert access.give_credential(companies.own, live=True, by=zuhura, now=now()).credential.live


def test_what_was_passed_stays_passed_after_the_tests_are_thrown_away(
    companies: Companies, settings: Settings
) -> None:
    try_all(program(companies), settings)
    intake.take_provider_reports(by=WORKER, now=now(), keys=None, country_prefix="254")  # type: ignore[arg-type]
    intake.expire_provider_reports(by=WORKER, now=now(), door=settings.DOOR)
    assert ProviderReport.objects.count() == 2, "tests stay a day, also one that was taken back"
    acts.look_at_tests(by=companies.zuhura, now=now())
    intake.expire_provider_reports(by=WORKER, now=now() + timedelta(hours=25), door=settings.DOOR)
    assert not ProviderReport.objects.exists()
    assert acts.look_at_tests(by=companies.zuhura, now=now()) == (Step.CONTACTS,)


def test_tests_by_hand_and_of_another_company_pass_nothing(companies: Companies, settings: Settings) -> None:
    file(companies, live=False)
    other = access.give_credential(
        companies.world.organisations["mnara_hosting"].uuid,
        live=False,
        by=companies.world.officer("simiyu"),
        now=now(),
    )
    client = Client(raise_request_exception=False)
    try_all(Provider(client, other.credential.login, other.secret, companies.world), settings)
    assert acts.look_at_tests(by=companies.zuhura, now=now()) == tuple(Step)


def test_nobody_looks_after_another_company(companies: Companies) -> None:
    with pytest.raises(NotFound):
        access.give_credential(
            companies.world.organisations["mnara_hosting"].uuid, live=False, by=companies.zuhura, now=now()
        )
    for who in (AMINA, SALIM):
        with pytest.raises(NotFound):
            acts.describe(CONTACTS, by=companies.world.officer(who), now=now())
        with pytest.raises(NotFound):
            acts.look_at_tests(by=companies.world.officer(who), now=now())


def test_a_program_says_when_its_company_became_aware(companies: Companies, settings: Settings) -> None:
    one = program(companies)
    aware = now() - timedelta(hours=3)
    with at_the_door(settings):
        for place, (header, kept) in enumerate(
            [
                (aware.isoformat(), aware),
                ("yesterday", None),
                ("2026-05-17T20:00", None),
                ("1800-01-01T00:00:00Z", None),
                ((now() + timedelta(days=1)).isoformat(), None),
            ]
        ):
            number = one.submit(FULL + b" " * place, Aware_At=header)
            assert ProviderReport.objects.get(pk=number).aware_at == kept, header


def test_the_regulator_sees_all_companies_and_a_company_its_own(companies: Companies, client: Client) -> None:
    late = now() - timedelta(hours=60)
    file(companies, told(), told("Second."))
    row = ProviderReport.objects.order_by("pk").first()
    assert row
    ProviderReport.objects.filter(pk=row.pk).update(aware_at=late)
    file(companies, told("A test."), live=False)
    salim = companies.world.officer(SALIM)
    found = {one.name: one.standing for one in reads.standings(by=salim, now=now() + timedelta(minutes=1))}
    assert set(found) == {"Mnara Demonstration Hosting", "Safiri Demonstration Internet"}
    own = found["Safiri Demonstration Internet"]
    assert (own.reports, own.told, own.late) == (2, 2, 1)
    assert found["Mnara Demonstration Hosting"].reports == 0
    mine = reads.standings(by=companies.zuhura, now=now() + timedelta(minutes=1))
    assert [one.name for one in mine] == ["Safiri Demonstration Internet"]
    assert reads.standings(by=companies.world.officer(AMINA), now=now()) == []
    sign_in(client, companies.world.people[SALIM])
    page = client.get("/companies/").content.decode()
    assert "A proposal, no law" in page
    assert "Safiri Demonstration Internet" in page


def test_the_country_without_a_duty_judges_nobody(companies: Companies, client: Client) -> None:
    from mlinzi.industry.models import Duty

    Duty.objects.all().delete()
    file(companies)
    sign_in(client, companies.world.people[SALIM])
    page = client.get("/companies/").content.decode()
    assert "names no duty to report" in page
    (own,) = reads.standings(by=companies.zuhura, now=now() + timedelta(minutes=1))
    assert own.standing.late == 0
