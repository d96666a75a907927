"""Database roles: one for each process, with the rights of `site.rights` and no others."""

import os
import secrets
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from django.db import connection, transaction
from psycopg import sql

from mlinzi.site.environment import Process
from mlinzi.site.rights import RIGHTS, TIMEOUTS, WORDS


def role_name(database: str, process: Process) -> str:
    """The role of a process. Roles belong to a whole server, so the database's name stands in it."""
    return f"{database}_{process.value}"


def ensure_roles(keys: Path, owner_url: str) -> None:
    """Make or mend the roles of all processes and write each one's connection into its key folder.

    1. shut everything for everybody, 2. for each process: role and password (kept when it has one), limits,
    exactly its rights, in one step: sites that run meanwhile never see a moment without rights, 3. write
    `keys/<process>/database-url`. Safe to repeat; run after every migration, since new tables are shut until
    they stand in `RIGHTS`.

    Args:
        owner_url: the owner's connection; it needs the right to make roles.
    """
    database = str(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
    for process in RIGHTS:
        role = role_name(database, process)
        password = _password(keys / process / "database-url") or secrets.token_urlsafe(32)
        with transaction.atomic():
            _ensure_role(role, password, process)
            _grant(role, process)
        write_secret(keys / process / "database-url", _url(owner_url, role, password))


def _password(path: Path) -> str | None:
    return unquote(urlsplit(path.read_text().strip()).password or "") if path.exists() else None


def _url(owner_url: str, role: str, password: str) -> str:
    parts = urlsplit(owner_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{host}"))


def write_secret(path: Path, text: str) -> None:
    """Replace a secret file in one step, readable by its owner only from its first moment."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)


def _ensure_role(role: str, password: str, process: Process) -> None:
    name = sql.Identifier(role)
    statement, lock = TIMEOUTS[process]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
        cursor.execute(
            sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD {}").format(
                verb, name, sql.Literal(_verifier(role, password))
            )
        )
        # Else a setting that somebody gave the role once, such as synchronous_commit, would outlive this.
        cursor.execute(sql.SQL("ALTER ROLE {} RESET ALL").format(name))
        for setting, value in (
            ("statement_timeout", statement),
            ("lock_timeout", lock),
            ("idle_in_transaction_session_timeout", "60s"),
        ):
            cursor.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(name, sql.Identifier(setting), sql.Literal(value))
            )


def _verifier(role: str, password: str) -> str:
    """What the server keeps of a password, made here, so that no log of statements holds the password."""
    connection.ensure_connection()
    made = connection.connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return bytes(made).decode()


def _grant(role: str, process: Process) -> None:
    """Take every right away, then give exactly those of the table."""
    name = sql.Identifier(role)
    with connection.cursor() as cursor:
        database = sql.Identifier(connection.settings_dict["NAME"])
        cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, name))
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
        for kind in ("TABLES", "SEQUENCES"):
            revoke = sql.SQL("REVOKE ALL ON ALL {} IN SCHEMA public FROM {}")
            cursor.execute(revoke.format(sql.SQL(kind), name))
        for table, letters in RIGHTS[process].items():
            words = sql.SQL(", ").join(sql.SQL(WORDS[letter]) for letter in letters)
            cursor.execute(sql.SQL("GRANT {} ON {} TO {}").format(words, sql.Identifier(table), name))
            if "I" in letters:
                _grant_sequences(table, name)


def _grant_sequences(table: str, role: sql.Identifier) -> None:
    """A table whose ids come from a sequence cannot be inserted into without that sequence."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.relname FROM pg_class s
               JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
               JOIN pg_class t ON t.oid = d.refobjid
               WHERE s.relkind = 'S' AND t.relname = %s AND t.relnamespace = 'public'::regnamespace""",
            [table],
        )
        for (sequence,) in cursor.fetchall():
            cursor.execute(sql.SQL("GRANT USAGE ON SEQUENCE {} TO {}").format(sql.Identifier(sequence), role))
