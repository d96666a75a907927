"""Uploads never touch the disk in clear: staff's stay in memory, reporters' are sealed as they come."""

import hashlib
import logging
import weakref
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, Self, cast

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kinga import envelope
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault.files import WholeFile
from mlinzi.vault.rules import FILE, FILE_LIMIT, DoorFile, NoKey, context_of, file_name

_log = logging.getLogger(__name__)
LIMIT = FILE_LIMIT
_PATIENCE = 4
"""How many times the limit may arrive and be thrown away before we hang up."""


class InMemoryOnly(FileUploadHandler):
    """Keeps an upload in memory up to 25 MiB and stops a larger one, instead of spooling it to a file."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._held: IO[bytes] = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > LIMIT:
            raise StopUpload(connection_reset=False)
        self._held.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._held.seek(0)
        return InMemoryUploadedFile(
            file=self._held,
            field_name=self.field_name,
            name=self.file_name or "file",
            content_type=self.content_type or "application/octet-stream",
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )


TOO_LARGE = _("This file is larger than 25 MB; cut it into parts.")


def was_dropped(request: HttpRequest) -> bool:
    """Whether a file was too large for `InMemoryOnly`, so that the form knows nothing of it: it has to say
    so, or it would be carried out as if no file had been meant.
    """
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    return request.method == "POST" and not request.FILES and announced > LIMIT


class NoFiles(FileUploadHandler):
    """Lets every file pass by and keeps the texts around it: for pages that ask for none."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - Django gives them
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: each file is skipped at its beginning."""

    def file_complete(self, file_size: int) -> None:
        """Never called either."""


class SealedBody:
    """One file on its way through hashes and seal into the door folder.

    `write` the pieces, `finish`, `commit`; or `abandon`, which leaves nothing behind.
    """

    def __init__(self, folder: Path, name: str, keys: KeyRing) -> None:
        if keys.intake is None:
            raise NoKey
        self._id, self._name, self._size = new_id(), file_name(name), 0
        # MD5 and SHA-1 because hash lists of the field still hold them; they protect nothing here.
        self._md5, self._sha1 = hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._body = WholeFile(folder, self._id)
        context = context_of(FILE, self._id, "body")
        self._sealer = envelope.Sealer(cast(BinaryIO, self._body), to=[keys.intake], context=context)
        # Whatever ends the request (a cut, a form that cannot be read, a fault of ours), what is half there
        # goes with it: nobody would tell us in each of these cases.
        self.abandon = weakref.finalize(self, self._body.abandon)

    def write(self, data: bytes) -> None:
        self._md5.update(data)
        self._sha1.update(data)
        self._sha256.update(data)
        self._size += len(data)
        self._sealer.write(data)

    @property
    def size(self) -> int:
        """How many bytes came so far, in clear."""
        return self._size

    def finish(self) -> None:
        self._sealer.finish()

    def commit(self) -> DoorFile:
        """Let the body appear at the door."""
        cipher_sha256 = self._body.commit()
        self.abandon.detach()
        return DoorFile(
            self._id,
            self._name,
            self._size,
            self._md5.hexdigest(),
            self._sha256.hexdigest(),
            self._sealer.header,
            cipher_sha256,
            self._sha1.hexdigest(),
        )


class SealedAtTheDoor(FileUploadHandler):
    """Seals the first file of a form for the worker, into the door folder, while it arrives:

        with SealedAtTheDoor(folder=settings.DOOR, keys=keyring()) as door:
            request.upload_handlers = [door]
            texts, file = request.POST, door.taken

    One handler serves one request. `request.FILES` stays empty, and the texts arrive whatever becomes of the
    file, so that no word is lost because of a picture. What became of it:

        taken       it lies at the door, whole; the act that names it follows, or `acts.discard`
        empty       it had no content
        too_large   more than `limit` came and was thrown away; past four times that, we hang up
        too_many    there was a second one, which was thrown away
        failed      our disk did not take it

    The body appears once the whole form was read: a connection that is cut leaves nothing behind.
    """

    def __init__(self, limit: int = LIMIT, *, folder: Path, keys: KeyRing) -> None:
        super().__init__()
        if keys.intake is None:
            raise NoKey
        self._limit, self._folder, self._keys = limit, folder, keys
        self._came, self._seen_one = 0, False
        self._current: SealedBody | None = None
        self._whole: SealedBody | None = None
        self.taken: DoorFile | None = None
        self.empty = self.too_large = self.too_many = self.failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.upload_interrupted()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self._seen_one:
            # Not skipped but thrown away piece by piece, so that it counts towards hanging up.
            self.too_many = True
            return
        self._seen_one = True
        try:
            self._current = SealedBody(self._folder, self.file_name or "", self._keys)
        except OSError as error:
            self._fail(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._came += len(raw_data)
        if self._came > _PATIENCE * self._limit:
            self.too_large = True
            self.upload_interrupted()
            raise StopUpload(connection_reset=True)
        if self._current is None:
            return
        if start + len(raw_data) > self._limit:
            self.too_large = True
            self._throw_away()
            return
        try:
            self._current.write(raw_data)
        except OSError as error:
            self._fail(error)

    def file_complete(self, file_size: int) -> None:
        if self._current is None:
            return
        if not file_size:
            self.empty = True
            self._throw_away()
            return
        try:
            self._current.finish()
        except OSError as error:
            self._fail(error)
            return
        self._whole, self._current = self._current, None

    def upload_complete(self) -> None:
        whole, self._whole = self._whole, None
        self._throw_away()
        if whole is None:
            return
        try:
            self.taken = whole.commit()
        except OSError as error:
            self._fail(error)
            whole.abandon()

    def upload_interrupted(self) -> None:
        self._throw_away()
        if self._whole is not None:
            self._whole.abandon()
            self._whole = None

    def _fail(self, error: OSError) -> None:
        _log.error("A file could not be kept at the door: %s.", error.strerror)
        self.failed = True
        self._throw_away()

    def _throw_away(self) -> None:
        if self._current is not None:
            self._current.abandon()
            self._current = None
