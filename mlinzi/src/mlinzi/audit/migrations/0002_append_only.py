from django.db import migrations

FORWARDS = """
CREATE SEQUENCE audit_arrival;

-- Every entry waits for its number. The function runs as its owner, so that the sites need no right on the
-- waiting table, and an entry cannot be written past it.
CREATE FUNCTION audit_entry_waits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
    INSERT INTO public.audit_waiting (entry_id, arrival) VALUES (NEW.id, nextval('public.audit_arrival'));
    RETURN NULL;
END $$;
CREATE TRIGGER audit_entry_waits AFTER INSERT ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_waits();

-- Rights already forbid it to the sites; this forbids it to a hurried hand with the owner's password as well.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is only ever added to.';
END $$;
CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_numbered_stays BEFORE UPDATE OR DELETE ON audit_numbered
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_checkpoint_stays BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
"""
BACKWARDS = """
DROP TRIGGER audit_checkpoint_stays ON audit_checkpoint;
DROP TRIGGER audit_numbered_stays ON audit_numbered;
DROP TRIGGER audit_entry_stays ON audit_entry;
DROP FUNCTION audit_refuse();
DROP TRIGGER audit_entry_waits ON audit_entry;
DROP FUNCTION audit_entry_waits();
DROP SEQUENCE audit_arrival;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
