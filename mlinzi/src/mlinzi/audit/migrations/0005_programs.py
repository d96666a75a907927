from importlib import import_module

from django.db import migrations

FORWARDS = """
-- A provider's program reports. The door may speak for it, named by its credential and its organisation and by
-- nothing else. The rest is as it was.
CREATE OR REPLACE FUNCTION audit_entry_is_sound() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
    actor text := NEW.actor_kind || ' ' || NEW.actor_id;
BEGIN
    IF (CASE current_user::text
        WHEN current_database() || '_public' THEN
            (actor <> 'reporter -' OR NEW.organisation <> '')
            AND (actor !~ '^program [0-9a-f-]{36}$' OR NEW.organisation = '')
        WHEN current_database() || '_staff' THEN
            NEW.actor_kind <> 'person' AND actor <> 'process staff'
            AND (actor !~ '^guest referral:[0-9a-f-]{36}$' OR NEW.organisation = '')
        WHEN current_database() || '_worker' THEN actor <> 'process worker'
        ELSE false
    END) THEN
        RAISE insufficient_privilege USING MESSAGE = 'This process cannot speak for this actor in the log.';
    END IF;
    IF NEW.at NOT BETWEEN '2000-01-01 00:00+00' AND '2200-01-01 00:00+00' THEN
        RAISE check_violation USING MESSAGE = 'The log takes times between 2000 and 2200.';
    END IF;
    IF jsonb_typeof(NEW.details) <> 'object' THEN
        RAISE check_violation USING MESSAGE = 'The log takes details by their names.';
    END IF;
    IF EXISTS (
        SELECT 1 FROM jsonb_each(NEW.details) AS detail(name, value)
        WHERE length(name) > 64 OR CASE jsonb_typeof(value)
            WHEN 'string' THEN length(value #>> '{}') > 200
            WHEN 'number' THEN value::text !~ '^-?[0-9]{1,15}$'
            ELSE jsonb_typeof(value) NOT IN ('boolean', 'null')
        END
    ) THEN
        RAISE check_violation USING MESSAGE = 'The log takes codes and whole numbers, not texts.';
    END IF;
    RETURN NEW;
END $$;
"""
BACKWARDS = import_module("mlinzi.audit.migrations.0004_guests").FORWARDS


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_guests")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
