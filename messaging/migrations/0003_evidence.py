"""Retention, holds, certificates and evidence packs."""

import django.db.models.deletion
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

FROZEN = "CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON messaging_certificate FOR EACH ROW EXECUTE FUNCTION refuse_change()"


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0003_documents'),
        ('consent', '0004_lighter_keys'),
        ('messaging', '0002_isolation'),
        ('tenants', '0004_limits'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('words', 'Words of messages as sent'), ('replies', 'Words of replies'), ('person', 'A person'), ('client', 'A client')], max_length=10)),
                ('contact_id', models.BigIntegerField(help_text='The person that was erased; the row stays, empty.', null=True)),
                ('before', models.DateTimeField(help_text='What was older was thrown away.', null=True)),
                ('counts', models.JSONField(default=dict)),
                ('at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('text', models.TextField(help_text='What was signed.')),
                ('signature', models.BinaryField(max_length=64)),
                ('key', models.BinaryField(max_length=32)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['client', '-id'], name='messaging_c_client__3defd5_idx')],
            },
        ),
        migrations.CreateModel(
            name='EvidencePack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(blank=True, null=True)),
                ('asked_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('made_at', models.DateTimeField(null=True)),
                ('size', models.BigIntegerField(default=0, help_text='Bytes.')),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('stored_as', models.CharField(blank=True, max_length=200)),
                ('problem', models.CharField(blank=True, help_text='A sentence, when it could not be made.', max_length=300)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('campaign', tenants.isolation.SameClientKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.campaign')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('contact', tenants.isolation.SameClientKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.contact')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['client', '-id'], name='messaging_e_client__391efe_idx')],
            },
        ),
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300)),
                ('since', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('ended_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('campaign', tenants.isolation.SameClientKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.campaign')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('contact', tenants.isolation.SameClientKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.contact')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(('contact', None), ('campaign', None), _connector='OR'), name='held_for_one_reason')],
            },
        ),
        migrations.CreateModel(
            name='RetentionRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('words', 'Words of messages as sent'), ('replies', 'Words of replies')], max_length=10)),
                ('days', models.PositiveIntegerField()),
                ('set_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('set_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('client', 'kind'), name='one_time_a_kind')],
            },
        ),
        tenants.isolation.Isolate("messaging", append_only=("certificate",)),
        migrations.RunSQL(FROZEN, migrations.RunSQL.noop),
    ]
