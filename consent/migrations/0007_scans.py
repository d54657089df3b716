"""The paper that shows a consent: bound to it, never deleted, emptied when the person is erased."""

import django.db.models.deletion
import tenants.encryption
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate

BOUND = """
CREATE TRIGGER kept_for_ever BEFORE DELETE ON consent_consentscan FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER scan_stays BEFORE UPDATE OF scan_id ON consent_consentrecord FOR EACH ROW
    WHEN (NEW.scan_id IS DISTINCT FROM OLD.scan_id) EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0006_proof'),
        ('tenants', '0005_api_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentScan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64)),
                ('content', tenants.encryption.EncryptedText(help_text='The file itself, base64.')),
                ('added_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('added_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='consentrecord',
            name='scan',
            field=tenants.isolation.SameClientKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.consentscan'),
        ),
        Isolate("consent", open_tables=("preferencelink",), append_only=("preferencelink",)),
        migrations.RunSQL(BOUND, migrations.RunSQL.noop),
    ]
