"""Audiences with a name."""

import django.contrib.postgres.fields
import django.db.models.deletion
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0012_scheduled_launches'),
        ('tenants', '0014_questions_to'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedAudience',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('last_visit_before', models.DateField(null=True)),
                ('lapsed_months', models.PositiveSmallIntegerField(null=True)),
                ('last_visit_after', models.DateField(null=True)),
                ('segments', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('made_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('location', tenants.isolation.SameClientKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.location')),
                ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('client', 'name'), name='saved_audience_once'), models.CheckConstraint(condition=models.Q(('lapsed_months', None), ('last_visit_before', None), _connector='OR'), name='a_day_or_months_not_both')],
            },
        ),
        Isolate(
            "campaigns",
            open_tables=("reviewlink",),
            append_only=("approvaldocument", "cosignature", "signingrule", "looseningyes", "additionrule"),
        ),
    ]
