"""A report goes out once, whatever the line and the receiver do: over a real socket, to a small receiver."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kinga.cli import main
from kinga.cybertip import FileDetails, Report, build, parse
from kinga.cybertip.client import Client, Credentials, Refused, Unreachable, Unreconciled
from kinga.cybertip.codes import IDEMPOTENCY_HEADER, ResponseCode, done, http_status, new_file_id, respond
from kinga.cybertip.sending import Attachment, Changed, send
from kinga.cybertip.uploads import Data, End, FormParser, Part

REPORT = (
    b"<report><incidentSummary><incidentType>Child Sex Tourism</incidentType>"
    b"<incidentDateTime>2026-01-31T23:59:59+03:00</incidentDateTime></incidentSummary>"
    b"<reporter><reportingPerson><email>desk@isp.example</email></reportingPerson></reporter></report>"
)
DETAILS = (
    b"<fileDetails><reportId>1</reportId><fileId>x</fileId>"
    b"<fileViewedByEsp>true</fileViewedByEsp></fileDetails>"
)


@dataclass
class Receiver:
    """What a receiver holds, and `mischief`: what happens to the next answers of a call.

    "cut" does the work and drops the line; a number answers that status, no document; "busy" answers 1000.
    """

    honours_keys: bool = True
    url: str = ""
    mischief: dict[str, list[str | int]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    opened: list[bytes] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    described: list[FileDetails] = field(default_factory=list)
    finished: bool = False
    retracted: bool = False
    keys: dict[tuple[str, str], Any] = field(default_factory=dict)

    def act(self, call: str, key: str | None, form: dict[str, bytes], body: bytes) -> Any:
        """Do a call and return its document; a key seen before gives the document of then."""
        if key and self.honours_keys and (call, key) in self.keys:
            return self.keys[call, key]
        answer = getattr(self, call)(form, body)
        if key:
            self.keys[call, key] = answer
        return answer

    def status_(self, form: dict[str, bytes], body: bytes) -> Any:
        """Say that all is well."""
        return respond(0, "Remote User : isp, Remote Ip : here")

    def submit(self, form: dict[str, bytes], body: bytes) -> Any:
        """Open a report."""
        parse(body, Report)
        self.opened.append(body)
        return respond(0, "Success", report_id=len(self.opened) + 4710)

    def upload(self, form: dict[str, bytes], body: bytes) -> Any:
        """Keep a file."""
        name = new_file_id()
        self.files[name] = form["file"]
        md5 = hashlib.md5(form["file"], usedforsecurity=False).hexdigest()
        return respond(0, "Success", report_id=int(form["id"]), file_id=name, md5=md5)

    def fileinfo(self, form: dict[str, bytes], body: bytes) -> Any:
        """Keep a file's details."""
        self.described.append(parse(body, FileDetails).document)
        return respond(0, "Success", report_id=self.described[-1].report_id)

    def finish(self, form: dict[str, bytes], body: bytes) -> Any:
        """Finish, once."""
        code = ResponseCode.ALREADY_FINISHED if self.finished else ResponseCode.SUCCESS
        self.finished = True
        return done(code, int(form["id"]), tuple(self.files))

    def retract(self, form: dict[str, bytes], body: bytes) -> Any:
        """Withdraw, once, and not after finish."""
        if self.finished or self.retracted:
            return respond(5102 if self.finished else 5101, "Too late", report_id=int(form["id"]))
        self.retracted = True
        return respond(0, "Success", report_id=int(form["id"]))


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take("status_")

        def do_POST(self) -> None:
            self._take(self.path.rpartition("/")[2])

        def _take(self, call: str) -> None:
            receiver.calls.append(call)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Authorization") != "Basic aXNwOnNlY3JldA==":
                self._answer(401, build(respond(2000, "Authentication required")))
                return
            mischief = receiver.mischief.get(call, [])
            what = mischief.pop(0) if mischief else None
            if isinstance(what, int):
                self._answer(what, b"<html>proxy</html>")
                return
            if what == "busy":
                self._answer(500, build(respond(1000, "Server error")))
                return
            document = receiver.act(call, self.headers.get(IDEMPOTENCY_HEADER), self._form(body), body)
            if what == "cut":
                self.close_connection = True
                self.connection.close()
                return
            self._answer(http_status(document.response_code, finish=call == "finish"), build(document))

        def _form(self, body: bytes) -> dict[str, bytes]:
            kind = self.headers.get("Content-Type", "")
            if kind.startswith("multipart"):
                return fields_of(kind, [body])
            return {"id": body.removeprefix(b"id=")}

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if receiver.honours_keys:
                self.send_header(IDEMPOTENCY_HEADER, "supported")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def fields_of(content_type: str, pieces: list[bytes]) -> dict[str, bytes]:
    """Read a whole form by the streaming parser."""
    parser, held, name = FormParser(content_type), dict[str, bytearray](), ""
    for piece in pieces:
        for event in parser.feed(piece):
            if isinstance(event, Part):
                name = event.name
                held[name] = bytearray()
            elif isinstance(event, Data):
                held[name] += event.data
            else:
                assert isinstance(event, End)
    parser.close()
    return {key: bytes(value) for key, value in held.items()}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A line that was cut on purpose is no news."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that behaves as real ones do."""
    held = Receiver()
    server = _Server(("127.0.0.1", 0), _handler(held))
    held.url = f"http://127.0.0.1:{server.server_address[1]}/ispws"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()
    thread.join()


