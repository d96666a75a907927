"""The providers' door killed while programs send: what was acknowledged is there, whole, and only once."""

import contextlib
import hashlib
import http.client
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from kinga import cybertip
from mlinzi.intake import acts
from mlinzi.intake.models import ProviderFile, ProviderReport, Report
from mlinzi.intake.tests.conftest import serving
from mlinzi.intake.tests.providing import FORM, FULL, Provider, given, multipart
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.vault.files import path_of
from tests.world import WORKER

pytestmark = pytest.mark.django_db(transaction=True)
KILLS, SENDERS = 3, 3


@dataclass
class Ledger:
    """What the door acknowledged."""

    finished: set[int] = field(default_factory=set)
    uploaded: set[str] = field(default_factory=set)
    cut: int = 0


def below(pid: int) -> Iterator[int]:
    """The processes that a process has forked."""
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            if f"PPid:\t{pid}\n" in status.read_text():
                yield int(status.parent.name)


def send(address: str, provider: Provider, ledger: Ledger, ended: threading.Event, seed: int) -> None:
    """Whole reports, one after the other, until the door is gone."""
    parts, number = urlsplit(address), 0
    chance = random.Random(seed)  # noqa: S311 - sizes, not secrets
    while not ended.is_set():
        number += 1
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)

        def ask(call: str, body: bytes, kind: str, line: http.client.HTTPConnection = connection) -> bytes:
            line.request("POST", f"/ispws/{call}", body, {**provider.headers, "Content-Type": kind})
            answer = line.getresponse()
            return answer.read() if answer.status == 200 else b""

        try:
            document = FULL.replace(b"four days", b"%d days %d" % (seed, number))
            opened = cybertip.parse(ask("submit", document, "text/xml"), cybertip.ReportResponse).document
            content = chance.randbytes(chance.randrange(1, 400_000))
            form = multipart({"id": str(opened.report_id)}, content)
            sent = cybertip.parse(ask("upload", form, FORM), cybertip.ReportResponse).document
            ledger.uploaded.add(str(sent.file_id))
            ended_well = ask(
                "finish", b"id=%d" % (opened.report_id or 0), "application/x-www-form-urlencoded"
            )
            done = cybertip.parse(ended_well, cybertip.ReportDoneResponse).document
            if done.response_code == 0:
                ledger.finished.add(done.report_id)
        except (OSError, http.client.HTTPException, cybertip.CyberTipError):
            ledger.cut += 1
            return
        finally:
            connection.close()


def test_what_was_acknowledged_outlives_kills(transactional_db: None, keys_of_this_run: Path) -> None:
    provider, ledger = given(), Ledger()
    for turn in range(KILLS):
        ended = threading.Event()
        with serving({"MLINZI_PROCESS": "public", "MLINZI_DOOR": "provider"}) as (address, pid):
            senders = [
                threading.Thread(target=send, args=(address, provider, ledger, ended, 10 * turn + one))
                for one in range(SENDERS)
            ]
            for sender in senders:
                sender.start()
            time.sleep(1.0 + turn / 3)
            for one in (pid, *below(pid)):
                os.kill(one, signal.SIGKILL)
            ended.set()
            for sender in senders:
                sender.join(30)
    assert ledger.cut, "nobody was cut off; the kills came too late"
    assert len(ledger.finished) > KILLS

    kept = set(ProviderReport.objects.exclude(finished_at=None).values_list("pk", flat=True))
    assert ledger.finished <= kept
    files = {row.file_id: row for row in ProviderFile.objects.all()}
    assert ledger.uploaded <= set(files)
    for row in files.values():
        body = path_of(settings.DOOR, row.id).read_bytes()
        assert hashlib.sha256(body).digest() == bytes(row.cipher_sha256), "a body is not whole"
    while acts.take_provider_reports(by=WORKER, now=now(), keys=keyring(), country_prefix="254"):
        pass
    assert Report.objects.count() == len(kept)
