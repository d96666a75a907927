"""`mlinzi backup` and `mlinzi restore`."""

import argparse
import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import OurTurn, Refused
from mlinzi.site.commands.upkeep import say, tell_verified, verified
from mlinzi.site.environment import state_folder
from mlinzi.site.installing import OWNER, existing, owner_connection
from mlinzi.site.recovery import recovery_key
from mlinzi.site.saving.places import fresh_state
from mlinzi.site.saving.reading import check_whole
from mlinzi.site.showing import progress


class NoRoom(OurTurn):
    """The disk is full; nothing was left behind. Free some space, or choose another disk, and try again."""


def backup(arguments: argparse.Namespace, console: Console) -> int:
    """Write everything into one file that two of the recovery shares open. The house may go on working."""
    state = state_folder()
    with existing(state) as owner_url:
        from mlinzi.site.saving.backing import make_backup

        with disk_errors_explained(), progress(console) as watch:
            size, counts = make_backup(state, owner_url, arguments.file, by=OWNER, now=now(), watch=watch)
    bodies = counts.vault + counts.door
    say(console, f"{arguments.file} ({size / 1e6:.1f} MB) holds database, keys and sealed files: {bodies}.")
    say(
        console,
        "Two of the three recovery shares open it. Keep it away from this machine, and away from them.",
    )
    return 0


def restore(arguments: argparse.Namespace, console: Console) -> int:
    """Make an installation from a backup in an empty state folder. Code 1 where something does not fit."""
    state = state_folder()
    key = recovery_key(_shares(arguments.share))
    if not arguments.file.is_file():
        raise Refused([f"There is no file {arguments.file}."])
    with progress(console) as watch:
        manifest = check_whole(arguments.file, key, watch=watch)
    say(console, f"The backup is whole. It was made {manifest.made_at} by Mlinzi {manifest.version}.")
    with (
        disk_errors_explained(),
        fresh_state(state),
        owner_connection(state, restoring=True) as owner_url,
    ):
        from mlinzi.site.saving.restoring import bring_back

        with progress(console) as watch:
            bring_back(
                state,
                owner_url,
                arguments.file,
                key,
                manifest,
                by=OWNER,
                now=now(),
                say=lambda line: say(console, line),
                watch=watch,
            )
        return _compare(state, console)


def _compare(state: Path, console: Console) -> int:
    """Check what was restored, as `fsck` and `audit verify` do."""
    from mlinzi.site import fsck

    with progress(console) as watch:
        found = list(fsck.troubles(state / "vault", state / "door", now=now(), watch=watch))
    for trouble in found:
        say(console, trouble.sentence, "bold red")
    if not found:
        say(console, "Restored: records, sealed files and the log fit together.")
    try:
        with progress(console) as watch:
            log = tell_verified(verified(watch), console)
    except Refused as reason:
        say(console, str(reason), "yellow")
        log = 0
    say(console, "Sessions were not carried over: everybody signs in anew. Letters that waited will be sent.")
    return 1 if found or log else 0


def _shares(paths: list[Path]) -> list[str]:
    if len(paths) != 2:
        raise Refused(["Give exactly two shares: --share FILE --share FILE."])
    try:
        return [path.read_text() for path in paths]
    except (OSError, UnicodeDecodeError) as error:
        raise Refused([f"A share could not be read: {error}"]) from error


@contextlib.contextmanager
def disk_errors_explained() -> Iterator[None]:
    """Turn what the disk says into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom from error
        raise OurTurn(f"The disk answered: {error}. Nothing was left behind.") from error