def _client(receiver: Receiver, password: str = "secret") -> Client:
    return Client(receiver.url, Credentials("isp", password), pause=lambda _: None)


@pytest.fixture
def picture(tmp_path: Path) -> Attachment:
    """A benign file of some size."""
    path = tmp_path / "picha.bin"
    path.write_bytes(b"habari" * 100_000)
    return Attachment(path, parse(DETAILS, FileDetails).document)


MISCHIEF: list[dict[str, list[str | int]]] = [
    {},
    {"submit": ["cut", "cut"], "upload": ["cut"], "fileinfo": ["cut"], "finish": ["cut"]},
    {"submit": ["busy", 503], "upload": [502, "busy"], "fileinfo": [429], "finish": [504, "cut"]},
]


@pytest.mark.parametrize("mischief", MISCHIEF)
def test_everything_arrives_once_over_a_bad_line(
    receiver: Receiver, picture: Attachment, tmp_path: Path, mischief: dict[str, list[str | int]]
) -> None:
    receiver.mischief = {call: list(what) for call, what in mischief.items()}
    with _client(receiver) as client:
        state = send(client, REPORT, [picture], tmp_path / "state")
        assert send(client, REPORT, [picture], tmp_path / "state") == state
    assert receiver.opened == [REPORT]
    assert list(receiver.files.values()) == [picture.path.read_bytes()]
    assert [(one.report_id, one.file_id) for one in receiver.described] == [
        (4711, next(iter(receiver.files)))
    ]
    assert receiver.finished
    assert state.finished


@pytest.mark.parametrize("call", ["submit", "upload", "fileinfo"])
def test_a_lost_answer_is_not_repeated_where_keys_are_not_honoured(
    receiver: Receiver, picture: Attachment, tmp_path: Path, call: str
) -> None:
    receiver.honours_keys = False
    receiver.mischief = {call: ["cut"]}
    with _client(receiver) as client, pytest.raises(Unreconciled, match=call):
        send(client, REPORT, [picture], tmp_path / "state")
    assert receiver.calls.count(call) == 1
    assert not receiver.finished


@pytest.mark.parametrize("call", ["submit", "upload", "fileinfo", "finish"])
def test_whoever_was_stopped_goes_on_where_it_was(
    receiver: Receiver, picture: Attachment, tmp_path: Path, call: str
) -> None:
    receiver.mischief = {call: ["cut"] * 5}
    with _client(receiver) as client:
        with pytest.raises(Unreconciled):
            send(client, REPORT, [picture], tmp_path / "state")
        receiver.mischief = {}
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600
        before = list(receiver.calls)
        assert send(client, REPORT, [picture], tmp_path / "state").finished
    steps = ["submit", "upload", "fileinfo", "finish"]
    assert [one for one in receiver.calls[len(before) :] if one != "status_"] == steps[steps.index(call) :]
    assert (len(receiver.opened), len(receiver.files), len(receiver.described)) == (1, 1, 1)


