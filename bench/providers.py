"""The door of providers' programs under load: whole reports in five calls, reports in JSON, one large file.

    python -m bench.providers [--seconds 60] [--cycles 20] [--batches 1] [--threads 8] [--gigabytes 1]
                              [--json]

An installation of its own is founded and run as it is deployed, on this machine, the senders beside it. The
first half sends so many five-call cycles a second with a small file each, the second so many calls a second
with a hundred reports each. At the end what was acknowledged is compared with what lies in the database, and
with what the worker made of it. Exit code 1: something is not as wanted.
"""

import argparse
import base64
import http.client
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import count

from rich.console import Console

from bench.installation import Installation, Trouble, installation
from bench.machine import ROOT, this_machine

PACK = ROOT / "packs" / "ke"
LIMIT = 500.0
"""Milliseconds within which 99 of 100 calls have to be answered."""
AT_ONCE = 100
_DRAIN = 180.0
_REPORT = """<report><incidentSummary>
<incidentType>Online Enticement of Children for Sexual Acts</incidentType>
<incidentDateTime>2026-01-31T23:59:59+03:00</incidentDateTime></incidentSummary>
<reporter><reportingPerson><email>desk@isp.example</email></reportingPerson></reporter>
<personOrUserReported><screenName>invented_{n}</screenName></personOrUserReported></report>"""
_FORM = "multipart/form-data; boundary=b"


@dataclass
class Run:
    """What a part of the load came to: times in milliseconds."""

    name: str
    wanted: float
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)
    failed: int = 0

    @property
    def p99(self) -> float:
        """Of a call."""
        ordered = sorted(self.times)
        return round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 1) if ordered else 0.0

    @property
    def rate(self) -> float:
        """Finished reports a second."""
        return round(len(self.acknowledged) / self.seconds, 1) if self.seconds else 0.0


class Sender:
    """One program with a connection for each thread."""

    def __init__(self, port: int, login: str, secret: str) -> None:
        token = base64.b64encode(f"{login}:{secret}".encode()).decode()
        self.port, self.headers = port, {"Authorization": f"Basic {token}"}
        self._own = threading.local()

    def call(self, run: Run, path: str, body: bytes, kind: str) -> str:
        """One call and its answer. Raises `Trouble` where it was not taken."""
        connection = getattr(self._own, "line", None)
        if connection is None:
            connection = self._own.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        began = time.monotonic()
        connection.request("POST", path, body, {**self.headers, "Content-Type": kind})
        answer = connection.getresponse()
        text = answer.read().decode()
        run.times.append((time.monotonic() - began) * 1000)
        if answer.status != 200:
            raise Trouble(f"{path} answered {answer.status}: {text[:200]}")
        return text

    def cycle(self, run: Run, number: int) -> None:
        """Submit, upload, describe, finish."""
        opened = self.call(run, "/ispws/submit", _REPORT.format(n=number).encode(), "text/xml")
        report = int(_in(opened, "reportId"))
        form = (
            f'--b\r\nContent-Disposition: form-data; name="id"\r\n\r\n{report}\r\n'
            f'--b\r\nContent-Disposition: form-data; name="file"; filename="drawing.png"\r\n\r\n'
            f"{number:064d}\r\n--b--\r\n"
        )
        file = _in(self.call(run, "/ispws/upload", form.encode(), _FORM), "fileId")
        details = f"<fileDetails><reportId>{report}</reportId><fileId>{file}</fileId></fileDetails>"
        self.call(run, "/ispws/fileinfo", details.encode(), "text/xml")
        self.call(run, "/ispws/finish", f"id={report}".encode(), "application/x-www-form-urlencoded")
        run.acknowledged.add(report)

    def batch(self, run: Run, number: int) -> None:
        """A hundred reports in JSON."""
        items = [_as_json(number * AT_ONCE + one) for one in range(AT_ONCE)]
        body = json.dumps({"reports": items}).encode()
        told = json.loads(self.call(run, "/api/v1/reports", body, "application/json"))
        run.acknowledged |= {one["number"] for one in told["receipts"] if one["taken"]}


def _in(text: str, name: str) -> str:
    found = re.search(f"<{name}>([^<]+)</{name}>", text)
    if found is None:
        raise Trouble(f"An answer has no {name}: {text[:200]}")
    return found.group(1)


def _as_json(number: int) -> dict[str, object]:
    return {
        "incidentSummary": {
            "incidentType": "Online Enticement of Children for Sexual Acts",
            "incidentDateTime": "2026-01-31T23:59:59+03:00",
        },
        "reporter": {"reportingPerson": {"email": [{"value": "desk@isp.example"}]}},
        "personOrUserReported": [{"screenName": f"invented_json_{number}"}],
    }


def send(run: Run, work: Callable[[Run, int], None], a_second: float, seconds: float, threads: int) -> Run:
    """Begin so many a second, each at its time however the others fare, for so many seconds."""
    began, numbers = time.monotonic(), count()

    def one(number: int) -> None:
        time.sleep(max(0.0, began + number / a_second - time.monotonic()))
        try:
            work(run, number)
        except (OSError, http.client.HTTPException, Trouble):
            run.failed += 1

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, (next(numbers) for _ in range(int(a_second * seconds)))))
    run.seconds = time.monotonic() - began
    return run


