"""Keys of the API, and the answers of repeated requests."""

import django.contrib.postgres.fields
import django.db.models.deletion
import tenants.encryption
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0004_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.BinaryField(max_length=32, unique=True)),
                ('name', models.CharField(help_text='The system that uses it.', max_length=80)),
                ('ending', models.CharField(help_text='The last characters, to tell keys apart.', max_length=4)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('contacts:read', 'See contacts and where to reach them'), ('contacts:write', 'Add contacts, correct them'), ('consents:read', 'See consents'), ('consents:write', 'Record and revoke consents'), ('suppressions:read', 'See opt-outs'), ('suppressions:write', 'Opt people out'), ('campaigns:read', 'See campaigns'), ('messages:read', 'See messages and what became of them'), ('replies:read', 'Read what people answered')], max_length=20), size=None)),
                ('made_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('last_used_at', models.DateTimeField(null=True)),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ApiAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_hash', models.BinaryField(help_text='SHA-256 of the Idempotency-Key.', max_length=32)),
                ('request_hash', models.BinaryField(help_text='SHA-256 of the path and the body.', max_length=32)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('body', tenants.encryption.EncryptedText(blank=True, help_text='The JSON of the answer.')),
                ('made_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('token', tenants.isolation.SameClientKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.apitoken')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='apitoken',
            index=models.Index(fields=['client', '-id'], name='tenants_api_client__c83912_idx'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('made_at'))), name='token_runs_out'),
        ),
        migrations.AddIndex(
            model_name='apianswer',
            index=models.Index(fields=['client', 'made_at'], name='tenants_api_client__db2cec_idx'),
        ),
        migrations.AddConstraint(
            model_name='apianswer',
            constraint=models.UniqueConstraint(fields=('client', 'token', 'key_hash'), name='answered_once_a_key'),
        ),
        Isolate("tenants", open_tables=("membership", "invitation", "hookendpoint", "apitoken"), append_only=("auditevent", "accountevent", "auditblock")),
    ]
