"""Whether the database gives each process exactly the rights of `site.rights`.

What is compared is what a role can do in the end, however it came by it: by a grant, a grant on a column, a
grant to everybody, a membership, or because it owns something.
"""

from collections.abc import Iterator, Mapping

from django.db import connection

from mlinzi.site.environment import Process
from mlinzi.site.rights import RIGHTS, WORDS
from mlinzi.site.roles import role_name
from mlinzi.site.safety.findings import Finding, refusal

_MEND = "Run `mlinzi migrate`; if it stays, take it away by hand."
# Relations of an extension are its own matter; ours are all others, in whatever schema they stand.
_OURS = """n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"""
_HELD = f"""
    SELECT r.rolname,
           CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END, p.word
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN pg_roles r CROSS JOIN unnest(%(words)s::text[]) AS p(word)
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_OURS} AND r.rolname = ANY(%(roles)s)
      AND CASE WHEN p.word IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
               THEN has_any_column_privilege(r.oid, c.oid, p.word)
               ELSE has_table_privilege(r.oid, c.oid, p.word) END
    ORDER BY 1, 2, 3"""  # noqa: S608 - made of constants of this module
_SEQUENCES = f"""
    SELECT DISTINCT r.rolname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN pg_roles r
    LEFT JOIN pg_depend own ON own.objid = c.oid AND own.deptype IN ('a', 'i')
    LEFT JOIN pg_class t ON t.oid = own.refobjid
    WHERE c.relkind = 'S' AND {_OURS} AND r.rolname = ANY(%(roles)s)
      AND (has_sequence_privilege(r.oid, c.oid, 'UPDATE') OR has_sequence_privilege(r.oid, c.oid, 'SELECT')
           OR has_sequence_privilege(r.oid, c.oid, 'USAGE') AND NOT
              coalesce(has_table_privilege(r.oid, t.oid, 'INSERT'), false))
    ORDER BY 1, 2"""  # noqa: S608 - made of constants of this module
_STANDING = """
    SELECT r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
           has_schema_privilege(r.oid, 'public', 'CREATE'),
           has_database_privilege(r.oid, current_database(), 'CREATE, TEMPORARY'),
           EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid),
           EXISTS (SELECT 1 FROM pg_shdepend d
                   WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'o'),
           has_parameter_privilege(r.oid, 'session_replication_role', 'SET')
    FROM pg_roles r WHERE r.rolname = ANY(%(roles)s)"""
_TOO_MUCH = (
    "is a superuser",
    "passes by row security",
    "can make roles",
    "can make databases",
    "can copy the whole server",
    "can make tables",
    "can make schemas or temporary tables",
    "is a member of another role",
    "owns something",
    "can switch triggers off",
)


def grant_findings() -> Iterator[Finding]:
    """Compare every table and every role with `RIGHTS`, both ways. All of these refuse."""
    database = str(connection.settings_dict["NAME"])
    roles = {role_name(database, process): process for process in RIGHTS}
    there = _roles_there(list(roles))
    for role in roles:
        if role not in there:
            yield refusal("role-missing", f"The database role {role} is missing. Run `mlinzi migrate`.")
    yield from _table_findings({role: process for role, process in roles.items() if role in there})
    with connection.cursor() as cursor:
        cursor.execute(_SEQUENCES, {"roles": sorted(there)})
        for role, sequence in cursor.fetchall():
            yield refusal(
                "right-extra", f"{role} has a right on the sequence {sequence} that it must not have. {_MEND}"
            )
        cursor.execute(_STANDING, {"roles": sorted(there)})
        for role, *excesses in cursor.fetchall():
            for excess, words in zip(excesses, _TOO_MUCH, strict=True):
                if excess:
                    yield refusal(
                        "role-mighty",
                        f"The database role {role} {words}; a process must not. Take that away.",
                    )


def _roles_there(names: list[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [names])
        return {str(row[0]) for row in cursor.fetchall()}


def rights_held(roles: Mapping[str, Process]) -> dict[tuple[str, str], set[str]]:
    """What each role can do to each table in the end: privileges by role and table.

    Tables outside the schema `public` are named with their schema.
    """
    words = [*WORDS.values(), "TRUNCATE", "REFERENCES", "TRIGGER"]
    if connection.pg_version >= 170_000:  # type: ignore[attr-defined]
        words.append("MAINTAIN")
    held: dict[tuple[str, str], set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"words": words, "roles": sorted(roles)})
        for role, table, word in cursor.fetchall():
            held.setdefault((role, table), set()).add(word)
    return held


def _table_findings(roles: Mapping[str, Process]) -> Iterator[Finding]:
    held = rights_held(roles)
    wanted = {
        (role, table): {WORDS[letter] for letter in letters}
        for role, process in roles.items()
        for table, letters in RIGHTS[process].items()
    }
    for role, table in sorted(held.keys() | wanted.keys()):
        has, should = held.get((role, table), set()), wanted.get((role, table), set())
        if extra := has - should:
            yield refusal("right-extra", f"{role} may {_list(extra)} {table} and must not. {_MEND}")
        if missing := should - has:
            yield refusal(
                "right-missing", f"{role} cannot {_list(missing)} {table} and has to. Run `mlinzi migrate`."
            )


def _list(words: set[str]) -> str:
    return " and ".join(sorted(words))
