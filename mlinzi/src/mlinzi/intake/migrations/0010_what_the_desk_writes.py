"""The staff site writes reports of providers as the door does, and nothing else of them. See 0008."""

from importlib import import_module

from django.db import migrations

AT_THE_DOOR = import_module("mlinzi.intake.migrations.0008_what_providers_write").AT_THE_DOOR
BODY = AT_THE_DOOR["intake_providerreport"].replace("NEW.document :=", "NEW.aware_at := OLD.aware_at; NEW.document :=")


def _function(roles):
    return f"""
        CREATE OR REPLACE FUNCTION intake_providerreport_door() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, public AS $$
        BEGIN IF current_user SIMILAR TO '%\\_({roles})' THEN {BODY} END IF; RETURN NEW; END $$;
    """


class Migration(migrations.Migration):
    dependencies = [("intake", "0009_aware")]

    operations = [migrations.RunSQL(_function("public|staff"), _function("public"))]