def test_how_far_a_file_was_sent_is_told(receiver: Receiver, picture: Attachment, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    with _client(receiver) as client:
        send(client, REPORT, [picture], tmp_path / "state", sent=lambda name, done: told.append((name, done)))
    size = picture.path.stat().st_size
    assert {name for name, _ in told} == {"picha.bin"}
    assert told[-1][1] == size
    assert len({done for _, done in told}) > 3, "piece by piece"


def test_a_state_file_belongs_to_one_report(receiver: Receiver, tmp_path: Path) -> None:
    with _client(receiver) as client:
        send(client, REPORT, [], tmp_path / "state")
        with pytest.raises(Changed):
            send(client, REPORT + b" ", [], tmp_path / "state")


def test_refusals_are_told_with_their_code_and_never_repeated(receiver: Receiver) -> None:
    with _client(receiver, "wrong") as client, pytest.raises(Refused, match="2000") as refused:
        client.status()
    assert "wrong" not in str(refused.value)
    assert receiver.calls == ["status_"]
    with _client(receiver) as client:
        client.retract(client.submit(REPORT, key="k"))
        with pytest.raises(Refused, match="already retracted"):
            client.retract(4711)
        receiver.mischief = {"submit": ["busy"] * 5}
        with pytest.raises(Unreachable):
            client.submit(REPORT, key="l")
    assert receiver.calls.count("submit") == 6


def test_the_password_does_not_leave_in_clear() -> None:
    for url in ("http://report.example/ispws", "ftp://127.0.0.1", "https://"):
        with pytest.raises(ValueError, match="https"):
            Client(url, Credentials("isp", "secret"))
    assert "secret" not in repr(Credentials("isp", "secret"))


def test_the_command_sends_and_says_so(
    receiver: Receiver, picture: Attachment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, secret = tmp_path / "report.xml", tmp_path / "credentials"
    report.write_bytes(REPORT)
    (tmp_path / "picha.bin.details.xml").write_bytes(DETAILS)
    secret.write_text("isp\nsecret\n")
    words = ["report", "--to", receiver.url, "--credentials", str(secret), str(report), str(picture.path)]
    secret.chmod(0o644)
    assert main(words) == 2
    assert "chmod 600" in capsys.readouterr().err
    secret.chmod(0o600)
    assert main(words) == 0
    assert capsys.readouterr().out == "Taken: report 4711, 1 files, 1 described.\n"
    report.write_bytes(REPORT.replace(b"Tourism", b"tourism"))
    assert main(words) == 2
    assert "incidentType, line 1" in capsys.readouterr().err


def test_the_command_without_credentials_or_with_wrong_ones(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.xml"
    report.write_bytes(REPORT)
    monkeypatch.delenv("KINGA_REPORT_USER", raising=False)
    assert main(["report", "--to", receiver.url, str(report)]) == 2
    assert "KINGA_REPORT_USER" in capsys.readouterr().err
    monkeypatch.setenv("KINGA_REPORT_USER", "isp")
    monkeypatch.setenv("KINGA_REPORT_PASSWORD", "wrong")
    assert main(["report", "--to", receiver.url, str(report)]) == 1
    assert "authentication required" in capsys.readouterr().out


class Terminal:
    """Somebody at a terminal, or nobody."""

    def __init__(self, *, there: bool) -> None:
        self.there = there

    def isatty(self) -> bool:
        """Whether somebody is there."""
        return self.there


def test_a_scan_asks_a_person_before_anything_is_sent(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, known = tmp_path / "files", tmp_path / "known.txt"
    folder.mkdir()
    for name in ("one.txt", "two.txt", "three.txt"):
        (folder / name).write_text(name)
    digests = [hashlib.sha256(name.encode()).hexdigest() for name in ("one.txt", "two.txt")]
    known.write_text("".join(f"sha256 {digest}\n" for digest in digests))
    monkeypatch.setenv("KINGA_REPORT_USER", "isp")
    monkeypatch.setenv("KINGA_REPORT_PASSWORD", "secret")
    words = ["scan", str(folder), "--list", str(known), "--out", str(tmp_path / "out"), "--workers", "1"]
    words += ["--report-to", receiver.url]
    assert main(words) == 2
    assert "--reporter" in capsys.readouterr().err
    words += ["--reporter", "desk@isp.example"]
    monkeypatch.setattr("sys.stdin", Terminal(there=False))
    assert main(words) == 2
    assert "A person at a terminal" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", Terminal(there=True))
    for answer in ("", "y", "3"):
        monkeypatch.setattr("builtins.input", lambda _, said=answer: said)
        assert main(words) == 1
    assert receiver.opened == []
    monkeypatch.setattr("builtins.input", lambda _: "2")
    for _ in range(2):
        assert main(words) == 1
    assert len(receiver.opened) == 1
    assert len(receiver.files) == len(receiver.described) == 2
    assert receiver.finished
    assert {one.original_file_name for one in receiver.described} == {"one.txt", "two.txt"}
    assert "Taken: report" in capsys.readouterr().out
