"""Who was asked after a hold, and which texts were found: each once, however often the question is repeated."""

import django.db.models.deletion
import tenants.isolation
import tenants.models.base
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0018_wording_drawn'),
        ('tenants', '0016_mail_choices'),
    ]

    operations = [
        migrations.CreateModel(
            name='HoldAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(help_text='When it had told everything.', null=True)),
                ('trouble', models.CharField(blank=True, help_text='Why it could not be asked; a code.', max_length=40)),
                ('account', tenants.isolation.SameClientKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.provideraccount')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('hold', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='messaging.hold')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('client', 'hold', 'account'), name='one_answer_a_hold')],
            },
        ),
        migrations.CreateModel(
            name='Recovered',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider_id', models.CharField(max_length=120)),
                ('sent_at', models.DateTimeField(help_text="By the provider's clock.")),
                ('found_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('message', tenants.isolation.SameClientKey(db_index=False, help_text='Which message ended for it; none was waiting for some.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messaging.message')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('client', 'provider_id'), name='recovered_once')],
            },
        ),
        Isolate('messaging', open_tables=('turn',), append_only=('certificate',)),
    ]
