"""Who may gather the statistics of messages: the app's role owns no table, and a large plan is followed by ANALYZE (tenants.statistics)."""

from django.db import migrations

MAY_ANALYZE = "GRANT MAINTAIN ON messaging_message TO cts_app;"


class Migration(migrations.Migration):
    dependencies = [("messaging", "0022_wording_read")]

    operations = [migrations.RunSQL(MAY_ANALYZE, "REVOKE MAINTAIN ON messaging_message FROM cts_app;")]
