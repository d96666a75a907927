"""The database server: its version, and whether what it acknowledges survives a power cut."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psycopg
from django.db import connection

from mlinzi.site.pg_binaries import OLDEST
from mlinzi.site.safety.findings import Finding, refusal

_MUST_BE_ON = {
    "fsync": "what is acknowledged is lost in a power cut",
    "full_page_writes": "a power cut can leave pages half written",
    "data_checksums": "damage on the disk goes unnoticed",
}
_WEAK_COMMITS = "^synchronous_commit=(off|false|no|0)$"


def settings_of_server() -> dict[str, str]:
    """The server's settings that matter here, as it says them itself."""
    found = {}
    with connection.cursor() as cursor:
        for name in (*_MUST_BE_ON, "synchronous_commit", "server_version_num", "server_version"):
            cursor.execute(f"SHOW {name}")
            found[name] = str(cursor.fetchone()[0])
    return found


def weak_commits(roles: Sequence[str]) -> list[str]:
    """Those of `roles`, or "the database", for whom somebody has switched off the waiting for the disk."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT coalesce(r.rolname, 'the database') FROM pg_db_role_setting s
               LEFT JOIN pg_roles r ON r.oid = s.setrole
               CROSS JOIN unnest(s.setconfig) AS setting
               WHERE setting ~ %s
                 AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
                 AND (s.setrole = 0 OR r.rolname = ANY(%s)) ORDER BY 1""",
            [_WEAK_COMMITS, list(roles)],
        )
        return [str(row[0]) for row in cursor.fetchall()]


def server_findings(server: Mapping[str, str], weak: Sequence[str]) -> Iterator[Finding]:
    """Judge a server. All of these refuse.

    Args:
        server: as `settings_of_server` gives it. weak: as `weak_commits` gives it.
    """
    if int(server["server_version_num"]) < OLDEST * 10_000:
        yield refusal(
            "postgres-old",
            f"PostgreSQL {server['server_version']} is older than {OLDEST}; move to a newer one with "
            "`mlinzi backup` and `mlinzi restore`.",
        )
    for name, accident in _MUST_BE_ON.items():
        if server[name] != "on":
            yield refusal(
                name.replace("_", "-"),
                f"The database's setting {name} is {server[name]}: {accident}. {_cure(name)}",
            )
    if server["synchronous_commit"] == "off":
        weak = ["the server", *weak]
    for who in weak:
        yield refusal(
            "synchronous-commit",
            f"For {who} synchronous_commit is off: a report could be acknowledged and lost. Switch it on.",
        )


def connection_findings(connections: Mapping[str, Path], database: str) -> Iterator[Finding]:
    """Whether each process can sign in with the connection in its key folder. All of these refuse.

    Args:
        connections: the file of each role's connection, by the role's name.
    """
    for role, path in connections.items():
        try:
            with psycopg.connect(path.read_text().strip(), connect_timeout=5) as made:
                found = (made.info.user, made.info.dbname)
        except FileNotFoundError:
            continue  # the key files' own check says so
        except (psycopg.Error, OSError):
            # The error's own words are left out: they name host and user.
            yield refusal(
                "connection", f"The role {role} cannot sign in to the database. Run `mlinzi migrate`."
            )
            continue
        if found != (role, database):
            yield refusal("connection", f"The connection of {role} leads elsewhere. Run `mlinzi migrate`.")


def _cure(name: str) -> str:
    if name == "data_checksums":
        return "Stop the server and run `pg_checksums --enable` on its data folder."
    return "Switch it on and restart the server."
