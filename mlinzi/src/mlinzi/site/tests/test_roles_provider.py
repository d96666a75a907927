"""The door of providers' programs with the rights and keys of the public site; what it cannot do."""

from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from pytest_django import Settings

from mlinzi.industry import acts as industry
from mlinzi.industry.rules import Told
from mlinzi.intake import acts
from mlinzi.intake.models import ProviderFile, ProviderReport, Report
from mlinzi.intake.tests.providing import FULL, Provider, file_details, given
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.site.environment import Process
from mlinzi.site.roles import ensure_roles
from mlinzi.site.tests.acting import acting_as, owner_url
from mlinzi.vault.models import StoredFile
from tests.world import WORKER

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(tmp_path: Path, settings: Settings) -> Provider:
    settings.DOOR = tmp_path / "door"
    settings.DOOR.mkdir()
    settings.ROOT_URLCONF = "mlinzi.site.urls_provider"
    settings.MIDDLEWARE = settings.PROVIDER_MIDDLEWARE
    made = given()
    ensure_roles(tmp_path / "keys", owner_url())
    return made


def test_the_way_of_a_report_from_the_door_to_the_vault(provider: Provider, tmp_path: Path) -> None:
    with acting_as(Process.PUBLIC), override_settings(ROOT_URLCONF="mlinzi.site.urls_provider"):
        report = provider.submit(FULL, Idempotency_Key="a")
        file = provider.upload(report)
        assert provider.post("fileinfo", file_details(report, file)).status_code == 200
        gone = provider.submit(FULL + b" ")
        provider.upload(gone)
        back = provider.post("retract", b"id=%d" % gone, "application/x-www-form-urlencoded")
        assert back.status_code == 200
        assert provider.finish(report).status_code == 200
    with acting_as(Process.WORKER):
        keys = keyring()
        assert acts.take_provider_reports(by=WORKER, now=now(), keys=keys, country_prefix="254") == 1
        door, vault = tmp_path / "door", tmp_path / "vault"
        assert acts.adopt_files(by=WORKER, now=now(), keys=keys, door=door, folder=vault) == 1
        assert acts.expire_provider_reports(by=WORKER, now=now(), door=door) == 1
        assert acts.open_submissions(by=WORKER, now=now(), keys=keys, country_prefix="254") == 0
    assert Report.objects.count() == StoredFile.objects.count() == ProviderReport.objects.count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM intake_providerreport",
        "DELETE FROM intake_providerfile",
        "UPDATE intake_providerkey SET call = 'submit'",
        "UPDATE intake_providerreport SET changed_at = now()",
        "UPDATE intake_providerfile SET details = '\\x00'",
        "INSERT INTO access_credential SELECT * FROM access_credential",
        "UPDATE access_credential SET ended_at = NULL",
        "SELECT * FROM access_person",
    ],
)
def test_what_is_finished_cannot_be_changed_from_the_door(provider: Provider, statement: str) -> None:
    report = provider.submit(FULL, Idempotency_Key="a")
    file = provider.upload(report)
    provider.post("fileinfo", file_details(report, file))
    provider.finish(report)
    with (
        acting_as(Process.PUBLIC),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_door_cannot_say_that_the_worker_was_there(provider: Provider) -> None:
    report = provider.submit(FULL)
    provider.upload(report)
    with acting_as(Process.PUBLIC), connection.cursor() as cursor:
        cursor.execute("UPDATE intake_providerreport SET taken_at = now(), document = '', live = false")
        cursor.execute("UPDATE intake_providerfile SET header = '', cipher_sha256 = ''")
    row, file = ProviderReport.objects.get(), ProviderFile.objects.get()
    assert row.taken_at is None
    assert row.live
    assert bytes(row.document)
    assert bytes(file.header)


def test_the_staff_site_files_for_a_company_and_changes_nothing_that_has_ended(provider: Provider) -> None:
    officer = provider.world.officer("zuhura")
    told = Told("Child Sex Trafficking", now(), words="Seen by our abuse desk.")
    with acting_as(Process.STAFF):
        (filed,) = industry.file_reports([told], live=True, by=officer, now=now(), keys=keyring())
    row = ProviderReport.objects.get(pk=filed.number)
    assert row.finished_at is not None
    with (
        acting_as(Process.STAFF),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE intake_providerreport SET live = false")
    with acting_as(Process.WORKER):
        keys = keyring()
        assert acts.take_provider_reports(by=WORKER, now=now(), keys=keys, country_prefix="254") == 1
    assert Report.objects.count() == 1
