"""How far the words at the providers are blanked."""

import django.db.models.deletion
import tenants.models.base
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0012_standstills'),
        ('tenants', '0010_closed_clients'),
    ]

    operations = [
        migrations.CreateModel(
            name='Redaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=10)),
                ('direction', models.CharField(choices=[('sent', 'What we sent'), ('received', 'What people wrote')], max_length=8)),
                ('until', models.DateTimeField(help_text='When the last of them was handed over, or received.')),
                ('last_id', models.BigIntegerField(default=0, help_text='Which one it was: several have the same time.')),
                ('blanked', models.BigIntegerField(default=0)),
                ('refused', models.BigIntegerField(default=0, help_text='What the provider would not blank, or did not have.')),
                ('at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('client', 'provider', 'direction'), name='one_mark_a_direction')],
            },
        ),
        Isolate('messaging', open_tables=('turn',), append_only=('certificate',)),
    ]
