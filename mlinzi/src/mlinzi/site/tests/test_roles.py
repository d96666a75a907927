"""Each process can do in the database what `site.rights` says and nothing else: the server is asked."""

import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict

from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.site.environment import Process
from mlinzi.site.rights import RIGHTS, TIMEOUTS
from mlinzi.site.roles import ensure_roles, role_name, write_secret
from mlinzi.site.safety.database import connection_findings
from mlinzi.site.tests.acting import acting_as, owner_url

PROCESSES = tuple(RIGHTS)
STATEMENTS = {
    "R": "SELECT 1 FROM {table} LIMIT 0",
    "I": "INSERT INTO {table} DEFAULT VALUES",
    "U": "UPDATE {table} SET {column} = DEFAULT WHERE false",
    "D": "DELETE FROM {table} WHERE false",
    "(truncate)": "TRUNCATE {table}",
    "(switch triggers off)": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "(drop)": "DROP TABLE {table}",
}


@pytest.fixture
def keys(db: None, tmp_path: Path) -> Path:
    """The folder of the roles' connections. The roles live inside the test's transaction."""
    ensure_roles(tmp_path, owner_url())
    return tmp_path


@pytest.fixture
def logins(transactional_db: None, tmp_path: Path) -> Iterator[dict[Process, str]]:
    """Real connections of real roles, by process."""
    ensure_roles(tmp_path, owner_url())
    try:
        yield {process: (tmp_path / process / "database-url").read_text().strip() for process in PROCESSES}
    finally:
        with connection.cursor() as cursor:
            for process in PROCESSES:
                role = sql.Identifier(role_name(str(connection.settings_dict["NAME"]), process))
                cursor.execute(sql.SQL("DROP OWNED BY {}").format(role))
                cursor.execute(sql.SQL("DROP ROLE {}").format(role))


def tables() -> dict[str, str]:
    """All tables of ours with the name of one of their columns."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, min(a.attname::text) FROM pg_class c
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' GROUP BY 1 ORDER BY 1"""
        )
        return dict(cursor.fetchall())


def refused(statement: str, table: str, column: str = "id") -> bool:
    """Whether the server refuses this for want of a right. Any other complaint means that it was allowed."""
    query = sql.SQL(statement).format(table=sql.Identifier(table), column=sql.Identifier(column))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(query)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return isinstance(error.__cause__, errors.InsufficientPrivilege)
    return False


@pytest.mark.parametrize("process", PROCESSES)
def test_a_role_can_do_what_the_table_says_and_nothing_else(keys: Path, process: Process) -> None:
    all_tables = tables()
    assert len(all_tables) > 50
    with acting_as(process):
        found = {
            table: "".join(name for name, text in STATEMENTS.items() if not refused(text, table, column))
            for table, column in all_tables.items()
        }
    assert {table: done for table, done in found.items() if done} == RIGHTS[process]


def test_the_public_role_takes_in_and_cannot_read_back(keys: Path) -> None:
    with acting_as(Process.PUBLIC):
        assert not refused("INSERT INTO {table} DEFAULT VALUES", "intake_submission")
        assert refused("SELECT {column} FROM {table}", "intake_submission")
        assert refused("SELECT {column} FROM {table}", "audit_entry")
        assert refused("SELECT {column} FROM {table}", "intake_report")
        assert refused("SELECT {column} FROM {table}", "access_person")


@pytest.mark.parametrize("process", PROCESSES)
def test_nobody_rewrites_the_log(keys: Path, process: Process) -> None:
    audit.record("test.thing.do", "test.thing", 1, by=Actor.process("owner"), now=now())
    columns = tables()
    with acting_as(process):
        for table in ("audit_entry", "audit_numbered", "audit_checkpoint", "audit_verified"):
            for name in ("U", "(truncate)", "(switch triggers off)", "(drop)"):
                assert refused(STATEMENTS[name], table, columns[table]), (name, table)
        for statement in (
            "SET LOCAL session_replication_role = replica",
            "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
            "CREATE TABLE public.mine ()",
            "CREATE SCHEMA mine",
            "CREATE TEMPORARY TABLE mine ()",
            "SELECT setval('audit_arrival', 1)",
            "CREATE ROLE mine",
        ):
            assert refused(statement, "audit_entry"), statement
        may_unqueue = not refused("DELETE FROM {table} WHERE false", "audit_waiting")
    assert may_unqueue == (process is Process.SEQUENCER), "else an entry could be kept out of the log"


