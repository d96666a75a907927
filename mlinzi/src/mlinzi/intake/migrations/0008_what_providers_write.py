"""What the door writes for providers has bounds; what is finished it cannot change, and nothing in it says that
the worker was there already. See 0004 for the roles.
"""

from django.db import migrations

LIMITS = {
    "intake_providerreport": {"document": 20 * 1024 * 1024},
    "intake_providerfile": {"header": 4 * 1024, "meta": 16 * 1024, "details": 20 * 1024 * 1024},
}
_WORKERS = "NEW.taken_at := {0}; NEW.failed_at := {0}; NEW.failure := {1}; NEW.report_id := {0};"
AT_THE_DOOR = {
    "intake_providerreport": f"""
        IF TG_OP = 'INSERT' THEN
            NEW.finished_at := NULL; NEW.retracted_at := NULL; {_WORKERS.format("NULL", "''")}
        ELSE
            IF OLD.finished_at IS NOT NULL OR OLD.retracted_at IS NOT NULL OR OLD.taken_at IS NOT NULL THEN
                RAISE EXCEPTION 'The door changes no report that has ended.';
            END IF;
            NEW.id := OLD.id; NEW.credential_id := OLD.credential_id; NEW.live := OLD.live;
            NEW.batched := OLD.batched; NEW.document := OLD.document; NEW.digest := OLD.digest; NEW.opened_at := OLD.opened_at;
            NEW.taken_at := OLD.taken_at; NEW.failed_at := OLD.failed_at; NEW.failure := OLD.failure;
            NEW.report_id := OLD.report_id;
        END IF;
    """,
    "intake_providerfile": """
        IF TG_OP = 'UPDATE' THEN
            IF OLD.details_at IS NOT NULL THEN
                RAISE EXCEPTION 'The door describes a file once.';
            END IF;
            NEW.id := OLD.id; NEW.file_id := OLD.file_id; NEW.of_id := OLD.of_id; NEW.header := OLD.header;
            NEW.meta := OLD.meta; NEW.size := OLD.size; NEW.cipher_sha256 := OLD.cipher_sha256;
            NEW.sent_at := OLD.sent_at;
        END IF;
    """,
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
    for table, body in AT_THE_DOOR.items():
        yield migrations.RunSQL(
            f"""
            CREATE FUNCTION {table}_door() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public AS $$
            BEGIN IF current_user LIKE '%\\_public' THEN {body} END IF; RETURN NEW; END $$;
            CREATE TRIGGER {table}_door BEFORE INSERT OR UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_door();
            """,
            f"DROP TRIGGER {table}_door ON {table}; DROP FUNCTION {table}_door();",
        )


class Migration(migrations.Migration):
    dependencies = [("intake", "0007_provider_reports")]

    operations = [*_limits(), *_triggers()]
