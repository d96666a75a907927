"""What providers finished becomes reports that officers read; tests never do."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from mlinzi.intake import acts
from mlinzi.intake.models import Attachment, ProviderFile, ProviderReport, Report
from mlinzi.intake.tests.providing import FULL, MINIMAL, Provider, file_details, given
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.vault import acts as vault
from mlinzi.vault import reads as vault_reads
from mlinzi.vault.rules import SealedText
from tests.tables import StoredFile
from tests.world import WORKER

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Settings, door_folder: Path) -> Provider:
    settings.ROOT_URLCONF = "mlinzi.site.urls_provider"
    settings.MIDDLEWARE = settings.PROVIDER_MIDDLEWARE
    return given()


def take(*, later: timedelta = timedelta(0)) -> int:
    moment = now() + later
    return acts.take_provider_reports(by=WORKER, now=moment, keys=keyring(), country_prefix="254")


def finished(provider: Provider, document: bytes = FULL, files: int = 0) -> int:
    report = provider.submit(document)
    for number in range(files):
        file = provider.upload(report, b"drawing %d" % number)
        assert provider.post("fileinfo", file_details(report, file)).status_code == 200
    assert provider.finish(report).status_code == 200
    return report


def clear(report: Report, name: str) -> str:
    thing = SealedText("intake.report", str(report.id), name, bytes(getattr(report, name)))
    return vault.open_for_work(thing, by=WORKER, now=now(), keys=keyring())


def test_a_finished_report_is_one_report_with_its_facts(provider: Provider) -> None:
    number = finished(provider)
    assert take() == 1
    assert take() == 0
    report = Report.objects.get()
    row = ProviderReport.objects.get(pk=number)
    assert row.report == report
    assert (report.door, report.haste, report.names_child) == ("provider", True, True)
    assert report.category is not None
    assert report.category.pack_id == "asked_for_pictures"
    assert report.area is not None
    assert report.area.pack_id == "mombasa", "by the victim's address"
    assert clear(report, "narrative") == "They plan to meet on Friday.\n\nChat of four days."
    where = clear(report, "where_online")
    assert "https://kijani.example/room/7" in where
    assert "203.0.113.7" in where
    assert report.received_at == row.finished_at


def test_everything_that_was_sent_is_laid_out_for_reading(provider: Provider) -> None:
    import json

    from mlinzi.intake.rules.sections import sections_from

    finished(provider, files=1)
    take()
    told = json.loads(clear(Report.objects.get(), "details"))
    sections = {one.part: dict(one.lines) for one in sections_from(told["sections"])}
    assert sections["reported"]["IP capture event › Port"] == "40123"
    assert sections["reported"]["Screen name"] == "invented_coach"
    assert sections["child"]["Victim person › First name"] == "Invented"
    assert sections["incident"]["Platform"] == "Kijani Chat"
    assert sections["rest"]["Additional info"] == "Chat of four days."
    assert sections["file"]["Original file name"] == "drawing.png"
    assert told["organisation"] == "Safiri Demonstration Internet"


def test_it_is_found_by_account_link_phone_and_internet_address(provider: Provider) -> None:
    finished(provider)
    take()
    other = FULL.replace(b"They plan to meet on Friday.", b"Asked for pictures in a game and in messages.")
    finished(provider, other.replace(b"Chat of four days.", b"Nobody has answered the account so far."))
    take()
    first, second = Report.objects.order_by("received_at")
    met = vault_reads.met_by_many("intake.report", [second.id])[str(second.id)]
    assert met.sharing == 1
    finished(provider, MINIMAL)
    take()
    third = Report.objects.order_by("received_at").last()
    assert third is not None
    assert vault_reads.met_by_many("intake.report", [third.id])[str(third.id)].sharing == 0
    assert first != second


def test_its_files_go_into_the_vault(provider: Provider, door_folder: Path, tmp_path: Path) -> None:
    number = finished(provider, files=2)
    take()
    assert Attachment.objects.count() == 2
    moved = acts.adopt_files(
        by=WORKER, now=now(), keys=keyring(), door=door_folder, folder=tmp_path / "vault"
    )
    assert moved == 2
    ids = set(ProviderFile.objects.filter(of=number).values_list("id", flat=True))
    assert set(StoredFile.objects.values_list("id", flat=True)) == ids
    assert door_folder == django_settings.DOOR


def test_a_test_never_reaches_anybody_and_is_thrown_away(provider: Provider, door_folder: Path) -> None:
    tests = given(provider.world, live=False)
    finished(tests, files=1)
    assert take() == 1
    assert not Report.objects.exists()
    later = now() + timedelta(hours=25)
    assert acts.expire_provider_reports(by=WORKER, now=later, door=door_folder) == 1
    assert not ProviderReport.objects.exists()


@pytest.mark.parametrize(
    "document",
    [
        b"<report/>",
        b"<report><strange>kept</strange></report>",
        MINIMAL.replace(b"Online Enticement of Children for Sexual Acts", b"A kind of next year"),
    ],
)
def test_what_cannot_be_understood_is_shown_as_it_came(provider: Provider, document: bytes) -> None:
    finished(provider, document)
    assert take() == 1
    report = Report.objects.get()
    assert report.category is None
    assert "report" in clear(report, "narrative") + clear(report, "details")


def test_one_that_fails_is_set_aside_and_stops_no_other(provider: Provider) -> None:
    bad, good = finished(provider), finished(provider, MINIMAL)
    ProviderReport.objects.filter(pk=bad).update(document=b"not sealed")
    assert take() == 2
    assert [row.pk for row in ProviderReport.objects.filter(report__isnull=False)] == [good]
    row = ProviderReport.objects.get(pk=bad)
    assert (row.taken_at, row.failure) == (None, "Tampered") or row.failure
    assert take() == 0, "not at once again"
    assert take(later=timedelta(hours=2)) == 1


def test_unfinished_reports_are_not_taken(provider: Provider) -> None:
    provider.submit()
    assert take() == 0
