"""Keys that cost an import a check for every row and hold nothing that is not held elsewhere; who may gather statistics."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# An address is named by suppressions and hashes for ever; now that not every row that names one has a key to it,
# the database refuses to let one go.
ADDRESSES_STAY = """
CREATE TRIGGER kept_for_ever BEFORE UPDATE OR DELETE ON consent_address FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
# A long list is followed by ANALYZE (`tenants.statistics`); the app's role owns no table and must be let.
MAY_ANALYZE = """
GRANT MAINTAIN ON consent_contact, consent_contactpoint, consent_consentrecord, consent_suppression TO cts_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0003_retention"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="contactpoint",
            name="address",
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="consent.address"),
        ),
        migrations.AlterField(
            model_name="consentrecord",
            name="address",
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="consent.address"),
        ),
        migrations.AlterField(
            model_name="consentrecord",
            name="recorded_by",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField("importrow", "contact"),
                migrations.AddField("importrow", "contact_id", models.BigIntegerField(null=True)),
            ],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE consent_importrow DROP CONSTRAINT consent_importrow_contact_id_same_client",
                    migrations.RunSQL.noop,
                )
            ],
        ),
        migrations.RunSQL(ADDRESSES_STAY, migrations.RunSQL.noop),
        migrations.RunSQL(MAY_ANALYZE, migrations.RunSQL.noop),
    ]
