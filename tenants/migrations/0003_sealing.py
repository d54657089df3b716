"""Audit events sealed into signed blocks."""

import django.db.models.deletion
import tenants.models.audit
from django.db import migrations, models

from tenants.isolation import Isolate

APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tenants_auditblock FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON tenants_auditblock FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0002_isolation'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField(help_text='1, 2, 3 … without a gap, for each client.')),
                ('previous', models.BinaryField(help_text='The hash of the block before; zeros for the first.', max_length=32)),
                ('leaves', models.BinaryField()),
                ('root', models.BinaryField(help_text='SHA-256 of the leaves.', max_length=32)),
                ('events', models.IntegerField()),
                ('to_xid', models.BigIntegerField(help_text="Where the block ends: its last event's transaction and id.")),
                ('to_id', models.BigIntegerField()),
                ('closed_xid', models.BigIntegerField()),
                ('sealed_at', models.DateTimeField()),
                ('key', models.BinaryField(help_text='The public key it was signed with, Ed25519.', max_length=32)),
                ('hash', models.BinaryField(help_text='SHA-256 of the header.', max_length=32)),
                ('signature', models.BinaryField(max_length=64)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField()),
                ('hash', models.BinaryField(max_length=32)),
                ('events', models.BigIntegerField(help_text='Sealed so far, all blocks together.')),
                ('at', models.DateTimeField()),
                ('key', models.BinaryField(max_length=32)),
                ('signature', models.BinaryField(max_length=64)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='auditevent',
            name='xid',
            field=models.BigIntegerField(db_default=tenants.models.audit.TransactionId(), editable=False),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['client', 'xid', 'id'], name='audit_in_sealing_order'),
        ),
        migrations.AddField(
            model_name='auditblock',
            name='client',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client'),
        ),
        migrations.AddField(
            model_name='audithead',
            name='client',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client'),
        ),
        migrations.AddConstraint(
            model_name='auditblock',
            constraint=models.UniqueConstraint(fields=('client', 'number'), name='block_number_once'),
        ),
        migrations.AddConstraint(
            model_name='audithead',
            constraint=models.UniqueConstraint(fields=('client',), name='one_head'),
        ),
        Isolate("tenants", open_tables=("membership", "invitation", "hookendpoint"), append_only=("auditevent", "accountevent", "auditblock")),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
