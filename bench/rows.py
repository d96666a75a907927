"""Many rows in little time: reports, cases, referrals, clocks and look-up terms, copied in the database from
one real row of each, so that every column holds what the house itself writes.

What is sealed stays the copy of the one row and is never opened: the pages that are measured do not open it,
apart from the few cases that went through the acts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg

AT_ONCE = 25_000
DAYS = 180
"""Over how many days the reports are spread."""
_AREAS = "(SELECT array_agg(id ORDER BY id) FROM directory_place WHERE level = %(level)s)"


def _id(letter: str) -> str:
    return f"md5('{letter}' || s.n)::uuid"


# When report n came: anywhere in the half year before now, the same for n however many there are.
_AT = (
    "(%(now)s::timestamptz - interval '1 hour' "
    f"- ((s.n * 7919) %% 1000003) / 1000003.0 * interval '{DAYS} days')"
)
# Of a hundred reports five wait, twenty are with somebody, ten are referred, the rest are closed.
_STATE = (
    "CASE WHEN s.n %% 100 < 5 THEN 'new' WHEN s.n %% 100 < 25 THEN 'open' "
    "WHEN s.n %% 100 < 35 THEN 'referred' ELSE 'closed' END"
)
# One clock in two hundred has run out and told everybody; the others do not ring while we measure.
_LATE, _SOON = (
    "s.n %% 200 = 3",
    "(%(now)s::timestamptz + interval '9 days' + (s.n %% 9000) * interval '1 minute')",
)
_URGENCY = "(ARRAY['high', 'medium', 'medium', 'low', 'low', 'low', 'low'])[1 + s.n %% 7]"
_ORDER = "(ARRAY[0, 1, 1, 2, 2, 2, 2])[1 + s.n %% 7]"
_AREA = "((%(areas)s::bigint[])[1 + s.n %% cardinality(%(areas)s::bigint[])])"
_OFFICER = (
    f"CASE WHEN {_STATE} = 'new' THEN NULL "
    "ELSE (%(officers)s::uuid[])[1 + s.n / 100 %% cardinality(%(officers)s::uuid[])] END"
)

# As people read them: two groups of four.
_HEX = "upper(lpad(to_hex(s.n), 8, '0'))"
_NUMBER = f"left({_HEX}, 4) || '-' || right({_HEX}, 4)"

TABLES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("intake_submission", "", {
        "id": _id("s"), "key_digest": "decode(md5('k' || s.n) || md5('d' || s.n), 'hex')",
        "received_at": _AT, "opened_at": _AT + " + interval '2 seconds'",
    }),
    ("intake_report", "", {
        "id": _id("r"), "submission_id": _id("s"), "area_id": _AREA, "received_at": _AT,
        "opened_at": _AT + " + interval '2 seconds'", "has_case": "true",
    }),
    ("casework_case", "", {
        "id": _id("c"), "number": _NUMBER, "state": _STATE, "urgency": _URGENCY,
        "urgency_order": _ORDER, "area_id": _AREA, "assignee_id": _OFFICER, "received_at": _AT,
        "opened_at": _AT + " + interval '4 seconds'",
        "closed_at": f"CASE WHEN {_STATE} = 'closed' THEN {_AT} + interval '4 hours' END",
        "outcome": f"CASE WHEN {_STATE} = 'closed' THEN 'helped' ELSE '' END",
        "answered_at": f"CASE WHEN s.n %% 100 BETWEEN 35 AND 59 THEN {_AT} + interval '2 hours' END",
    }),
    ("casework_casereport", "", {"case_id": _id("c"), "report_id": _id("r")}),
    ("deadlines_deadline", "kind = 'triage'", {
        "id": _id("t"), "subject_id": f"{_id('c')}::text", "started_at": _AT,
        "due_at": f"CASE WHEN {_LATE} THEN {_AT} ELSE {_SOON} END",
        "next_at": f"CASE WHEN {_LATE} THEN NULL ELSE {_SOON} END",
        "closed_at": f"CASE WHEN {_STATE} = 'new' THEN NULL ELSE {_AT} + interval '1 hour' END",
        "reminded": "false", "climbed": "0",
    }),
    ("vault_blindterm", "kind = 'account'", {
        "digest": "decode(md5('a' || s.n / 3), 'hex')", "subject_id": f"{_id('r')}::text",
    }),
    ("casework_referral", "", {
        "id": _id("f"), "number": "'R' || s.n", "case_id": _id("c"),
        "state": "CASE WHEN s.n %% 100 < 35 THEN 'sent' ELSE 'done' END", "made_at": _AT, "due_at": _AT,
        "ended_at": f"CASE WHEN s.n %% 100 < 35 THEN NULL ELSE {_AT} + interval '2 hours' END",
        "answered_at": f"CASE WHEN s.n %% 100 < 35 THEN NULL ELSE {_AT} + interval '1 hour' END",
    }),
)  # fmt: skip
# Whatever comes in at the door is unopened, by trigger; the worker has to find nothing to do in the copies.
_OPENED = (
    "UPDATE intake_submission SET opened_at = received_at + interval '2 seconds' FROM "  # noqa: S608
    f"generate_series(%(first)s::bigint, %(last)s::bigint) AS s(n) WHERE id = {_id('s')}"
)
_ONLY: Mapping[str, str] = {"casework_referral": "s.n %% 100 BETWEEN 25 AND 59"}


@dataclass(frozen=True)
class Seeds:
    """What the copies are made of.

    Args:
        report: how many reports there shall be in all. officers: ids of those who hold the cases.
        level: the level of the areas that reports name.
    """

    all: int
    officers: tuple[str, ...]
    level: str


def fill(connection: psycopg.Connection, seeds: Seeds, have: int, watch: Callable[[str], None]) -> None:
    """Copy rows until there are `seeds.all` reports; `have` were copied before.

    One real row of each table must be there. Constraints and indexes stay on, so whatever the house would
    refuse is refused here.
    """
    areas = connection.execute(_AREAS.replace("%(level)s", "%s").encode(), [seeds.level]).fetchone()
    now = connection.execute("SELECT now()").fetchone()
    values = {"officers": list(seeds.officers), "areas": areas and areas[0], "now": now and now[0]}
    for table, source, own in TABLES:
        query = _copy(connection, table, source, own, _ONLY.get(table, "true"))
        for first in range(have + 1, seeds.all + 1, AT_ONCE):
            watch(f"{table}, {first:,} of {seeds.all:,}")
            last = min(first + AT_ONCE - 1, seeds.all)
            with connection.transaction():
                span = {"first": first, "last": last}
                connection.execute(query.encode(), {**values, **span})
                if table == "intake_submission":
                    connection.execute(_OPENED.encode(), span)
    watch("counting the tables anew")
    connection.execute("ANALYZE")


def _copy(connection: psycopg.Connection, table: str, source: str, own: Mapping[str, str], only: str) -> str:
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND table_name = %s AND is_identity = 'NO' AND column_default IS NULL",
        [table],
    ).fetchall()
    columns = [name for (name,) in found]
    if missing := set(own) - set(columns):
        raise LookupError(f"{table} has no {', '.join(sorted(missing))}")
    taken = ", ".join(own.get(name, f'x."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    where = f"WHERE {source}" if source else ""
    return (
        f"INSERT INTO {table} ({names}) SELECT {taken} "  # noqa: S608 - our own words
        f"FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS s(n), "
        f"(SELECT * FROM {table} {where} LIMIT 1) AS x WHERE {only}"
    )
