"""Real clients at the real door: its own process, its own settings, the server of `mlinzi run`."""

import contextlib
import http.client
import io
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import md5
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from bench.industry import fetch_peer
from kinga import cybertip
from kinga.cybertip.client import Client, Credentials, Refused
from kinga.cybertip.codes import ResponseCode
from mlinzi.intake.models import ProviderFile, ProviderReport
from mlinzi.intake.tests.conftest import serving
from mlinzi.intake.tests.providing import FORM, FULL, Provider, given, multipart

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def door_process(
    keys_of_this_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, int]]:
    """The door as a process: its address and the number of the process that answers."""
    with serving({"MLINZI_PROCESS": "public", "MLINZI_DOOR": "provider"}) as found:
        yield found


@pytest.fixture
def door(transactional_db: None, door_process: tuple[str, int]) -> tuple[str, int, Provider]:
    return (*door_process, given())


def client_of(door: tuple[str, int, Provider]) -> Client:
    address, _, provider = door
    return Client(f"{address}/ispws", Credentials(provider.login, provider.secret), pause=lambda _: None)


def test_our_own_client_goes_the_whole_way(door: tuple[str, int, Provider]) -> None:
    with client_of(door) as client:
        assert client.status().response_code == 0
        report = client.submit(FULL, key="a")
        answer = client.upload(report, io.BytesIO(b"a drawing"), "drawing.png", key="b")
        assert answer.file_id is not None
        client.file_info(cybertip.FileDetails(report_id=report, file_id=answer.file_id), key="c")
        assert client.finish(report) == (answer.file_id,)
        with pytest.raises(Refused) as refused:
            client.upload(report, io.BytesIO(b"late"), "late.png", key="d")
        assert refused.value.code == ResponseCode.ALREADY_FINISHED
    row = ProviderReport.objects.get()
    assert row.finished_at is not None


def connected(door: tuple[str, int, Provider]) -> "closing[http.client.HTTPConnection]":
    parts = urlsplit(door[0])
    return closing(http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60))


def chunked(door: tuple[str, int, Provider], pieces: Iterator[bytes], kind: str = FORM) -> bytes:
    """Send a body in chunks without a length, as Coop does."""
    headers = {**door[2].headers, "Content-Type": kind, "Transfer-Encoding": "chunked"}
    with connected(door) as connection:
        connection.request("POST", "/ispws/upload", body=pieces, headers=headers, encode_chunked=True)
        return connection.getresponse().read()


