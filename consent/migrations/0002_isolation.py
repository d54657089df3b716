"""The third net; suppressions and consent that nobody deletes."""
from django.db import migrations

from tenants.isolation import Isolate

KEPT_FOR_EVER = """
CREATE TRIGGER kept_for_ever BEFORE DELETE ON consent_suppression FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept_for_ever BEFORE DELETE ON consent_consentrecord FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept_for_ever BEFORE UPDATE OR DELETE ON consent_preferencelink FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial"), ("tenants", "0002_isolation")]
    operations = [
        Isolate("consent", open_tables=("preferencelink",), append_only=("preferencelink",)),
        migrations.RunSQL(KEPT_FOR_EVER, migrations.RunSQL.noop),
    ]
