"""Take away what lies at the door and was never sent, so that it does not fill the disk."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import transaction

from mlinzi.audit import acts as audit
from mlinzi.intake.models import Attachment, ProviderFile
from mlinzi.kernel.actors import Actor
from mlinzi.vault.files import ForeignBody, Lying, remove_foreign, walk

REST_AT_THE_DOOR = timedelta(hours=25)
"""How long a file may lie at the door without a row: the form that brought it is perhaps not sent yet."""
_AT_ONCE = 500


def sweep_door(*, door: Path, by: Actor, now: datetime, limit: int = 20_000) -> int:
    """Take away files at the door, and halves of files, that have rested and that no row waits for.

    In batches: 1. ask which of them a row names, 2. record, committed first, 3. remove. What is no file of
    ours is left to `mlinzi fsck`. Returns how many were taken away, at most about `limit`.
    """
    rested = (lying for lying in walk(door) if lying.ours and lying.changed < now - REST_AT_THE_DOOR)
    swept = 0
    for paths in unnamed(rested, waited_for):
        with transaction.atomic():
            details = {"files": len(paths)}
            audit.record("vault.orphan.sweep", "vault.file", "-", by=by, now=now, details=details)
        swept += sum(_removed(door, path) for path in paths)
        if swept >= limit:
            break
    return swept


def unnamed(
    lying: Iterator[Lying], named_by_rows: Callable[[Sequence[UUID]], set[UUID]]
) -> Iterator[Sequence[Path]]:
    """The files that no row names, in batches; none of them is empty."""
    while some := list(islice(lying, _AT_ONCE)):
        named = named_by_rows([one.file_id for one in some if one.file_id])
        if paths := [one.path for one in some if one.file_id not in named]:
            yield paths


def waited_for(ids: Sequence[UUID]) -> set[UUID]:
    """Which of these files at the door a row names: they are still to be taken in."""
    rows = Attachment.objects.filter(id__in=ids, adopted_at=None).values_list("id", flat=True)
    # A provider's file has no attachment before its report is finished and opened.
    return {*rows, *ProviderFile.objects.filter(id__in=ids, of__taken_at=None).values_list("id", flat=True)}


def _removed(door: Path, path: Path) -> bool:
    try:
        remove_foreign(door, path)
    except ForeignBody:
        return False  # somebody has put a link in its place, or has shut its folder
    return True