def form_around(report: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    head, tail = multipart({"id": str(report)}, b"|").split(b"|")
    yield head
    yield from pieces
    yield tail


def resident(pid: int) -> int:
    """Resident memory of a process and those below it, in bytes."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        found = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        if str(pid) in {found["Pid"].strip(), found["PPid"].strip()} and "VmRSS" in found:
            total += int(found["VmRSS"].split()[0]) * 1024
    return total


def test_a_large_upload_in_chunks_arrives_whole_in_flat_memory(door: tuple[str, int, Provider]) -> None:
    with client_of(door) as client:
        report = client.submit(FULL, key="large")
    before, piece = resident(door[1]), os.urandom(1 << 20)
    answer = chunked(door, form_around(report, (piece for _ in range(200))))
    told = cybertip.parse(answer, cybertip.ReportResponse).document
    assert (told.response_code, told.report_id) == (0, report)
    assert ProviderFile.objects.get().size == 200 << 20
    assert resident(door[1]) - before < 64 << 20


def halves() -> set[Path]:
    """What is half written at the door."""
    return set(settings.DOOR.rglob(".part-*"))


def test_a_cut_connection_leaves_nothing_and_a_retry_works(door: tuple[str, int, Provider]) -> None:
    before = halves()
    with client_of(door) as client:
        report = client.submit(FULL, key="cut")
        head = multipart({"id": str(report)}, b"|").split(b"|")[0]
        with connected(door) as connection:
            connection.putrequest("POST", "/ispws/upload")
            for name, value in {**door[2].headers, "Content-Type": FORM}.items():
                connection.putheader(name, value)
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders()
            for piece in (head, os.urandom(700_000)):
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(0.5)
        answer = client.upload(report, io.BytesIO(b"again"), "drawing.png", key="again")
        assert answer.response_code == 0
    assert [file.size for file in ProviderFile.objects.all()] == [5]
    until = time.monotonic() + 10
    while (left := halves() - before) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == set()


def test_a_hundred_megabytes_of_xml_are_refused_in_flat_memory(door: tuple[str, int, Provider]) -> None:
    before, piece = resident(door[1]), b"<a>" * 300_000
    headers = {**door[2].headers, "Content-Type": "text/xml", "Transfer-Encoding": "chunked"}
    pieces = (piece for _ in range(110))
    with connected(door) as connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        # The door may hang up instead of reading all of it.
        connection.request("POST", "/ispws/submit", pieces, headers=headers, encode_chunked=True)
        answer = connection.getresponse().read()
        assert cybertip.parse(answer, cybertip.ReportResponse).document.response_code == 4000
    assert resident(door[1]) - before < 64 << 20
    assert not ProviderReport.objects.exists()


# -- the client that the field uses ------------------------------------------------------------------------

_STORY = """
    import asyncio, sys
    from datetime import UTC, datetime, timedelta
    from ncmec_cybertip import *
    from ncmec_cybertip.client import CyberTiplineClient
    from ncmec_cybertip.exceptions import ApiError
    import ncmec_cybertip as n

    async def story(url, user, password):
        summary = n.IncidentSummary(
            incident_type=n.IncidentType.ONLINE_ENTICEMENT_OF_CHILDREN_FOR_SEXUAL_ACTS
            if hasattr(n.IncidentType, "ONLINE_ENTICEMENT_OF_CHILDREN_FOR_SEXUAL_ACTS")
            else list(n.IncidentType)[0],
            incident_date_time=datetime.now(UTC) - timedelta(hours=1),
        )
        person = n.Person(email=[n.Email(value="desk@isp.example")])
        report = n.Report(incident_summary=summary, reporter=n.Reporter(reporting_person=person))
        async with CyberTiplineClient(username=user, password=password, base_url=url) as client:
            print("status", (await client.status()).response_code)
            opened = await client.submit(report)
            print("submit", opened.response_code, opened.report_id > 0)
            number = opened.report_id
            import io
            sent = await client.upload(number, io.BytesIO(b"a drawing"), filename="drawing.png")
            print("upload", sent.response_code, bool(sent.file_id), sent.hash)
            details = n.FileDetails(report_id=number, file_id=sent.file_id, original_file_name="drawing.png")
            print("fileinfo", (await client.file_info(details)).response_code)
            done = await client.finish(number)
            print("finish", done.response_code, done.report_id == number)
            for what in (client.finish(number), client.retract(number), client.finish(4711)):
                try:
                    await what
                except ApiError as error:
                    print("refused", int(error.response_code))
        async with CyberTiplineClient(username=user, password="wrong", base_url=url) as client:
            try:
                await client.status()
            except ApiError as error:
                print("shut", error.is_authentication_error)

    asyncio.run(story(*sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def field_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client from its package, with the one line changed that a Python before 3.12 cannot read."""
    folder = tmp_path_factory.mktemp("field-client")
    why = fetch_peer(folder)
    no_way = ("connect", "dns", "timed out", "offline")
    if any(word in why.lower() for word in no_way):
        pytest.skip("the package ncmec-cybertip cannot be fetched here: no way to it")
    assert not why, why[-2_000:]
    return folder


def test_the_client_of_the_field_goes_the_whole_way(
    door: tuple[str, int, Provider], field_client: Path, tmp_path: Path
) -> None:
    script = tmp_path / "story.py"
    script.write_text(textwrap.dedent(_STORY))
    address, _, provider = door
    arguments = [sys.executable, str(script), f"{address}/ispws", provider.login, provider.secret]
    env = {**os.environ, "PYTHONPATH": str(field_client)}
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=120, env=env)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout.splitlines() == [
        "status 0",
        "submit 0 True",
        f"upload 0 True {md5(b'a drawing', usedforsecurity=False).hexdigest()}",
        "fileinfo 0",
        "finish 0 True",
        "refused 5102",
        "refused 5102",
        "refused 5001",
        "shut True",
    ]
