"""The door for providers' programs: every call, refusals as known clients understand them, nothing lost."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError
from pytest_django import Settings

from kinga import cybertip, envelope
from kinga.cybertip.codes import looks_numeric
from mlinzi.access import acts as access
from mlinzi.access.reads import credentials_seen
from mlinzi.audit.reads import history_of
from mlinzi.intake import acts
from mlinzi.intake.models import ProviderFile, ProviderKey, ProviderReport
from mlinzi.intake.rules.provider import OPEN_FOR, QUIET_FOR, SAME_WITHIN
from mlinzi.intake.tests.providing import (
    BOUNDARY,
    FORM,
    FULL,
    MINIMAL,
    Provider,
    file_details,
    given,
    multipart,
    read,
    read_done,
)
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.people import BARASA
from tests.world import WORKER

pytestmark = pytest.mark.django_db
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def provider(settings: Settings, door_folder: Path) -> Provider:
    """A provider with a way in for real reports, at the door in this process."""
    settings.ROOT_URLCONF = "mlinzi.site.urls_provider"
    settings.MIDDLEWARE = settings.PROVIDER_MIDDLEWARE
    return given()


def bodies(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def opened(sealed: bytes, context: str) -> bytes:
    text = envelope.open_sealed(bytes(sealed), keys=keyring().holder, context=context.encode())
    return text.decode().encode("latin-1")


def test_the_whole_way(provider: Provider, door_folder: Path) -> None:
    report = provider.submit(FULL)
    assert 0 < report < 2**53
    content = b"a drawing of a boat" * 1_000
    answer = read(provider.post("upload", multipart({"id": str(report)}, content), FORM))
    assert (answer.response_code, answer.report_id) == (0, report)
    assert answer.hash == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert answer.file_id
    assert not looks_numeric(answer.file_id)
    info = read(provider.post("fileinfo", file_details(report, answer.file_id)))
    assert (info.response_code, info.file_id, info.report_id) == (0, answer.file_id, report)
    done = read_done(provider.finish(report))
    assert (done.response_code, done.report_id) == (0, report)
    assert done.files is not None
    assert done.files.file_id == (answer.file_id,)

    row = ProviderReport.objects.get()
    assert opened(bytes(row.document), f"intake.providerreport|{row.pk}|document") == FULL, (
        "the bytes that came"
    )
    assert row.finished_at is not None
    assert row.live
    (body,) = bodies(door_folder)
    assert content[:40] not in body.read_bytes()
    assert [line.action for line in history_of("intake.providerreport", str(report))][::-1] == [
        "intake.provider.open",
        "intake.provider.file",
        "intake.provider.details",
        "intake.provider.finish",
    ]


def test_status_proves_a_login_and_tells_that_keys_are_honoured(provider: Provider) -> None:
    answer = provider.get("status")
    assert f"Remote User : {provider.login}" in read(answer).response_description
    assert answer["Idempotency-Key"] == "supported"
    assert b"<xs:schema" in provider.get("xsd").content


@pytest.mark.parametrize("call", ["status", "xsd", "submit", "upload", "fileinfo", "finish", "retract"])
def test_nobody_comes_in_without_a_secret(provider: Provider, call: str) -> None:
    good, method = provider.secret, provider.client.get if call in {"status", "xsd"} else provider.client.post
    wrong = [{"Authorization": "Basic !!!"}, {"Authorization": "Bearer x"}, {}]
    for secret in ("", "x", good[:-1], good + "x"):
        provider.secret = secret
        wrong.append(provider.headers)
    for headers in wrong:
        answer = method(f"/ispws/{call}", headers=headers)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Basic realm=")
        assert read(answer).response_code == 2000  # type: ignore[arg-type]
    assert not ProviderReport.objects.exists()


def test_a_way_in_that_has_ended_is_shut_at_once(provider: Provider) -> None:
    assert provider.get("status").status_code == 200
    [credential] = credentials_seen(by=provider.world.officer(BARASA))
    access.end_credential(credential.id, by=provider.world.officer(BARASA), now=now())
    assert provider.get("status").status_code == 401


def test_another_provider_and_a_test_login_see_nothing_of_a_report(provider: Provider) -> None:
    report = provider.submit()
    other = given(provider.world, house="bandarini_police_desk")
    tests = given(provider.world, live=False)
    for stranger in (other, tests):
        assert read_done(stranger.finish(report)).response_code == 5001
        assert read(stranger.post("retract", f"id={report}".encode(), URLENCODED)).response_code == 5001
        upload = stranger.post("upload", multipart({"id": str(report)}, b"x"), FORM)
        assert read(upload).response_code == 5001
    same_house = given(provider.world)
    assert read_done(same_house.finish(report)).response_code == 0, "another way in of the same provider"


def test_refusals_have_the_root_code_and_status_that_clients_expect(provider: Provider) -> None:
    unknown = provider.finish(4711)
    assert (unknown.status_code, read_done(unknown).response_code) == (400, 5001)
    report = provider.submit()
    assert read_done(provider.finish(report)).response_code == 0
    again = provider.finish(report)
    assert (again.status_code, read_done(again).response_code) == (400, 5102)
    assert read_done(again).report_id == report
    late = provider.post("upload", multipart({"id": str(report)}, b"x"), FORM)
    assert (late.status_code, read(late).response_code, read(late).report_id) == (200, 5102, report)
    assert read(provider.post("retract", f"id={report}".encode(), URLENCODED)).response_code == 5102
    for body in (b"", b"id=", b"id=x", b"id=1e5", b"id=-1", b"id=" + b"9" * 40):
        answer = provider.post("finish", body, URLENCODED)
        assert (answer.status_code, read_done(answer).response_code) == (400, 4000)
    assert provider.client.get("/ispws/other", headers=provider.headers).status_code == 404
    assert provider.get("submit").status_code == 405


def test_a_report_is_taken_back_before_it_is_finished_and_not_after(provider: Provider) -> None:
    report = provider.submit()
    answer = read(provider.post("retract", multipart({"id": str(report)}), FORM))
    assert (answer.response_code, answer.report_id) == (0, report)
    again = provider.finish(report)
    assert (again.status_code, read_done(again).response_code) == (400, 5101)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 4000),
        (b"no xml", 4110),
        (b"<report>", 4110),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><report>&a;</report>', 4110),
        (b'<!DOCTYPE report SYSTEM "http://elsewhere.invalid/x.dtd"><report/>', 4110),
        (b"<report>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</report>", 4110),
        (b"<?xml version='1.0' encoding='utf-7'?><report/>", 4110),
        (b"<fileDetails/>", 4100),
        (b"<other/>", 4100),
    ],
)
def test_what_is_no_report_is_refused_clearly(provider: Provider, body: bytes, code: int) -> None:
    answer = provider.post("submit", body)
    assert (answer.status_code, read(answer).response_code) == (200, code)
    assert not ProviderReport.objects.exists()


def test_a_report_is_not_lost_to_a_slip(provider: Provider) -> None:
    for slip in (
        MINIMAL.replace(b"Sexual Acts", b"Sexual Act"),
        MINIMAL.replace(b"+03:00", b""),
        b"<report/>",
        b"<report><incidentSummary><incidentType>New kind</incidentType></incidentSummary></report>",
    ):
        answer = read(provider.post("submit", slip, "text/plain;charset=UTF-8"))
        assert answer.response_code == 0, slip
        assert "warnings" in answer.response_description, slip
        assert "isp.example" not in answer.response_description, "no value of the document is said back"
    assert ProviderReport.objects.count() == 4
    assert all(ProviderReport.objects.values_list("findings", flat=True))


def test_the_same_bytes_within_a_moment_are_the_same_report(provider: Provider) -> None:
    first = provider.submit()
    assert provider.submit() == first
    assert provider.submit(MINIMAL + b" ") != first
    assert given(provider.world).submit() != first, "another program's report"
    ProviderReport.objects.filter(pk=first).update(opened_at=now() - SAME_WITHIN - timedelta(seconds=1))
    assert provider.submit() != first
    again = provider.submit(FULL)
    provider.finish(again)
    assert provider.submit(FULL) != again, "what is finished takes nothing more"


def test_a_request_with_a_key_does_its_work_once(provider: Provider, door_folder: Path) -> None:
    report = provider.submit(Idempotency_Key="a")
    assert provider.submit(Idempotency_Key="a") == report
    files = {provider.upload(report, Idempotency_Key="b") for _ in range(2)}
    assert len(files) == len(bodies(door_folder)) == ProviderFile.objects.count() == 1
    details = file_details(report, files.pop())
    for _ in range(2):
        assert read(provider.post("fileinfo", details, Idempotency_Key="c")).response_code == 0
    assert read(provider.post("fileinfo", details, Idempotency_Key="d")).response_code == 4000, "once a file"
    for _ in range(2):
        body = f"id={report}".encode()
        assert read_done(provider.post("finish", body, URLENCODED, Idempotency_Key="e")).response_code == 0
    assert read(provider.post("submit", MINIMAL, Idempotency_Key="k" * 300)).response_code == 4000
    assert given(provider.world).submit(Idempotency_Key="a") != report, "another program's key"
    held = {bytes(key.digest) for key in ProviderKey.objects.all()}
    assert not held & {b"a", b"b"}


def test_a_key_that_was_used_never_answers_for_something_else(provider: Provider, door_folder: Path) -> None:
    first, second = provider.submit(Idempotency_Key="a"), provider.submit(FULL)
    assert read(provider.post("submit", FULL + b" ", Idempotency_Key="a")).response_code == 4000
    file = provider.upload(first, Idempotency_Key="b")
    for report, content in ((first, b"other bytes"), (second, b"a drawing")):
        form = multipart({"id": str(report)}, content)
        assert read(provider.post("upload", form, FORM, Idempotency_Key="b")).response_code == 4000
    assert len(bodies(door_folder)) == ProviderFile.objects.count() == 1
    assert read(provider.post("fileinfo", file_details(first, file), Idempotency_Key="c")).response_code == 0
    changed = file_details(first, file).replace(b"Sent twice", b"Sent once")
    assert read(provider.post("fileinfo", changed, Idempotency_Key="c")).response_code == 4000
    done = f"id={first}".encode()
    assert read_done(provider.post("finish", done, URLENCODED, Idempotency_Key="e")).response_code == 0
    other = provider.post("finish", f"id={second}".encode(), URLENCODED, Idempotency_Key="e")
    assert (other.status_code, read_done(other).response_code) == (400, 4000)
    assert read_done(provider.finish(second)).response_code == 0, "it was not lost"
    assert read(provider.post("submit", MINIMAL, Idempotency_Key="b")).response_code == 4000, "another call's"


def test_files_of_a_batched_report_keep_their_own_rules(provider: Provider) -> None:
    batched = MINIMAL.replace(b"<report>", b'<report><batchedReport reason="VIRAL_POTENTIAL_MEME"/>')
    report = provider.submit(batched)
    file = provider.upload(report)
    answer = read(provider.post("fileinfo", file_details(report, file)))
    assert answer.response_code == 0
    assert "warnings" in answer.response_description
    plain = provider.submit()
    told = read(provider.post("fileinfo", file_details(plain, provider.upload(plain))))
    assert told.response_description == "Success"


def fail(*_: object, **__: object) -> None:
    raise DatabaseError


def test_a_body_stays_where_nobody_can_say_whether_its_row_was_written(
    provider: Provider, door_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = provider.submit()
    with monkeypatch.context() as broken:
        broken.setattr(acts, "keep_file", fail)
        broken.setattr(acts, "is_kept", fail)
        form = multipart({"id": str(report)}, b"content")
        assert read(provider.post("upload", form, FORM)).response_code == 1100
        broken.setattr(acts, "finish", fail)
        answer = provider.finish(report)
    assert (answer.status_code, read_done(answer).report_id) == (500, report)
    assert len(bodies(door_folder)) == 1


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda form: form[: len(form) // 2],
        lambda form: form.replace(f"--{BOUNDARY}--".encode(), b""),
        lambda form: form.replace(b'name="file"', b'name="other"'),
        lambda form: form.replace(b'name="id"', b'name="number"'),
        lambda form: form.replace(BOUNDARY.encode(), b"another"),
        lambda _: b"",
    ],
)
def test_a_cut_or_spoiled_upload_leaves_nothing_and_a_retry_works(
    provider: Provider, door_folder: Path, spoiled: object
) -> None:
    report = provider.submit()
    form = multipart({"id": str(report)}, b"x" * 300_000)
    answer = read(provider.post("upload", spoiled(form), FORM))  # type: ignore[operator]
    assert answer.response_code in {4000, 4200}
    assert bodies(door_folder) == []
    assert not ProviderFile.objects.exists()
    assert provider.upload(report)


def test_the_number_may_stand_after_the_file(provider: Provider, door_folder: Path) -> None:
    report = provider.submit()
    turned = multipart({}, b"content").replace(f"--{BOUNDARY}--\r\n".encode(), b"") + multipart(
        {"id": str(report)}
    )
    assert read(provider.post("upload", turned, FORM)).response_code == 0
    other = turned.replace(str(report).encode(), b"4711")
    assert read(provider.post("upload", other, FORM)).response_code == 5001
    assert len(bodies(door_folder)) == 1


def test_an_upload_that_we_cannot_keep_leaves_nothing_and_says_so(
    provider: Provider, door_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = provider.submit()
    with monkeypatch.context() as broken:
        broken.setattr(acts, "keep_file", fail)
        answer = provider.post("upload", multipart({"id": str(report)}, b"content"), FORM)
    assert (answer.status_code, read(answer).response_code) == (500, 1100)
    assert bodies(door_folder) == []
    assert provider.upload(report)


def test_a_name_of_a_file_is_never_a_path(provider: Provider, door_folder: Path) -> None:
    report = provider.submit()
    form = multipart({"id": str(report)}, b"content", "../../etc/passwd")
    assert read(provider.post("upload", form, FORM)).response_code == 0
    assert all(path.is_relative_to(door_folder) for path in bodies(door_folder))


def test_an_unfinished_report_runs_out_and_its_files_with_it(provider: Provider, door_folder: Path) -> None:
    report, kept = provider.submit(), provider.submit(FULL)
    provider.upload(report)
    began = now() - OPEN_FOR - timedelta(minutes=1)
    ProviderReport.objects.update(opened_at=began, changed_at=began)
    ProviderReport.objects.filter(pk=kept).update(changed_at=now() - QUIET_FOR / 2)
    assert read_done(provider.finish(report)).response_code == 5001
    assert read_done(provider.finish(kept)).response_code == 0, "changed a moment ago"
    assert acts.expire_provider_reports(by=WORKER, now=now(), door=door_folder) == 1
    assert list(ProviderReport.objects.values_list("pk", flat=True)) == [kept]
    assert not ProviderFile.objects.exists()


def test_details_are_of_a_file_of_the_same_report(provider: Provider) -> None:
    report, other = provider.submit(), provider.submit(FULL)
    file = provider.upload(report)
    assert read(provider.post("fileinfo", file_details(other, file))).response_code == 5002
    assert read(provider.post("fileinfo", file_details(report, "fnothing"))).response_code == 5002
    assert read(provider.post("fileinfo", file_details(4711, file))).response_code == 5001
    assert read(provider.post("fileinfo", MINIMAL)).response_code == 4100
    twice = cybertip.build(cybertip.FileDetails(report_id=report, file_id=file))
    assert read(provider.post("fileinfo", twice)).response_code == 0
