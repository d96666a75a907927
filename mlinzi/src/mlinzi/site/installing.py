"""Make an installation, or bring one up to date: schema, keys, roles, country. Every step may be repeated."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command

from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import OurTurn
from mlinzi.site.accounts import own_folders
from mlinzi.site.postgres import Cluster

OWNER = Actor.process("owner")
Say = Callable[[str], None]
UNFINISHED = "restore-unfinished"
"""A file in the state folder for as long as a backup is being restored into it."""


class NoInstallation(OurTurn):
    """There is no installation in the state folder. Make one with `mlinzi run`, or name another folder with
    MLINZI_STATE."""


class UnfinishedRestore(OurTurn):
    """A restore into this state folder was cut off. Delete the folder and restore again."""


@contextmanager
def existing(state: Path) -> Iterator[str]:
    """The owner's connection to an installation that is there already; nothing is made.

    Raises `NoInstallation` where there is neither a key nor a database.
    """
    if not (state / "keys").is_dir() and not (state / "postgres" / "data").exists():
        raise NoInstallation
    with owner_connection(state) as owner_url:
        yield owner_url


@contextmanager
def owner_connection(state: Path, *, restoring: bool = False) -> Iterator[str]:
    """The owner's connection: DATABASE_URL where set, else the embedded PostgreSQL, started if it is down.

    Django is ready inside. A server that another program of ours uses is left running at the end.
    Raises `UnfinishedRestore` for everybody but the restore itself.
    """
    if (state / UNFINISHED).exists() and not restoring:
        raise UnfinishedRestore
    given = os.environ.get("DATABASE_URL")
    if given:
        _ready()
        yield given
        return
    with Cluster(state / "postgres").running() as cluster:
        os.environ["DATABASE_URL"] = cluster.owner_url
        try:
            _ready()
            yield cluster.owner_url
        finally:
            from django.db import connections

            connections.close_all()
            del os.environ["DATABASE_URL"]


def _ready() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlinzi.site.settings")
    django.setup()


def migrate(state: Path, owner_url: str, say: Say) -> None:
    """Bring schema, keys and roles to what this version needs.

    1. tables, 2. keys where there are none, else those that came with a later version, 3. a role for each
    process with exactly its rights, 4. folders to the accounts they belong to. Raises `KeysLost`
    where records are that have no keys.
    """
    from mlinzi.directory.reads import deployment
    from mlinzi.site.keys import KeysLost, add_missing_keys, create_keys, keys_are_there
    from mlinzi.site.roles import ensure_roles

    say("Bringing the tables up to date")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    if not keys_are_there(state):
        if deployment() is not None:
            raise KeysLost
        say("Making keys, and a recovery key in three shares")
        create_keys(state)
    add_missing_keys(state)
    ensure_roles(state / "keys", owner_url)
    own_folders(state)


def install(state: Path, owner_url: str, pack_folder: Path, *, reports: int | None, say: Say) -> bool:
    """Make an installation if there is none: schema, keys, roles, the country, and a
    demonstration if wished.

    Args:
        reports: how many invented reports a new demonstration has; None makes an installation that counts.

    Returns whether it is a demonstration, which an existing installation decides for itself.
    """
    from mlinzi.directory import acts as directory
    from mlinzi.directory import reads

    migrate(state, owner_url, say)
    existing = reads.deployment()
    if existing is None:
        from mlinzi.site.packs.loading import load_pack
        from mlinzi.site.packs.reading import read_pack

        say(f"Loading the country pack {pack_folder.name}")
        pack = read_pack(pack_folder)
        load_pack(pack, by=OWNER, now=now())
        directory.create_deployment(pack.manifest.id, demonstration=reports is not None, by=OWNER, now=now())
        if reports is None:
            return False
        from mlinzi.site.demo.nation import load_nation

        load_nation(pack, say=say, reports=reports)
        return True
    return existing.demonstration
