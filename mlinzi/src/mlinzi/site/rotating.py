"""Give a process its next key. What was sealed before stays as it is and opens as before."""

from collections.abc import Callable
from pathlib import Path

from kinga import envelope, files
from mlinzi.kernel.errors import Refused
from mlinzi.site.keys import OPEN_TO_ALL


def rotate(keys: Path, kind: str) -> str:
    """Make the next key of a kind (`KINDS`) and let it be the active one; the one before only opens now.

    Processes that run go on sealing with the key they had read, and open both; after a restart they seal with
    the new one. `site.accounts.own_folders` has to give the new files to their accounts afterwards.

    Returns the new key's id. Raises `Refused` for a kind that cannot be rotated.
    """
    if kind not in KINDS:
        raise Refused([f"There is no key called {kind} that can be rotated; there are: {', '.join(KINDS)}."])
    return KINDS[kind](keys)


def _next_id(held: envelope.FileKeys) -> str:
    name, _, number = held.key_ids[-1].rpartition(":")
    return f"{name}:{int(number) + 1}"


def _intake(keys: Path) -> str:
    """The worker first: what is sealed with the public half a moment later must open."""
    held = envelope.FileKeys(keys / "worker" / "intake.key")
    fresh = envelope.PrivateKey.generate(_next_id(held))
    held.add_and_activate(fresh)
    for process in ("public", "staff", OPEN_TO_ALL):
        envelope.write_public(keys / process / "intake.pub", fresh.public)
    return fresh.key_id


def _records(keys: Path) -> str:
    """Both files are one and the same; after a kill in between, the next call first makes them so again."""
    staff, worker = (keys / process / "records.key" for process in ("staff", "worker"))
    held = envelope.FileKeys(worker)
    if held.key_ids == envelope.FileKeys(staff).key_ids:
        held.add_and_activate(envelope.SymmetricKey.generate(_next_id(held)))
    files.write_whole(staff, files.read_private(worker), mode=0o600, replace=True)
    return held.key_ids[-1]


def _factor(keys: Path) -> str:
    held = envelope.FileKeys(keys / "staff" / "factor.key")
    held.add_and_activate(envelope.SymmetricKey.generate(_next_id(held)))
    return held.key_ids[-1]


KINDS: dict[str, Callable[[Path], str]] = {"intake": _intake, "records": _records, "factor": _factor}
