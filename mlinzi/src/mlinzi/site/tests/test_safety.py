"""`mlinzi check` refuses what is unsafe, each with a sentence, and says nothing about what is in order."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from psycopg import sql

from kinga import auditlog
from mlinzi.audit import acts as audit
from mlinzi.audit.models import Entry, Verified
from mlinzi.audit.sequencer import Sequencer
from mlinzi.casework.models import Unsorted
from mlinzi.directory.models import Country
from mlinzi.intake.models import Attachment, DayCount, Report, Submission
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.ids import new_id
from mlinzi.messaging.models import Letter
from mlinzi.site.environment import Process
from mlinzi.site.keys import create_keys
from mlinzi.site.roles import ensure_roles, role_name
from mlinzi.site.safety.checking import all_findings
from mlinzi.site.safety.database import server_findings, settings_of_server, weak_commits
from mlinzi.site.safety.findings import Finding
from mlinzi.site.safety.grants import grant_findings
from mlinzi.site.safety.setup import Setup, setup_findings, setup_of
from mlinzi.site.safety.tables import table_findings
from mlinzi.site.safety.work import machine_findings, work_findings
from mlinzi.site.tests.acting import owner_url
from tests.world import WORKER, make_world, submit

GOOD = Setup(
    debug=False,
    https=True,
    hosts=("report.example.org", "desk.example.org"),
    staff_hosts=("desk.example.org",),
    staff_address="https://desk.example.org",
    mail_host="mail.example.org",
    mail_sealed=True,
    demonstration=False,
)
SERVER = {
    "fsync": "on",
    "full_page_writes": "on",
    "data_checksums": "on",
    "synchronous_commit": "on",
    "server_version_num": "180006",
    "server_version": "18.6",
}


def codes(findings: Iterator[Finding]) -> list[str]:
    """The codes of findings, each of which has a sentence that ends like one."""
    found = list(findings)
    for finding in found:
        assert finding.sentence.endswith((".", "?")), finding
    return [finding.code for finding in found]


# -- settings ----------------------------------------------------------------------------------------------


def test_a_good_setup_is_not_talked_about() -> None:
    assert codes(setup_findings(GOOD)) == []
    here = replace(
        GOOD,
        https=False,
        hosts=("127.0.0.1", "localhost", "report.localhost"),
        staff_hosts=("localhost",),
        staff_address="http://localhost:8001",
    )
    assert codes(setup_findings(here)) == []
    assert codes(setup_findings(replace(here, mail_host="", demonstration=True))) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"debug": True}, "debug"),
        ({"https": False}, "https"),
        ({"hosts": ("*",)}, "hosts"),
        ({"staff_address": "https://elsewhere.example.org"}, "staff-address"),
        ({"staff_address": "http://desk.example.org"}, "staff-address-https"),
        ({"mail_host": ""}, "mail-files"),
        ({"mail_sealed": False}, "mail-clear"),
    ],
)
def test_each_unsafe_setting_refuses(change: dict[str, object], code: str) -> None:
    [finding] = setup_findings(replace(GOOD, **change))  # type: ignore[arg-type]
    assert (finding.code, finding.refuses) == (code, True)


def test_the_setup_is_read_from_the_settings_of_this_process() -> None:
    found = setup_of(django_settings, demonstration=True)
    assert found.staff_hosts == ("localhost",)
    assert not found.debug
    assert found.mail_host in ("", "localhost")


# -- the server --------------------------------------------------------------------------------------------


def test_a_durable_server_is_not_talked_about() -> None:
    assert codes(server_findings(SERVER, [])) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"fsync": "off"}, "fsync"),
        ({"full_page_writes": "off"}, "full-page-writes"),
        ({"data_checksums": "off"}, "data-checksums"),
        ({"synchronous_commit": "off"}, "synchronous-commit"),
        ({"server_version_num": "140012", "server_version": "14.12"}, "postgres-old"),
    ],
)
def test_each_thing_that_can_lose_reports_refuses(change: dict[str, str], code: str) -> None:
    [finding] = server_findings({**SERVER, **change}, [])
    assert (finding.code, finding.refuses) == (code, True)


@pytest.mark.django_db
def test_the_throw_away_server_of_these_tests_would_be_refused() -> None:
    found = settings_of_server()
    assert found.keys() == SERVER.keys()
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        assert found["fsync"] == cursor.fetchone()[0]


@pytest.mark.django_db
def test_a_role_that_does_not_wait_for_the_disk_is_named() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE hasty_desk")
        cursor.execute("CREATE ROLE hasty_stranger")
        assert weak_commits(["hasty_desk"]) == []
        for role in ("hasty_desk", "hasty_stranger"):
            cursor.execute(sql.SQL("ALTER ROLE {} SET synchronous_commit = off").format(sql.Identifier(role)))
    assert weak_commits(["hasty_desk"]) == ["hasty_desk"]
    [finding] = server_findings(SERVER, ["hasty_desk"])
    assert "hasty_desk" in finding.sentence


# -- rights ------------------------------------------------------------------------------------------------


@pytest.fixture
def roles(db: None, tmp_path: Path) -> dict[str, sql.Identifier]:
    """The roles by process, for SQL."""
    ensure_roles(tmp_path / "roles", owner_url())
    name = str(connection.settings_dict["NAME"])
    return {process.value: sql.Identifier(role_name(name, process)) for process in Process}


RIGHTS_GONE_WRONG = {
    "a right too many": ("GRANT SELECT ON intake_submission TO {public}", "right-extra"),
    "on one column only": ("GRANT UPDATE (name) ON access_person TO {worker}", "right-extra"),
    "to everybody": ("GRANT SELECT ON audit_entry TO PUBLIC", "right-extra"),
    "to truncate": ("GRANT TRUNCATE ON audit_entry TO {staff}", "right-extra"),
    "a right too few": ("REVOKE INSERT ON audit_entry FROM {staff}", "right-missing"),
    "a new table": ("CREATE TABLE tomorrow (); GRANT SELECT ON tomorrow TO {public}", "right-extra"),
    "another schema": (
        "CREATE SCHEMA side; CREATE TABLE side.t (); GRANT SELECT ON side.t TO {public}",
        "right-extra",
    ),
    "a sequence": ("GRANT UPDATE ON SEQUENCE audit_arrival TO {staff}", "right-extra"),
    "superuser": ("ALTER ROLE {staff} SUPERUSER", "role-mighty"),
    "past row security": ("ALTER ROLE {staff} BYPASSRLS", "role-mighty"),
    "makes roles": ("ALTER ROLE {worker} CREATEROLE", "role-mighty"),
    "makes tables": ("GRANT CREATE ON SCHEMA public TO {worker}", "role-mighty"),
    "owns a table": ("ALTER TABLE casework_note OWNER TO {staff}", "role-mighty"),
    "a member": ("GRANT {worker} TO {public}", "role-mighty"),
    "triggers off": ("GRANT SET ON PARAMETER session_replication_role TO {worker}", "role-mighty"),
    "gone": ("DROP OWNED BY {sequencer}; DROP ROLE {sequencer}", "role-missing"),
}


def test_rights_as_they_are_given_are_not_talked_about(roles: dict[str, sql.Identifier]) -> None:
    assert codes(grant_findings()) == []


@pytest.mark.parametrize("accident", RIGHTS_GONE_WRONG)
def test_each_wrong_right_refuses(roles: dict[str, sql.Identifier], accident: str) -> None:
    statement, code = RIGHTS_GONE_WRONG[accident]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**roles))
    found = list(grant_findings())
    assert code in codes(iter(found))
    assert all(finding.refuses for finding in found)


# -- what stands still -------------------------------------------------------------------------------------


def test_shares_on_the_machine_and_missing_separation_warn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_keys(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    found = list(machine_findings(tmp_path))
    assert [finding.code for finding in found] == ["separation", "shares"]
    assert not any(finding.refuses for finding in found)
    for share in (tmp_path / "recovery").iterdir():
        share.unlink()
    assert codes(machine_findings(tmp_path)) == ["separation"]


def settled() -> Callable[[], None]:
    """What the sequencer and the nightly check do, in a small country."""
    assert make_world("xx").pack.manifest.id == "xx"
    signer = auditlog.Ed25519Signer.generate("test")
    sequencer = Sequencer(signer, signer.verifier)

    def settle() -> None:
        sequencer.number()
        sequencer.sign_head(now=now(), force=True)
        audit.verify_and_publish(signer.verifier, now=now())

    settle()
    return settle


@pytest.mark.django_db
def test_what_waits_too_long_warns_and_what_was_done_does_not() -> None:
    settle = settled()
    assert codes(work_findings(now=now())) == []
    late = now() + timedelta(hours=1, minutes=1)
    assert codes(work_findings(now=late)) == []
    assert codes(work_findings(now=now() + timedelta(hours=37))) == ["unverified"]
    submit()
    Letter.objects.create(
        effect="x", channel="mail", about="x", sealed=b"", not_before=now(), queued_at=now()
    )
    assert codes(work_findings(now=now())) == []
    assert codes(work_findings(now=late)) == ["sequencer", "worker", "outbox"]
    settle()
    Submission.objects.update(failed_at=now(), failure="Tampered")
    Letter.objects.update(state="failed")
    report = Report.objects.create(
        submission=Submission.objects.get(), door="web", language="en", in_danger="no",
        narrative=b"", where_online=b"", received_at=now(), opened_at=now(),
    )  # fmt: skip
    Unsorted.objects.create(report=report, failed_at=now(), failure="ValueError")
    found = list(work_findings(now=late))
    assert [finding.code for finding in found] == ["submissions", "unsorted", "letters"]
    assert not any(finding.refuses for finding in found)


@pytest.mark.django_db
def test_it_says_when_numbers_are_guessed_and_what_was_set_aside_at_the_door() -> None:
    settle = settled()
    DayCount.objects.create(day=now().date(), what="number.wrong", count=2_000)
    assert codes(work_findings(now=now())) == []
    DayCount.objects.update(count=2_001)
    assert codes(work_findings(now=now())) == ["guesses"]
    assert codes(work_findings(now=now() + timedelta(days=3))) == ["unverified"]
    submit()
    settle()
    Attachment.objects.create(
        id=new_id(), submission=Submission.objects.get(), header=b"", meta=b"", size=1,
        cipher_sha256=b"", sent_at=now(),
    )  # fmt: skip
    Attachment.objects.update(failed_at=now(), failure="FileNotFoundError")
    assert "door" in codes(work_findings(now=now()))


# -- all of it ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_missing_tables_and_a_missing_pack_refuse(roles: dict[str, sql.Identifier]) -> None:
    assert codes(table_findings()) == []
    assert "pack" in codes(all_findings(django_settings.STATE, now=now()))
    make_world("xx")
    assert Country.objects.exists()
    assert "pack" not in codes(all_findings(django_settings.STATE, now=now()))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'casework'")
    found = codes(all_findings(django_settings.STATE, now=now()))
    assert "tables" in found
    assert "mail-files" not in found, "what needs the tables is left out"


@pytest.mark.django_db
def test_the_last_verification_and_the_oldest_waiting_entry_are_known() -> None:
    from mlinzi.audit import reads

    assert (reads.oldest_waiting(), reads.last_verified(), reads.numbered_count()) == (None, None, 0)
    for minutes in (5, 3):
        audit.record(
            "test.thing.do", "x", 1, by=Actor.process("worker"), now=now() - timedelta(minutes=minutes)
        )
    assert reads.oldest_waiting() == Entry.objects.order_by("at")[0].at
    signer = auditlog.Ed25519Signer.generate("test")
    sequencer = Sequencer(signer, signer.verifier)
    sequencer.number()
    sequencer.sign_head(now=now(), force=True)
    audit.record("test.thing.do", "x", 1, by=WORKER, now=now())
    sequencer.number()
    assert reads.numbered_count() == 3
    audit.verify_and_publish(signer.verifier, now=now())
    assert reads.last_verified() is not None
    assert Verified.objects.get().checkpoint_id == 2, "the head that was compared, not what came after it"
