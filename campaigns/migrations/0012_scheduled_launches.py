"""A launch put off to a day and hour."""

import django.contrib.postgres.fields
import django.db.models.deletion
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0011_own_templates'),
        ('tenants', '0014_questions_to'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ScheduledLaunch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('made_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('ended_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('launched', 'Launched'), ('refused', 'Not launched'), ('cancelled', 'Cancelled'), ('changed', 'Put to another time')], max_length=9)),
                ('why', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, help_text='What stood in the way, as codes.', size=None)),
                ('told_at', models.DateTimeField(help_text='When the mail about a refusal was taken.', null=True)),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('campaign', tenants.isolation.SameClientKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.campaign')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('client', 'campaign'), name='one_open_schedule_a_campaign'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('outcome', '')), models.Q(('ended_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='an_ended_schedule_says_how')],
            },
        ),
        Isolate(
            "campaigns",
            open_tables=("reviewlink",),
            append_only=("approvaldocument", "cosignature", "signingrule", "looseningyes", "additionrule"),
        ),
    ]
