"""What is never changed takes a new encryption key all the same, and nothing else (tenants.rotation)."""

from django.db import migrations

REWRAPPED = """
CREATE FUNCTION only_rewrapped(was jsonb, becomes jsonb, name text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('app.rewrapping', true), '') = 'on' AND was - name = becomes - name
$$;
DROP TRIGGER glass ON tenants_emergencyaccess;
CREATE TRIGGER glass BEFORE INSERT OR DELETE ON tenants_emergencyaccess FOR EACH ROW EXECUTE FUNCTION refuse_breaking();
CREATE TRIGGER glass_stays BEFORE UPDATE ON tenants_emergencyaccess FOR EACH ROW
    WHEN (NOT only_rewrapped(to_jsonb(OLD), to_jsonb(NEW), 'reason')) EXECUTE FUNCTION refuse_breaking();
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0023_numbers_for_requests")]

    operations = [migrations.RunSQL(REWRAPPED, migrations.RunSQL.noop)]
