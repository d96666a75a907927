"""PostgreSQL's own tools for dump and restore, through pipes."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from psycopg import conninfo

from mlinzi.site.pg_binaries import Binaries, usable
from mlinzi.site.saving.shape import PIECE, ToolFailed
from mlinzi.site.spawn import clean_environment

# Sessions are not carried over: one that was ended since would be alive again. A cache is nothing to keep.
_WITHOUT_DATA = ("django_session", "access_cache")
_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


def tools_for(server: int, *, at_least: int = 0) -> Binaries:
    """The programs that fit a server of this major version: the same version, else the next newer one.

    Args:
        at_least: the oldest major version that will do; a dump is read by what wrote it or something newer.

    Raises `ToolFailed` when this machine has none.
    """
    found = [
        binaries
        for binaries in usable()
        if binaries.major >= max(server, at_least) and os.access(binaries.program("pg_dump"), os.X_OK)
    ]
    if not found:
        raise ToolFailed(
            f"No PostgreSQL programs of version {max(server, at_least)} or newer are on this machine; "
            "install them (Debian: apt install postgresql)."
        )
    return min(found, key=lambda binaries: binaries.major)


def _environment(url: str) -> dict[str, str]:
    """The connection as environment variables: a command line can be read by everybody on the machine."""
    parts = conninfo.conninfo_to_dict(url)
    given = {_VARIABLES[name]: str(value) for name, value in parts.items() if name in _VARIABLES}
    return clean_environment({**given, "LC_ALL": "C"})


def dumped(tools: Binaries, url: str) -> Iterator[bytes]:
    """The database as `pg_dump -Fc` writes it, in pieces of `PIECE` bytes. Raises `ToolFailed`.

    Owners and rights are left out: they belong to the roles of one server, and `site.roles` makes them anew.
    """
    options = ["--format=custom", "--no-owner", "--no-privileges"]
    options += [f"--exclude-table-data=public.{table}" for table in _WITHOUT_DATA]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [tools.program("pg_dump"), *options],
            env=_environment(url),
            stdout=subprocess.PIPE,
            stderr=said,
            cwd="/",
        )
        assert child.stdout is not None  # noqa: S101 - it was asked for one line above
        with child:
            try:
                while piece := child.stdout.read(PIECE):
                    yield piece
            finally:
                # Whoever stops reading early must not leave it waiting for us for ever.
                child.stdout.close()
        _raise_if_failed("pg_dump", child.returncode, said)


@contextmanager
def restoring(tools: Binaries, url: str) -> Iterator[IO[bytes]]:
    """A pipe into `pg_restore`, which does everything in one transaction: the database is whole or empty.

    Raises `ToolFailed`, on leaving, when it did not end well.
    """
    database = str(conninfo.conninfo_to_dict(url).get("dbname", ""))
    options = [
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
        "--dbname",
        database,
    ]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [tools.program("pg_restore"), *options],
            env=_environment(url),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            cwd="/",
        )
        assert child.stdin is not None  # noqa: S101 - it was asked for some lines above
        try:
            yield child.stdin
            child.stdin.close()
        except BrokenPipeError:
            pass  # it has ended already and said why
        except BaseException:
            # A half archive must not be committed: end the tool before it sees the end of its input.
            child.kill()
            raise
        finally:
            child.wait()
            with contextlib.suppress(BrokenPipeError):
                child.stdin.close()
        _raise_if_failed("pg_restore", child.returncode, said)


def _raise_if_failed(tool: str, code: int, said: IO[bytes]) -> None:
    if code == 0:
        return
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    # The first line names what went wrong; those after it may quote a row.
    raise ToolFailed(f"{tool} stopped with code {code} and said: {lines[0] if lines else 'nothing'}")
