"""What the door writes has bounds, and nothing in it says that the worker was there already.

The public process may insert rows of these tables. A right to insert is a right to every column, so a trigger
takes out what only the worker and the desk may say; it holds for everybody, since they say it later. Where a
column means something else in the hands of the staff site, the trigger looks at the role: the roles of processes
end with the process's name.
"""

from django.db import migrations

LIMITS = {
    "intake_submission": {"sealed": 2 * 1024 * 1024},
    "intake_word": {"sealed": 64 * 1024},
    "intake_attachment": {"header": 4 * 1024, "meta": 16 * 1024},
    "intake_draft": {"sealed": 1024 * 1024},
    "intake_mailbox": {"contact": 16 * 1024, "acknowledgement": 16 * 1024},
}
FRESH = {
    "intake_submission": "NEW.opened_at := NULL; NEW.failed_at := NULL; NEW.failure := '';",
    "intake_word": "NEW.taken_at := NULL; NEW.told_at := NULL; NEW.read_at := NULL; NEW.failed_at := NULL; NEW.failure := '';",
    "intake_attachment": "NEW.named_at := NULL; NEW.adopted_at := NULL; NEW.failed_at := NULL; NEW.failure := '';",
}
AT_THE_DOOR = "IF current_user LIKE '%\\_public' THEN {} END IF;"
ONLY_AT_THE_DOOR = {
    "intake_submission": "NEW.door := 'web';",
    "intake_mailbox": "NEW.status := 'received'; NEW.expires_at := NULL; NEW.acknowledgement := ''::bytea;",
    "intake_daycount": "IF NEW.what <> 'number.wrong' OR NEW.organisation <> '' THEN RAISE EXCEPTION 'The door counts wrong numbers only.'; END IF;",
}


def _limits():
    for table, columns in LIMITS.items():
        for column, most in columns.items():
            name = f"{table}_{column}_size"
            yield migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (octet_length({column}) <= {most})",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )


def _triggers():
    for table in sorted({*FRESH, *ONLY_AT_THE_DOOR}):
        body = FRESH.get(table, "")
        if table in ONLY_AT_THE_DOOR:
            body += " " + AT_THE_DOOR.format(ONLY_AT_THE_DOOR[table])
        when = "INSERT OR UPDATE" if table == "intake_daycount" else "INSERT"
        yield migrations.RunSQL(
            f"""
            CREATE FUNCTION {table}_fresh() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public AS $$
            BEGIN {body} RETURN NEW; END $$;
            CREATE TRIGGER {table}_fresh BEFORE {when} ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_fresh();
            """,
            f"DROP TRIGGER {table}_fresh ON {table}; DROP FUNCTION {table}_fresh();",
        )


class Migration(migrations.Migration):
    dependencies = [("intake", "0003_the_door")]

    operations = [*_limits(), *_triggers()]
