"""A no to one purpose, beside the no to everything; nobody deletes it either."""

import django.db.models.deletion
import tenants.models.base
from django.db import migrations, models

from tenants.isolation import Isolate

KEPT_FOR_EVER = """
CREATE TRIGGER kept_for_ever BEFORE DELETE ON consent_purposeoptout FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0013_changed'),
        ('tenants', '0012_account_of_one_client'),
    ]

    operations = [
        migrations.CreateModel(
            name='PurposeOptOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message')], max_length=5)),
                ('purpose', models.CharField(choices=[('care', 'Care'), ('recall', 'Recall'), ('marketing', 'Marketing')], max_length=10)),
                ('since', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('ended_at', models.DateTimeField(null=True)),
                ('message_id', models.BigIntegerField(null=True)),
                ('campaign_id', models.BigIntegerField(null=True)),
                ('address', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.address')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['client', 'address'], name='purposes_of_address')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('client', 'address', 'purpose'), name='purpose_out_once')],
            },
        ),
        Isolate("consent", open_tables=("preferencelink", "signupform"), append_only=("preferencelink",)),
        migrations.RunSQL(KEPT_FOR_EVER, migrations.RunSQL.noop),
    ]