def upload(sender: Sender, gigabytes: float) -> float:
    """Upload one file in chunks; megabytes a second."""
    run = Run("upload", 0)
    report = int(
        _in(sender.call(run, "/ispws/submit", _REPORT.format(n="large").encode(), "text/xml"), "reportId")
    )
    piece, pieces = b"\x5a" * (1 << 20), int(gigabytes * 1024)

    def body() -> Iterator[bytes]:
        yield f'--b\r\nContent-Disposition: form-data; name="id"\r\n\r\n{report}\r\n'.encode()
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="large"\r\n\r\n'
        for _ in range(pieces):
            yield piece
        yield b"\r\n--b--\r\n"

    connection = http.client.HTTPConnection("127.0.0.1", sender.port, timeout=600)
    headers = {**sender.headers, "Content-Type": _FORM, "Transfer-Encoding": "chunked"}
    began = time.monotonic()
    connection.request("POST", "/ispws/upload", body(), headers, encode_chunked=True)
    text = connection.getresponse().read().decode()
    _in(text, "fileId")
    return round(pieces / (time.monotonic() - began), 1)


def _credential(house: Installation) -> tuple[str, str]:
    """A way in for real reports, given in the name of an invented keeper of the house."""
    from django.utils import timezone

    from mlinzi.access import acts
    from mlinzi.access import reads as access
    from mlinzi.access.models import Person
    from mlinzi.directory import acts as directory
    from mlinzi.directory.models import Organisation
    from mlinzi.site.installing import owner_connection

    with owner_connection(house.state):
        moment = timezone.now()
        keeper = Person.objects.get(name__startswith="Barasa")
        officer = access.officer(keeper, now=moment, factor_at=moment)
        uuid = Organisation.objects.get(kind__pack_id="provider").uuid
        directory.mark_ready(uuid, by=officer, now=moment)
        given = acts.give_credential(uuid, live=True, by=officer, now=moment)
        return given.credential.login, given.secret


def measure(options: argparse.Namespace, watch: Callable[[str], None]) -> dict[str, object]:
    """Found, run, send, upload, compare."""
    with installation(PACK) as house:
        watch("founding an installation")
        house.found()
        house.start()
        sender = Sender(house.provider_port, *_credential(house))
        cycles = Run("five calls", options.cycles)
        watch(f"{options.cycles} reports a second in five calls, for {options.seconds} s")
        send(cycles, sender.cycle, options.cycles, options.seconds, options.threads)
        batches = Run("JSON", options.batches * AT_ONCE)
        watch(f"{options.batches * AT_ONCE} reports a second in JSON, for {options.seconds} s")
        send(batches, sender.batch, options.batches, options.seconds, options.threads)
        watch(f"a file of {options.gigabytes} GiB")
        megabytes = upload(sender, options.gigabytes) if options.gigabytes else 0.0
        wanted = cycles.acknowledged | batches.acknowledged
        watch("waiting for the worker")
        held, taken = _kept(house, len(wanted))
    return {
        "runs": [
            {
                "name": run.name,
                "wanted": run.wanted,
                "reached": run.rate,
                "p99": run.p99,
                "failed": run.failed,
            }
            for run in (cycles, batches)
        ],
        "megabytes_a_second": megabytes,
        "acknowledged": len(wanted),
        "lost": len(wanted - held),
        "doubled": len(held - wanted),
        "not_opened": len(wanted) - taken,
    }


def _kept(house: Installation, wanted: int) -> tuple[set[int], int]:
    """The numbers of finished reports, and how many of them the worker has made reports of by now."""
    until = time.monotonic() + _DRAIN
    taken = 0
    while time.monotonic() < until and taken < wanted:
        time.sleep(1)
        taken = int(str(house.one("SELECT count(*) FROM intake_providerreport WHERE report_id IS NOT NULL")))
    told = house.one("SELECT json_agg(id) FROM intake_providerreport WHERE finished_at IS NOT NULL")
    numbers = told if isinstance(told, list) else json.loads(str(told))
    return set(map(int, numbers)), taken


def broken(result: dict[str, object]) -> list[str]:
    """What is not as wanted, a sentence each."""
    said = []
    for run in result["runs"]:  # type: ignore[attr-defined]
        if run["reached"] < 0.98 * run["wanted"] or run["failed"]:
            said.append(
                f"{run['name']}: {run['reached']} a second of {run['wanted']}, {run['failed']} failed"
            )
        if run["p99"] > LIMIT:
            said.append(f"{run['name']}: p99 of a call is {run['p99']} ms")
    said += [f"{name}: {result[name]}" for name in ("lost", "doubled", "not_opened") if result[name]]
    return said


def main() -> int:
    """Measure and say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cycles", type=float, default=20.0, help="five-call cycles a second")
    parser.add_argument(
        "--batches", type=float, default=1.0, help="JSON calls a second, a hundred reports each"
    )
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    console = Console(stderr=options.json)
    machine = this_machine()
    result = measure(options, lambda what: console.print(f"[dim]{what}[/]"))
    faults = broken(result)
    if options.json:
        json.dump({"machine": asdict(machine), **result, "broken": faults}, sys.stdout, indent=2)
    else:
        for line in machine.as_lines():
            console.print(line)
        console.print_json(json.dumps(result))
        for sentence in faults:
            console.print(f"[red]{sentence}[/]")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
