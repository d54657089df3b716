"""The signed approval as a sealed PDF."""

import django.db.models.deletion
import tenants.encryption
import tenants.isolation
import tenants.models.base
from django.db import migrations, models

FROZEN = "CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON campaigns_approvaldocument FOR EACH ROW EXECUTE FUNCTION refuse_change()"


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0002_isolation'),
        ('tenants', '0003_sealing'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApprovalDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', tenants.encryption.EncryptedText(help_text='The PDF, base64.')),
                ('sha256', models.CharField(max_length=64)),
                ('block', models.BigIntegerField(help_text="The newest block of the client's record then; 0 = none.")),
                ('block_hash', models.CharField(blank=True, max_length=64)),
                ('made_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('approval', tenants.isolation.SameClientKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.approval')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('client', 'approval'), name='document_once')],
            },
        ),
        tenants.isolation.Isolate("campaigns", open_tables=("reviewlink",), append_only=("approvaldocument",)),
        migrations.RunSQL(FROZEN, migrations.RunSQL.noop),
    ]