def test_a_table_that_nobody_named_is_shut(keys: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE tomorrow (id int)")
    ensure_roles(keys, owner_url())
    for process in PROCESSES:
        with acting_as(process):
            assert refused("SELECT {column} FROM {table}", "tomorrow")


def test_making_roles_again_takes_away_what_somebody_had_given(keys: Path) -> None:
    role = sql.Identifier(role_name(str(connection.settings_dict["NAME"]), Process.PUBLIC))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("GRANT SELECT, DELETE ON intake_submission TO {}").format(role))
        cursor.execute(sql.SQL("GRANT SELECT (name) ON access_person TO {}").format(role))
        cursor.execute(sql.SQL("ALTER ROLE {} SET synchronous_commit = off").format(role))
    before = (keys / "public" / "database-url").read_text()
    ensure_roles(keys, owner_url())
    with acting_as(Process.PUBLIC):
        assert refused("SELECT {column} FROM {table}", "intake_submission")
        assert refused("SELECT {column} FROM {table}", "access_person", "name")
        assert not refused("INSERT INTO {table} DEFAULT VALUES", "intake_submission")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setrole = %s::regrole", [role.as_string()]
        )
        assert not [row for row in cursor.fetchall() if "synchronous_commit" in row[0]]
    assert (keys / "public" / "database-url").read_text() == before, "a site that runs keeps its connection"


@pytest.mark.django_db(transaction=True)
def test_each_process_signs_in_as_itself_with_its_own_limits(
    logins: dict[Process, str], tmp_path: Path
) -> None:
    for process, url in logins.items():
        file = tmp_path / process / "database-url"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        with psycopg.connect(url, autocommit=True) as mine:
            assert mine.execute("SELECT current_user").fetchone() == (
                role_name(str(connection.settings_dict["NAME"]), process),
            )
            for setting, value in zip(("statement_timeout", "lock_timeout"), TIMEOUTS[process], strict=True):
                [shown] = mine.execute(sql.SQL("SHOW {}").format(sql.Identifier(setting))).fetchone() or ("",)
                assert shown in (value, f"{int(value[:-1]) // 60}min")
            with pytest.raises(errors.InsufficientPrivilege):
                mine.execute("SET session_replication_role = replica")
    with psycopg.connect(logins[Process.PUBLIC], autocommit=True) as public:
        with pytest.raises(errors.InsufficientPrivilege):
            public.execute("SELECT count(*) FROM intake_submission")
        with pytest.raises(errors.InsufficientPrivilege):
            public.execute(
                sql.SQL("SET ROLE {}").format(sql.Identifier(f"{connection.settings_dict['NAME']}_staff"))
            )
    name = str(connection.settings_dict["NAME"])
    files = {role_name(name, process): tmp_path / process / "database-url" for process in PROCESSES}
    assert list(connection_findings(files, name)) == []
    assert [f.code for f in connection_findings({"other": files[role_name(name, Process.STAFF)]}, name)] == [
        "connection"
    ]
    write_secret(files[role_name(name, Process.STAFF)], logins[Process.STAFF].replace(":", ":wrong", 2))
    [finding] = connection_findings(files, name)
    assert finding.refuses
    assert "wrong" not in finding.sentence
    stolen = logins[Process.PUBLIC].replace("_public:", "_staff:")
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(stolen)


def test_the_server_is_never_told_a_password(keys: Path) -> None:
    with CaptureQueriesContext(connection) as told:
        ensure_roles(keys, owner_url())
    statements = " ".join(query["sql"] for query in told.captured_queries)
    assert "SCRAM-SHA-256$" in statements
    for process in PROCESSES:
        url = (keys / process / "database-url").read_text().strip()
        assert str(conninfo_to_dict(url)["password"]) not in statements
