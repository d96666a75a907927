"""Files: streamed, hashed and sealed while they arrive. Said before what may be brought, and kindly after."""

import contextlib
import json
import shutil
from uuid import UUID

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _

from mlinzi.intake import acts
from mlinzi.intake.reads import DoorWords
from mlinzi.intake.rules import (
    FILES_LIMIT,
    CookieSecret,
    DraftContent,
    DraftFile,
    DraftKind,
    WordKind,
    may_bring_files,
)
from mlinzi.intake.web.common import FLOOD, FORM, draft_of, go, let_go_of_the_database, page, show
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import FILE_LIMIT, DoorFile
from mlinzi.vault.uploads import SealedAtTheDoor

MEGABYTES = FILE_LIMIT // (1024 * 1024)
KEPT_FREE = 2 * 1024**3
"""Bytes of the disk that files leave to words."""


@page(*FORM)
def files(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """Files for a report that is being written."""
    secret, content = draft_of(request)
    if secret is None or content is None:
        return go(words, "start")
    if content.sent:
        return go(words, "number")
    reasons: list[str] = []
    if request.method == "POST":
        taken, reasons = _receive(request, words, secret, content)
        if request.POST.get("remove") and not reasons:
            if taken is not None:  # no button of ours sends both
                vault.discard(settings.DOOR, _id(taken))
            acts.remove_file(secret, request.POST["remove"], folder=settings.DOOR, now=now())
            return go(words, "files")
        if taken is not None:
            try:
                acts.add_file(secret, taken, now=now())
            except (Refused, NotFound):
                vault.discard(settings.DOOR, _id(taken))
                return go(words, "files")
        if not reasons:
            return go(words, "files" if taken else "check")
    context = {"files": content.files, "back": "check", **_words_for(words, secret, content, reasons)}
    return show(request, words, "files.html", context, 422 if reasons else 200)


@page(*FORM)
def box_files(request: HttpRequest, words: DoorWords) -> HttpResponse:
    """A file for a report that was sent before."""
    secret, content = draft_of(request, DraftKind.VISIT)
    if secret is None or content is None:
        return go(words, "back")
    reasons: list[str] = []
    if request.method == "POST":
        taken, reasons = _receive(request, words, secret, content)
        if taken is not None:
            try:
                _write_back(secret, taken)
            except (Refused, NotFound):  # another tab was quicker, or the visit ran out meanwhile
                vault.discard(settings.DOOR, _id(taken))
                return go(words, "box_files")
        if not reasons:
            return go(words, "box")
    context = {"files": content.files, "back": "box", **_words_for(words, secret, content, reasons)}
    return show(request, words, "files.html", context, 422 if reasons else 200)


def _write_back(secret: CookieSecret, file: DraftFile) -> None:
    acts.write_back(
        secret,
        WordKind.FILE,
        json.dumps({"id": file.id, "name": file.name, "size": file.size}),
        once=file.id,
        file=file,
        by=Actor.reporter(),
        now=now(),
        keys=keyring(),
    )


def _id(file: DraftFile) -> UUID:
    return UUID(file.id)


def _words_for(
    words: DoorWords, secret: CookieSecret, content: DraftContent, reasons: list[str]
) -> dict[str, object]:
    return {
        "mark": secret.mark,
        "reasons": reasons,
        "limit": MEGABYTES,
        "most": FILES_LIMIT,
        "full": len(content.files) >= FILES_LIMIT,
        "waits": _files_wait(words, content),
    }


def _files_wait(words: DoorWords, content: DraftContent) -> bool:
    """Files wait in a flood, and while the disk is nearly full: what is written goes first."""
    with contextlib.suppress(FileNotFoundError):  # the folder comes with the first file
        if shutil.disk_usage(settings.DOOR).free < KEPT_FREE:
            return True
    return not may_bring_files(flooded=FLOOD.is_on(words), worked=bool(content.work))


def _receive(
    request: HttpRequest, words: DoorWords, secret: CookieSecret, content: DraftContent
) -> tuple[DraftFile | None, list[str]]:
    """Take the file of a request as it streams in. Returns it, or the reasons against it."""
    with SealedAtTheDoor(FILE_LIMIT, folder=settings.DOOR, keys=keyring()) as handler:
        request.upload_handlers = [handler]
        let_go_of_the_database()
        try:
            marked = secret.has_mark(request.POST.get("mark", ""))
        except (BadRequest, MultiPartParserError, UnreadablePostError, RequestDataTooBig):
            return None, [_not_whole()]
        taken = handler.taken
        reasons = _why_not(handler, words, content, marked=marked)
        if taken is None or reasons:
            if taken is not None:
                vault.discard(settings.DOOR, taken.id)
            return None, reasons
    return _kept(taken), []


def _kept(taken: DoorFile) -> DraftFile:
    """A file at the door, as a draft keeps it."""
    return DraftFile(
        id=str(taken.id),
        name=taken.name,
        size=taken.size,
        sha256=taken.sha256,
        header=taken.header.hex(),
        meta=vault.meta_of(taken, keys=keyring()).hex(),
        cipher_sha256=taken.cipher_sha256.hex(),
    )


def _not_whole() -> str:
    return _("The file did not arrive whole. Please try again, or go on without it.")


def _why_not(handler: SealedAtTheDoor, words: DoorWords, content: DraftContent, *, marked: bool) -> list[str]:
    if not marked:
        return [_("Please send this once more.")]
    if handler.too_large:
        return [
            _("This file is larger than %(limit)s MB, so we could not take it. What you wrote is safe.")
            % {"limit": MEGABYTES}
        ]
    if handler.empty:
        return [_("This file is empty. Please choose another one, or go on without it.")]
    if handler.failed:
        return [_not_whole()]
    if handler.taken is None:
        return []
    if len(content.files) >= FILES_LIMIT:
        return [_("There are %(most)s files already. Take one away first.") % {"most": FILES_LIMIT}]
    if _files_wait(words, content):
        return [
            _("Very many reports are coming in just now, so files have to wait. What you wrote is safe. "
              "Send it, and add the file tomorrow with your number.")
        ]  # fmt: skip
    return []
