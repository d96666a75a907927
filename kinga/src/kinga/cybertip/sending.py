"""One report with its files, sent to the end however often it is interrupted. Needs `kinga[report]`.

A small state file says how far it came. It is on the disk before each step, so that whoever starts again goes
on where it stopped, with the same idempotency key.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from kinga import files
from kinga.cybertip.client import Client, Refused, md5_agrees
from kinga.cybertip.codes import ResponseCode
from kinga.cybertip.errors import CyberTipError, Malformed
from kinga.cybertip.filedetails import FileDetails

_FORMAT = "kinga.report/1"
_PIECE = 1 << 20


class Changed(CyberTipError):
    """The state file belongs to something else. Give another --state, or take the files as they were."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to upload and what is known about it; the ids in `details` are put in by the sender."""

    path: Path
    details: FileDetails | None = None


@dataclass
class State:
    """How far a report has come; `uploaded` and `described` go by the SHA-256 of a file."""

    receiver: str
    report: str
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    report_id: int | None = None
    uploaded: dict[str, str] = field(default_factory=dict)
    described: list[str] = field(default_factory=list)
    finished: bool = False


def send(
    client: Client,
    report: bytes,
    attachments: Sequence[Attachment],
    state_path: Path,
    *,
    tell: Callable[[str], None] = lambda _: None,
    sent: Callable[[str, int], None] = lambda _name, _bytes: None,
) -> State:
    """Submit, upload, describe and finish what is not done yet; return the last state, which is also on disk.

    Raises Changed when the state file is another report's or receiver's, and what the client's calls raise.
    """
    state = _begun(state_path, client.base_url, hashlib.sha256(report).hexdigest())
    if state.finished:
        return state
    if state.report_id is None:
        tell("submit")
        state.report_id = client.submit(report, key=state.key)
        _save(state, state_path)
    for attachment in attachments:
        tell(attachment.path.name)
        _send_file(client, state, state.report_id, attachment, state_path, sent)
    tell("finish")
    try:
        client.finish(state.report_id)
    except Refused as refused:
        # An earlier run, whose answer was lost, had finished it: nobody else has the report's number.
        if refused.code != ResponseCode.ALREADY_FINISHED:
            raise
    state.finished = True
    _save(state, state_path)
    return state


class _Watched:
    """A file that says how far it was read; a retry begins anew, and so does the count."""

    def __init__(self, file: BinaryIO, told: Callable[[int], None]) -> None:
        self._file, self._told = file, told

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._told(self._file.tell())
        return piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _send_file(
    client: Client,
    state: State,
    report_id: int,
    attachment: Attachment,
    state_path: Path,
    sent: Callable[[str, int], None],
) -> None:
    sha256, md5 = _hashes(attachment.path)
    key = f"{state.key}.{sha256[:32]}"
    if sha256 not in state.uploaded:
        with attachment.path.open("rb") as file:
            watched = _Watched(file, partial(sent, attachment.path.name))
            answer = client.upload(report_id, cast("BinaryIO", watched), attachment.path.name, key=key)
        if answer.file_id is None or not md5_agrees(answer, md5):
            raise Malformed(
                f"The receiver's answer to the upload of {attachment.path.name} does not fit the file."
            )
        state.uploaded[sha256] = answer.file_id
        _save(state, state_path)
    if attachment.details is not None and sha256 not in state.described:
        details = replace(attachment.details, report_id=report_id, file_id=state.uploaded[sha256])
        client.file_info(details, key=f"{key}.info")
        state.described.append(sha256)
        _save(state, state_path)


def _hashes(path: Path) -> tuple[str, str]:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            sha256.update(piece)
            md5.update(piece)
    return sha256.hexdigest(), md5.hexdigest()


def _begun(path: Path, receiver: str, report: str) -> State:
    try:
        held: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        state = State(receiver, report)
        _save(state, path)
        return state
    except ValueError:
        raise Changed(f"{path.name} is not one of ours.") from None
    if (held.pop("format", None), held.get("receiver"), held.get("report")) != (_FORMAT, receiver, report):
        raise Changed(f"{path.name} tells of another report or receiver.")
    return State(**held)


def _save(state: State, path: Path) -> None:
    data = json.dumps({"format": _FORMAT, **asdict(state)}, indent=1).encode() + b"\n"
    files.write_whole(path, data, mode=0o600, replace=True)
